// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause

// Adapter is a conformance target in Go: a reader written by hand over the generated layout.
//
//	go build -o adapter . && faultinfo conform --role vmm --target ./adapter
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"

	"kfi"
)

// parse takes a record by length, version and size; the rule is that of a refusal.
func parse(data []byte, reader uint8, exact bool) (r kfi.KvmArmFaultInfo, info []byte, tail int, rule string) {
	if len(data) < kfi.KvmArmFaultInfoHostActionAt { // it does not even say what it is
		return r, nil, 0, "vmm.malformed"
	}
	major, minor := data[kfi.KvmArmFaultInfoMajorAt], data[kfi.KvmArmFaultInfoMinorAt]
	size := binary.LittleEndian.Uint16(data[kfi.KvmArmFaultInfoSizeAt:])
	if major != kfi.InfoMajor {
		return r, nil, 0, "vmm.major.unknown"
	}
	reader = min(reader, kfi.InfoMinor)
	fits := size >= kfi.InfoSizes[reader] && size%8 == 0
	if minor <= reader {
		fits = size == kfi.InfoSizes[minor]
	}
	if !fits || int(size) > len(data) || exact && int(size) != len(data) {
		return r, nil, 0, "vmm.size"
	}
	known := kfi.InfoSizes[min(reader, minor)]
	info = make([]byte, kfi.KvmArmFaultInfoSize) // what the version or the reader has not stays zero
	copy(info, data[:known])
	binary.Read(bytes.NewReader(info), binary.LittleEndian, &r)
	return r, info, int(size - known), ""
}

// agrees holds kind and severity against the syndrome.
func agrees(r kfi.KvmArmFaultInfo) bool {
	ec, severity := r.Esr>>26&0x3f, uint8(0)
	switch r.Kind {
	case kfi.KindDataAbort:
		severity = kfi.SeverityOfSet[r.Esr>>11&3]
		ec = ec&^1 ^ 0x24
	case kfi.KindInstructionAbort:
		severity = kfi.SeverityOfSet[r.Esr>>11&3]
		ec = ec&^1 ^ 0x20
	case kfi.KindSerror:
		if r.Esr&(1<<24|0x3f) == 0x11 {
			severity = kfi.SeverityOfAet[r.Esr>>10&7]
		}
		ec ^= 0x2f
	}
	said := r.Flags&kfi.FlagSeverityValid != 0 && r.Severity >= kfi.SeverityCe && r.Severity <= kfi.SeverityUc
	return ec == 0 && (!said || r.Severity == severity)
}

func read(request *Request) []byte {
	var q ReadRequest
	request.Fixed(&q)
	r, info, tail, rule := parse(request.Part(), q.Reader, q.Exact != 0)
	if rule == "" {
		switch {
		case q.Reader >= kfi.InfoMinor && int(r.Minor) < len(kfi.InfoBeyond) && r.Flags&kfi.InfoBeyond[r.Minor] != 0:
			rule = "vmm.size"
		case r.Flags&kfi.FlagsCritical&^kfi.KnownCritical != 0 || r.Kind == 0 || r.Kind > kfi.KindMemoryNotice:
			rule = "vmm.critical.unknown"
		case !agrees(r):
			rule = "vmm.agree"
		}
	}
	answer := ReadAnswer{}
	switch rule {
	case "":
		answer.Tail = uint32(tail)
		copy(answer.Info[:], info)
	case "vmm.major.unknown", "vmm.critical.unknown":
		answer.Outcome = OutcomeNotUnderstood
	default:
		answer.Outcome = OutcomeMalformed
	}
	return Answer(answer, []byte(rule))
}

func main() {
	answers := map[uint16]func(*Request) []byte{TypeRead: read}
	if err := Serve([4]string{"adapter.go", "1", "1.0 1.1", "read"}, answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
