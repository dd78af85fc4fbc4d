// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
// Do not edit: generated from abi/conformance/protocol.py, abi/conformance/layouts.py, abi/conformance/codes.py.
// To regenerate run: faultinfo generate

package main

const (
	Protocol        = 0x1     // version of the protocol
	FrameCounted    = 0x8     // bytes of the head of a frame that its length counts
	FrameMax        = 0x10000 // no frame is longer, head and all
	PayloadMax      = 0xfff4  // no payload is longer
	TypeHello       = 0x0     // The first request
	TypeVmm         = 0x1     // A record has come: what does the VMM do
	TypeHost        = 0x2     // A trap to EL2, and what the host knows beside it: what record does it write
	TypeReply       = 0x3     // The next KVM_RUN, with or without a reply: what does the host do to the vCPU
	TypeBye         = 0x4     // The last request
	TypeCheck       = 0x5     // A record: which rules does it break by itself
	TypeEnable      = 0x6     // KVM_ENABLE_CAP: may the VM have records
	TypeRing        = 0x7     // A ring, part image. Its consumer deals with so many records, fetches one more and dies before it has dealt with that: what does the next consumer find first
	TypeRead        = 0x8     // A record: what does a reader alone make of it? No vCPU, no machine, no decision
	TypeExit        = 0x9     // KVM_RUN returned; part page is the vCPU's struct kvm_run up to the end of its exit union or more. Is there a record
	TypeReport      = 0xa     // The guest is to be told of a record by its error source, a GHESv2; part block is what the error status block holds, the oldest report that waits already is that of part earlier, if there is one
	TypeProduce     = 0xb     // A producer starts on a ring, part image, that it or one that died left behind, and then appends part record so many times. No consumer runs
	TypeFailed      = 0xfffe  // the answer to a request that could not be carried out, with a text
	TypeUnsupported = 0xffff  // the answer to a type that the target does not know
)

const (
	OutcomeValue         = 0x0 // outcome: value
	OutcomeNotUnderstood = 0x1 // outcome: not understood
	OutcomeMalformed     = 0x2 // outcome: malformed
)

const (
	ActionInject    = 0x0 // action: inject
	ActionPend      = 0x1 // action: pend
	ActionInterrupt = 0x2 // action: interrupt
	ActionLog       = 0x3 // action: log
	ActionRetry     = 0x4 // action: retry
	ActionStop      = 0x5 // action: stop
)

const (
	ViaNone = 0x0 // via: none
	ViaSea  = 0x1 // via: sea
	ViaIrq  = 0x2 // via: irq
	ViaPoll = 0x3 // via: poll
	ViaSei  = 0x4 // via: sei
)

const (
	NotifySea  = 0x0 // notify: sea
	NotifySei  = 0x1 // notify: sei
	NotifyGpio = 0x2 // notify: gpio
	NotifyNone = 0x3 // notify: none
)

const (
	EndRecord   = 0x0 // end: record
	EndSignal   = 0x1 // end: signal
	EndInjected = 0x2 // end: injected
	EndPanic    = 0x3 // end: panic
	EndResumed  = 0x4 // end: resumed
	EndNoError  = 0x5 // end: no_error
)

const (
	SectionNone           = 0x0 // section: none
	SectionPlatformMemory = 0x1 // section: platform_memory
	SectionArmProcessor   = 0x2 // section: arm_processor
)

const (
	FeaturesFeatAa32el1      = 0x1    // features: FEAT_AA32EL1
	FeaturesFeatDoublefault2 = 0x2    // features: FEAT_DoubleFault2
	FeaturesFeatEbep         = 0x4    // features: FEAT_EBEP
	FeaturesFeatGcs          = 0x8    // features: FEAT_GCS
	FeaturesFeatMte          = 0x10   // features: FEAT_MTE
	FeaturesFeatNmi          = 0x20   // features: FEAT_NMI
	FeaturesFeatNv           = 0x40   // features: FEAT_NV
	FeaturesFeatPan          = 0x80   // features: FEAT_PAN
	FeaturesFeatPauthLr      = 0x100  // features: FEAT_PAuth_LR
	FeaturesFeatRas          = 0x200  // features: FEAT_RAS
	FeaturesFeatSebep        = 0x400  // features: FEAT_SEBEP
	FeaturesFeatSsbs         = 0x800  // features: FEAT_SSBS
	FeaturesFeatUao          = 0x1000 // features: FEAT_UAO
	FeaturesFeatUinj         = 0x2000 // features: FEAT_UINJ
)

const (
	HasPfarEl2    = 0x1   // has: pfar_el2
	HasDisrEl1    = 0x2   // has: disr_el1
	HasMpidr      = 0x4   // has: mpidr
	HasWalk       = 0x8   // has: walk
	HasWalkLevel  = 0x10  // has: walk_level
	HasMemslots   = 0x20  // has: memslots
	HasHostRas    = 0x40  // has: host_ras
	HasVmRas      = 0x80  // has: vm_ras
	HasHypContext = 0x100 // has: hyp_context
	HasNested     = 0x200 // has: nested
	HasProtected  = 0x400 // has: protected
)

const (
	NotesHasFar    = 0x1 // notes: has_far
	NotesFnvAtOdds = 0x2 // notes: fnv_at_odds
)

const (
	AddressesPhysicalAddr     = 0x1 // addresses: physical_addr
	AddressesVirtFaultAddr    = 0x2 // addresses: virt_fault_addr
	AddressesPhysicalAddrMask = 0x4 // addresses: physical_addr_mask
)

// Frame: Head of every frame.
type Frame struct {
	Length uint32 // bytes after this field: 8 and those of the payload
	Id     uint32 // number of the request; the answer has the same
	Type   uint16 // what the payload is; the answer to a request has the request's
	Zero   uint16 // zero
}

// HelloRequest: The first request.
type HelloRequest struct {
	Protocol uint16 // newest version of the protocol that the runner speaks
}

// HelloAnswer: Who the target is. Parts: name, version, abi_versions, features.
type HelloAnswer struct {
	Protocol uint16 // version that the target speaks
}

// VmmRequest: A record has come: what does the VMM do? Parts: record.
type VmmRequest struct {
	Pc               uint64   // where the vCPU stands
	Pstate           uint64   // as SPSR_EL1 holds it
	VbarEl1          uint64   // VBAR_EL1
	SctlrEl1         uint64   // SCTLR_EL1
	Sctlr2El1        uint64   // SCTLR2_EL1, 0 where the vCPU has none
	GcscrEl1         uint64   // GCSCR_EL1, 0 where the vCPU has none
	EsrEl1           uint64   // ESR_EL1, old value
	FarEl1           uint64   // FAR_EL1, old value
	ElrEl1           uint64   // ELR_EL1, old value
	SpsrEl1          uint64   // SPSR_EL1, old value
	Features         uint32   // of the vCPU: bit n is the n-th name in alphabetical order, from 0
	PendingSerror    uint32   // ISS of a virtual SError that still waits, with has_pending_serror
	Repeats          uint32   // how often this access was reported before
	Bound            uint32   // how often an interrupt may answer it
	Ways             [4]uint8 // how the machine can tell its guest, the preferred first, 0 after the last
	Ras              uint8    // 1: the machine has an error source for its guest
	FirmwareVa       uint8    // 1: it takes firmware's virtual address as a source of FAR_EL1
	Answered         uint8    // 1: this very report was answered before
	HasPendingSerror uint8    // 1: see pending_serror
	Reader           uint8    // newest minor version that the reader is to know
	Exact            uint8    // 1: the bytes hold just the record (a file); 0: it may end early (exit union, slot)
	Zero             uint16   // zero
	Zero2            uint32   // zero
}

// VmmAnswer: What the VMM does. Parts: rule.
type VmmAnswer struct {
	Outcome   uint8     // 0 value, 1 not understood, 2 malformed
	Action    uint8     // 0 inject, 1 pend, 2 interrupt, 3 log, 4 retry, 5 stop
	Via       uint8     // of an interrupt, a log or a notice by SEI: the way; else 0
	Notes     uint8     // bit 0: far_el1 is an address (inject); bit 1: FnV and FAR_VALID are at odds
	SerrorEsr uint32    // ISS of the virtual SError that is made pending, or that stays so; else 0
	Pc        uint64    // where the vCPU stands
	Pstate    uint64    // as SPSR_EL1 holds it
	EsrEl1    uint64    // ESR_EL1
	FarEl1    uint64    // FAR_EL1
	ElrEl1    uint64    // ELR_EL1
	SpsrEl1   uint64    // SPSR_EL1
	Tail      uint32    // bytes of a newer minor version beyond what the reader knows; 0 unless value
	Zero      uint32    // zero
	Info      [80]uint8 // the record's fields, those that its version or the reader has not are 0; all 0 unless value
}

// HostRequest: A trap to EL2, and what the host knows beside it: what record does it write?
// Parts: memslots, isolated, cper.
type HostRequest struct {
	EsrEl2    uint64 // 0 stands for no trap: memory_failure() found the error in the background
	FarEl2    uint64 // as read
	HpfarEl2  uint64 // as read; bit 63 is KVM's mark of a walk that succeeded
	PfarEl2   uint64 // as read
	DisrEl1   uint64 // as read
	Mpidr     uint64 // MPIDR_EL1 of the PE that took the trap
	Walk      uint64 // gpa that a software walk of FAR_EL2 found
	Critical  uint64 // critical flags that were enabled
	Has       uint16 // bit n: 0 pfar_el2, 1 disr_el1, 2 mpidr, 3 walk, 4 walk_level, 5 memslots are known; 6 host_ras, 7 vm_ras, 8 hyp_context, 9 nested, 10 protected are so
	Kinds     uint16 // kinds that were enabled, bit n for kind n
	WalkLevel uint8  // level of the guest's descriptor, -2 to 3 in two's complement
	Notify    uint8  // how the firmware record came: 0 sea, 1 sei, 2 gpio, 3 none
	Minor     uint8  // minor version to write
	Firmware  uint8  // 1: part cper is a firmware record
}

// HostAnswer: What became of the error. Parts: rule, record.
type HostAnswer struct {
	End           uint8  // 0 record, 1 signal, 2 injected, 3 panic, 4 resumed, 5 no error
	MemoryFailure uint8  // 1: the kernel queues memory_failure()
	Zero          uint16 // zero
	Zero2         uint32 // zero
	Injected      uint64 // ESR_EL1 of the SError that the host injects by itself; else 0
}

// ReplyRequest: The next KVM_RUN, with or without a reply: what does the host do to the vCPU?
// Parts: reply.
type ReplyRequest struct {
	Pc        uint64 // where the vCPU stands
	Pstate    uint64 // as SPSR_EL1 holds it
	VbarEl1   uint64 // VBAR_EL1
	SctlrEl1  uint64 // SCTLR_EL1
	Sctlr2El1 uint64 // SCTLR2_EL1, 0 where the vCPU has none
	GcscrEl1  uint64 // GCSCR_EL1, 0 where the vCPU has none
	EsrEl1    uint64 // ESR_EL1, old value
	FarEl1    uint64 // FAR_EL1, old value
	ElrEl1    uint64 // ELR_EL1, old value
	SpsrEl1   uint64 // SPSR_EL1, old value
	Features  uint32 // of the vCPU: bit n is the n-th name in alphabetical order, from 0
	Kind      uint16 // kind of the record that waits for the reply, 0: none
	HostRas   uint8  // 1: the host has FEAT_RAS
	Severity  uint8  // severity of the record that waits
}

// ReplyAnswer: The vCPU when the ioctl returns. Parts: rule.
type ReplyAnswer struct {
	Errno            uint32   // 0, or the errno of a refusal
	HasPendingSerror uint8    // 1: an SError is masked and waits
	Zero             [3]uint8 // zero
	PendingSerror    uint64   // its ISS
	Pc               uint64   // where the vCPU stands
	Pstate           uint64   // as SPSR_EL1 holds it
	EsrEl1           uint64   // ESR_EL1
	FarEl1           uint64   // FAR_EL1
	ElrEl1           uint64   // ELR_EL1
	SpsrEl1          uint64   // SPSR_EL1
}

// ByeRequest: The last request.
type ByeRequest struct {
	Zero uint16 // zero
}

// ByeAnswer: The last request.
type ByeAnswer struct {
	Zero uint16 // zero
}

// CheckRequest: A record: which rules does it break by itself? Parts: record.
type CheckRequest struct {
	Reader uint8 // newest minor version that the reader is to know
	Exact  uint8 // 1: the bytes hold just the record; 0: it may end early
}

// CheckAnswer: What the reader makes of it. Parts: rule, broken.
type CheckAnswer struct {
	Outcome uint8 // 0 value, 1 not understood, 2 malformed
	Zero    uint8 // zero
}

// EnableRequest: KVM_ENABLE_CAP: may the VM have records?
type EnableRequest struct {
	Critical  uint64   // critical flags that the VMM understands
	Kinds     uint32   // kinds that it understands, bit n for kind n
	Vcpus     uint32   // vCPUs that the VM has
	Major     uint8    // newest version that the VMM understands
	Minor     uint8    // likewise
	HostMinor uint8    // newest minor version of major version 1 that the host writes
	Enabled   uint8    // 1: the capability is enabled already
	Protected uint8    // 1: a protected VM
	Zero      [3]uint8 // zero
}

// EnableAnswer: What holds for the VM from then on; zeros if refused. Parts: rule.
type EnableAnswer struct {
	Critical uint64   // critical flags
	Kinds    uint32   // kinds
	Errno    uint32   // 0, or the errno of a refusal
	Major    uint8    // version that the host writes
	Minor    uint8    // likewise
	Zero     [6]uint8 // zero
}

// RingRequest: A ring, part image. Its consumer deals with so many records, fetches one more
// and dies before it has dealt with that: what does the next consumer find first? Parts: image.
type RingRequest struct {
	Dealt uint32 // records that the first consumer deals with, or all that there are if they are fewer
}

// RingAnswer: The oldest record that is published and not dealt with; zeros if there is none,
// or if either consumer refuses the ring. Parts: rule, record.
type RingAnswer struct {
	Position uint64   // of its slot
	Sequence uint64   // of its envelope
	Lost     uint32   // of its envelope
	Vcpu     uint32   // of its envelope
	Found    uint8    // 1: there is one
	Zero     [7]uint8 // zero
}

// ReadRequest: A record: what does a reader alone make of it? No vCPU, no machine, no decision.
// Parts: record.
type ReadRequest struct {
	Reader uint8 // newest minor version that the reader is to know
	Exact  uint8 // 1: the bytes hold just the record; 0: it may end early
}

// ReadAnswer: What the reader makes of it; part rule names the refusal. Parts: rule.
type ReadAnswer struct {
	Outcome uint8     // 0 value, 1 not understood, 2 malformed
	Zero    [3]uint8  // zero
	Tail    uint32    // bytes of a newer minor version beyond what the reader knows; 0 unless value
	Info    [80]uint8 // the record's fields, those that its version or the reader has not are 0; all 0 unless value
}

// ExitRequest: KVM_RUN returned; part page is the vCPU's struct kvm_run up to the end of its
// exit union or more. Is there a record? Parts: page.
type ExitRequest struct {
	Errno      uint32 // 0, or the errno with which KVM_RUN failed
	SerrorExit uint32 // exit reason for kind 3, whose number is provisional
	Kinds      uint16 // kinds that were enabled, bit n for kind n; 0: the capability is not enabled
	Answered   uint8  // 1: the VMM has answered this exit
	Zero       uint8  // zero
}

// ExitAnswer: What the VMM takes from the page. Part record is all of the exit union, in which
// the record may end early; of an abort of a kind that was not enabled it is the record of 1.0
// that arm_sea stands for. Parts: rule, record.
type ExitAnswer struct {
	Found uint8 // 1: there is a record; 0: part rule says why not
	Save  uint8 // 1: the vCPU may be saved now, to go on elsewhere
}

// ReportRequest: The guest is to be told of a record by its error source, a GHESv2; part block
// is what the error status block holds, the oldest report that waits already is that of part
// earlier, if there is one. Parts: record, earlier, block.
type ReportRequest struct {
	ReadAck      uint64 // read-ack register: bit 0 set by the guest when it has read the block
	Ack          uint64 // with acknowledges: what the guest then writes to the register
	Acknowledges uint8  // 1: the guest acknowledges once when all else is done
	FirmwareVa   uint8  // 1: the machine takes firmware's virtual address for the guest's
	Zero         uint16 // zero
	Zero2        uint32 // zero
}

// ReportAnswer: What the guest finds at the end. Part block is the block if it is still that of
// the request; else these are what the new block says. Part rule is there while a report waits.
// Parts: rule, block.
type ReportAnswer struct {
	PhysicalAddr     uint64   // physical address of the error, if addresses has it
	VirtFaultAddr    uint64   // virtual fault address, if addresses has it
	PhysicalAddrMask uint64   // which bits of physical_addr are significant, if addresses has it
	ReadAck          uint64   // the read-ack register
	BlockStatus      uint32   // Block Status of the new block, its entry count too
	Section          uint8    // that its only entry holds: 0 another, 1 platform_memory, 2 arm_processor
	ErrorType        uint8    // of a platform memory section its Memory Error Type + 1, 0 if that is not valid; of an ARM processor section the Type of its only error information
	Notified         uint8    // how often the guest was notified
	Waiting          uint8    // reports that wait
	Addresses        uint8    // bit 0: physical_addr is valid; bit 1: virt_fault_addr is; bit 2: physical_addr_mask is
	BlockSeverity    uint8    // CPER severity of the new block + 1
	EntrySeverity    uint8    // CPER severity of its only entry + 1
	Zero             [5]uint8 // zero
}

// ProduceRequest: A producer starts on a ring, part image, that it or one that died left
// behind, and then appends part record so many times. No consumer runs. Parts: image, record.
type ProduceRequest struct {
	Number uint32 // how often the record is appended
	Vcpu   uint32 // envelope's vcpu of the first; that of each other is one more
}

// ProduceAnswer: The ring then, part image; part rule says why the producer refused it, or the
// record. Parts: rule, image.
type ProduceAnswer struct {
	Published uint32   // how many of them were published; the others were counted as lost
	Woken     uint8    // 1: the consumer was woken, once or more
	Zero      [3]uint8 // zero
}

// Memslot: One memory slot of the VM; part memslots is an array of them.
type Memslot struct {
	Gpa  uint64 // guest physical address
	Size uint64 // bytes
	Hva  uint64 // address in the VMM
	Pa   uint64 // host physical address
}

// Isolated: A page that memory_failure() has isolated; part isolated is an array of them.
type Isolated struct {
	Gpa uint64 // any address in the page
	Lsb uint64 // log2 of its size
}
