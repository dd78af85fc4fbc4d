# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The one definition: record, flags, codes, versions, and where the record travels in ``kvm_run``.

Everything else (offsets, sizes, codecs, tables, generated artefacts) is derived from what stands
here; the reply is in :mod:`abi.reply`, the ring in :mod:`abi.ring_layout`. Byte order:
little-endian in files, rings and vectors; ``kvm_run`` is in the byte order of the host, which for
every arm64 kernel that can run a guest is little-endian too (rule ``host.byte_order``).
"""

from __future__ import annotations

from typing import Final

from construct import Int8ul as u8
from construct import Int16ul as u16
from construct import Int32ul as u32
from construct import Int64ul as u64

from abi.layout import ARM_SEA, Code, Codec, Field, Flag, Layout, Version

V1_0: Final = Version(1, 0)
V1_1: Final = Version(1, 1)

RECORD: Final = Layout(
    "kvm_arm_fault_info",
    "What a VMM needs to tell an arm64 guest about a hardware error.",
    Field("sea_flags", u64, "flags of upstream's arm_sea; bits but GPA_VALID are upstream's to allocate",
          ARM_SEA, ("host.reserved.zero", "host.gpa.space")),
    Field("esr", u64, "ESR_EL2, masked by kind", ARM_SEA,
          ("host.esr.mask", "host.esr.isolated", "host.record.cause", "vmm.esr.rewrite")),
    Field("far", u64, "FAR_EL2 (arm_sea: gva); bits 63:60 may be UNKNOWN for a SEA", ARM_SEA,
          ("host.far.valid", "host.far.fnv", "vmm.far.source")),
    Field("gpa", u64, "guest physical address, in the VM's own space", ARM_SEA,
          ("host.gpa.origin", "host.gpa.low", "host.gpa.space", "host.gpa.hpfar")),
    Field("size", u16, "bytes of the whole record: the size of the minor version written", V1_0,
          ("vmm.size", "vmm.trailing")),
    Field("major", u8, "major version, 1", V1_0, ("vmm.major.unknown",)),
    Field("minor", u8, "minor version, 0 or 1", V1_0, ("vmm.size", "host.enabled.only")),
    Field("kind", u16, "what happened", V1_0, ("vmm.agree", "vmm.critical.unknown", "vmm.notify")),
    Field("host_action", u8, "what the host had done with the error when it wrote the record", V1_0,
          ("host.action.possible", "host.claim.queued")),
    Field("origin", u8, "from what the host learnt of the error", V1_0, ("host.origin.kind",)),
    Field("flags", u64, "validity and description (31:0), critical (63:32)", V1_0,
          ("host.reserved.zero", "vmm.critical.unknown")),
    Field("hpfar", u64, "HPFAR_EL2.FIPA [47:4] as the hardware wrote it, all else 0", V1_0,
          ("host.hpfar.valid", "host.hpfar.fipa")),
    Field("address_lsb", u8, "log2 of the damaged granule around gpa (and hva), 0 unknown", V1_0,
          ("host.lsb.address",)),
    Field("gpa_origin", u8, "where gpa comes from", V1_0, ("host.gpa.origin",)),
    Field("severity", u8, "PE error state, from SET or AET", V1_0, ("host.severity.valid", "vmm.agree")),
    Field("firmware_severity", u8, "CPER severity + 1, 0 without a firmware record", V1_0,
          ("host.firmware_severity.origin",)),
    Field("reserved0", u32, "zero", V1_0, ("host.reserved.zero",)),
    Field("hva", u64, "address in the VMM, as SIGBUS si_addr", V1_1, ("host.hva.valid",)),
    Field("firmware_va", u64, "virtual fault address of the CPER ARM processor error", V1_1,
          ("host.firmware_va.usable", "vmm.far.source")),
)

#: Every version of this major that the definition knows, oldest first.
VERSIONS: Final = tuple(sorted({f.since for f in RECORD.fields} - {ARM_SEA}))
NEWEST: Final = VERSIONS[-1]
#: Bytes of a record of each version, and the codec of its fields.
CODECS: Final = {version: Codec(RECORD.upto(version)) for version in VERSIONS}
SIZES: Final = {version: codec.size for version, codec in CODECS.items()}
#: Reserved for exercising negotiation and skew; no release will ever have these numbers.
RESERVED_VERSIONS: Final = (Version(1, 255), Version(255, 0))

SEA_FLAGS: Final = (
    Flag("GPA_VALID", 0, "gpa is the guest physical address", ARM_SEA, ("host.gpa.space",), "gpa"),
)
(GPA_VALID,) = (f.mask for f in SEA_FLAGS)

#: Bits from here up are critical: who does not know one must not act as if it understood.
FIRST_CRITICAL_BIT: Final = 32
FLAGS: Final = (
    Flag("FAR_VALID", 0, "far is the faulting virtual address", V1_0, ("host.far.valid", "host.far.fnv"), "far"),
    Flag("HPFAR_VALID", 1, "hpfar is the faulting IPA", V1_0, ("host.hpfar.valid",), "hpfar"),
    Flag("PA_VALID", 2, "the host had a valid physical address", V1_0, ("host.pa.valid",)),
    Flag("HVA_VALID", 3, "hva is the page's address in the VMM", V1_1, ("host.hva.valid",), "hva"),
    Flag("FIRMWARE_VA_VALID", 4, "firmware_va belongs to this trap", V1_1, ("host.firmware_va.usable",),
         "firmware_va"),
    Flag("SEVERITY_VALID", 5, "severity is what the syndrome says", V1_0, ("host.severity.valid",), "severity"),
    Flag("ACTION_REQUIRED", 6, "action required (BUS_MCEERR_AR), else optional (AO)", V1_0,
         ("host.action_required.kind",)),
    Flag("NESTED", 7, "trap from a nested guest; gpa is still in the VM's own space", V1_0,
         ("host.nested.trap", "vmm.target")),
    Flag("FAR_IMPRECISE", 8, "ESR_EL2.FnP: far is any address in the faulting granule", V1_0,
         ("host.far.imprecise", "host.gpa.low")),
    Flag("STAGE1_WALK", 9, "the access is known to be the guest's own stage-1 walk: gpa is the "
         "descriptor's page, far the address translated", V1_0, ("host.stage1_walk.known", "vmm.esr.rewrite")),
    Flag("CONTEXT_CORRUPT", 32, "firmware says that the processor context is corrupt: do not resume this vCPU",
         V1_0, ("host.context_corrupt.firmware", "vmm.notify")),
)
(FAR_VALID, HPFAR_VALID, PA_VALID, HVA_VALID, FIRMWARE_VA_VALID, SEVERITY_VALID, ACTION_REQUIRED,
 NESTED, FAR_IMPRECISE, STAGE1_WALK, CONTEXT_CORRUPT) = (f.mask for f in FLAGS)

#: Bits that a definition of this age knows, and those of them that are critical.
KNOWN_FLAGS: Final = sum(f.mask for f in FLAGS)
CRITICAL: Final = (1 << 64) - (1 << FIRST_CRITICAL_BIT)
KNOWN_CRITICAL: Final = KNOWN_FLAGS & CRITICAL
KNOWN_SEA_FLAGS: Final = sum(f.mask for f in SEA_FLAGS)

KINDS: Final = (
    Code(1, "DATA_ABORT", "synchronous external abort on a data access"),
    Code(2, "INSTRUCTION_ABORT", "synchronous external abort on an instruction fetch"),
    Code(3, "SERROR", "SError exception taken from the guest"),
    Code(4, "MEMORY_NOTICE", "a page of the guest's memory is lost; no trap, asynchronous"),
)
KIND_DATA_ABORT, KIND_INSTRUCTION_ABORT, KIND_SERROR, KIND_MEMORY_NOTICE = (c.value for c in KINDS)
#: The mask of kinds that the capability is enabled with: bit n is kind n.
ALL_KINDS: Final = sum(1 << c.value for c in KINDS)

HOST_ACTIONS: Final = (
    Code(0, "UNKNOWN", "unknown"),
    Code(1, "NOT_CLAIMED", "APEI did not claim the trap"),
    Code(2, "ISOLATED", "memory_failure() has isolated the page"),
    Code(3, "CLAIMED_NOTHING_QUEUED", "claimed, but nothing queued for want of a physical address"),
    Code(4, "ISOLATION_FAILED", "memory_failure() could not isolate the page"),
)
ACTION_UNKNOWN, ACTION_NOT_CLAIMED, ACTION_ISOLATED, ACTION_CLAIMED, ACTION_FAILED = (c.value for c in HOST_ACTIONS)

ORIGINS: Final = (
    Code(0, "UNKNOWN", "unknown"),
    Code(1, "TRAP", "external abort or SError taken"),
    Code(2, "FIRMWARE", "firmware record alone"),
    Code(3, "TRAP_AND_FIRMWARE", "trap taken and claimed by a firmware record"),
    Code(4, "KERNEL_FIRST", "reserved"),
    Code(5, "ISOLATED_PAGE", "stage-2 fault on a page isolated before"),
)
(ORIGIN_UNKNOWN, ORIGIN_TRAP, ORIGIN_FIRMWARE, ORIGIN_BOTH, ORIGIN_KERNEL_FIRST,
 ORIGIN_ISOLATED) = (c.value for c in ORIGINS)

GPA_ORIGINS: Final = (
    Code(0, "UNKNOWN", "unknown"),
    Code(1, "HPFAR", "HPFAR_EL2"),
    Code(2, "WALK", "software walk of FAR_EL2"),
    Code(3, "REVERSE_MAP", "reverse map of a physical address"),
)
GPA_UNKNOWN, GPA_HPFAR, GPA_WALK, GPA_REVERSE = (c.value for c in GPA_ORIGINS)

SEVERITIES: Final = (
    Code(0, "UNKNOWN", "unknown"),
    Code(1, "CE", "corrected"),
    Code(2, "UEO", "restartable"),
    Code(3, "UER", "recoverable"),
    Code(4, "UEU", "unrecoverable"),
    Code(5, "UC", "uncontainable"),
)
SEVERITY_UNKNOWN, SEVERITY_CE, SEVERITY_UEO, SEVERITY_UER, SEVERITY_UEU, SEVERITY_UC = (c.value for c in SEVERITIES)

FIRMWARE_SEVERITIES: Final = (
    Code(0, "NONE", "no firmware record"),
    Code(1, "RECOVERABLE", "CPER recoverable"),
    Code(2, "FATAL", "CPER fatal"),
    Code(3, "CORRECTED", "CPER corrected"),
    Code(4, "INFORMATIONAL", "CPER informational"),
)

#: The codes of each enumerated field; a reader keeps an unknown value raw and treats it as 0.
CODES: Final = {
    "kind": KINDS,
    "host_action": HOST_ACTIONS,
    "origin": ORIGINS,
    "gpa_origin": GPA_ORIGINS,
    "severity": SEVERITIES,
    "firmware_severity": FIRMWARE_SEVERITIES,
}

#: struct kvm_run up to its exit union (include/uapi/linux/kvm.h; not s390).
KVM_RUN: Final = Layout(
    "kvm_run",
    "The page that a VMM shares with KVM for one vCPU.",
    Field("request_interrupt_window", u8, "in"),
    Field("immediate_exit", u8, "in: KVM_RUN returns at once with -EINTR"),
    Field("padding1", u8, "unused", number=6),
    Field("exit_reason", u32, "out: which member of the union holds the exit", rules=("vmm.exit.reason",)),
    Field("ready_for_interrupt_injection", u8, "out"),
    Field("if_flag", u8, "out"),
    Field("flags", u16, "out"),
    Field("cr8", u64, "x86 only"),
    Field("apic_base", u64, "x86 only"),
    Field("exit", u8, "the exit union, a fixed size of 256 bytes", rules=("vmm.size", "vmm.exit.lifetime"),
          number=256),
)
KVM_EXIT_ARM_SEA: Final = 41
KVM_CAP_ARM_SEA_TO_USER: Final = 245

#: Numbers that upstream has not allocated, well outside the ranges it allocates from (its next
#: are exit 44 and capability 252). The shipped header has no default for them.
PROVISIONAL: Final = {"KVM_EXIT_ARM_SERROR": 0x4000_0001, "KVM_CAP_ARM_FAULT_INFO": 0x4000_0001}
KVM_EXIT_ARM_SERROR: Final = PROVISIONAL["KVM_EXIT_ARM_SERROR"]
