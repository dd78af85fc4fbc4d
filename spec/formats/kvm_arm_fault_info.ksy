# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Do not edit: generated from abi/definition.py, abi/reply.py, abi/ring_layout.py.
# To regenerate run: faultinfo generate
meta:
  id: kvm_arm_fault_info
  title: arm64 KVM fault information
  license: GPL-2.0-only OR BSD-3-Clause
  endian: le
  bit-endian: le
doc: "What a VMM needs to tell an arm64 guest about a hardware error. Of a major version other than 1 only sea_flags to gpa and the version are known."
seq:
  - id: sea_flags
    type: sea_flags
    doc: "flags of upstream's arm_sea; bits but GPA_VALID are upstream's to allocate"
  - id: esr
    type: u8
    doc: "ESR_EL2, masked by kind"
  - id: far
    type: u8
    doc: "FAR_EL2 (arm_sea: gva); bits 63:60 may be UNKNOWN for a SEA"
  - id: gpa
    type: u8
    doc: "guest physical address, in the VM's own space"
  - id: size
    type: u2
    doc: "bytes of the whole record: the size of the minor version written"
  - id: major
    type: u1
    doc: "major version, 1"
  - id: minor
    type: u1
    doc: "minor version, 0 or 1"
  - id: kind
    type: u2
    enum: kind
    doc: "what happened"
  - id: host_action
    type: u1
    enum: host_action
    doc: "what the host had done with the error when it wrote the record"
  - id: origin
    type: u1
    enum: origin
    doc: "from what the host learnt of the error"
  - id: flags
    type: flags
    doc: "validity and description (31:0), critical (63:32)"
  - id: hpfar
    type: u8
    doc: "HPFAR_EL2.FIPA [47:4] as the hardware wrote it, all else 0"
  - id: address_lsb
    type: u1
    doc: "log2 of the damaged granule around gpa (and hva), 0 unknown"
  - id: gpa_origin
    type: u1
    enum: gpa_origin
    doc: "where gpa comes from"
  - id: severity
    type: u1
    enum: severity
    doc: "PE error state, from SET or AET"
  - id: firmware_severity
    type: u1
    enum: firmware_severity
    doc: "CPER severity + 1, 0 without a firmware record"
  - id: reserved0
    type: u4
    doc: "zero"
  - id: hva
    type: u8
    if: major == 1 and minor >= 1
    doc: "address in the VMM, as SIGBUS si_addr"
  - id: firmware_va
    type: u8
    if: major == 1 and minor >= 1
    doc: "virtual fault address of the CPER ARM processor error"
  - id: tail
    size: size - 80
    if: major == 1 and minor > 1 and size > 80
    doc: "bytes of a newer minor version"
types:
  sea_flags:
    seq:
      - id: gpa_valid
        type: b1
        doc: "gpa is the guest physical address"
      - id: unknown_1
        type: b63
  flags:
    seq:
      - id: far_valid
        type: b1
        doc: "far is the faulting virtual address"
      - id: hpfar_valid
        type: b1
        doc: "hpfar is the faulting IPA"
      - id: pa_valid
        type: b1
        doc: "the host had a valid physical address"
      - id: hva_valid
        type: b1
        doc: "hva is the page's address in the VMM"
      - id: firmware_va_valid
        type: b1
        doc: "firmware_va belongs to this trap"
      - id: severity_valid
        type: b1
        doc: "severity is what the syndrome says"
      - id: action_required
        type: b1
        doc: "action required (BUS_MCEERR_AR), else optional (AO)"
      - id: nested
        type: b1
        doc: "trap from a nested guest; gpa is still in the VM's own space"
      - id: far_imprecise
        type: b1
        doc: "ESR_EL2.FnP: far is any address in the faulting granule"
      - id: stage1_walk
        type: b1
        doc: "the access is known to be the guest's own stage-1 walk: gpa is the descriptor's page, far the address translated"
      - id: unknown_10
        type: b22
      - id: context_corrupt
        type: b1
        doc: "firmware says that the processor context is corrupt: do not resume this vCPU"
      - id: unknown_33
        type: b31
  kvm_arm_fault_envelope:
    doc: "What a record needs around it where it does not belong to an exit of one vCPU."
    seq:
      - id: vcpu
        type: u4
        doc: "number of the vCPU, 0xffffffff: none"
      - id: lost
        type: u4
        doc: "records dropped since the slot before, saturating"
      - id: sequence
        type: u8
        doc: "number of the record in this channel, from 1"
  kvm_arm_fault_ring:
    doc: "Start of the shared memory; the slots follow at header_size."
    seq:
      - id: magic
        type: u4
        doc: "the bytes KFI1"
      - id: header_size
        type: u2
        doc: "bytes of the header: where the first slot begins"
      - id: major
        type: u1
        doc: "major version of the ring, 1"
      - id: minor
        type: u1
        doc: "minor version of the ring, 0"
      - id: slot_size
        type: u4
        doc: "bytes of a slot, a multiple of 8"
      - id: slots
        type: u4
        doc: "number of slots, a power of two from 2"
      - id: head
        type: u8
        doc: "position that the producer writes next; stored by the producer only"
      - id: tail
        type: u8
        doc: "position that the consumer handles next; stored by the consumer only"
      - id: lost
        type: u8
        doc: "records dropped because the ring was full; stored by the producer only"
      - id: reserved
        type: u8
        repeat: expr
        repeat-expr: 3
        doc: "zero"
      - id: after_header
        size: header_size - 64
        if: header_size > 64
      - id: each_slot
        type: kvm_arm_fault_slot
        size: slot_size
        repeat: expr
        repeat-expr: slots
  kvm_arm_fault_slot:
    doc: "One slot; the bytes after these fields are the record's, zero beyond its end."
    seq:
      - id: stamp
        type: u8
        doc: "2p+1 while position p is written, 2p+2 when done, 0 never used"
      - id: vcpu
        type: u4
        doc: "number of the vCPU, 0xffffffff: none"
      - id: lost
        type: u4
        doc: "records dropped since the slot before, saturating"
      - id: sequence
        type: u8
        doc: "number of the record in this channel, from 1"
      - id: record
        type: kvm_arm_fault_info
        if: stamp != 0
  kvm_arm_fault_reply:
    doc: "What the VMM makes pending on a vCPU (KVM_SET_VCPU_EVENTS)."
    seq:
      - id: serror_pending
        type: u1
        doc: "a virtual SError"
      - id: serror_has_esr
        type: u1
        doc: "serror_esr holds its ISS"
      - id: ext_dabt_pending
        type: u1
        doc: "a data abort that is an external abort"
      - id: ext_iabt_pending
        type: u1
        doc: "an instruction abort that is an external abort"
      - id: ext_abt_has_esr
        type: u1
        doc: "ext_abt_esr holds ISS bits of the abort"
      - id: ext_abt_has_far
        type: u1
        doc: "ext_abt_far is FAR_EL1"
      - id: pad
        size: 2
        doc: "zero"
      - id: serror_esr
        type: u8
        doc: "ISS [24:0] of the virtual SError"
      - id: ext_abt_esr
        type: u8
        doc: "FSC, EA, WnR, CM, SET of the abort"
      - id: ext_abt_far
        type: u8
        doc: "FAR_EL1 of the abort"
      - id: reserved
        size: 32
        doc: "zero"
enums:
  kind:
    1:
      id: data_abort
      doc: "synchronous external abort on a data access"
    2:
      id: instruction_abort
      doc: "synchronous external abort on an instruction fetch"
    3:
      id: serror
      doc: "SError exception taken from the guest"
    4:
      id: memory_notice
      doc: "a page of the guest's memory is lost; no trap, asynchronous"
  host_action:
    0:
      id: unknown
      doc: "unknown"
    1:
      id: not_claimed
      doc: "APEI did not claim the trap"
    2:
      id: isolated
      doc: "memory_failure() has isolated the page"
    3:
      id: claimed_nothing_queued
      doc: "claimed, but nothing queued for want of a physical address"
    4:
      id: isolation_failed
      doc: "memory_failure() could not isolate the page"
  origin:
    0:
      id: unknown
      doc: "unknown"
    1:
      id: trap
      doc: "external abort or SError taken"
    2:
      id: firmware
      doc: "firmware record alone"
    3:
      id: trap_and_firmware
      doc: "trap taken and claimed by a firmware record"
    4:
      id: kernel_first
      doc: "reserved"
    5:
      id: isolated_page
      doc: "stage-2 fault on a page isolated before"
  gpa_origin:
    0:
      id: unknown
      doc: "unknown"
    1:
      id: hpfar
      doc: "HPFAR_EL2"
    2:
      id: walk
      doc: "software walk of FAR_EL2"
    3:
      id: reverse_map
      doc: "reverse map of a physical address"
  severity:
    0:
      id: unknown
      doc: "unknown"
    1:
      id: ce
      doc: "corrected"
    2:
      id: ueo
      doc: "restartable"
    3:
      id: uer
      doc: "recoverable"
    4:
      id: ueu
      doc: "unrecoverable"
    5:
      id: uc
      doc: "uncontainable"
  firmware_severity:
    0:
      id: none
      doc: "no firmware record"
    1:
      id: recoverable
      doc: "CPER recoverable"
    2:
      id: fatal
      doc: "CPER fatal"
    3:
      id: corrected
      doc: "CPER corrected"
    4:
      id: informational
      doc: "CPER informational"
