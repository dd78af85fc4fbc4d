# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Every syndrome against the hand-typed tables: which fields of the record it makes valid."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from abi.definition import FAR_IMPRECISE, FAR_VALID, HPFAR_VALID, PA_VALID, SEVERITY_VALID, STAGE1_WALK
from abi.record import FaultInfo
from abi.trap import End, Isolated, Trap
from reference_host.emit import emit
from tests.reference_host import tables as t

FAR, PAGE = 0xFFFF_8000_1234_5678, 0x4_5678_9000
FSCS = range(0x40)
ABORTS = (t.EC_DABT, t.EC_VNCR, t.EC_IABT)


def trap(ec: int, iss: int, **fields: Any) -> Trap:
    """A trap that is neither owned nor excluded, and whose page is isolated."""
    plain = Trap(ec << 26 | t.IL | iss, FAR, PAGE >> 8, walk=PAGE, isolated=(Isolated(PAGE, 12),))
    return Trap(**plain._asdict() | fields)


def record_of(given: Trap) -> FaultInfo:
    record = emit(given).record
    assert record is not None
    return record


def makes_a_record(ec: int, fsc: int, *, s1ptw: int, vncr: int) -> bool:
    if t.class_of(fsc) in ("not on walk", "on walk", "parity"):
        return not (0x13 <= fsc <= 0x17 and s1ptw)  # host.owned
    return fsc in t.STAGE2 and not (vncr and ec != t.EC_IABT)


def aborts() -> Iterator[tuple[int, int, int, int, int, Trap]]:
    for ec, fsc, fnv, s1ptw, vncr in product(ABORTS, FSCS, *[(False, True)] * 3):
        iss = fsc | fnv * t.FNV | s1ptw * t.S1PTW | vncr * t.VNCR
        yield ec, fsc, fnv, s1ptw, vncr, trap(ec, iss)


def test_host_record_cause_decides_for_every_abort_whether_there_is_a_record() -> None:
    for ec, fsc, _fnv, s1ptw, vncr, given in aborts():
        expected = makes_a_record(ec, fsc, s1ptw=s1ptw, vncr=vncr)
        assert (emit(given).record is not None) is bool(expected), hex(given.esr_el2)


def test_host_far_valid_and_fnv_for_every_abort() -> None:
    for ec, fsc, fnv, s1ptw, vncr, given in aborts():
        if not makes_a_record(ec, fsc, s1ptw=s1ptw, vncr=vncr):
            continue
        record = record_of(given)
        valid = t.far_valid(ec, fsc, fnv=fnv, vncr=vncr)
        assert record.has(FAR_VALID) is valid, hex(given.esr_el2)
        assert record.far == (FAR if valid else 0)
        assert bool(record.esr & t.FNV) is (record.esr & 0x3F == 0x10 and not valid)


def test_host_hpfar_valid_for_every_abort() -> None:
    for ec, fsc, _fnv, s1ptw, vncr, given in aborts():
        if not makes_a_record(ec, fsc, s1ptw=s1ptw, vncr=vncr):
            continue
        record = record_of(given)
        assert record.has(HPFAR_VALID) is t.HPFAR_WRITTEN[t.class_of(fsc)][s1ptw], hex(given.esr_el2)
        assert record.hpfar == (PAGE >> 8 if record.has(HPFAR_VALID) else 0)


def test_host_esr_isolated_shows_the_external_abort_that_the_access_stands_for() -> None:
    for ec, fsc, s1ptw, level in product((t.EC_DABT, t.EC_IABT), t.STAGE2, (False, True), (None, -2, -1, 0, 1, 2, 3)):
        rest = 3 << 11 | 1 << 9 | (0xFF_C000 & ~t.S1PTW)  # LST, EA, what lies above
        given = trap(ec, fsc | s1ptw * t.S1PTW | rest, walk_level=level)
        record = record_of(given)
        shown = 0x14 + level if s1ptw and level is not None else 0x10
        assert record.esr == ec << 26 | t.IL | shown, hex(given.esr_el2)
        assert record.has(STAGE1_WALK) is bool(s1ptw)


@pytest.mark.parametrize("vm_ras", [True, False])
def test_host_esr_mask_of_aborts_with_every_bit_set(vm_ras: bool) -> None:
    for ec, fsc in product((t.EC_DABT, t.EC_IABT), t.EXTERNAL):
        everything = 0xFF_FFFF << 32 | (0x1FF_FFC0 & ~(t.S1PTW | t.FNV)) | fsc
        for fnv in (0, t.FNV if fsc == 0x10 else 0):
            given = trap(ec, everything | fnv, vm_ras=vm_ras)
            mask = t.MASK_DABT if ec == t.EC_DABT else t.MASK_IABT
            mask |= t.MASK_SET if vm_ras else 0
            vncr = fsc == 0x10 and ec == t.EC_DABT  # FAR is the host's: FnV is set for the reader
            expected = given.esr_el2 & mask | (t.FNV if vncr else 0)
            assert record_of(given).esr == expected, hex(given.esr_el2)


def test_host_esr_mask_of_serrors_with_every_bit_set() -> None:
    vendor = trap(t.EC_SERROR, 0x1FF_FFFF)
    assert record_of(vendor).esr == vendor.esr_el2 & t.MASK_SERROR == 0xBF00_0000
    for aet in (0b001, 0b010, 0b011):
        given = trap(t.EC_SERROR, 0xFF_E3C0 | aet << 10 | 0x11)
        assert record_of(given).esr == given.esr_el2 & t.MASK_SERROR_ASYNC == 0xBE00_0211 | aet << 10


def test_host_esr_il_is_1_whatever_the_cpu_wrote() -> None:
    for ec, iss in ((t.EC_DABT, 0x10), (t.EC_IABT, 0x10), (t.EC_SERROR, t.IDS), (t.EC_IABT, 0x07)):
        assert record_of(trap(ec, iss)._replace(esr_el2=ec << 26 | iss)).esr & t.IL
    thumb = Trap(t.EC_DABT << 26 | t.ISV | 0x07, FAR, PAGE >> 8, isolated=(Isolated(PAGE, 12),))
    assert not record_of(thumb).esr & t.IL


@pytest.mark.parametrize(("ec", "isv", "valid"), [
    (t.EC_DABT, 0, True), (t.EC_DABT, t.ISV, False), (t.EC_IABT, 0, True), (t.EC_IABT, t.ISV, True),
])
def test_host_far_imprecise_is_fnp(ec: int, isv: int, valid: bool) -> None:
    record = record_of(trap(ec, isv | t.FNP | 0x10))
    assert record.has(FAR_IMPRECISE) is valid
    assert record.gpa & 0xFFF == (0 if valid else FAR & 0xFFF)
    assert not record_of(trap(ec, isv | 0x10)).has(FAR_IMPRECISE)
    assert not record_of(trap(ec, isv | t.FNP | t.FNV | 0x10)).has(FAR_IMPRECISE)


def test_host_pa_valid_by_pfar_for_every_external_abort() -> None:
    for ec, fsc, isv, pfv, known in product((t.EC_DABT, t.EC_IABT), t.EXTERNAL, *[(False, True)] * 3):
        iss = fsc | isv * t.ISV | pfv * t.PFV
        given = trap(ec, iss, pfar_el2=0x8_8000_0000 if known else None)
        described = isv and ec == t.EC_DABT
        expected = pfv and known and not described and fsc not in t.PARITY
        assert record_of(given).has(PA_VALID) is expected, hex(given.esr_el2)


def test_host_severity_valid_for_every_set() -> None:
    for ec, fsc, (code, severity), vm_ras in product(
        (t.EC_DABT, t.EC_IABT), t.EXTERNAL, t.SEVERITY_OF_SET.items(), (True, False)
    ):
        record = record_of(trap(ec, fsc | code << 11, vm_ras=vm_ras))
        stated = severity if fsc == 0x10 and vm_ras else None
        assert record.has(SEVERITY_VALID) is (stated is not None)
        assert record.severity == (stated or 0)


def test_host_serror_given_and_severity_for_every_aet() -> None:
    for aet, ids, dfsc in product(range(8), (False, True), (0x11, 0x00, 0x02)):
        emission = emit(trap(t.EC_SERROR, aet << 10 | ids * t.IDS | dfsc))
        end = "record" if ids else t.ENDS_OF_AET[aet] if dfsc == 0x11 else "host panic"
        assert emission.end.value == end, (aet, ids, dfsc)
        if emission.record:
            stated = None if ids else t.SEVERITY_OF_AET[aet]
            assert emission.record.has(SEVERITY_VALID) is (stated is not None)
            assert emission.record.severity == (stated or 0)


@pytest.mark.parametrize("ids", [False, True])
@pytest.mark.parametrize("vfv", [False, True])
@pytest.mark.parametrize("pfv", [False, True])
def test_host_far_valid_and_pa_valid_of_serrors(ids: bool, vfv: bool, pfv: bool) -> None:
    iss = ids * t.IDS | vfv * t.VFV | pfv * t.PFV | 0b011 << 10 | 0x11
    record = record_of(trap(t.EC_SERROR, iss, pfar_el2=0x8_8000_0000))
    assert (record.has(FAR_VALID), record.far) == (vfv and not ids, FAR if vfv and not ids else 0)
    assert record.has(PA_VALID) is (pfv and not ids)


def test_host_far_valid_never_from_disr_el1() -> None:
    disr = 1 << 31 | t.VFV | t.PFV | 0b011 << 10 | 0x11
    record = record_of(trap(t.EC_DABT, 0x10, disr_el1=disr, pfar_el2=0x8_8000_0000))
    assert (record.kind, record.esr, record.far, record.gpa) == (3, 0xBE00_0C11, 0, 0)
    assert not record.has(FAR_VALID)
    assert not record.has(PA_VALID)
    assert record_of(trap(t.EC_DABT, 0x10, disr_el1=disr & ~(1 << 31))).kind == 1


@pytest.mark.parametrize("given", [
    trap(t.EC_DABT, 0x10, host_ras=False),
    trap(t.EC_IABT, 0x18, host_ras=False),
    trap(t.EC_SERROR, 0b000 << 10 | 0x11, host_ras=False),
    trap(t.EC_IABT, 0x10, disr_el1=1 << 31, host_ras=False),
    trap(t.EC_VNCR, t.VNCR | 0x10, hyp_context=True),
    *(trap(ec, fsc | t.S1PTW) for ec in (t.EC_DABT, t.EC_IABT) for fsc in range(0x13, 0x18)),
])
def test_host_owned_is_injected_as_an_serror_with_ids(given: Trap) -> None:
    emission = emit(given)
    assert (emission.record, emission.rule, emission.end) == (None, "host.owned", End.INJECTED)
    assert emission.injected == 0xBF00_0000


@pytest.mark.parametrize("given", [
    trap(t.EC_IABT, t.VNCR | 0x10, hyp_context=True),  # bit 13 is no VNCR there
    trap(t.EC_VNCR, t.VNCR | 0x10),
    trap(t.EC_DABT, 0x10, hyp_context=True),
    trap(t.EC_DABT, t.S1PTW | 0x10),
    trap(t.EC_DABT, t.S1PTW | 0x12),
    trap(t.EC_DABT, t.S1PTW | 0x1C),
    trap(t.EC_DABT, t.S1PTW | 0x07, host_ras=False),
])
def test_host_owned_is_nothing_else(given: Trap) -> None:
    assert record_of(given).kind == t.KIND_OF_EC[given.esr_el2 >> 26]
