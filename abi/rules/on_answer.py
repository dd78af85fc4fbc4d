# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The rules that one whole answer of a VMM can be held against: what came, what it did, what the vCPU is now.

Stated from the architecture's tables and the rules' text, not from the reference VMM, which is judged
by them like any other. The reports to the guest's firmware interface are not part of an answer.
"""

from __future__ import annotations

from typing import Final

from abi import pstate as ps
from abi.definition import (
    FAR_VALID,
    KIND_DATA_ABORT,
    KIND_INSTRUCTION_ABORT,
    KIND_SERROR,
    STAGE1_WALK,
)
from abi.esr_fields import (
    CM,
    DFSC_ASYNC,
    EA,
    EC_DABT_CUR,
    EC_DABT_LOW,
    EC_IABT_CUR,
    EC_IABT_LOW,
    EC_SERROR,
    EC_SHIFT,
    FNV,
    FSC,
    IDS,
    IL,
    SET,
    WNR,
)
from abi.rules.model import Checks
from abi.rules.wanted import (
    CRITICAL_UNKNOWN,
    MAJOR,
    VECTOR_SETS,
    abort,
    badness,
    refused,
    stopped,
    understood,
    unknown,
    virtual_address,
    wanted,
)
from abi.vcpu import Answer

CHECKS = Checks()

#: What an answer to malformed bytes may name.
MALFORMED: Final = ("vmm.malformed", "vmm.size", "vmm.agree")
NOT_ON_WALK: Final = 0x10
ON_WALK: Final = (0x13, 0x14, 0x15, 0x16, 0x17)
FROM_EL1: Final = (ps.MODE_EL1T, ps.MODE_EL1H)
ABORT_EC: Final = {  # (kind, from EL1)
    (KIND_DATA_ABORT, False): EC_DABT_LOW,
    (KIND_DATA_ABORT, True): EC_DABT_CUR,
    (KIND_INSTRUCTION_ABORT, False): EC_IABT_LOW,
    (KIND_INSTRUCTION_ABORT, True): EC_IABT_CUR,
}


def broken(answer: Answer) -> tuple[str, ...]:
    """Names of the rules that the answer breaks, each once."""
    return CHECKS.broken(answer)


@CHECKS("vmm.malformed")
def malformed_stops(a: Answer) -> bool:
    return a.record is not None or stopped(a, *MALFORMED)


@CHECKS(MAJOR)
def major_stops(a: Answer) -> bool:
    return unknown(a) != MAJOR or stopped(a, MAJOR)


@CHECKS(CRITICAL_UNKNOWN)
def critical_stops(a: Answer) -> bool:
    return unknown(a) != CRITICAL_UNKNOWN or stopped(a, CRITICAL_UNKNOWN)


@CHECKS("vmm.notify")
def notify(a: Answer) -> bool:
    record, d = understood(a), a.decision
    if record is None:
        return True
    want = wanted(a, record)
    access = abort(a) is not None and want.action in ("inject", "interrupt")
    if (d.action, d.rule) == ("stop", "vmm.target"):
        return access or want.action == "pend"
    if (d.action, d.rule) == ("retry", "vmm.once"):
        return access
    if (d.action, d.rule) == ("log", "vmm.serror.worse"):
        return want.action == "pend"
    return d.rule == "vmm.notify" and (d.action, d.via) == want[:2] and (
        d.action != "pend" or d.serror_esr == want.iss
    )


@CHECKS("vmm.target")
def target(a: Answer) -> bool:
    if a.decision.action in ("inject", "pend"):
        return not refused(a)
    return a.decision.rule != "vmm.target" or (a.decision.action == "stop" and refused(a))


@CHECKS("vmm.once")
def once(a: Answer) -> bool:
    if abort(a) and a.machine.answered:
        return a.decision.action in ("retry", "stop")
    return a.decision.action != "retry" or understood(a) is None


@CHECKS("vmm.serror.worse")
def worse_stays(a: Answer) -> bool:
    record, d = understood(a), a.decision
    if record is None or wanted(a, record).action != "pend":
        return d.rule != "vmm.serror.worse"
    waiting = a.machine.pending_serror
    if waiting is None or badness(wanted(a, record).iss) > badness(waiting):
        return d.rule != "vmm.serror.worse"
    return d.action != "pend" and (d.rule != "vmm.serror.worse" or d.serror_esr == waiting)


@CHECKS("vmm.far.source")
def far_source(a: Answer) -> bool:
    record, d = understood(a), a.decision
    if record and d.action == "pend" and record.kind == KIND_SERROR and d.serror_esr & (IDS | FSC) == DFSC_ASYNC:
        return not (d.serror_esr ^ record.esr) & FNV
    if not abort(a) or record is None or d.action != "inject":
        return True
    address = virtual_address(a, record)
    if (d.has_far, d.far_el1, a.after.far_el1) != (address is not None, address or 0, address or 0):
        return False
    return not a.after.esr_el1 & FNV if d.has_far else a.after.esr_el1 & (FNV | FSC) == FNV | NOT_ON_WALK


@CHECKS("vmm.far.odds")
def far_odds(a: Answer) -> bool:
    record = abort(a)
    if record is None:
        return True
    valid = record.esr & FSC != NOT_ON_WALK or record.has(FAR_VALID)
    at_odds = bool(record.esr & FNV) == valid
    return at_odds == any("FnV" in note for note in a.decision.notes)


@CHECKS("vmm.esr.rewrite")
def esr_rewrite(a: Answer) -> bool:
    record = abort(a)
    if record is None or a.decision.action != "inject":
        return True
    data = record.kind == KIND_DATA_ABORT
    walk = record.has(STAGE1_WALK) and record.esr & FSC in ON_WALK and virtual_address(a, record) is not None
    esr = (
        ABORT_EC[record.kind, a.vcpu.pstate & ps.MODE in FROM_EL1] << EC_SHIFT
        | IL
        | (record.esr & FSC if walk else NOT_ON_WALK)
        | record.esr & EA
        | (record.esr & (WNR | CM) if data else 0)
        | (record.esr & SET if "FEAT_RAS" in a.machine.features else 0)
    )
    return a.after.esr_el1 & ~FNV == esr and a.decision.esr_el1 == a.after.esr_el1


@CHECKS("vmm.sea.vector")
def sea_vector(a: Answer) -> bool:
    vectors = VECTOR_SETS.get(a.vcpu.pstate & ps.MODE)
    if a.decision.action != "inject" or vectors is None:
        return True
    ease = "FEAT_DoubleFault2" in a.machine.features and a.vcpu.sctlr2_el1 & ps.SCTLR2_EASE
    return a.after.pc == a.vcpu.vbar_el1 - a.vcpu.vbar_el1 % ps.VECTORS + vectors + (ps.SERROR_VECTOR if ease else 0)


def new_pstate(a: Answer) -> int:
    """PSTATE in the handler. What is not named is 0: UAO, SS, IL, BTYPE, PPEND, UINJ, PACM, and AArch32's own."""
    old, v = a.vcpu.pstate, a.vcpu
    table = (
        ("", ps.DAIF | ps.MODE_EL1H, True),
        ("FEAT_PAN", ps.PAN, bool(old & ps.PAN) or not v.sctlr_el1 & ps.SCTLR_SPAN),
        ("FEAT_SSBS", ps.SSBS, bool(v.sctlr_el1 & ps.SCTLR_DSSBS)),
        ("FEAT_MTE", ps.TCO, True),
        ("FEAT_NMI", ps.ALLINT, not v.sctlr_el1 & ps.SCTLR_SPINTMASK),
        ("FEAT_EBEP", ps.PM, True),
        ("FEAT_GCS", ps.EXLOCK, old & ps.MODE in FROM_EL1 and bool(v.gcscr_el1 & ps.GCSCR_EXLOCKEN)),
    )
    present = {"", *a.machine.features}
    return old & (ps.NZCV | ps.DIT) | sum(bit for feature, bit, one in table if one and feature in present)


@CHECKS("vmm.entry.state")
def entry_state(a: Answer) -> bool:
    before, after = a.vcpu, a.after
    serror = a.decision.action == "pend" and not before.pstate & ps.A
    if a.decision.action != "inject" and not serror:
        return after == before
    entered = before._replace(
        pc=after.pc, pstate=new_pstate(a), esr_el1=after.esr_el1, far_el1=after.far_el1,
        elr_el1=before.pc, spsr_el1=before.pstate,
    )
    if serror:  # FAR_EL1 is UNKNOWN then
        base = before.vbar_el1 - before.vbar_el1 % ps.VECTORS
        entered = entered._replace(
            pc=base + VECTOR_SETS.get(before.pstate & ps.MODE, 0) + ps.SERROR_VECTOR,
            esr_el1=EC_SERROR << EC_SHIFT | IL | a.decision.serror_esr,
        )
    return after == entered
