# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The structures of ``live.h`` as user space has them; a test holds each field against the compiler's."""

from __future__ import annotations

from typing import Final

from construct import Int8ul as u8
from construct import Int16ul as u16
from construct import Int32sl as s32
from construct import Int32ul as u32
from construct import Int64ul as u64

from abi.layout import Field, Layout

MEMSLOTS: Final = 16
PAGES: Final = 4
PAS: Final = 2
#: Bits of ``has``, KFI_TRAP_*, by the names of :class:`abi.trap.Trap`; the second group holds truths.
KNOWN: Final = ("pfar_el2", "disr_el1", "mpidr", "walk", "walk_level", "memslots")
TRUTHS: Final = ("host_ras", "vm_ras", "hyp_context", "nested", "protected")
#: Bits of ``seen``, LIVE_*.
CLAIM: Final = 1
HANDLED: Final = 2
SIGNAL: Final = 4
KEEP: Final = 8
#: Bits of ``what`` of an address, KFI_PA_*; of ``firmware_flags``, KFI_FIRMWARE_*.
PA_MEMORY: Final = 1
PA_QUEUED: Final = 2
PA_LOST: Final = 4
FIRMWARE_PRESENT: Final = 1
FIRMWARE_CORRUPT: Final = 2
FIRMWARE_VA_MPIDR: Final = 4

VM: Final = Layout(
    "live_vm",
    "What a VMM has enabled, and what it knows of its VM.",
    Field("memslots", u64, "gpa, size, hva, pa of each slot", number=4 * MEMSLOTS),
    Field("critical", u64, "critical flags that are enabled"),
    Field("nr_memslots", u32, "how many slots"),
    Field("has", u16, "KFI_TRAP_*"),
    Field("kinds", u16, "kinds that are enabled, bit n for kind n"),
    Field("minor", u8, "minor version to write"),
    Field("reserved", u8, "zero", number=7),
)
FIRMWARE: Final = Layout(
    "kfi_firmware",
    "A firmware record, reduced.",
    Field("pas", u64, "not used"),
    Field("va", u64, "virtual fault address"),
    Field("va_mpidr", u64, "of the PE that it belongs to"),
    Field("nr_pas", u32, "how many physical addresses"),
    Field("nr_vas", u32, "how many pieces of error information have a virtual address"),
    Field("addressed", u32, "how many have an address of either kind"),
    Field("severity", u32, "CPER severity of the block"),
    Field("flags", u32, "KFI_FIRMWARE_*"),
    Field("reserved", u32, "zero"),
)
EMISSION: Final = Layout(
    "kfi_emission",
    "What became of an error.",
    Field("injected", u64, "ESR_EL1 of the SError that the host injects"),
    Field("rule", u32, "why there is no record, enum kfi_rule"),
    Field("end", u16, "enum kfi_end"),
    Field("memory_failure", u16, "the kernel queues memory_failure()"),
)
TRAP: Final = Layout(
    "live_trap",
    "A trap from the hook that sees it to its emission.",
    *(Field(name, u64, "as KVM read it")
      for name in ("esr_el2", "far_el2", "hpfar_el2", "pfar_el2", "disr_el1", "mpidr", "walk")),
    Field("pages", u64, "gpa and lsb of each isolated page", number=2 * PAGES),
    Field("pas", u64, "address and what it is, of the firmware record", number=2 * PAS),
    Field("firmware", u64, "the firmware record", number=FIRMWARE.size // 8),
    Field("emission", u64, "out: what fault_info_fill() says", number=EMISSION.size // 8),
    Field("signal_hva", u64, "address of KVM's SIGBUS"),
    Field("nr_pages", u32, "how many isolated pages"),
    Field("has", u16, "KFI_TRAP_*, beside what the VM has"),
    Field("notify", u8, "enum kfi_notify"),
    Field("walk_level", u8, "level of the guest's stage-1 descriptor, signed"),
    Field("vcpu", u32, "its number"),
    Field("claim", s32, "what apei_claim_sea() said"),
    Field("handled", s32, "what KVM's handler returned"),
    Field("seen", u32, "LIVE_*"),
    Field("process", u32, "of the VM"),
    Field("reserved", u32, "zero"),
)
RECORD: Final = Layout(
    "live_record",
    "What goes through the ring buffer before the record.",
    Field("lost", u64, "records lost so far"),
    Field("signal_hva", u64, "address of KVM's SIGBUS"),
    Field("thread", u32, "of the vCPU"),
    Field("vcpu", u32, "its number"),
    Field("claim", s32, "what apei_claim_sea() said"),
    Field("handled", s32, "what KVM's handler returned"),
    Field("seen", u32, "LIVE_*"),
    Field("reserved", u32, "zero"),
)
