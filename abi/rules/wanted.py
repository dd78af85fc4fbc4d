# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a VMM's answer should be, as far as more than one of its rules asks: the record, the way, the severity.

Stated from the rules' text for :mod:`abi.rules.on_answer`, which holds answers against it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from abi import pstate as ps
from abi.definition import (
    CONTEXT_CORRUPT,
    CRITICAL,
    FAR_VALID,
    FIRMWARE_VA_VALID,
    KIND_DATA_ABORT,
    KIND_INSTRUCTION_ABORT,
    KIND_MEMORY_NOTICE,
    KIND_SERROR,
    KNOWN_CRITICAL,
    NESTED,
    V1_0,
)
from abi.esr_fields import (
    AET,
    AET_SHIFT,
    DFSC_ASYNC,
    EA,
    FSC,
    IDS,
)
from abi.record import FaultInfo, NotUnderstood
from abi.vcpu import Answer

MAJOR, CRITICAL_UNKNOWN = "vmm.major.unknown", "vmm.critical.unknown"
#: Where an exception comes from -> its vectors, from VBAR_EL1.
VECTOR_SETS: Final = {ps.MODE_EL1T: 0x000, ps.MODE_EL1H: 0x200, ps.MODE_EL0T: 0x400, ps.MODE_USR: 0x600}
UC, UEU, UEO, UER, CE = 0b000, 0b001, 0b010, 0b011, 0b110  # ESR_ELx.AET
BADNESS: Final = {CE: 0, UEO: 1, UER: 2, UEU: 3, UC: 4}
#: ISS of a notice by SEI: nothing is consumed yet.
NOTICE_ISS: Final = UEO << AET_SHIFT | DFSC_ASYNC


class Wanted(NamedTuple):
    """What ``vmm.notify`` asks for where no other rule stands against it."""

    action: str
    via: str = ""
    iss: int = 0


def understood(a: Answer) -> FaultInfo | None:
    """The record, if it is one to act on."""
    return a.record if isinstance(a.record, FaultInfo) and not unknown(a) else None


def unknown(a: Answer) -> str:
    """The rule by which the record must not be acted on, "" if it may be, or if there is none."""
    if isinstance(a.record, NotUnderstood):
        return a.record.rule
    if a.record is None:
        return ""
    if a.record.major != V1_0.major:
        return MAJOR
    known = KIND_DATA_ABORT <= a.record.kind <= KIND_MEMORY_NOTICE
    return "" if known and not a.record.flags & CRITICAL & ~KNOWN_CRITICAL else CRITICAL_UNKNOWN


def abort(a: Answer) -> FaultInfo | None:
    """The record, if it is of kind 1 or 2."""
    record = understood(a)
    return record if record and record.kind in (KIND_DATA_ABORT, KIND_INSTRUCTION_ABORT) else None


def stopped(a: Answer, *rules: str) -> bool:
    """The vCPU is not resumed, one of the rules is named, and something is said."""
    kept = not isinstance(a.record, NotUnderstood) or len(a.record.raw) > 0
    return a.decision.action == "stop" and a.decision.rule in rules and len(a.decision.notes) > 0 and kept


def refused(a: Answer) -> bool:
    """Whether no exception may be injected at EL1 of this vCPU."""
    record = understood(a)
    return (
        (record is not None and record.has(NESTED))
        or bool(a.machine.features & {"FEAT_NV", "FEAT_AA32EL1"})
        or a.vcpu.pstate & ps.MODE not in VECTOR_SETS
    )


def virtual_address(a: Answer, record: FaultInfo) -> int | None:
    """The address that FAR_EL1 must have, None if there is none."""
    if record.flags & FAR_VALID:
        return record.far
    return record.firmware_va if record.flags & FIRMWARE_VA_VALID and a.machine.firmware_va else None


def wanted(a: Answer, record: FaultInfo) -> Wanted:
    """Rule ``vmm.notify``, clause by clause."""
    if not a.machine.ras or record.has(CONTEXT_CORRUPT):
        return Wanted("stop")
    if record.kind == KIND_MEMORY_NOTICE:
        return wanted_notice(a)
    if record.kind == KIND_SERROR:
        return wanted_serror(a, record)
    ways = [n for n in a.machine.notifications if n in ("sea", "irq")]
    if not ways:
        return Wanted("stop")
    can_take_it = not a.vcpu.pstate & ps.I and a.machine.repeats < a.machine.bound
    return Wanted("interrupt", "irq") if ways[0] == "irq" and can_take_it else Wanted("inject")


def wanted_notice(a: Answer) -> Wanted:
    """The preferred of the ways that a notice can take."""
    ras = "FEAT_RAS" in a.machine.features
    ways = [n for n in a.machine.notifications if n in ("irq", "poll") or (n == "sei" and ras)]
    via = ways[0] if ways else ""
    return {
        "irq": Wanted("interrupt", "irq"), "poll": Wanted("log", "poll"), "sei": Wanted("pend", "sei", NOTICE_ISS),
    }.get(via, Wanted("log"))


def wanted_serror(a: Answer, record: FaultInfo) -> Wanted:
    """By AET, where the syndrome is usable."""
    aet = (record.esr & AET) >> AET_SHIFT if record.esr & (IDS | FSC) == DFSC_ASYNC else None
    if aet in (CE, UEO):
        return Wanted("log")
    if aet == UC:
        return Wanted("stop")
    syndrome = aet in (UER, UEU) and "FEAT_RAS" in a.machine.features
    return Wanted("pend", iss=record.esr & (AET | EA | FSC) if syndrome else IDS)


def badness(iss: int) -> int:
    """How bad the ISS of an SError is; one that does not say counts as unrecoverable."""
    aet = (iss & AET) >> AET_SHIFT if iss & (IDS | FSC) == DFSC_ASYNC else UEU
    return BADNESS.get(aet, BADNESS[UEU])
