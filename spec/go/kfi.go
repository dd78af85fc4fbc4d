// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
// Do not edit: generated from abi/definition.py, abi/reply.py, abi/ring_layout.py, abi/severity.py.
// To regenerate run: faultinfo generate

// Package kfi has the layouts and numbers of struct kvm_arm_fault_info, its ring and its reply.
// All is little-endian: encoding/binary reads and writes the structs.
package kfi

const (
	InfoMajor   = 1   // version of the record that this file describes
	InfoMinor   = 1   // likewise
	InfoSize1_0 = 64  // bytes of a record of version 1.0
	InfoSize1_1 = 80  // bytes of a record of version 1.1
	RunOffset   = 32  // where the record stands in struct kvm_run
	RunSize     = 256 // bytes of the exit union that it stands in
)

const (
	SeaFlagGpaValid     = 1 << 0        // gpa is the guest physical address
	FlagFarValid        = 1 << 0        // far is the faulting virtual address
	FlagHpfarValid      = 1 << 1        // hpfar is the faulting IPA
	FlagPaValid         = 1 << 2        // the host had a valid physical address
	FlagHvaValid        = 1 << 3        // hva is the page's address in the VMM
	FlagFirmwareVaValid = 1 << 4        // firmware_va belongs to this trap
	FlagSeverityValid   = 1 << 5        // severity is what the syndrome says
	FlagActionRequired  = 1 << 6        // action required (BUS_MCEERR_AR), else optional (AO)
	FlagNested          = 1 << 7        // trap from a nested guest; gpa is still in the VM's own space
	FlagFarImprecise    = 1 << 8        // ESR_EL2.FnP: far is any address in the faulting granule
	FlagStage1Walk      = 1 << 9        // the access is known to be the guest's own stage-1 walk: gpa is the descriptor's page, far the address translated
	FlagContextCorrupt  = 1 << 32       // firmware says that the processor context is corrupt: do not resume this vCPU
	FlagsCritical       = 1<<64 - 1<<32 // who does not know one of these must not act as if it understood
	KnownCritical       = 0x100000000   // those that are known
)

// By minor version: bytes of a record, and flags whose field lies beyond it.
var (
	InfoSizes  = [...]uint16{64, 80}
	InfoBeyond = [...]uint64{0x18, 0x0}
)

// What SET of an abort and AET of an SError are in the record's terms.
var (
	SeverityOfSet = [...]uint8{3, 0, 5, 2}
	SeverityOfAet = [...]uint8{5, 4, 2, 3, 0, 0, 1, 0}
)

const (
	KindDataAbort        = 1 // kind: synchronous external abort on a data access
	KindInstructionAbort = 2 // kind: synchronous external abort on an instruction fetch
	KindSerror           = 3 // kind: SError exception taken from the guest
	KindMemoryNotice     = 4 // kind: a page of the guest's memory is lost; no trap, asynchronous
)

const (
	ActionUnknown              = 0 // host_action: unknown
	ActionNotClaimed           = 1 // host_action: APEI did not claim the trap
	ActionIsolated             = 2 // host_action: memory_failure() has isolated the page
	ActionClaimedNothingQueued = 3 // host_action: claimed, but nothing queued for want of a physical address
	ActionIsolationFailed      = 4 // host_action: memory_failure() could not isolate the page
)

const (
	OriginUnknown         = 0 // origin: unknown
	OriginTrap            = 1 // origin: external abort or SError taken
	OriginFirmware        = 2 // origin: firmware record alone
	OriginTrapAndFirmware = 3 // origin: trap taken and claimed by a firmware record
	OriginKernelFirst     = 4 // origin: reserved
	OriginIsolatedPage    = 5 // origin: stage-2 fault on a page isolated before
)

const (
	GpaOriginUnknown    = 0 // gpa_origin: unknown
	GpaOriginHpfar      = 1 // gpa_origin: HPFAR_EL2
	GpaOriginWalk       = 2 // gpa_origin: software walk of FAR_EL2
	GpaOriginReverseMap = 3 // gpa_origin: reverse map of a physical address
)

const (
	SeverityUnknown = 0 // severity: unknown
	SeverityCe      = 1 // severity: corrected
	SeverityUeo     = 2 // severity: restartable
	SeverityUer     = 3 // severity: recoverable
	SeverityUeu     = 4 // severity: unrecoverable
	SeverityUc      = 5 // severity: uncontainable
)

const (
	FwSeverityNone          = 0 // firmware_severity: no firmware record
	FwSeverityRecoverable   = 1 // firmware_severity: CPER recoverable
	FwSeverityFatal         = 2 // firmware_severity: CPER fatal
	FwSeverityCorrected     = 3 // firmware_severity: CPER corrected
	FwSeverityInformational = 4 // firmware_severity: CPER informational
)

const (
	NoVcpu         = 0xffffffff // vcpu of a record that belongs to no vCPU
	RingMagic      = 0x3149464b // what magic of a ring holds
	RingMajor      = 1          // version of the ring
	RingMinor      = 0          // likewise
	RingMinSlots   = 2          // the fewest slots that a ring has
	RingCountLimit = 1 << 62    // head and lost stay below
)

// KvmArmFaultInfo: What a VMM needs to tell an arm64 guest about a hardware error.
type KvmArmFaultInfo struct {
	SeaFlags         uint64 // flags of upstream's arm_sea; bits but GPA_VALID are upstream's to allocate
	Esr              uint64 // ESR_EL2, masked by kind
	Far              uint64 // FAR_EL2 (arm_sea: gva); bits 63:60 may be UNKNOWN for a SEA
	Gpa              uint64 // guest physical address, in the VM's own space
	Size             uint16 // bytes of the whole record: the size of the minor version written
	Major            uint8  // major version, 1
	Minor            uint8  // minor version, 0 or 1
	Kind             uint16 // what happened
	HostAction       uint8  // what the host had done with the error when it wrote the record
	Origin           uint8  // from what the host learnt of the error
	Flags            uint64 // validity and description (31:0), critical (63:32)
	Hpfar            uint64 // HPFAR_EL2.FIPA [47:4] as the hardware wrote it, all else 0
	AddressLsb       uint8  // log2 of the damaged granule around gpa (and hva), 0 unknown
	GpaOrigin        uint8  // where gpa comes from
	Severity         uint8  // PE error state, from SET or AET
	FirmwareSeverity uint8  // CPER severity + 1, 0 without a firmware record
	Reserved0        uint32 // zero
	Hva              uint64 // address in the VMM, as SIGBUS si_addr
	FirmwareVa       uint64 // virtual fault address of the CPER ARM processor error
}

const (
	KvmArmFaultInfoSeaFlagsAt         = 0  // offset of sea_flags
	KvmArmFaultInfoEsrAt              = 8  // offset of esr
	KvmArmFaultInfoFarAt              = 16 // offset of far
	KvmArmFaultInfoGpaAt              = 24 // offset of gpa
	KvmArmFaultInfoSizeAt             = 32 // offset of size
	KvmArmFaultInfoMajorAt            = 34 // offset of major
	KvmArmFaultInfoMinorAt            = 35 // offset of minor
	KvmArmFaultInfoKindAt             = 36 // offset of kind
	KvmArmFaultInfoHostActionAt       = 38 // offset of host_action
	KvmArmFaultInfoOriginAt           = 39 // offset of origin
	KvmArmFaultInfoFlagsAt            = 40 // offset of flags
	KvmArmFaultInfoHpfarAt            = 48 // offset of hpfar
	KvmArmFaultInfoAddressLsbAt       = 56 // offset of address_lsb
	KvmArmFaultInfoGpaOriginAt        = 57 // offset of gpa_origin
	KvmArmFaultInfoSeverityAt         = 58 // offset of severity
	KvmArmFaultInfoFirmwareSeverityAt = 59 // offset of firmware_severity
	KvmArmFaultInfoReserved0At        = 60 // offset of reserved0
	KvmArmFaultInfoHvaAt              = 64 // offset of hva
	KvmArmFaultInfoFirmwareVaAt       = 72 // offset of firmware_va
	KvmArmFaultInfoSize               = 80 // bytes of the struct
)

// KvmArmFaultEnvelope: What a record needs around it where it does not belong to an exit of one
// vCPU.
type KvmArmFaultEnvelope struct {
	Vcpu     uint32 // number of the vCPU, 0xffffffff: none
	Lost     uint32 // records dropped since the slot before, saturating
	Sequence uint64 // number of the record in this channel, from 1
}

const (
	KvmArmFaultEnvelopeVcpuAt     = 0  // offset of vcpu
	KvmArmFaultEnvelopeLostAt     = 4  // offset of lost
	KvmArmFaultEnvelopeSequenceAt = 8  // offset of sequence
	KvmArmFaultEnvelopeSize       = 16 // bytes of the struct
)

// KvmArmFaultRing: Start of the shared memory; the slots follow at header_size.
type KvmArmFaultRing struct {
	Magic      uint32    // the bytes KFI1
	HeaderSize uint16    // bytes of the header: where the first slot begins
	Major      uint8     // major version of the ring, 1
	Minor      uint8     // minor version of the ring, 0
	SlotSize   uint32    // bytes of a slot, a multiple of 8
	Slots      uint32    // number of slots, a power of two from 2
	Head       uint64    // position that the producer writes next; stored by the producer only
	Tail       uint64    // position that the consumer handles next; stored by the consumer only
	Lost       uint64    // records dropped because the ring was full; stored by the producer only
	Reserved   [3]uint64 // zero
}

const (
	KvmArmFaultRingMagicAt      = 0  // offset of magic
	KvmArmFaultRingHeaderSizeAt = 4  // offset of header_size
	KvmArmFaultRingMajorAt      = 6  // offset of major
	KvmArmFaultRingMinorAt      = 7  // offset of minor
	KvmArmFaultRingSlotSizeAt   = 8  // offset of slot_size
	KvmArmFaultRingSlotsAt      = 12 // offset of slots
	KvmArmFaultRingHeadAt       = 16 // offset of head
	KvmArmFaultRingTailAt       = 24 // offset of tail
	KvmArmFaultRingLostAt       = 32 // offset of lost
	KvmArmFaultRingReservedAt   = 40 // offset of reserved
	KvmArmFaultRingSize         = 64 // bytes of the struct
)

// KvmArmFaultSlot: One slot; the bytes after these fields are the record's, zero beyond its
// end.
type KvmArmFaultSlot struct {
	Stamp    uint64 // 2p+1 while position p is written, 2p+2 when done, 0 never used
	Vcpu     uint32 // number of the vCPU, 0xffffffff: none
	Lost     uint32 // records dropped since the slot before, saturating
	Sequence uint64 // number of the record in this channel, from 1
}

const (
	KvmArmFaultSlotStampAt    = 0  // offset of stamp
	KvmArmFaultSlotVcpuAt     = 8  // offset of vcpu
	KvmArmFaultSlotLostAt     = 12 // offset of lost
	KvmArmFaultSlotSequenceAt = 16 // offset of sequence
	KvmArmFaultSlotSize       = 24 // bytes of the struct
)

// KvmArmFaultReply: What the VMM makes pending on a vCPU (KVM_SET_VCPU_EVENTS).
type KvmArmFaultReply struct {
	SerrorPending  uint8     // a virtual SError
	SerrorHasEsr   uint8     // serror_esr holds its ISS
	ExtDabtPending uint8     // a data abort that is an external abort
	ExtIabtPending uint8     // an instruction abort that is an external abort
	ExtAbtHasEsr   uint8     // ext_abt_esr holds ISS bits of the abort
	ExtAbtHasFar   uint8     // ext_abt_far is FAR_EL1
	Pad            [2]uint8  // zero
	SerrorEsr      uint64    // ISS [24:0] of the virtual SError
	ExtAbtEsr      uint64    // FSC, EA, WnR, CM, SET of the abort
	ExtAbtFar      uint64    // FAR_EL1 of the abort
	Reserved       [32]uint8 // zero
}

const (
	KvmArmFaultReplySerrorPendingAt  = 0  // offset of serror_pending
	KvmArmFaultReplySerrorHasEsrAt   = 1  // offset of serror_has_esr
	KvmArmFaultReplyExtDabtPendingAt = 2  // offset of ext_dabt_pending
	KvmArmFaultReplyExtIabtPendingAt = 3  // offset of ext_iabt_pending
	KvmArmFaultReplyExtAbtHasEsrAt   = 4  // offset of ext_abt_has_esr
	KvmArmFaultReplyExtAbtHasFarAt   = 5  // offset of ext_abt_has_far
	KvmArmFaultReplyPadAt            = 6  // offset of pad
	KvmArmFaultReplySerrorEsrAt      = 8  // offset of serror_esr
	KvmArmFaultReplyExtAbtEsrAt      = 16 // offset of ext_abt_esr
	KvmArmFaultReplyExtAbtFarAt      = 24 // offset of ext_abt_far
	KvmArmFaultReplyReservedAt       = 32 // offset of reserved
	KvmArmFaultReplySize             = 64 // bytes of the struct
)
