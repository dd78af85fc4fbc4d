# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Step 2: what to do about a record, for a described machine and vCPU (rule ``vmm.notify``)."""

from __future__ import annotations

from typing import Final

from abi import pstate
from abi.decode import Decoded
from abi.definition import (
    CONTEXT_CORRUPT,
    FAR_VALID,
    FIRMWARE_VA_VALID,
    KIND_DATA_ABORT,
    KIND_MEMORY_NOTICE,
    KIND_SERROR,
    NESTED,
    SEVERITY_CE,
    SEVERITY_UC,
    SEVERITY_UEO,
    SEVERITY_UER,
    SEVERITY_UEU,
    STAGE1_WALK,
)
from abi.esr_fields import (
    AET,
    AET_SHIFT,
    CM,
    DFSC_ASYNC,
    EA,
    EC_DABT_LOW,
    EC_IABT_LOW,
    EC_SHIFT,
    FNV,
    FSC,
    IDS,
    IL,
    SET,
    WNR,
)
from abi.record import FaultInfo, NotUnderstood
from abi.severity import SEVERITY_OF_AET, worse
from abi.vcpu import Decision, Machine, Vcpu
from reference_vmm.parse import Unreadable

NOT_ON_WALK: Final = 0x10
#: FSC values that may name the guest's own stage-1 walk (rule ``vmm.esr.rewrite``).
_SHOWN_WALKS: Final = range(0x13, 0x18)


def decide(
    parsed: Decoded | NotUnderstood | Unreadable, vcpu: Vcpu, machine: Machine
) -> Decision:
    """One decision for anything that came; the rule in it is the one that decided the action."""
    if isinstance(parsed, Unreadable):
        return Decision("stop", parsed.error.code, notes=(str(parsed.error),))
    if isinstance(parsed, NotUnderstood):
        return Decision("stop", parsed.rule, notes=(f"{parsed.path} is {parsed.got}, which this VMM does not know",))
    record = parsed.record
    notes = odds(record)
    if not machine.ras:
        return Decision("stop", "vmm.notify", notes=(*notes, "the machine is not set up for RAS"))
    if record.has(CONTEXT_CORRUPT):
        return Decision("stop", "vmm.notify", notes=(*notes, "the processor context is corrupt"))
    if record.kind == KIND_MEMORY_NOTICE:
        return _notice(record, vcpu, machine, notes)
    if record.kind == KIND_SERROR:
        return _serror(record, vcpu, machine, notes)
    return _abort(record, vcpu, machine, notes)


def odds(record: FaultInfo) -> tuple[str, ...]:
    """What the reader says where FnV and FAR_VALID are at odds (rule ``vmm.far.odds``)."""
    if record.kind >= KIND_SERROR:
        return ()
    expected = 0 if record.esr & FSC != NOT_ON_WALK or record.has(FAR_VALID) else FNV
    if record.esr & FNV == expected:
        return ()
    return (f"esr {record.esr:#x} has FnV at odds with FAR_VALID, which decides",)


def target_refused(record: FaultInfo, vcpu: Vcpu, machine: Machine) -> str:
    """Why no exception can be injected at EL1 of this vCPU, or "" (rule ``vmm.target``)."""
    if record.has(NESTED):
        return "the trap is a nested guest's"
    if "FEAT_NV" in machine.features:
        return "the vCPU has an EL2 of its own"
    if "FEAT_AA32EL1" in machine.features or vcpu.pstate & pstate.MODE not in _MODES:
        return "EL1 is not AArch64, or the vCPU is not at EL0 or EL1"
    return ""


_MODES: Final = frozenset({pstate.MODE_EL0T, pstate.MODE_EL1T, pstate.MODE_EL1H, pstate.MODE_USR})


def _abort(record: FaultInfo, vcpu: Vcpu, machine: Machine, notes: tuple[str, ...]) -> Decision:
    if not {"sea", "irq"} & set(machine.notifications):
        return Decision("stop", "vmm.notify", notes=(*notes, "the machine has no way to tell of a consumed error"))
    refused = target_refused(record, vcpu, machine)
    if refused:
        return Decision("stop", "vmm.target", notes=(*notes, refused))
    if machine.answered:
        return Decision("retry", "vmm.once", notes=notes)
    if _prefers_interrupt(machine) and not vcpu.pstate & pstate.I and machine.repeats < machine.bound:
        return Decision("interrupt", "vmm.notify", via="irq", notes=notes)
    far, has_far = far_source(record, machine)
    return Decision(
        "inject", "vmm.notify", esr_el1=esr_el1(record, vcpu, machine, has_far=has_far),
        far_el1=far, has_far=has_far, notes=notes,
    )


def far_source(record: FaultInfo, machine: Machine) -> tuple[int, bool]:
    """FAR_EL1 and whether it is an address (rule ``vmm.far.source``)."""
    if record.flags & FAR_VALID:
        return record.far, True
    if record.flags & FIRMWARE_VA_VALID and machine.firmware_va:
        return record.firmware_va, True
    return 0, False


def esr_el1(record: FaultInfo, vcpu: Vcpu, machine: Machine, *, has_far: bool) -> int:
    """ESR_EL1 as the guest reads it (rule ``vmm.esr.rewrite``)."""
    data = record.kind == KIND_DATA_ABORT
    fsc = record.esr & FSC
    on_walk = has_far and record.flags & STAGE1_WALK and fsc in _SHOWN_WALKS
    from_el1 = not vcpu.pstate & pstate.AARCH32 and vcpu.pstate & pstate.MODE != pstate.MODE_EL0T
    kept = EA | (WNR | CM if data else 0) | (SET if "FEAT_RAS" in machine.features else 0)
    return (
        ((EC_DABT_LOW if data else EC_IABT_LOW) | from_el1) << EC_SHIFT
        | IL
        | (record.esr & kept)
        | (fsc if on_walk else NOT_ON_WALK)
        | (0 if has_far else FNV)
    )


def _prefers_interrupt(machine: Machine) -> bool:
    order = [n for n in machine.notifications if n in ("sea", "irq")]
    return order[:1] == ["irq"]


def _notice(record: FaultInfo, vcpu: Vcpu, machine: Machine, notes: tuple[str, ...]) -> Decision:
    """By the first of the machine's ways that a notice can take; SEI only if the guest can read a syndrome."""
    possible = ("irq", "poll", "sei") if "FEAT_RAS" in machine.features else ("irq", "poll")
    via = next((n for n in machine.notifications if n in possible), "")
    if via != "sei":
        return Decision("interrupt" if via == "irq" else "log", "vmm.notify", via=via, notes=notes)
    refused = target_refused(record, vcpu, machine)
    if refused:
        return Decision("stop", "vmm.target", notes=(*notes, refused))
    return _pend(_UEO_ISS, machine)._replace(via=via, notes=notes)


#: A notice by SEI is not consumed yet: restartable.
_UEO_ISS: Final = SEVERITY_OF_AET.index(SEVERITY_UEO) << AET_SHIFT | DFSC_ASYNC


def _serror(record: FaultInfo, vcpu: Vcpu, machine: Machine, notes: tuple[str, ...]) -> Decision:
    usable = record.esr & (IDS | FSC) == DFSC_ASYNC
    severity = SEVERITY_OF_AET[(record.esr & AET) >> AET_SHIFT] if usable else 0
    if severity in (SEVERITY_CE, SEVERITY_UEO):
        return Decision("log", "vmm.notify", notes=notes)
    if severity == SEVERITY_UC:
        return Decision("stop", "vmm.notify", notes=(*notes, "the error is uncontainable"))
    refused = target_refused(record, vcpu, machine)
    if refused:
        return Decision("stop", "vmm.target", notes=(*notes, refused))
    known = severity in (SEVERITY_UER, SEVERITY_UEU) and "FEAT_RAS" in machine.features
    return _pend(record.esr & (AET | EA | FSC) if known else IDS, machine)._replace(notes=notes)


def _pend(iss: int, machine: Machine) -> Decision:
    """One virtual SError is pending at a time (rule ``vmm.serror.worse``)."""
    pending = machine.pending_serror
    if pending is not None and not worse(iss, pending):
        return Decision("log", "vmm.serror.worse", serror_esr=pending)
    return Decision("pend", "vmm.notify", serror_esr=iss)
