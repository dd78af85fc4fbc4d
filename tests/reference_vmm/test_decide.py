# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What is decided about each kind of record."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abi.decode import Decoded
from abi.errors import InputError
from abi.layout import Version
from abi.record import FaultInfo, NotUnderstood, build, new
from abi.vcpu import BASELINE, Decision, Machine, Vcpu
from reference_vmm.decide import decide
from reference_vmm.inject import apply
from reference_vmm.parse import Unreadable, parse
from reference_vmm.report import report
from tests.abi.broken_records import DATA_WALK, FETCH, NOTICE, SERROR, VALID
from tests.abi.strategies import valid_records
from tests.reference_vmm.strategies import machines, vcpus

EL1H, I_MASKED = Vcpu(0x1000, 0x05, 0x8000, 0), Vcpu(0x1000, 0x85, 0x8000, 0)
FAR_VALID, FIRMWARE_VA_VALID, NESTED, CORRUPT = 1 << 0, 1 << 4, 1 << 7, 1 << 32
FNV = 0x400
DATA = new(kind=1, origin=1, esr=0x92000010, far=0x7F0000001234, flags=FAR_VALID | 1 << 6)
NO_FAR = DATA._replace(esr=0x92000410, far=0, flags=1 << 6)


def decided(record: FaultInfo, vcpu: Vcpu = EL1H, **machine: Any) -> Decision:
    return decide(Decoded(record, ()), vcpu, Machine(**machine))


def serror(aet: int, *, ea: int = 0) -> FaultInfo:
    return new(kind=3, origin=1, esr=0xBE000011 | aet << 10 | ea << 9)


UC, UEU, UEO, UER, CE = 0b000, 0b001, 0b010, 0b011, 0b110
IRQ_FIRST = {"notifications": ("irq", "sea")}


@pytest.mark.parametrize("record", VALID.values(), ids=VALID)
def test_a_machine_not_set_up_for_ras_stops_at_any_record(record: FaultInfo) -> None:
    """vmm.notify"""
    decision = decided(record, ras=False)
    assert (decision.action, decision.rule) == ("stop", "vmm.notify")
    assert decision.notes


@pytest.mark.parametrize("record", VALID.values(), ids=VALID)
def test_a_corrupt_processor_context_stops_whatever_the_kind(record: FaultInfo) -> None:
    """vmm.notify"""
    decision = decided(record._replace(flags=record.flags | CORRUPT))
    assert (decision.action, decision.rule) == ("stop", "vmm.notify")


@pytest.mark.parametrize(
    ("machine", "vcpu", "action"),
    [
        ({}, EL1H, "inject"),
        ({"notifications": ("sea",)}, EL1H, "inject"),
        (IRQ_FIRST, EL1H, "interrupt"),
        (IRQ_FIRST, I_MASKED, "inject"),
        (IRQ_FIRST | {"repeats": 2}, EL1H, "interrupt"),
        (IRQ_FIRST | {"repeats": 3}, EL1H, "inject"),
        (IRQ_FIRST | {"repeats": 3, "bound": 4}, EL1H, "interrupt"),
        ({"notifications": ("irq",)}, I_MASKED, "inject"),
        ({"notifications": ("poll", "sei")}, EL1H, "stop"),
        ({"notifications": ()}, EL1H, "stop"),
    ],
)
@pytest.mark.parametrize("record", [DATA, FETCH], ids=["data", "fetch"])
def test_an_abort_is_a_sea_or_for_a_while_an_interrupt(
    machine: dict[str, Any], vcpu: Vcpu, action: str, record: FaultInfo
) -> None:
    """vmm.notify: an interrupt only while the vCPU can take it, with a bound, then a SEA"""
    decision = decided(record, vcpu, **machine)
    assert (decision.action, decision.rule) == (action, "vmm.notify")
    assert decision.via == ("irq" if action == "interrupt" else "")


def test_a_sea_says_uncontainable_and_does_not_stop() -> None:
    """vmm.notify: SET=UC on a SEA is shown to the guest"""
    decision = decided(DATA._replace(esr=0x92001010))
    assert (decision.action, decision.esr_el1) == ("inject", 0x96001010)


@pytest.mark.parametrize(
    ("notifications", "features", "action", "via", "iss"),
    [
        (("sea", "irq"), BASELINE, "interrupt", "irq", 0),
        (("sea", "poll"), BASELINE, "log", "poll", 0),
        (("poll", "irq"), BASELINE, "log", "poll", 0),
        (("sea", "sei"), BASELINE, "pend", "sei", 0x811),
        (("sei", "irq"), BASELINE, "pend", "sei", 0x811),
        (("sei", "irq"), BASELINE - {"FEAT_RAS"}, "interrupt", "irq", 0),
        (("sei",), BASELINE - {"FEAT_RAS"}, "log", "", 0),
        (("sea",), BASELINE, "log", "", 0),
    ],
)
def test_a_memory_notice_takes_the_machines_preferred_way(
    notifications: tuple[str, ...], features: frozenset[str], action: str, via: str, iss: int
) -> None:
    """vmm.notify: SEI only for a guest that can read its syndrome, and then restartable (UEO)"""
    decision = decided(NOTICE, notifications=notifications, features=features)
    assert (decision.action, decision.via, decision.serror_esr) == (action, via, iss)


@pytest.mark.parametrize(
    ("esr", "ras", "action", "iss"),
    [
        (serror(CE).esr, True, "log", 0),
        (serror(UEO).esr, True, "log", 0),
        (serror(UER).esr, True, "pend", 0xC11),
        (serror(UER, ea=1).esr, True, "pend", 0xE11),
        (serror(UEU).esr, True, "pend", 0x411),
        (serror(UC).esr, True, "stop", 0),
        (serror(UER).esr, False, "pend", 1 << 24),
        (serror(UEO).esr, False, "log", 0),
        (serror(0b100).esr, True, "pend", 1 << 24),
        (serror(0b111).esr, True, "pend", 1 << 24),
        (0xBF40C000, True, "pend", 1 << 24),
        (0xBF000C11, True, "pend", 1 << 24),
        (0xBE000000, True, "pend", 1 << 24),
    ],
)
def test_an_serror_goes_by_what_its_syndrome_says(esr: int, ras: bool, action: str, iss: int) -> None:
    """vmm.notify, vmm.far.source: AET, EA and DFSC as they are, bit 10 with them; else IDS=1"""
    features = BASELINE if ras else BASELINE - {"FEAT_RAS"}
    decision = decided(new(kind=3, origin=1, esr=esr), features=features)
    assert (decision.action, decision.rule, decision.serror_esr) == (action, "vmm.notify", iss)


@pytest.mark.parametrize(
    ("pending", "aet", "stays"),
    [
        (0x411, UER, True), (0xC11, UEU, False), (0xC11, UER, True), (0x011, UEU, True),
        (1 << 24, UER, True), (1 << 24, UEU, True), (0x811, UER, False), (0xC11, None, False), (0x411, None, True),
    ],
)
def test_of_two_virtual_serrors_the_worse_stays(pending: int, aet: int | None, stays: bool) -> None:
    """vmm.serror.worse: UC, then UEU and what does not say, then UER, then UEO"""
    record = SERROR._replace(esr=0xBF000000, flags=0) if aet is None else serror(aet)
    decision = decided(record, pending_serror=pending)
    if stays:
        assert (decision.action, decision.rule, decision.serror_esr) == ("log", "vmm.serror.worse", pending)
    else:
        assert (decision.action, decision.rule) == ("pend", "vmm.notify")


@pytest.mark.parametrize("way", ["nested", "FEAT_NV", "FEAT_AA32EL1", "EL2h"])
@pytest.mark.parametrize("record", [DATA, FETCH, serror(UER), NOTICE], ids=["data", "fetch", "serror", "notice by SEI"])
def test_where_no_exception_can_be_injected_the_vmm_stops_by_name(way: str, record: FaultInfo) -> None:
    """vmm.target"""
    machine: dict[str, Any] = {"notifications": ("sei", "sea")}
    vcpu = EL1H._replace(pstate=0x09) if way == "EL2h" else EL1H
    if way == "nested":
        record = record._replace(flags=record.flags | NESTED)
    elif way != "EL2h":
        machine["features"] = BASELINE | {way}
    decision = decided(record, vcpu, **machine)
    assert (decision.action, decision.rule) == ("stop", "vmm.target")
    assert decision.notes


def test_a_report_answered_before_runs_the_vcpu_again() -> None:
    """vmm.once"""
    decision = decided(DATA, answered=True)
    assert (decision.action, decision.rule) == ("retry", "vmm.once")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"major": 2}, "vmm.major.unknown"),
        ({"flags": DATA.flags | 1 << 63}, "vmm.critical.unknown"),
        ({"kind": 5}, "vmm.critical.unknown"),
        ({"kind": 2}, "vmm.agree"),
        ({"size": 72}, "vmm.size"),
    ],
)
@pytest.mark.parametrize("reader", [Version(1, 0), Version(1, 1)], ids=str)
def test_what_cannot_be_acted_on_stops_and_its_bytes_are_kept(
    change: dict[str, Any], rule: str, reader: Version
) -> None:
    """vmm.major.unknown, vmm.critical.unknown, vmm.malformed"""
    raw = build(DATA._replace(**change))
    parsed = parse(raw, reader)
    assert isinstance(parsed, NotUnderstood | Unreadable)
    assert parsed.raw == raw
    decision = decide(parsed, EL1H, Machine())
    assert (decision.action, decision.rule) == ("stop", rule)
    assert decision.notes
    assert apply(decision, EL1H, Machine()) == EL1H


@pytest.mark.parametrize("length", [0, 1, 31, 37, 63])
def test_bytes_too_short_to_be_a_record_stop(length: int) -> None:
    """vmm.malformed"""
    parsed = parse(build(DATA)[:length])
    assert isinstance(parsed, Unreadable)
    assert isinstance(parsed.error, InputError)
    assert decide(parsed, EL1H, Machine()).action == "stop"


@pytest.mark.parametrize(
    ("record", "esr", "far"),
    [
        (DATA, 0x96000010, DATA.far),
        (NO_FAR, 0x96000410, 0),
        (NO_FAR._replace(flags=NO_FAR.flags | FIRMWARE_VA_VALID, firmware_va=0xF00), 0x96000010, 0xF00),
        (DATA._replace(flags=DATA.flags | FIRMWARE_VA_VALID, firmware_va=0xF00), 0x96000010, DATA.far),
        # A walk code without STAGE1_WALK may be the host's walk; with it, and with an address, it is shown.
        (DATA._replace(esr=0x92000017), 0x96000010, DATA.far),
        (DATA_WALK._replace(esr=0x92000017), 0x96000017, DATA_WALK.far),
        (DATA_WALK._replace(esr=0x92000012), 0x96000010, DATA_WALK.far),
        (DATA_WALK._replace(esr=0x92000417, flags=DATA_WALK.flags & ~FAR_VALID), 0x96000410, 0),
        # EA, CM, WnR and SET are kept.
        (DATA._replace(esr=0x92001B50), 0x96001B50, DATA.far),
        (FETCH._replace(esr=0x82001A15), 0x86001A10, FETCH.far),
        # WnR and CM mean nothing in a fetch, and parity codes are no walk of a guest with RAS.
        (FETCH._replace(esr=0x82001B55), 0x86001A10, FETCH.far),
        (DATA_WALK._replace(esr=0x92000018), 0x96000010, DATA_WALK.far),
        (DATA_WALK._replace(esr=0x92000013), 0x96000013, DATA_WALK.far),
    ],
)
def test_the_guest_reads_the_address_that_is_known_and_the_syndrome_of_its_own_level(
    record: FaultInfo, esr: int, far: int
) -> None:
    """vmm.far.source, vmm.esr.rewrite"""
    decision = decided(record)
    assert (hex(decision.esr_el1), decision.far_el1) == (hex(esr), far)


def test_set_is_hidden_from_a_guest_without_ras() -> None:
    """vmm.esr.rewrite"""
    assert decided(DATA._replace(esr=0x92001A10), features=BASELINE - {"FEAT_RAS"}).esr_el1 == 0x96000210


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (DATA, False), (NO_FAR, False), (FETCH, False), (serror(UER), False), (NOTICE, False),
        (DATA._replace(esr=0x92000410), True),
        (NO_FAR._replace(esr=0x92000010), True),
        (DATA._replace(esr=0x92000414), True),
        (FETCH._replace(esr=0x82000415), True),
    ],
)
def test_fnv_at_odds_with_far_valid_is_said_and_far_valid_decides(record: FaultInfo, said: bool) -> None:
    """vmm.far.odds"""
    decision = decided(record)
    assert any("FnV" in note for note in decision.notes) == said
    assert decision.has_far == bool(record.flags & FAR_VALID)


@settings(max_examples=100, deadline=None)
@given(valid_records(), vcpus(), machines(), st.integers(5, 255))
def test_an_unknown_code_is_treated_as_0(record: FaultInfo, vcpu: Vcpu, machine: Machine, code: int) -> None:
    """vmm.enum.unknown: origin, host_action, gpa_origin, severity, firmware_severity"""
    known = record._replace(origin=0, host_action=0, gpa_origin=0, severity=0, firmware_severity=0)
    strange = record._replace(
        origin=code + 1, host_action=code, gpa_origin=code, severity=code + 1, firmware_severity=code
    )
    assert decide(Decoded(strange, ()), vcpu, machine) == decide(Decoded(known, ()), vcpu, machine)
    assert report(strange) == report(known)


def test_an_older_reader_does_not_act_on_a_flag_whose_field_it_did_not_read() -> None:
    """vmm.enum.unknown, vmm.far.source: FIRMWARE_VA_VALID means nothing to a reader of 1.0"""
    record = NO_FAR._replace(
        origin=3, host_action=3, firmware_severity=1, flags=NO_FAR.flags | FIRMWARE_VA_VALID, firmware_va=0xF00
    )
    shown = {}
    for version in (Version(1, 0), Version(1, 1)):
        decision = decide(parse(build(record), version), EL1H, Machine())
        shown[str(version)] = (decision.far_el1, decision.has_far)
    assert shown == {"1.0": (0, False), "1.1": (0xF00, True)}
