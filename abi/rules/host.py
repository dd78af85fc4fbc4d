# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The rules that whoever writes a record keeps: what each field says and when it may say it."""

from __future__ import annotations

from typing import Final

from abi.rules.model import INFERRED, READ, Rule

RECORD_RULES: Final = (
    Rule("host.byte_order",
         "Files, rings and vectors are little-endian; kvm_run is in the host's own byte order.",
         "kvm_run is native by contract. An arm64 kernel that runs guests is little-endian, so the bytes agree.",
         "Linux 7.3.4 arch/arm64/Kconfig, CPU_BIG_ENDIAN depends on BROKEN", INFERRED),
    Rule("host.record.cause",
         "A record is made only for a hardware error: an external abort (FSC 0x10, 0x12-0x18, 0x1A-0x1F), an "
         "SError, a stage-2 fault on a page isolated before, or a page of the guest lost in the background.",
         "Every other stage-2 fault is the host's daily work and says nothing of an error.",
         "Arm ARM, IsExternalSyncAbort(); Linux 7.3.4 kvm_vcpu_abt_issea()", READ),
    Rule("host.esr.mask",
         "esr keeps, of a data abort, EC, IL, FSC, FnV, EA, CM, WnR; of an instruction abort EC, IL, FSC, FnV, EA; "
         "of "
         "both SET if the VM has RAS and the FSC is an external abort; of an SError EC, IL, IDS and, with IDS=0 and "
         "DFSC=0x11, AET, EA, DFSC. All else is 0; a memory notice has no syndrome.",
         "What stays hidden describes the host (S1PTW, VNCR, PFV) or an access that is not emulated (ISV, SRT). A "
         "mask "
         "of aborts laid on an SError would turn IDS=1 into an architected syndrome.",
         "Linux 7.3.4 arch/arm64/kvm/mmu.c kvm_handle_guest_sea(); Arm ARM, ESR_EL2", READ),
    Rule("host.esr.il",
         "IL is 1 in the syndrome of an instruction abort, an SError, and a data abort that is an external abort.",
         "IL is 0 only for a 16-bit T32 instruction with a valid instruction syndrome, which an external abort "
         "has not; a stage-2 fault (origin 5) can have one.",
         "Arm ARM, ESR_ELx.IL", READ),
    Rule("host.esr.isolated",
         "With origin 5 esr is the external abort that the access stands for: FSC 0x10, SET, EA and FnV 0; where the "
         "access was the guest's own stage-1 walk (S1PTW=1), STAGE1_WALK, and FSC 0x14 + level if a walk of the "
         "guest's tables finds the level (0x13, 0x12 for levels -1, -2).",
         "The stage-2 fault as trapped means nothing to the guest; bits 12:11 of it are LST, not SET.",
         "Linux 7.3.4 arch/arm64/kvm/inject_fault.c", READ),
    Rule("host.far.valid",
         "Kinds 1, 2: FAR_VALID iff FSC is not 0x10 or FnV=0, never for a data abort with VNCR=1. Kind 3: iff IDS=0, "
         "DFSC=0x11, VFV=1 and FAR_EL2 was read at that exit, never from DISR_EL1. Kind 4: never.",
         "With VNCR=1 FAR_EL2 holds an address of the host. DISR_EL1 has no VFV.",
         "Arm ARM, FAR_EL2 and ESR_EL2.FnV; AArch64.ReportException()", READ),
    Rule("host.far.fnv",
         "Kinds 1, 2: with FSC 0x10, esr.FnV is the inverse of FAR_VALID; with any other FSC it is 0.",
         "FnV exists only with FSC 0x10. Two answers to one question would breed readers that believe either.",
         "Arm ARM, ESR_EL2 ISS encoding for a Data Abort, FnV", READ),
    Rule("host.far.imprecise",
         "FAR_IMPRECISE only with FAR_VALID in kinds 1 and 2: it is FnP (bit 15 with ISV=0).",
         "FnP says that far is any address in the faulting granule.",
         "Arm ARM, ESR_EL2 ISS encoding for a Data Abort, FnP", INFERRED),
    Rule("host.hpfar.valid",
         "HPFAR_VALID iff origin is 5 and the FSC as trapped is translation, access flag or address size, or "
         "permission with S1PTW=1.",
         "HPFAR_EL2 is UNKNOWN after every external abort and after a permission fault that is not on a walk.",
         "Arm ARM, HPFAR_EL2; IPAValid()", READ),
    Rule("host.hpfar.fipa", "hpfar holds HPFAR_EL2.FIPA [47:4]; every other bit is 0.",
         "NS is RES0 for Non-secure EL2, and Linux keeps a mark of its own in bit 63.",
         "Arm ARM, HPFAR_EL2; Linux 7.3.4 arch/arm64/kvm/hyp/include/hyp/fault.h", READ),
    Rule("host.gpa.origin",
         "gpa_origin is 1, 2 or 3 iff GPA_VALID: 1 only with HPFAR_VALID, 2 only with FAR_VALID, 3 only with "
         "PA_VALID.",
         "A gpa that the hardware gave, one that a racy software walk gave and one mapped back are not equally good.",
         "Linux 7.3.4 __get_fault_info()", READ),
    Rule("host.gpa.low",
         "gpa[11:0] is far[11:0] if FAR_VALID, neither STAGE1_WALK nor FAR_IMPRECISE, and gpa_origin is 1 or 2; "
         "else 0.",
         "On a walk FAR is the address translated, not the descriptor's; a reverse map knows the page alone.",
         "Arm ARM, HPFAR_EL2", READ),
    Rule("host.gpa.hpfar", "With gpa_origin 1, gpa[55:12] is hpfar[47:4].",
         "They are one number, and a reader may use either.", "Arm ARM, HPFAR_EL2.FIPA", READ),
    Rule("host.gpa.space", "gpa lies in the VM's memslots, or GPA_VALID is 0.",
         "A nested guest's IPA, or a page of another VM, means nothing to this VMM.", "this specification"),
    Rule("host.hva.valid", "HVA_VALID only with GPA_VALID: hva is where the memslot of gpa puts that page.",
         "Only a memslot ties an address of the VMM to the guest's memory.",
         "Linux 7.3.4 arch/arm64/kvm/mmu.c kvm_send_hwpoison_signal()", READ),
    Rule("host.lsb.address", "address_lsb is 0 without GPA_VALID, and at most 55.",
         "A granule without an address is not a place; a physical address has at most 56 bits.",
         "Linux siginfo si_addr_lsb; Arm ARM, FEAT_D128", INFERRED),
    Rule("host.pa.valid",
         "PA_VALID iff PFAR_EL2 was read with PFV=1, ISV=0 and FSC 0x10 or 0x12-0x17 (SError: IDS=0, DFSC=0x11), or "
         "the "
         "firmware entry has its physical-address bit (memory section: PA), or ERR<n>ADDR has AV=1, AI=0, VA=0, or "
         "origin is 5.",
         "It says that the host had an address to act on; the address itself never leaves the host.",
         "Arm ARM, PFAR_EL2; Arm RAS System Architecture, ERR<n>ADDR; UEFI N.2.4.4", READ),
    Rule("host.severity.valid",
         "SEVERITY_VALID iff the syndrome states it: kinds 1, 2 with FSC 0x10, origin 1 or 3 and SET visible and not "
         "reserved; kind 3 with IDS=0, DFSC=0x11 and AET not reserved; severity is then 1 to 5.",
         "SET is unreliable for aborts on a walk, and the SET of origin 5 is made up.",
         "Arm ARM, ESR_EL2.{SET,AET}; EncodeSyncErrorSyndrome()", READ),
    Rule("host.serror.given",
         "Kind 3 is made for IDS=1 and for UEO, UER, UEU. A CE is logged and resumed; UC, a reserved AET and a DFSC "
         "other than 0x11 end in a host panic.",
         "An exit for each corrected error is an error storm; an uncontainable one may be in the host.",
         "Linux 7.3.4 arch/arm64/kernel/traps.c arm64_is_fatal_ras_serror()", READ),
    Rule("host.action.possible",
         "host_action is 0 to 4: 2 and 4 only with origin 5 or kind 4, 3 only with origin 2 or 3.",
         "At a trap memory_failure() has not run yet, so its outcome is unknown; only firmware's record is claimed.",
         "Linux 7.3.4 drivers/acpi/apei/ghes.c memory_failure_cb()", READ),
    Rule("host.action_required.kind", "ACTION_REQUIRED iff the kind is 1 or 2.",
         "An access that consumed the error cannot go on (AR); SErrors and notices are asynchronous (AO).",
         "Linux BUS_MCEERR_AR, BUS_MCEERR_AO", INFERRED),
    Rule("host.origin.kind",
         "origin is 1, 3 or 5 for kinds 1 and 2, 1 or 3 for kind 3, 0 or 2 for kind 4; 4 is reserved.",
         "A trap has been taken or it has not.", "this specification"),
    Rule("host.firmware_severity.origin",
         "firmware_severity is the record's CPER severity + 1 (1 to 4) iff origin is 2 or 3, else 0.",
         "It is firmware's word; without a firmware record there is none.", "UEFI N.2.1, Error Severity", READ),
    Rule("host.firmware_va.usable",
         "FIRMWARE_VA_VALID iff the CPER bit is set, the address is not 0, the record came by the SEA notification "
         "claimed for this very trap (kind 1 or 2, origin 3), its MPIDR is valid and the trapping PE's, and exactly "
         "one "
         "error information entry has an address.",
         "A virtual address of another PE or another regime is a wrong address given as right. Firmware in the field "
         "flags 0 as valid.",
         "UEFI N.2.4.4; kernel logs of Kunpeng 920", READ),
    Rule("host.context_corrupt.firmware",
         "CONTEXT_CORRUPT iff the firmware record of this error says so (origin 2 or 3).",
         "Only firmware's processor error information has that bit.",
         "UEFI N.2.4.4.1, processor context corrupt", READ),
    Rule("host.nested.trap", "NESTED only with a trap (kinds 1 to 3).",
         "A memory notice is about memory, not about who touches it.", "this specification"),
    Rule("host.stage1_walk.known",
         "STAGE1_WALK only with origin 5 in kinds 1 and 2: S1PTW=1 at the stage-2 fault.",
         "An external abort with S1PTW=0 on a stage-2 walk looks the same as one on a stage-1 walk.",
         "Linux 7.3.4 arch/arm64/kvm/mmu.c host_owns_sea()", READ),
    Rule("host.invalid.zero", "A field whose validity flag is clear is 0.",
         "What is not known must not leak what happened to be there.", "this specification"),
    Rule("host.reserved.zero",
         "reserved0, every flag that the written version does not define, and every sea_flags bit but "
         "GPA_VALID are 0.",
         "A bit that a later version gives a meaning must not have been set by chance.",
         "Linux Documentation/process/botching-up-ioctls.rst", INFERRED),
)

EMISSION_RULES: Final = (
    Rule("host.owned",
         "Not given to the VMM but injected by the host as an SError with IDS=1: any external abort or SError where "
         "the "
         "host lacks FEAT_RAS, VNCR=1 in hyp context, FSC 0x13-0x17 with S1PTW=1. Without FEAT_RAS the host cannot "
         "choose the SError's ISS: the guest reads EC, IL and an ISS of the CPU's own.",
         "Such an error is in the host's own tables or cannot be described. VSESR_EL2 came with FEAT_RAS.",
         "Linux 7.3.4 arch/arm64/kvm/mmu.c host_owns_sea(); Arm ARM, VSESR_EL2", READ),
    Rule("host.claim.queued",
         "A claim that queued memory_failure() makes no record at the trap: the vCPU re-enters, and the repeated "
         "access "
         "makes the origin 5 record.",
         "memory_failure() runs later and its outcome is unknown; the repeated access has FAR and HPFAR even where "
         "the "
         "abort had FnV=1.",
         "Linux 7.3.4 drivers/acpi/apei/ghes.c ghes_do_memory_failure()", READ),
    Rule("host.never_silent",
         "Every guest error ends in one of: a record, a kernel signal, an exception injected by the host, a host "
         "panic, a "
         "logged resume. A failed software walk ends in a record without gpa.",
         "A guest that is re-entered without a word repeats the access for ever.",
         "Linux 7.3.4 __get_fault_info()", READ),
    Rule("host.one_report", "A record or SIGBUS, never both.",
         "A VMM would inject twice, or die of the signal with the record unread.",
         "QEMU 10.2.2 system/cpus.c sigbus_handler()", READ),
    Rule("host.enabled.only", "No version, kind or critical flag that was not enabled.",
         "A VMM must never be shown what it did not say it understands.",
         "Linux Documentation/virt/kvm/api.rst, KVM_ENABLE_CAP", INFERRED),
    Rule("host.cper.strict",
         "A firmware record whose lengths or counts disagree is refused whole; nothing of it is used.",
         "A length that lies once may lie again; half a record is not a claim.",
         "Linux 7.3.4 drivers/firmware/efi/cper.c cper_estatus_check()", READ),
    Rule("host.enable.once", "The capability is enabled once and before the first vCPU; else -EINVAL.",
         "A vCPU in KVM_RUN must not see its contract change.",
         "Linux 7.3.4 arch/arm64/kvm/arm.c kvm_vm_ioctl_enable_cap()", READ),
    Rule("host.enable.known",
         "Enabling with another major version, with a kind or critical flag that the host does not know, or with any "
         "other bit that means nothing, is -EINVAL; of a newer minor the host writes its own newest.",
         "Silence would let a VMM wait for what never comes.", "this specification"),
    Rule("host.enable.protected", "A protected VM cannot enable the capability (-EINVAL) and gets no record.",
         "The host must not see, nor tell a VMM, what a protected guest touches.",
         "Linux 7.3.4 arch/arm64/include/asm/kvm_pkvm.h kvm_pkvm_ext_allowed()", READ),
)

REPLY_RULES: Final = (
    Rule("host.reply.one_abort", "Both ext_dabt_pending and ext_iabt_pending in one reply are refused (-EINVAL).",
         "One access has one abort.", "this specification"),
    Rule("host.reply.kind",
         "A reply for kind 1 is a data abort and for kind 2 an instruction abort, and no abort answers kind 3; "
         "else -EINVAL.",
         "A guest shown a data abort for a fetch looks for a load that is not there.",
         "captures/kvm-linux-7.3.4.json exec-el1"),
    Rule("host.reply.esr",
         "ext_abt_esr may hold FSC (0x10, 0x13-0x17), EA, for a data abort WnR and CM, and SET only for a VM with "
         "RAS; "
         "any other bit, an unknown FSC, or ext_abt_esr or ext_abt_far without its flag and an abort is -EINVAL.",
         "Nothing that the VMM says may be dropped silently.", "this specification"),
    Rule("host.reply.far", "An FSC of 0x13-0x17 without ext_abt_has_far is -EINVAL.",
         "FnV exists only with FSC 0x10, so such an abort always has an address.", "Arm ARM, ESR_EL1.FnV", READ),
    Rule("host.reply.fnv", "The host sets FnV iff FSC is 0x10 and no FAR is given; FAR_EL1 is then 0.",
         "An address that nobody gave must not be shown as one.",
         "Linux kvmarm list, 2025-12-11, on ESR_EL1 0x96000010 with a stale FAR_EL1", READ),
    Rule("host.reply.entry",
         "The host chooses target EL, EC, IL and vector, and makes the exception entry before the ioctl returns.",
         "Only the host knows where the vCPU stands.", "Linux 7.3.4 arch/arm64/kvm/guest.c", READ),
    Rule("host.reply.serror",
         "serror_esr may hold ISS bits [24:0] and needs serror_has_esr and FEAT_RAS; else -EINVAL. Without a "
         "syndrome "
         "the SError has IDS=1.",
         "VSESR_EL2 holds no more than that.", "Linux 7.3.4 arch/arm64/kvm/guest.c __kvm_arm_vcpu_set_events()",
         READ),
    Rule("host.reply.none",
         "Without a reply before the next KVM_RUN, kinds 1 and 2 repeat the access, and for kind 3 the host does "
         "what it "
         "does with the capability off: UEO is resumed, anything else is an SError with IDS=1.",
         "An abort comes back by itself; an SError would be lost without a word.",
         "Linux 7.3.4 arch/arm64/kvm/handle_exit.c kvm_handle_guest_serror()", READ),
    Rule("host.reply.reserved",
         "Every byte of kvm_vcpu_events that has no meaning is 0, and a flag is 0 or 1; else -EINVAL.",
         "Kernels without the extension refuse nonzero bytes, which is how a VMM can tell.",
         "Linux 7.3.4 arch/arm64/kvm/arm.c", READ),
)
