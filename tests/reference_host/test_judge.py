# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Lies that no reader of the record can see: only who knows the trap can name the rule.

They are told one by one in place of true emissions, so that each check of :mod:`abi.rules.on_emission`
is seen to fail where :mod:`abi.rules.on_record` finds nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from abi.cper import StatusBlock, bits
from abi.definition import (
    CONTEXT_CORRUPT,
    FAR_IMPRECISE,
    FAR_VALID,
    FIRMWARE_VA_VALID,
    GPA_VALID,
    HPFAR_VALID,
    HVA_VALID,
    NESTED,
    PA_VALID,
    SEVERITY_VALID,
    STAGE1_WALK,
    V1_0,
)
from abi.record import FaultInfo
from abi.rules import check, on_emission, on_end
from abi.rules.given import Given
from abi.rules.on_emission import broken
from abi.trap import Emission, End, Isolated, Signal, Trap
from reference_host.emit import emit
from tests.reference_host.builders import PA, block_of, cache, plain, record_of

Change = Callable[[FaultInfo], FaultInfo]

PAGE = (Isolated(0x4000_0000, 12),)
ABORT, NO_WALK, NO_FAR = plain(walk=0x4000_0000), plain(), plain(0x9200_0410)
HIDDEN = ABORT._replace(vm_ras=False)
ISOLATED = plain(0x9200_0007, hpfar_el2=0x40_0000, isolated=PAGE)
PERMISSION = ISOLATED._replace(esr_el2=0x9200_000F, walk=0x4000_0000)
WALK = ISOLATED._replace(esr_el2=0x9200_0087, walk_level=2)
NESTED_FAULT = ISOLATED._replace(nested=True, hpfar_el2=0x50_0000, walk=0x4000_0000, memslots=None)
REVERSE = plain(0x9200_4410, pfar_el2=PA)
SERROR, CORRECTED, PANIC = plain(0xBE00_0C11), plain(0xBE00_1811), plain(0xBE00_0011)
ORDINARY, NOTICE, OWNED = plain(0x9200_0007), plain(0, notify="gpio"), plain(0x9200_0094)
CLAIMED, QUEUED = block_of(cache(virtual=0x1230)), block_of(cache(physical=PA))
FATAL = block_of(cache(), severity=bits.FATAL)
CORRUPT = block_of(cache(validation_bits=bits.VALID_ERR_INFO, error_info=1 << 3 | 1 << 25))


def put(**fields: Any) -> Change:
    return lambda r: r._replace(**fields)


def flip(**fields: int) -> Change:
    """Turn these bits of fields over."""
    return lambda r: r._replace(**{name: getattr(r, name) ^ value for name, value in fields.items()})


RECORDS: list[tuple[str, Trap, StatusBlock | None, Change]] = [
    ("host.record.cause", plain(0x8200_0010), None, put(kind=1, esr=0x9200_0010)),
    ("host.esr.mask", ABORT, None, flip(esr=1 << 6)),
    ("host.esr.mask", ABORT, None, flip(esr=1 << 9)),
    ("host.esr.mask", HIDDEN, None, flip(esr=1 << 12)),
    ("host.esr.mask", SERROR, None, flip(esr=1 << 9)),
    ("host.esr.mask", ISOLATED, None, flip(esr=1 << 8)),
    ("host.esr.isolated", WALK, None, put(esr=0x9200_0017)),
    ("host.esr.isolated", WALK, None, put(esr=0x9200_0010)),
    ("host.far.valid", ABORT, None, flip(far=1 << 40)),
    ("host.far.valid", NO_WALK, None, flip(far=0x3_0050_0123, flags=FAR_VALID, esr=1 << 10)),
    ("host.far.valid", NO_FAR, None, flip(flags=FAR_VALID, esr=1 << 10)),
    ("host.far.imprecise", NO_WALK, None, flip(flags=FAR_IMPRECISE)),
    ("host.far.imprecise", plain(0x9200_8010), None, flip(flags=FAR_IMPRECISE)),
    ("host.hpfar.valid", PERMISSION, None, put(flags=record_of(PERMISSION).flags | HPFAR_VALID, hpfar=0x40_0000)),
    ("host.hpfar.valid", NESTED_FAULT, None, flip(flags=HPFAR_VALID, hpfar=0x50_0000)),
    ("host.hpfar.fipa", ISOLATED, None, flip(hpfar=0x10, gpa=0x1000, hva=0x1000)),
    ("host.gpa.origin", ABORT, None, flip(gpa=0x1000, hva=0x1000)),
    ("host.gpa.origin", REVERSE, None, flip(gpa=0x1000, hva=0x1000)),
    ("host.gpa.origin", NO_WALK, None, put(sea_flags=GPA_VALID, gpa=0x4000_0123, gpa_origin=2)),
    ("host.gpa.space", ABORT._replace(walk=0x5000_0000), None, put(sea_flags=GPA_VALID, gpa=0x5000_0123, gpa_origin=2)),
    ("host.gpa.space", NESTED_FAULT, None, put(gpa=0x5000_0123, gpa_origin=1)),
    ("host.hva.valid", ABORT, None, flip(hva=0x1000)),
    ("host.hva.valid", ABORT._replace(memslots=None), None, flip(flags=HVA_VALID)),
    ("host.pa.valid", ABORT, None, flip(flags=PA_VALID)),
    ("host.pa.valid", plain(0x9200_4010, pfar_el2=0x1000), None, flip(flags=PA_VALID)),
    ("host.severity.valid", HIDDEN, None, flip(flags=SEVERITY_VALID, severity=3)),
    ("host.severity.valid", ABORT, None, flip(flags=SEVERITY_VALID, severity=3)),
    ("host.action.possible", ABORT, CLAIMED, put(host_action=1)),
    ("host.origin.kind", ABORT._replace(mpidr=None), CLAIMED, put(origin=1, firmware_severity=0, host_action=1)),
    ("host.firmware_severity.origin", ABORT, CLAIMED, put(firmware_severity=3)),
    ("host.firmware_va.usable", ABORT, CLAIMED, flip(firmware_va=0x10)),
    ("host.firmware_va.usable", ABORT, CLAIMED, flip(flags=FIRMWARE_VA_VALID, firmware_va=0x1230)),
    ("host.firmware_va.usable", ABORT._replace(mpidr=1), CLAIMED, flip(flags=FIRMWARE_VA_VALID, firmware_va=0x1230)),
    ("host.context_corrupt.firmware", ABORT, CLAIMED, flip(flags=CONTEXT_CORRUPT)),
    ("host.context_corrupt.firmware", ABORT, CORRUPT, flip(flags=CONTEXT_CORRUPT)),
    ("host.nested.trap", ABORT, None, flip(flags=NESTED)),
    ("host.nested.trap", ABORT._replace(nested=True), None, flip(flags=NESTED)),
    ("host.stage1_walk.known", PERMISSION, None, lambda r: r._replace(
        flags=r.flags | STAGE1_WALK, gpa=r.gpa & ~0xFFF)),
    ("host.stage1_walk.known", WALK._replace(walk_level=None), None, lambda r: r._replace(
        flags=r.flags & ~STAGE1_WALK, gpa=r.gpa | r.far & 0xFFF)),
    ("host.enabled.only", ABORT._replace(version=V1_0), None, put(minor=1, size=80)),
    ("host.enabled.only", ABORT._replace(critical=0), CORRUPT, flip(flags=CONTEXT_CORRUPT)),
    ("host.cper.strict", ABORT, None, put(origin=3, firmware_severity=1)),
]

PLAIN_RECORD = record_of(ABORT)
ENDS: list[tuple[str, Trap, StatusBlock | None, dict[str, Any]]] = [
    ("host.record.cause", ORDINARY, None, {"record": PLAIN_RECORD, "end": End.RECORD, "rule": None}),
    ("host.serror.given", CORRECTED, None, {"end": End.PANIC}),
    ("host.serror.given", PANIC, None, {"end": End.RESUMED}),
    ("host.owned", OWNED, None, {"end": End.RESUMED, "injected": None}),
    ("host.owned", OWNED, None, {"injected": 0xBE00_0000}),
    ("host.owned", ABORT._replace(host_ras=False), None, {"injected": 0x9600_0010}),
    ("host.owned", OWNED, None, {"record": PLAIN_RECORD, "end": End.RECORD, "rule": None, "injected": None}),
    ("host.owned", ABORT, None, {"record": None, "rule": "host.owned", "end": End.INJECTED, "injected": 0xBF00_0000}),
    ("host.claim.queued", ABORT, QUEUED, {"memory_failure": False}),
    ("host.claim.queued", ABORT, QUEUED, {"end": End.SIGNAL, "signal": Signal(4)}),
    ("host.claim.queued", ABORT, QUEUED, {"record": PLAIN_RECORD, "end": End.RECORD, "rule": None}),
    ("host.never_silent", ABORT, None, {"record": None, "rule": "host.record.cause", "end": End.NO_ERROR}),
    ("host.never_silent", ABORT, None, {"record": None, "rule": "host.claim.queued", "end": End.RESUMED}),
    ("host.never_silent", ABORT, None, {"record": None, "rule": "host.enabled.only", "end": End.RESUMED}),
    ("host.never_silent", ABORT, None, {"record": None, "rule": None, "end": End.RESUMED}),
    ("host.never_silent", OWNED, None, {"rule": None}),
    ("host.never_silent", ABORT, None, {"end": End.RESUMED}),
    ("host.never_silent", ABORT, None, {"injected": 0xBF00_0000}),
    ("host.never_silent", ABORT._replace(kinds=0), None, {"end": End.SIGNAL, "injected": None}),
    ("host.never_silent", ABORT, FATAL, {"end": End.RESUMED}),
    ("host.never_silent", NOTICE, FATAL, {"end": End.RESUMED}),
    ("host.never_silent", NOTICE, QUEUED, {"record": None, "rule": "host.gpa.space", "end": End.RESUMED}),
    ("host.never_silent", ORDINARY, None, {"end": End.RESUMED}),
    ("host.one_report", ABORT, None, {"signal": Signal(4)}),
    ("host.enable.protected", ABORT._replace(protected=True), None,
     {"record": PLAIN_RECORD, "end": End.RECORD, "rule": None, "injected": None}),
    ("host.enabled.only", ABORT._replace(kinds=0), None,
     {"record": PLAIN_RECORD, "end": End.RECORD, "rule": None, "injected": None}),
    ("host.cper.strict", ABORT, None, {"memory_failure": True}),
]


def numbered(cases: list[Any]) -> list[str]:
    return [f"{n}-{case[0]}" for n, case in enumerate(cases)]


@pytest.mark.parametrize(("rule", "trap", "block", "change"), RECORDS, ids=numbered(RECORDS))
def test_a_record_that_reads_well_but_is_not_of_this_trap(
    rule: str, trap: Trap, block: StatusBlock | None, change: Change
) -> None:
    true = emit(trap, block)
    assert true.record is not None
    lie = change(true.record)
    assert check(lie) == ()
    assert broken(Given(trap, block, true)) == ()
    assert rule in broken(Given(trap, block, true._replace(record=lie)))


@pytest.mark.parametrize(("rule", "trap", "block", "change"), ENDS, ids=numbered(ENDS))
def test_an_end_that_is_not_that_of_this_trap(
    rule: str, trap: Trap, block: StatusBlock | None, change: dict[str, Any]
) -> None:
    true = emit(trap, block)
    lie: Emission = true._replace(**change)
    assert lie.record is None or check(lie.record) == ()
    assert broken(Given(trap, block, true)) == ()
    assert rule in broken(Given(trap, block, lie))


def test_every_check_of_an_emission_is_seen_to_fail() -> None:
    checked = {c.rule for c in (*on_emission.CHECKS.all, *on_end.CHECKS.all)}
    assert checked == {rule for rule, *_ in RECORDS} | {rule for rule, *_ in ENDS}


@pytest.mark.parametrize(("host_ras", "esr", "kept"), [
    (True, 0xBF00_0000, True), (True, 0xBE00_0000, False), (False, 0xBF00_0000, True), (False, 0xBE00_0000, True),
    (False, 0xBE12_3456, True), (False, 0x9600_0010, False),
])
def test_the_iss_of_the_hosts_serror_is_judged_where_the_host_chooses_it(
    host_ras: bool, esr: int, kept: bool
) -> None:
    trap = OWNED._replace(host_ras=host_ras)
    assert ("host.owned" not in broken(Given(trap, None, emit(trap)._replace(injected=esr)))) is kept
