# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Step 3 on a kernel: the reply where it is known, and the effect of one where it is not.

A stock kernel makes the exception entry (KVM_SET_VCPU_EVENTS), the VMM then writes what the kernel
cannot be told: ESR_EL1 and FAR_EL1. That the request returned 0 says nothing: Linux 7.3.4 can
return 0 and inject nothing. So the vCPU is looked at, and must stand where the architecture puts it.
"""

from __future__ import annotations

from typing import NamedTuple

from abi.errors import InputError
from abi.record import FaultInfo
from abi.reply import FaultReply
from abi.vcpu import Decision, Machine, Vcpu
from reference_vmm.answer import reply_for
from reference_vmm.inject import apply
from reference_vmm.kvm.calls import KvmError
from reference_vmm.kvm.vcpu import KvmVcpu

#: What an entry must have written for there to have been one, and by which rule.
_ENTRY = {"pc": "vmm.sea.vector", "elr_el1": "vmm.entry.state", "spsr_el1": "vmm.entry.state"}


class Injected(NamedTuple):
    """What came of a decision: the vCPU before, by the reference entry, by the kernel alone, and as it is now."""

    decision: Decision
    before: Vcpu
    expected: Vcpu
    kernel: Vcpu
    after: Vcpu


def stock(reply: FaultReply) -> FaultReply:
    """What of a reply a kernel can be told that has no extension: that an abort is pending, and a whole SError."""
    return FaultReply(
        serror_pending=reply.serror_pending, serror_has_esr=reply.serror_has_esr, serror_esr=reply.serror_esr,
        ext_dabt_pending=reply.ext_dabt_pending | reply.ext_iabt_pending,
    )


def inject(
    vcpu: KvmVcpu, decision: Decision, record: FaultInfo, machine: Machine, *, extended: bool = False
) -> Injected:
    """Carry the decision on a record out. The vCPU must stand at the access, its last exit completed.

    ``extended``: the kernel takes the whole reply, and no register is written.

    Raises InputError with the name of the rule that could not be kept: ``vmm.target``,
    ``vmm.sea.vector``, ``vmm.entry.state`` (nothing was injected, or something else), ``vmm.notify``
    (the kernel refuses the SError). Decisions that inject nothing leave the vCPU as it is.
    """
    before = vcpu.state()
    expected = apply(decision, before, machine)
    reply = reply_for(decision, record)
    kernel = before
    if reply is not None:
        _told(vcpu, reply if extended else stock(reply))
        kernel = vcpu.state()
        if decision.action == "inject":
            _check_entered(before, expected, kernel)
            if not extended:
                vcpu.set("esr_el1", decision.esr_el1)
                vcpu.set("far_el1", decision.far_el1)
        else:
            _check_pending(vcpu, expected, kernel)
    return Injected(decision, before, expected, kernel, vcpu.state())


def _told(vcpu: KvmVcpu, reply: FaultReply) -> None:
    try:
        vcpu.set_events(reply)
    except KvmError as error:
        hint = "without FEAT_RAS there is no syndrome to give" if reply.serror_has_esr else ""
        raise InputError("vmm.notify", "kvm_vcpu_events", None, "an exception made pending", error.got, hint) from None


def _check_entered(before: Vcpu, expected: Vcpu, kernel: Vcpu) -> None:
    """An abort is entered by the request itself."""
    for name, rule in _ENTRY.items():
        found, wanted = getattr(kernel, name), getattr(expected, name)
        if found != wanted:
            hint = ("KVM_SET_VCPU_EVENTS returned 0 and injected nothing" if kernel == before
                    else "the kernel entered, but not as the architecture does")
            raise InputError(rule, name, None, hex(wanted), hex(found), hint)


def _check_pending(vcpu: KvmVcpu, expected: Vcpu, kernel: Vcpu) -> None:
    """An SError is entered at once where it is not masked, or left to the hardware: older kernels always do."""
    if kernel.pc != expected.pc and not vcpu.events().serror_pending:
        raise InputError("vmm.notify", "serror_pending", None, "1, or the vCPU at its vector",
                         f"0, pc {kernel.pc:#x}", "KVM_SET_VCPU_EVENTS returned 0 and injected nothing")
