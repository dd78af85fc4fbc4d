# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Step 3: the exception entry to EL1, written as the architecture states it.

Arm ARM, AArch64.TakeException() and AArch64.ReportException(); rules ``vmm.entry.state`` and
``vmm.sea.vector``. This is what a VMM writes by KVM_SET_ONE_REG; the host makes the same entry by its
own code in ``reference_host.entry``, and the tests hold one against the other.
"""

from __future__ import annotations

from typing import Final

from abi import pstate
from abi.esr_fields import EC_SERROR, EC_SHIFT
from abi.esr_fields import IL as ESR_IL
from abi.vcpu import Decision, Machine, Vcpu

_FROM_SAME_SP0: Final = 0x000
_FROM_SAME_SPX: Final = 0x200
_FROM_AARCH64: Final = 0x400
_FROM_AARCH32: Final = 0x600

#: PSTATE that every entry leaves as it is.
_UNCHANGED: Final = pstate.NZCV | pstate.DIT


def apply(decision: Decision, vcpu: Vcpu, machine: Machine) -> Vcpu:
    """The vCPU after the decision: an abort is entered, a virtual SError if it is not masked."""
    if decision.action == "inject":
        offset = pstate.SERROR_VECTOR if ease(vcpu, machine) else 0
        return take_exception(vcpu, machine, decision.esr_el1, offset)._replace(far_el1=decision.far_el1)
    if decision.action == "pend" and not vcpu.pstate & pstate.A:
        return take_serror(vcpu, machine, decision.serror_esr)
    return vcpu


def take_serror(vcpu: Vcpu, machine: Machine, iss: int) -> Vcpu:
    """A virtual SError with that ISS is taken; FAR_EL1 is UNKNOWN and left as it was (VSESR_EL2)."""
    return take_exception(vcpu, machine, EC_SERROR << EC_SHIFT | ESR_IL | iss, pstate.SERROR_VECTOR)


def ease(vcpu: Vcpu, machine: Machine) -> bool:
    """Effective SCTLR2_EL1.EASE: external aborts enter at the SError vector."""
    return "FEAT_DoubleFault2" in machine.features and bool(vcpu.sctlr2_el1 & pstate.SCTLR2_EASE)


def take_exception(vcpu: Vcpu, machine: Machine, esr: int, offset: int) -> Vcpu:
    """Enter EL1 at ``offset`` from the vector set that fits where the vCPU stands."""
    return vcpu._replace(
        pc=(vcpu.vbar_el1 & ~(pstate.VECTORS - 1)) + vector_set(vcpu.pstate) + offset,
        pstate=new_pstate(vcpu, machine.features),
        esr_el1=esr,
        elr_el1=vcpu.pc,
        spsr_el1=vcpu.pstate,
    )


def vector_set(state: int) -> int:
    """Offset of the four vectors for an exception taken from there to EL1."""
    if state & pstate.AARCH32:
        return _FROM_AARCH32
    mode = state & pstate.MODE
    if mode == pstate.MODE_EL0T:
        return _FROM_AARCH64
    return _FROM_SAME_SPX if mode == pstate.MODE_EL1H else _FROM_SAME_SP0


def new_pstate(vcpu: Vcpu, features: frozenset[str]) -> int:
    """PSTATE in the handler: EL1h, DAIF set, UAO, SS, IL, BTYPE, PPEND, UINJ, PACM clear, the rest by feature."""
    old = vcpu.pstate
    state = old & _UNCHANGED | pstate.DAIF | pstate.MODE_EL1H
    if "FEAT_PAN" in features:
        state |= old & pstate.PAN if vcpu.sctlr_el1 & pstate.SCTLR_SPAN else pstate.PAN
    if "FEAT_SSBS" in features and vcpu.sctlr_el1 & pstate.SCTLR_DSSBS:
        state |= pstate.SSBS
    if "FEAT_MTE" in features:
        state |= pstate.TCO
    if "FEAT_NMI" in features and not vcpu.sctlr_el1 & pstate.SCTLR_SPINTMASK:
        state |= pstate.ALLINT
    if "FEAT_EBEP" in features:
        state |= pstate.PM
    same_el = vector_set(old) < _FROM_AARCH64
    if "FEAT_GCS" in features and same_el and vcpu.gcscr_el1 & pstate.GCSCR_EXLOCKEN:
        state |= pstate.EXLOCK
    return state
