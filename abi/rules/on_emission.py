# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The host's rules that need more than the record: the trap, the firmware record, how it all ended.

Each check restates its rule from the registers (:mod:`abi.rules.facts`), both directions of every "iff".
Where a rule has a part that the record alone shows, that part stands in :mod:`abi.rules.on_record`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from abi.address import FIPA, IN_PAGE
from abi.cper import StatusBlock
from abi.definition import (
    ACTION_CLAIMED,
    ACTION_FAILED,
    ACTION_ISOLATED,
    ACTION_NOT_CLAIMED,
    ACTION_UNKNOWN,
    CONTEXT_CORRUPT,
    CRITICAL,
    FAR_IMPRECISE,
    FAR_VALID,
    FIRMWARE_VA_VALID,
    GPA_HPFAR,
    GPA_VALID,
    GPA_WALK,
    HPFAR_VALID,
    HVA_VALID,
    KIND_DATA_ABORT,
    KIND_SERROR,
    NESTED,
    ORIGIN_BOTH,
    ORIGIN_FIRMWARE,
    ORIGIN_ISOLATED,
    ORIGIN_TRAP,
    PA_VALID,
    SEVERITY_CE,
    SEVERITY_UNKNOWN,
    SEVERITY_VALID,
    STAGE1_WALK,
    V1_1,
)
from abi.esr_fields import (
    CM,
    EA,
    EC_MASK,
    EC_SERROR,
    EC_SHIFT,
    EXTERNAL_ABORT,
    FNP,
    FNV,
    FSC,
    IDS,
    IL,
    ISV,
    S1PTW,
    SET,
    SET_SHIFT,
    WNR,
)
from abi.esr_mask import KEPT_ASYNC, KEPT_DABT, KEPT_IABT, KEPT_SERROR
from abi.record import FaultInfo
from abi.rules import check, facts
from abi.rules.facts import Sort
from abi.rules.model import Checks
from abi.severity import SEVERITY_OF_SET
from abi.trap import Emission, End, Trap

CHECKS = Checks()

#: ESR_EL1 of the SError that a host makes by itself (rule ``host.owned``).
_SERROR_IDS: Final = EC_SERROR << EC_SHIFT | IL | IDS


class Given(NamedTuple):
    """What went into the host and what came out; ``block`` is None without an acceptable firmware record."""

    trap: Trap
    block: StatusBlock | None
    emission: Emission

    @property
    def event(self) -> tuple[Trap, StatusBlock | None]:
        """What went in."""
        return self.trap, self.block

    @property
    def sort(self) -> Sort:
        """What kind of event it is."""
        return facts.sort(*self.event)

    @property
    def esr(self) -> int:
        """The syndrome of the error."""
        return facts.syndrome(self.trap)


def broken(given: Given) -> tuple[str, ...]:
    """Names of the ``host.`` rules that the host broke, and of those by which a reader refuses its record."""
    record = given.emission.record
    by_record = check(record) if record else ()
    return tuple(dict.fromkeys(by_record + CHECKS.broken(given)))


def _on_record(rule: str) -> Callable[[Callable[[Given, FaultInfo], bool]], Callable[[Given], bool]]:
    """Decorator: a check that is kept where there is no record."""

    def tie(kept: Callable[[Given, FaultInfo], bool]) -> Callable[[Given], bool]:
        return CHECKS(rule)(lambda given: given.emission.record is None or kept(given, given.emission.record))

    return tie


@_on_record("host.record.cause")
def record_cause(g: Given, r: FaultInfo) -> bool:
    return r.kind == facts.kind(*g.event) != 0


@_on_record("host.esr.mask")
def esr_mask(g: Given, r: FaultInfo) -> bool:
    if g.sort is Sort.NOTICE:
        return r.esr == 0
    if r.kind == KIND_SERROR:
        return (r.esr ^ g.esr & (KEPT_ASYNC if facts.async_serror(g.esr) else KEPT_SERROR)) & ~IL == 0
    judged = KEPT_DABT if r.kind == KIND_DATA_ABORT else KEPT_IABT
    if g.sort is Sort.ISOLATED:
        return (r.esr ^ g.esr) & judged & (EC_MASK | CM | WNR) == 0
    judged |= SET if g.trap.vm_ras and EXTERNAL_ABORT >> (g.esr & FSC) & 1 else 0
    return (r.esr ^ g.esr & judged) & ~(FNV | IL) == 0


@_on_record("host.esr.isolated")
def esr_isolated(g: Given, r: FaultInfo) -> bool:
    if g.sort is not Sort.ISOLATED:
        return True
    level = g.trap.walk_level if g.esr & S1PTW else None
    return r.esr & (FSC | SET | EA | FNV) == (0x10 if level is None else 0x14 + level)


@_on_record("host.far.valid")
def far_valid(g: Given, r: FaultInfo) -> bool:
    return r.has(FAR_VALID) is facts.far(*g.event) and r.far == (g.trap.far_el2 if r.has(FAR_VALID) else 0)


@_on_record("host.far.imprecise")
def far_imprecise(g: Given, r: FaultInfo) -> bool:
    described = r.kind == KIND_DATA_ABORT and g.esr & ISV
    said = r.kind < KIND_SERROR and facts.far(*g.event) and g.esr & FNP != 0 and not described
    return r.has(FAR_IMPRECISE) is said


@_on_record("host.hpfar.valid")
def hpfar_valid(g: Given, r: FaultInfo) -> bool:
    return r.has(HPFAR_VALID) is (g.sort is Sort.ISOLATED and facts.hpfar_written(g.esr))


@_on_record("host.hpfar.fipa")
def hpfar_fipa(g: Given, r: FaultInfo) -> bool:
    return not r.has(HPFAR_VALID) or r.hpfar == g.trap.hpfar_el2 & FIPA


@_on_record("host.gpa.origin")
def gpa_origin(g: Given, r: FaultInfo) -> bool:
    page = r.gpa & ~IN_PAGE
    if not r.sea_flags & GPA_VALID:
        return True
    if r.gpa_origin == GPA_HPFAR:
        return g.sort is Sort.ISOLATED and facts.hpfar_written(g.esr)
    if r.gpa_origin == GPA_WALK:
        return page == facts.walk_page(*g.event)
    return page in {facts.reverse_page(g.trap, pa) for pa in facts.physical_addresses(*g.event)}


@_on_record("host.gpa.space")
def gpa_space(g: Given, r: FaultInfo) -> bool:
    if not r.sea_flags & GPA_VALID:
        return True
    nested_ipa = g.trap.nested and r.gpa_origin == GPA_HPFAR
    slots = g.trap.memslots
    return not nested_ipa and (slots is None or any(s.gpa <= r.gpa < s.gpa + s.size for s in slots))


@_on_record("host.hva.valid")
def hva_valid(g: Given, r: FaultInfo) -> bool:
    page = r.gpa & ~IN_PAGE
    slots = (s for s in g.trap.memslots or () if s.gpa <= page < s.gpa + s.size)
    return not r.has(HVA_VALID) or r.hva == next((s.hva + page - s.gpa for s in slots), None)


@_on_record("host.pa.valid")
def pa_valid(g: Given, r: FaultInfo) -> bool:
    return r.has(PA_VALID) is (g.sort is Sort.ISOLATED or bool(facts.physical_addresses(*g.event)))


@_on_record("host.severity.valid")
def severity_valid(g: Given, r: FaultInfo) -> bool:
    said = SEVERITY_UNKNOWN
    if g.sort is Sort.ABORT and g.esr & FSC == 0x10 and g.trap.vm_ras:
        said = SEVERITY_OF_SET[(g.esr & SET) >> SET_SHIFT]
    elif r.kind == KIND_SERROR:
        said = facts.serror_severity(g.esr)
    return r.has(SEVERITY_VALID) is (said != SEVERITY_UNKNOWN) and r.severity == said


@CHECKS("host.serror.given")
def serror_given(g: Given) -> bool:
    if facts.given(*g.event) or facts.owned(*g.event) or facts.fatal(*g.event):
        return True
    corrected = facts.serror_severity(g.esr) == SEVERITY_CE
    return g.emission.record is None and g.emission.end is (End.RESUMED if corrected else End.PANIC)


@_on_record("host.action.possible")
def action_possible(g: Given, r: FaultInfo) -> bool:
    if g.sort is Sort.NOTICE:
        return r.host_action in (ACTION_UNKNOWN, ACTION_ISOLATED, ACTION_FAILED)
    if g.sort is Sort.ISOLATED:
        return r.host_action in (ACTION_UNKNOWN, ACTION_ISOLATED)
    return r.host_action in (ACTION_UNKNOWN, ACTION_CLAIMED if facts.claimed(*g.event) else ACTION_NOT_CLAIMED)


@_on_record("host.origin.kind")
def origin_kind(g: Given, r: FaultInfo) -> bool:
    if g.sort is Sort.NOTICE:
        return r.origin == ORIGIN_FIRMWARE
    if g.sort is Sort.ISOLATED:
        return r.origin == ORIGIN_ISOLATED
    return r.origin == (ORIGIN_TRAP if facts.told(*g.event) is None else ORIGIN_BOTH)


@_on_record("host.firmware_severity.origin")
def firmware_severity_origin(g: Given, r: FaultInfo) -> bool:
    record = facts.told(*g.event)
    return r.firmware_severity == (0 if record is None else record.error_severity + 1)


@_on_record("host.firmware_va.usable")
def firmware_va_usable(g: Given, r: FaultInfo) -> bool:
    usable = facts.firmware_va(*g.event) if g.trap.version >= V1_1 else None
    return r.has(FIRMWARE_VA_VALID) is (usable is not None) and r.firmware_va == (usable or 0)


@_on_record("host.context_corrupt.firmware")
def context_corrupt_firmware(g: Given, r: FaultInfo) -> bool:
    """What was not enabled cannot be said (rule ``host.enabled.only``)."""
    record = facts.told(*g.event)
    said = record is not None and any(section.context_corrupt for section in record.arm_processors)
    return r.has(CONTEXT_CORRUPT) is (said and g.trap.critical & CONTEXT_CORRUPT != 0)


@_on_record("host.nested.trap")
def nested_trap(g: Given, r: FaultInfo) -> bool:
    return r.has(NESTED) is (g.trap.nested and g.sort is not Sort.NOTICE)


@_on_record("host.stage1_walk.known")
def stage1_walk_known(g: Given, r: FaultInfo) -> bool:
    return r.has(STAGE1_WALK) is (g.sort is Sort.ISOLATED and g.esr & S1PTW != 0)


@CHECKS("host.owned")
def owned(g: Given) -> bool:
    e = g.emission
    if not facts.owned(*g.event):
        return e.rule != "host.owned"
    if facts.fatal(*g.event) or _queued_claim(g):
        return e.record is None
    chosen = ~0 if g.trap.host_ras else EC_MASK | IL
    injected = e.injected is not None and (e.injected ^ _SERROR_IDS) & chosen == 0
    return e.record is None and e.end is End.INJECTED and injected


@CHECKS("host.claim.queued")
def claim_queued(g: Given) -> bool:
    e = g.emission
    return not _queued_claim(g) or (e.record is None and e.end is End.RESUMED and e.memory_failure)


@CHECKS("host.never_silent")
def never_silent(g: Given) -> bool:
    """The end is one of those allowed, is what the emission holds, and no record lacks without a reason."""
    e = g.emission
    reason = e.record is not None or any(e.rule == rule and holds(g) for rule, holds in _REASONS)
    error = g.sort not in (Sort.ORDINARY, Sort.NOTICE) or facts.told(*g.event) is not None
    return (
        reason
        and (e.end is not End.NO_ERROR) is error
        and (e.end is End.RECORD) is (e.record is not None)
        and (e.end is End.INJECTED) is (e.injected is not None)
        and (e.end is not End.SIGNAL or e.signal is not None)
        and (e.end is End.PANIC or not facts.fatal(*g.event))
    )


@CHECKS("host.one_report")
def one_report(g: Given) -> bool:
    return g.emission.record is None or g.emission.signal is None


@_on_record("host.enabled.only")
def enabled_only(g: Given, r: FaultInfo) -> bool:
    enabled = g.trap.kinds >> r.kind & 1 == 1 and not r.flags & CRITICAL & ~g.trap.critical
    return enabled and r.version == g.trap.version


@CHECKS("host.enable.protected")
def enable_protected(g: Given) -> bool:
    return g.emission.record is None or not g.trap.protected


@CHECKS("host.cper.strict")
def cper_strict(g: Given) -> bool:
    """Where no firmware record was accepted, nothing of one is used."""
    e = g.emission
    used = e.record is not None and (
        e.record.origin in (ORIGIN_FIRMWARE, ORIGIN_BOTH)
        or e.record.host_action == ACTION_CLAIMED
        or e.record.firmware_severity != 0
        or e.record.flags & (CONTEXT_CORRUPT | FIRMWARE_VA_VALID) != 0
    )
    return g.block is not None or not (used or e.memory_failure)


def _queued_claim(g: Given) -> bool:
    return facts.claimed(*g.event) and bool(facts.handed_over(*g.event))


def _not_the_vms(g: Given) -> bool:
    return any(facts.slot_of_pa(g.trap, pa) is None for pa in facts.lost_pages(*g.event))


#: Why there may be no record, and when that is a reason.
_REASONS: Final[tuple[tuple[str, Callable[[Given], bool]], ...]] = (
    ("host.record.cause", lambda g: g.sort is Sort.ORDINARY or (
        g.sort is Sort.NOTICE and not facts.lost_pages(*g.event))),
    ("host.never_silent", lambda g: facts.fatal(*g.event)),
    ("host.claim.queued", _queued_claim),
    ("host.owned", lambda g: facts.owned(*g.event)),
    ("host.serror.given", lambda g: not facts.given(*g.event)),
    ("host.enable.protected", lambda g: g.trap.protected),
    ("host.enabled.only", lambda g: not g.trap.kinds >> facts.kind(*g.event) & 1),
    ("host.gpa.space", lambda g: g.sort is Sort.NOTICE and _not_the_vms(g)),
)
