# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The series with one thing wrong: what a kernel author may forget, as a change of our text, and the rule it breaks.

Each mutant is built, booted and judged as any kernel is. It is caught where the judge names the rule as broken.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from abi.errors import InputError

_KVM: Final = "arch/arm64/kvm"
_INFO: Final = f"{_KVM}/fault_info.c"
_REPLY: Final = f"{_KVM}/fault_reply.c"
_MMU: Final = f"{_KVM}/mmu.c"
_FILL: Final = f"{_KVM}/kfi/kfi_fill.h"
_RESOLVE: Final = f"{_KVM}/kfi/kfi_resolve.h"


class Mutant(NamedTuple):
    """``old`` stands once in the file of the patched tree at ``path``, in lines that the series brings."""

    name: str
    what: str
    rule: str
    path: str
    old: str
    new: str


MUTANTS: Final = (
    Mutant("fnv-record", "FnV is not set in a record without an address", "host.far.fnv",
           _FILL, "\t\tesr |= KFI_ESR_FNV;\n\treturn esr;", "\t\tesr |= 0;\n\treturn esr;"),
    Mutant("fnv-reply", "FnV is not set where the reply has no address", "host.reply.fnv",
           _REPLY, "\t\tiss |= KFI_ESR_FNV;", "\t\tiss |= 0;"),
    Mutant("s1ptw", "the mask leaves S1PTW in the syndrome", "host.esr.mask",
           _FILL, "esr = (esr & mask) | KFI_ESR_IL;", "esr = (esr & (mask | KFI_ESR_S1PTW)) | KFI_ESR_IL;"),
    Mutant("hpfar", "HPFAR_EL2 is taken for that of an external abort", "host.hpfar.valid",
           _RESOLVE, "\treturn direct && trap->has & KFI_TRAP_PFAR",
           "\tif (cause == KFI_CAUSE_ABORT) {\n\t\twhere->hpfar = trap->hpfar_el2 & KFI_FIPA;\n"
           "\t\twhere->flags |= KVM_ARM_FAULT_FLAG_HPFAR_VALID;\n\t}\n"
           "\treturn direct && trap->has & KFI_TRAP_PFAR"),
    Mutant("gpa-low", "the gpa of a walk has the low bits of FAR_EL2", "host.gpa.low",
           _RESOLVE, "KFI_FLAG(FAR_VALID) && !KFI_FLAG(STAGE1_WALK) && ", "KFI_FLAG(FAR_VALID) && "),
    Mutant("sigbus", "SIGBUS is sent beside the record", "host.one_report",
           _MMU, "if (kvm_fault_isolated(s2fd->vcpu, gpa, __ffs(s2vi->vma_pagesize)))\n\t\t\t\treturn -EHWPOISON;",
           "if (kvm_fault_isolated(s2fd->vcpu, gpa, __ffs(s2vi->vma_pagesize))) {\n"
           "\t\t\t\tkvm_send_hwpoison_signal(s2fd->hva, PAGE_SHIFT);\n\t\t\t\treturn -EHWPOISON;\n\t\t\t}"),
    Mutant("reserved", "reserved bytes of the record are not zeros", "host.reserved.zero",
           _INFO, "\tmemset(run->padding, 0,", "\tinfo.reserved0 = 0xa5;\n"
           "\tmemset(run->padding, 0,"),
    Mutant("version", "a version is enabled that the kernel does not know", "host.enable.known",
           _INFO, "version >> 8 != KVM_ARM_FAULT_INFO_MAJOR || ", ""),
    Mutant("minor", "the newest minor version is written, whichever was enabled", "host.enabled.only",
           _INFO, "vm->minor = min_t(u8, version, KVM_ARM_FAULT_INFO_MINOR);", "vm->minor = KVM_ARM_FAULT_INFO_MINOR;"),
    Mutant("late", "the capability is enabled after the first vCPU", "host.enable.once",
           _INFO, "vm->enabled || kvm->created_vcpus", "vm->enabled"),
    Mutant("kind", "a reply is taken for the other kind of abort", "host.reply.kind",
           _REPLY, "kfi_reply_check(reply, vcpu->arch.fault_info.kind, features,",
           "kfi_reply_check(reply, 0, features,"),
    Mutant("always-data", "an instruction abort of a reply is injected as a data abort", "host.reply.entry",
           _REPLY, "kvm_inject_sea_iss(vcpu, reply->ext_iabt_pending, iss,", "kvm_inject_sea_iss(vcpu, false, iss,"),
    Mutant("claim", "every abort is said to be on a page that was isolated", "host.action.possible",
           _FILL, "r->host_action = claim->claimed ? KVM_ARM_FAULT_ACTION_CLAIMED_NOTHING_QUEUED :\n"
           "\t\t\t\t\t  KVM_ARM_FAULT_ACTION_NOT_CLAIMED;", "r->host_action = KVM_ARM_FAULT_ACTION_ISOLATED;"),
)


def mutated(files: Mapping[str, str], mutant: Mutant) -> dict[str, str]:
    """The files of the series with the change. Raises InputError ``kernel.mutant`` if its place is not there once."""
    text = files.get(mutant.path, "")
    count = text.count(mutant.old)
    if count != 1:
        raise InputError("kernel.mutant", f"{mutant.name}: {mutant.path}", None, "its text once", f"{count} times",
                         "the series has changed: change the mutant with it")
    return dict(files) | {mutant.path: text.replace(mutant.old, mutant.new)}


def named(names: Collection[str]) -> tuple[Mutant, ...]:
    """The mutants of these names, all without any. Raises InputError ``kernel.mutant``."""
    unknown = set(names) - {mutant.name for mutant in MUTANTS}
    if unknown:
        raise InputError("kernel.mutant", "mutants", None, ", ".join(mutant.name for mutant in MUTANTS),
                         ", ".join(sorted(unknown)))
    return tuple(mutant for mutant in MUTANTS if not names or mutant.name in names)
