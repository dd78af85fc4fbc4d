# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The rules that whoever reads a record keeps: what to refuse, what to believe, what to tell the guest."""

from __future__ import annotations

from typing import Final

from abi.rules.model import INFERRED, READ, Rule

READING_RULES: Final = (
    Rule("vmm.malformed",
         "Bytes that are too short to say what they are, or that break vmm.size or vmm.agree, are malformed: keep "
         "the "
         "raw bytes, report, do not resume the vCPU. Never ignore, never crash.",
         "Whoever sent it, the error that it stands for is real.", "this specification"),
    Rule("vmm.size",
         "Malformed if size is not the table's for a known minor, is below the reader's own newest size for a newer "
         "minor, is "
         "not a multiple of 8, exceeds the channel (a file holds just one record), or a flag is set whose field "
         "lies beyond it.",
         "A reader that trusts size reads what is not there.", "this specification"),
    Rule("vmm.trailing", "Of a newer minor the reader reads its own prefix; the bytes beyond are kept, not judged.",
         "Minor versions only append.", "this specification"),
    Rule("vmm.major.unknown",
         "A record of another major version is kept as raw bytes and reported; the vCPU is not resumed.",
         "Not one field of it is known.", "this specification"),
    Rule("vmm.critical.unknown",
         "A record with an unknown critical flag (bits 63:32) or an unknown kind is kept as raw bytes and reported; "
         "the "
         "vCPU is not resumed.",
         "Who does not know one must not act as if it understood.", "this specification"),
    Rule("vmm.enum.unknown",
         "An unknown origin, host_action, severity or gpa_origin is kept raw and treated as 0; an unknown "
         "descriptive flag "
         "is kept raw and ignored.",
         "They describe; what decides stands elsewhere.", "this specification"),
    Rule("vmm.agree",
         "kind agrees with esr.EC (a notice has EC 0), and severity, where valid and known, with SET or AET; else "
         "malformed.",
         "Two answers to one question: none can be believed.", "this specification"),
)

ANSWER_RULES: Final = (
    Rule("vmm.far.source",
         "Kinds 1, 2: FAR_EL1 := far if FAR_VALID; else firmware_va if FIRMWARE_VA_VALID and the machine takes that "
         "source; else FSC := 0x10, FnV := 1, FAR_EL1 := 0. Bit 10 of an SError is AET[0] and is never touched.",
         "The guest must learn the address that anybody knows, and must not be shown one that nobody does.",
         "Arm ARM, ESR_EL1.FnV; the 2017 discussion on linux-arm-kernel", READ),
    Rule("vmm.far.odds", "FAR_VALID decides; a reader that finds esr.FnV at odds with it says so.",
         "A silent choice hides a broken host.", "this specification"),
    Rule("vmm.esr.rewrite",
         "ESR_EL1: EC from the vCPU's level and the kind, IL=1; FSC 0x13-0x17 is shown only with STAGE1_WALK, every "
         "other "
         "as 0x10; EA kept, WnR and CM for a data abort; SET only if the guest has RAS; all else 0 but FnV.",
         "EC in ESR_EL2 names EL2's point of view. An abort on the host's stage-2 walk looks like one on the "
         "guest's, "
         "and a guest told of a broken table kills what it could save.",
         "Arm ARM, ESR_EL1; Linux 7.3.4 arch/arm64/mm/fault.c do_sea()", READ),
    Rule("vmm.sea.vector",
         "The abort enters at VBAR_EL1 + 0x000 (EL1 with SP_EL0), 0x200 (EL1 with SP_EL1), 0x400 (EL0, AArch64), "
         "0x600 "
         "(EL0, AArch32), and at +0x180 from there with effective SCTLR2_EL1.EASE.",
         "A guest with EASE has no abort handler at the synchronous vector.",
         "Arm ARM, AArch64.TakeException(); SCTLR2_EL1.EASE", READ),
    Rule("vmm.entry.state",
         "The entry writes SPSR_EL1, ELR_EL1 and PSTATE as the architecture's exception entry to EL1 does.",
         "The guest must not be able to tell an injected abort from the hardware's.",
         "Arm ARM, AArch64.TakeException()", READ),
    Rule("vmm.target",
         "An exception is injected only where EL1 is AArch64, the vCPU has no EL2 and the trap was not a nested "
         "guest's; else the VMM stops and names the rule.",
         "The target of a nested guest's abort depends on registers of its hypervisor; AArch32 has other fault "
         "registers. Both are open questions.", "this specification"),
    Rule("vmm.notify",
         "A machine not set up for RAS prints the error and stops. CONTEXT_CORRUPT stops. Kinds 1, 2: a SEA; a "
         "machine may "
         "prefer an interrupt while the vCPU can take it, with a bound on repeats of the access, then a SEA. Kind 4: "
         "interrupt (default) or polled, SEI only for a guest known to support it. Kind 3: CE and UEO are logged; "
         "UER and UEU "
         "are a virtual SError with AET, EA, DFSC; without a usable syndrome, or for a guest without RAS, one with "
         "IDS=1; UC stops.",
         "Linux treats only a SEA as synchronous; by interrupt a consumed error comes back for ever.",
         "linux-arm-kernel 2017-10; Linux 7.3.4 drivers/acpi/apei/ghes.c is_hest_sync_notify()", READ),
    Rule("vmm.serror.worse", "While one virtual SError is pending the worse of the two stays.",
         "There is one VSESR_EL2.", "Arm ARM, VSESR_EL2", READ),
    Rule("vmm.once", "A repeated report of one access (same vCPU, pc, far) injects once; the vCPU is run again.",
         "The exit and its copy on the ring are one error.", "this specification"),
    Rule("vmm.report.ack",
         "The guest's CPER goes into a GHESv2 error status block with read-ack; an unacknowledged block delays the "
         "next notification, never overwrites it, never drops it. With a new block bit 0 of the read-ack register is "
         "cleared, and no other bit changes.",
         "A guest reads the block after the fact; what is overwritten was never said.",
         "ACPI 6.5, 18.3.2.8 Generic Hardware Error Source version 2", INFERRED),
    Rule("vmm.report.address",
         "The guest's CPER has the guest physical address where gpa is valid, in a memory section of unknown error "
         "type, with the mask of the granule where address_lsb is known and below 64; the virtual address where only "
         "that is known, and no address where neither is, in a processor section of a cache error, but of kind 4 in "
         "a memory section.",
         "The guest's kernel acts on its physical address; a virtual one still names the process's access. A "
         "processor section has no unknown type, and of a cache error a kernel believes an address.",
         "UEFI N.2.4.4, N.2.5; Linux 7.3.4 drivers/acpi/apei/ghes.c ghes_handle_arm_hw_error()", READ),
    Rule("vmm.report.severity",
         "The guest's CPER is corrected for CE, recoverable for UEO and UER, fatal for UEU and UC. Where severity "
         "is not known it is recoverable for kinds 1 and 2; for the others it is firmware's own, or recoverable if "
         "there is none. Block Status says one entry, and an uncorrectable error if it is recoverable or fatal, else "
         "a correctable one.",
         "A guest panics on fatal and does nothing about corrected; an access that consumed an error is neither.",
         "UEFI N.2.1, Error Severity; Linux 7.3.4 drivers/acpi/apei/ghes.c ghes_severity()", INFERRED),
    Rule("vmm.migrate", "No record travels: the VMM answers before it saves a vCPU.",
         "The destination's host knows nothing of the error.", "this specification"),
)
