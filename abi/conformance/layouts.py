# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What is asked and answered: the fixed layout of each request and answer, little-endian and without padding.

Numbers that are not said to be anything else are as the architecture or the record has them; a field that
does not apply is 0. The parts that follow each layout stand in :mod:`abi.conformance.protocol`.
"""

from __future__ import annotations

from typing import Final

from construct import Int8ul as u8
from construct import Int16ul as u16
from construct import Int32ul as u32
from construct import Int64ul as u64

from abi.definition import RECORD
from abi.layout import Field, Layout

_VCPU: Final = (
    Field("pc", u64, "where the vCPU stands"),
    Field("pstate", u64, "as SPSR_EL1 holds it"),
    Field("vbar_el1", u64, "VBAR_EL1"),
    Field("sctlr_el1", u64, "SCTLR_EL1"),
    Field("sctlr2_el1", u64, "SCTLR2_EL1, 0 where the vCPU has none"),
    Field("gcscr_el1", u64, "GCSCR_EL1, 0 where the vCPU has none"),
    Field("esr_el1", u64, "ESR_EL1, old value"),
    Field("far_el1", u64, "FAR_EL1, old value"),
    Field("elr_el1", u64, "ELR_EL1, old value"),
    Field("spsr_el1", u64, "SPSR_EL1, old value"),
    Field("features", u32, "of the vCPU: bit n is the n-th name in alphabetical order, from 0"),
)
#: The registers as they are when all is done.
_AFTER: Final = (
    Field("pc", u64, "where the vCPU stands"),
    Field("pstate", u64, "as SPSR_EL1 holds it"),
    Field("esr_el1", u64, "ESR_EL1"),
    Field("far_el1", u64, "FAR_EL1"),
    Field("elr_el1", u64, "ELR_EL1"),
    Field("spsr_el1", u64, "SPSR_EL1"),
)

VMM_REQUEST: Final = Layout(
    "kfi_vmm", "A record has come: what does the VMM do?",
    *_VCPU,
    Field("pending_serror", u32, "ISS of a virtual SError that still waits, with has_pending_serror"),
    Field("repeats", u32, "how often this access was reported before"),
    Field("bound", u32, "how often an interrupt may answer it"),
    Field("ways", u8, "how the machine can tell its guest, the preferred first, 0 after the last", number=4),
    Field("ras", u8, "1: the machine has an error source for its guest"),
    Field("firmware_va", u8, "1: it takes firmware's virtual address as a source of FAR_EL1"),
    Field("answered", u8, "1: this very report was answered before"),
    Field("has_pending_serror", u8, "1: see pending_serror"),
    Field("reader", u8, "newest minor version that the reader is to know"),
    Field("exact", u8, "1: the bytes hold just the record (a file); 0: it may end early (exit union, slot)"),
    Field("zero", u16, "zero"),
    Field("zero2", u32, "zero"),
)
VMM_ANSWER: Final = Layout(
    "kfi_vmm_answer", "What the VMM does.",
    Field("outcome", u8, "0 value, 1 not understood, 2 malformed"),
    Field("action", u8, "0 inject, 1 pend, 2 interrupt, 3 log, 4 retry, 5 stop"),
    Field("via", u8, "of an interrupt, a log or a notice by SEI: the way; else 0"),
    Field("notes", u8, "bit 0: far_el1 is an address (inject); bit 1: FnV and FAR_VALID are at odds"),
    Field("serror_esr", u32, "ISS of the virtual SError that is made pending, or that stays so; else 0"),
    *_AFTER,
    Field("tail", u32, "bytes of a newer minor version beyond what the reader knows; 0 unless value"),
    Field("zero", u32, "zero"),
    Field("info", u8, "the record's fields, those that its version or the reader has not are 0; all 0 unless value",
          number=RECORD.size),
)

HOST_REQUEST: Final = Layout(
    "kfi_host", "A trap to EL2, and what the host knows beside it: what record does it write?",
    Field("esr_el2", u64, "0 stands for no trap: memory_failure() found the error in the background"),
    Field("far_el2", u64, "as read"),
    Field("hpfar_el2", u64, "as read; bit 63 is KVM's mark of a walk that succeeded"),
    Field("pfar_el2", u64, "as read"),
    Field("disr_el1", u64, "as read"),
    Field("mpidr", u64, "MPIDR_EL1 of the PE that took the trap"),
    Field("walk", u64, "gpa that a software walk of FAR_EL2 found"),
    Field("critical", u64, "critical flags that were enabled"),
    Field("has", u16, "bit n: 0 pfar_el2, 1 disr_el1, 2 mpidr, 3 walk, 4 walk_level, 5 memslots are known; "
          "6 host_ras, 7 vm_ras, 8 hyp_context, 9 nested, 10 protected are so"),
    Field("kinds", u16, "kinds that were enabled, bit n for kind n"),
    Field("walk_level", u8, "level of the guest's descriptor, -2 to 3 in two's complement"),
    Field("notify", u8, "how the firmware record came: 0 sea, 1 sei, 2 gpio, 3 none"),
    Field("minor", u8, "minor version to write"),
    Field("firmware", u8, "1: part cper is a firmware record"),
)
HOST_ANSWER: Final = Layout(
    "kfi_host_answer", "What became of the error.",
    Field("end", u8, "0 record, 1 signal, 2 injected, 3 panic, 4 resumed, 5 no error"),
    Field("memory_failure", u8, "1: the kernel queues memory_failure()"),
    Field("zero", u16, "zero"),
    Field("zero2", u32, "zero"),
    Field("injected", u64, "ESR_EL1 of the SError that the host injects by itself; else 0"),
)
REPLY_REQUEST: Final = Layout(
    "kfi_reply", "The next KVM_RUN, with or without a reply: what does the host do to the vCPU?",
    *_VCPU,
    Field("kind", u16, "kind of the record that waits for the reply, 0: none"),
    Field("host_ras", u8, "1: the host has FEAT_RAS"),
    Field("severity", u8, "severity of the record that waits"),
)
REPLY_ANSWER: Final = Layout(
    "kfi_reply_answer", "The vCPU when the ioctl returns.",
    Field("errno", u32, "0, or the errno of a refusal"),
    Field("has_pending_serror", u8, "1: an SError is masked and waits"),
    Field("zero", u8, "zero", number=3),
    Field("pending_serror", u64, "its ISS"),
    *_AFTER,
)

CHECK_REQUEST: Final = Layout(
    "kfi_check", "A record: which rules does it break by itself?",
    Field("reader", u8, "newest minor version that the reader is to know"),
    Field("exact", u8, "1: the bytes hold just the record; 0: it may end early"),
)
CHECK_ANSWER: Final = Layout(
    "kfi_check_answer", "What the reader makes of it.",
    Field("outcome", u8, "0 value, 1 not understood, 2 malformed"),
    Field("zero", u8, "zero"),
)

ENABLE_REQUEST: Final = Layout(
    "kfi_enable", "KVM_ENABLE_CAP: may the VM have records?",
    Field("critical", u64, "critical flags that the VMM understands"),
    Field("kinds", u32, "kinds that it understands, bit n for kind n"),
    Field("vcpus", u32, "vCPUs that the VM has"),
    Field("major", u8, "newest version that the VMM understands"),
    Field("minor", u8, "likewise"),
    Field("host_minor", u8, "newest minor version of major version 1 that the host writes"),
    Field("enabled", u8, "1: the capability is enabled already"),
    Field("protected", u8, "1: a protected VM"),
    Field("zero", u8, "zero", number=3),
)
ENABLE_ANSWER: Final = Layout(
    "kfi_enable_answer", "What holds for the VM from then on; zeros if refused.",
    Field("critical", u64, "critical flags"),
    Field("kinds", u32, "kinds"),
    Field("errno", u32, "0, or the errno of a refusal"),
    Field("major", u8, "version that the host writes"),
    Field("minor", u8, "likewise"),
    Field("zero", u8, "zero", number=6),
)

RING_REQUEST: Final = Layout(
    "kfi_ring_fetch", "A ring, part image. Its consumer deals with so many records, fetches one more and dies before "
    "it has dealt with that: what does the next consumer find first?",
    Field("dealt", u32, "records that the first consumer deals with, or all that there are if they are fewer"),
)
RING_ANSWER: Final = Layout(
    "kfi_ring_answer", "The oldest record that is published and not dealt with; zeros if there is none, or if either "
    "consumer refuses the ring.",
    Field("position", u64, "of its slot"),
    Field("sequence", u64, "of its envelope"),
    Field("lost", u32, "of its envelope"),
    Field("vcpu", u32, "of its envelope"),
    Field("found", u8, "1: there is one"),
    Field("zero", u8, "zero", number=7),
)

READ_REQUEST: Final = Layout(
    "kfi_read", "A record: what does a reader alone make of it? No vCPU, no machine, no decision.",
    Field("reader", u8, "newest minor version that the reader is to know"),
    Field("exact", u8, "1: the bytes hold just the record; 0: it may end early"),
)
READ_ANSWER: Final = Layout(
    "kfi_read_answer", "What the reader makes of it; part rule names the refusal.",
    Field("outcome", u8, "0 value, 1 not understood, 2 malformed"),
    Field("zero", u8, "zero", number=3),
    Field("tail", u32, "bytes of a newer minor version beyond what the reader knows; 0 unless value"),
    Field("info", u8, "the record's fields, those that its version or the reader has not are 0; all 0 unless value",
          number=RECORD.size),
)

EXIT_REQUEST: Final = Layout(
    "kfi_exit", "KVM_RUN returned; part page is the vCPU's struct kvm_run up to the end of its exit union or more. "
    "Is there a record?",
    Field("errno", u32, "0, or the errno with which KVM_RUN failed"),
    Field("serror_exit", u32, "exit reason for kind 3, whose number is provisional"),
    Field("kinds", u16, "kinds that were enabled, bit n for kind n; 0: the capability is not enabled"),
    Field("answered", u8, "1: the VMM has answered this exit"),
    Field("zero", u8, "zero"),
)
EXIT_ANSWER: Final = Layout(
    "kfi_exit_answer", "What the VMM takes from the page. Part record is all of the exit union, in which the record "
    "may end early; of an abort of a kind that was not enabled it is the record of 1.0 that arm_sea stands for.",
    Field("found", u8, "1: there is a record; 0: part rule says why not"),
    Field("save", u8, "1: the vCPU may be saved now, to go on elsewhere"),
)

REPORT_REQUEST: Final = Layout(
    "kfi_report", "The guest is to be told of a record by its error source, a GHESv2; part block is what the error "
    "status block holds, the oldest report that waits already is that of part earlier, if there is one.",
    Field("read_ack", u64, "read-ack register: bit 0 set by the guest when it has read the block"),
    Field("ack", u64, "with acknowledges: what the guest then writes to the register"),
    Field("acknowledges", u8, "1: the guest acknowledges once when all else is done"),
    Field("firmware_va", u8, "1: the machine takes firmware's virtual address for the guest's"),
    Field("zero", u16, "zero"),
    Field("zero2", u32, "zero"),
)
REPORT_ANSWER: Final = Layout(
    "kfi_report_answer", "What the guest finds at the end. Part block is the block if it is still that of the request; "
    "else these are what the new block says. Part rule is there while a report waits.",
    Field("physical_addr", u64, "physical address of the error, if addresses has it"),
    Field("virt_fault_addr", u64, "virtual fault address, if addresses has it"),
    Field("physical_addr_mask", u64, "which bits of physical_addr are significant, if addresses has it"),
    Field("read_ack", u64, "the read-ack register"),
    Field("block_status", u32, "Block Status of the new block, its entry count too"),
    Field("section", u8, "that its only entry holds: 0 another, 1 platform_memory, 2 arm_processor"),
    Field("error_type", u8, "of a platform memory section its Memory Error Type + 1, 0 if that is not valid; of an ARM "
          "processor section the Type of its only error information"),
    Field("notified", u8, "how often the guest was notified"),
    Field("waiting", u8, "reports that wait"),
    Field("addresses", u8, "bit 0: physical_addr is valid; bit 1: virt_fault_addr is; bit 2: physical_addr_mask is"),
    Field("block_severity", u8, "CPER severity of the new block + 1"),
    Field("entry_severity", u8, "CPER severity of its only entry + 1"),
    Field("zero", u8, "zero", number=5),
)

PRODUCE_REQUEST: Final = Layout(
    "kfi_produce", "A producer starts on a ring, part image, that it or one that died left behind, and then appends "
    "part record so many times. No consumer runs.",
    Field("number", u32, "how often the record is appended"),
    Field("vcpu", u32, "envelope's vcpu of the first; that of each other is one more"),
)
PRODUCE_ANSWER: Final = Layout(
    "kfi_produce_answer", "The ring then, part image; part rule says why the producer refused it, or the record.",
    Field("published", u32, "how many of them were published; the others were counted as lost"),
    Field("woken", u8, "1: the consumer was woken, once or more"),
    Field("zero", u8, "zero", number=3),
)
