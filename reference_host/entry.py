# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The host's own exception entry, in the order in which KVM builds the new PSTATE.

Linux 7.3.4 arch/arm64/kvm/hyp/exception.c enter_exception64(), with what it does not have because
no guest has it yet (ALLINT, PM, EXLOCK) from the Arm ARM, AArch64.TakeException(). It shares no code
with the VMM's entry: two paths that agree are worth more than one.
"""

from __future__ import annotations

from abi import pstate as ps
from abi.vcpu import Vcpu


def enter_exception64(vcpu: Vcpu, features: frozenset[str], esr: int, *, serror_vector: bool) -> Vcpu:
    """The vCPU in its EL1 handler. The caller has made sure that EL1 is AArch64 and the target."""
    old, sctlr = vcpu.pstate, vcpu.sctlr_el1
    mode = old & ps.MODE
    same = mode | 1 == ps.MODE_EL1H
    if mode == ps.MODE_EL1H:
        offset = 0x200
    elif same:
        offset = 0x000
    else:
        offset = 0x600 if mode & ps.AARCH32 else 0x400
    new = (
        old & (1 << 31)
        | old & (1 << 30)
        | old & (1 << 29)
        | old & (1 << 28)
        | (ps.TCO if "FEAT_MTE" in features else 0)
        | old & ps.DIT
    )
    if "FEAT_PAN" in features:
        new |= old & ps.PAN
        if not sctlr & ps.SCTLR_SPAN:
            new |= ps.PAN
    for feature, wanted, bit in (
        ("FEAT_SSBS", sctlr & ps.SCTLR_DSSBS, ps.SSBS),
        ("FEAT_NMI", ~sctlr & ps.SCTLR_SPINTMASK, ps.ALLINT),
        ("FEAT_EBEP", 1, ps.PM),
        ("FEAT_GCS", same and vcpu.gcscr_el1 & ps.GCSCR_EXLOCKEN, ps.EXLOCK),
    ):
        if wanted and feature in features:
            new |= bit
    new |= ps.D | ps.A | ps.I | ps.F
    new |= ps.MODE_EL1H
    return vcpu._replace(
        pc=(vcpu.vbar_el1 >> 11 << 11) + offset + (0x180 if serror_vector else 0),
        pstate=new,
        esr_el1=esr,
        elr_el1=vcpu.pc,
        spsr_el1=old,
    )
