# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The rules of an answer: the reference VMM keeps all of them, and each one catches the VMM that breaks it."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abi.decode import Decoded
from abi.record import FaultInfo, NotUnderstood, build, new
from abi.rules import all_rules
from abi.rules.on_answer import CHECKS, broken
from abi.vcpu import BASELINE, Answer, Decision, Machine, Vcpu
from reference_vmm.decide import decide
from reference_vmm.inject import apply
from reference_vmm.parse import parse
from tests.abi.strategies import hostile_bytes
from tests.reference_vmm.strategies import EL1_TARGETS, ELSEWHERE, EXTERNAL_ABORTS, WAYS, machines, read_records, vcpus

FAR_VALID, NESTED = 1 << 0, 1 << 7
DATA = new(kind=1, origin=1, esr=0x92001250, far=0x7F0000001234, flags=FAR_VALID | 1 << 6)
ODD = DATA._replace(esr=0x92000410)
UER, UEO = (new(kind=3, origin=1, esr=esr) for esr in (0xBE000C11, 0xBE000811))
#: EL1h, everything masked; EASE.
VCPU = Vcpu(0x1000, 0x3C5, 0x8000, 0, sctlr2_el1=0x20, far_el1=0xDEAD)


def answer(data: bytes, vcpu: Vcpu = VCPU, machine: Machine | None = None) -> Answer:
    """The reference VMM's answer to any bytes."""
    machine = machine or Machine()
    parsed = parse(data)
    decision = decide(parsed, vcpu, machine)
    record = parsed.record if isinstance(parsed, Decoded) else parsed if isinstance(parsed, NotUnderstood) else None
    return Answer(record, vcpu, machine, decision, apply(decision, vcpu, machine))


def of(record: FaultInfo, vcpu: Vcpu = VCPU, **machine: Any) -> Answer:
    return answer(build(record), vcpu, Machine(**machine))


def but(
    a: Answer, *, decision: dict[str, Any] | None = None, after: dict[str, Any] | None = None, **rest: Any
) -> Answer:
    """The answer with something in it changed."""
    return a._replace(
        decision=a.decision._replace(**(decision or {})), after=a.after._replace(**(after or {})), **rest
    )


def pended(record: FaultInfo, iss: int, **machine: Any) -> Answer:
    """A VMM that pends that ISS on a vCPU that masks it."""
    return Answer(record, VCPU, Machine(**machine), Decision("pend", "vmm.notify", serror_esr=iss), VCPU)


def stopped(record: FaultInfo, rule: str, **machine: Any) -> Answer:
    """A VMM that stops in the name of that rule."""
    return Answer(record, VCPU, Machine(**machine), Decision("stop", rule, notes=("said",)), VCPU)


NO_TARGET = BASELINE | {"FEAT_NV"}
SEA = of(DATA)
STOPPED = of(DATA, features=NO_TARGET)
#: Rule -> answers that break it, and nothing else.
WRONG: dict[str, list[Answer]] = {
    "vmm.malformed": [
        but(answer(b"\0" * 8), decision={"action": "log"}),
        but(answer(b"\0" * 8), decision={"notes": ()}),
        but(answer(b"\0" * 8), decision={"rule": "vmm.notify"}),
    ],
    "vmm.major.unknown": [
        but(answer(build(DATA._replace(major=2))), decision={"action": "retry"}),
        but(answer(build(DATA._replace(major=2))), decision={"rule": "vmm.critical.unknown"}),
        SEA._replace(record=DATA._replace(major=2)),
    ],
    "vmm.critical.unknown": [
        but(answer(build(DATA._replace(kind=5))), decision={"action": "log"}),
        but(of(DATA._replace(flags=DATA.flags | 1 << 40)), decision={"notes": ()}),
        SEA._replace(record=DATA._replace(flags=DATA.flags | 1 << 40)),
        SEA._replace(record=DATA._replace(kind=5)),
        SEA._replace(record=NotUnderstood(b"", "vmm.critical.unknown", "record.kind", 36, "0x5"),
                     decision=Decision("stop", "vmm.critical.unknown", notes=("said",)), after=VCPU),
    ],
    "vmm.notify": [
        pended(UEO, 0x811),
        pended(UER, 1 << 24),
        pended(UER, 0xC11, features=BASELINE - {"FEAT_RAS"}),
        pended(UER, 0xC11, ras=False),
        but(of(UER), decision={"action": "log"}),
        but(STOPPED, decision={"rule": "vmm.notify"}),
        but(SEA, decision={"action": "interrupt", "via": "irq"}, after=VCPU._asdict()),
        but(SEA, machine=Machine(ras=False)),
        but(SEA, machine=Machine(notifications=("irq",)), vcpu=VCPU._replace(pstate=0x345),
            after={"spsr_el1": 0x345}),
        but(of(DATA, VCPU._replace(pstate=0x345), notifications=("irq", "sea")),
            machine=Machine(notifications=("irq", "sea"), repeats=3)),
        but(of(new(kind=4)), decision={"via": "poll"}),
        but(SEA, decision={"rule": "vmm.far.source"}),
        pended(UEO, 0x811, pending_serror=0x411),
        stopped(new(kind=4), "vmm.target", features=NO_TARGET),
        stopped(DATA, "vmm.target", features=NO_TARGET, ras=False),
        but(of(DATA, answered=True), machine=Machine(ras=False, answered=True)),
    ],
    "vmm.target": [
        SEA._replace(record=DATA._replace(flags=DATA.flags | NESTED)),
        but(SEA, machine=Machine(features=BASELINE | {"FEAT_NV"})),
        but(SEA, machine=Machine(features=BASELINE | {"FEAT_AA32EL1"})),
        but(STOPPED, machine=Machine()),
        pended(UER._replace(flags=NESTED), 0xC11),
    ],
    "vmm.once": [
        but(SEA, machine=Machine(answered=True)),
        but(of(DATA, answered=True), machine=Machine()),
    ],
    "vmm.serror.worse": [
        pended(UER, 0xC11, pending_serror=0x411),
        pended(UER, 0xC11, pending_serror=0xC11),
        pended(UER, 0xC11, pending_serror=1 << 24),
        but(of(UER, pending_serror=0x411), machine=Machine(pending_serror=0x811)),
        but(of(UER, pending_serror=0x411), machine=Machine()),
        but(of(UER, pending_serror=0x411), decision={"serror_esr": 0xC11}),
    ],
    "vmm.far.source": [
        but(SEA, decision={"far_el1": 0xDEAD}, after={"far_el1": 0xDEAD}),
        but(SEA, after={"far_el1": 0xDEAD}),
        but(SEA, decision={"has_far": False}),
        but(SEA, decision={"esr_el1": 0x96001650}, after={"esr_el1": 0x96001650}),
        but(of(ODD._replace(flags=0, far=0)), decision={"esr_el1": 0x96000010}, after={"esr_el1": 0x96000010}),
        but(of(ODD._replace(flags=1 << 4, far=0, firmware_va=0xF00)), machine=Machine(firmware_va=False)),
    ],
    "vmm.far.odds": [
        but(of(ODD), decision={"notes": ()}),
        but(SEA, decision={"notes": ("FnV",)}),
    ],
    "vmm.esr.rewrite": [
        but(SEA, decision={"esr_el1": esr}, after={"esr_el1": esr})
        for esr in (0x96001050, 0x96001210, 0x92001250, 0x86001250, 0x94001250, 0x96000250, 0x960012D0, 0x97001250,
                    0x1_96001250, 0x96001251, 0x96001257)
    ] + [but(SEA, decision={"esr_el1": 0})],
    "vmm.sea.vector": [but(SEA, after={"pc": pc}) for pc in (0x8200, 0x8380 + 0x80, 0x8180, 0x8580, 0)],
    "vmm.entry.state": [
        but(SEA, after={"pstate": SEA.after.pstate & ~1}),
        but(SEA, after={"pstate": SEA.after.pstate ^ 1 << 22}),
        but(SEA, after={"spsr_el1": 0}),
        but(SEA, after={"elr_el1": 0x1004}),
        but(SEA, after={"vbar_el1": 0}),
        but(STOPPED, after={"pc": 0x8380}),
        but(of(UER), after={"far_el1": 0}),
        but(of(UER, VCPU._replace(pstate=0x2C5)), after={"pc": 0x8200}),
        but(of(UER, VCPU._replace(pstate=0x2C5)), after={"esr_el1": 0xBE000411}),
    ],
}
CASES = [pytest.param(rule, a, id=f"{rule}-{n}") for rule, answers in WRONG.items() for n, a in enumerate(answers)]


@pytest.mark.parametrize(("rule", "wrong"), CASES)
def test_a_wrong_answer_breaks_its_rule_and_no_other(rule: str, wrong: Answer) -> None:
    assert broken(wrong) == (rule,)


def test_an_serror_with_bit_10_turned_breaks_both_rules_that_speak_of_it() -> None:
    """vmm.far.source: the bit is AET[0] there, UER becomes UEO"""
    assert broken(pended(UER, 0xC11)) == ()
    assert broken(pended(UER, 0x811)) == ("vmm.notify", "vmm.far.source")


@pytest.mark.parametrize(
    ("right", "decided"),
    [
        (of(DATA, answered=True), ("retry", "vmm.once")),
        (of(DATA, VCPU._replace(pstate=5), features=NO_TARGET, notifications=("irq",)), ("stop", "vmm.target")),
        (of(UER, features=NO_TARGET, pending_serror=0x411), ("stop", "vmm.target")),
        (of(UER._replace(esr=UER.esr | 0x200), pending_serror=0x2811), ("pend", "vmm.notify")),
        (of(UER, pending_serror=0x2C11), ("log", "vmm.serror.worse")),
        (of(UER._replace(esr=0xBE000411), pending_serror=0x2C11), ("pend", "vmm.notify")),
    ],
    ids=["once", "target of an interrupt", "target of an serror", "EA", "IESB pending", "IESB pending, worse"],
)
def test_an_answer_that_another_rule_decides_is_right(right: Answer, decided: tuple[str, str]) -> None:
    assert (right.decision.action, right.decision.rule) == decided
    assert broken(right) == ()


def test_every_rule_of_an_answer_is_stated_and_has_its_wrong_answer() -> None:
    rules = {check.rule for check in CHECKS.all}
    assert rules == set(WRONG)
    assert rules <= set(all_rules())


@pytest.mark.parametrize("change", [{"major": 2}, {"kind": 5}, {"flags": DATA.flags | 1 << 40}], ids=str)
def test_a_vmm_that_reads_what_it_does_not_know_and_stops_is_right(change: dict[str, Any]) -> None:
    """The record may be in the answer, as long as it was not acted on."""
    right = answer(build(DATA._replace(**change)))
    assert broken(right._replace(record=DATA._replace(**change))) == ()


@pytest.mark.parametrize(
    ("change", "rule"),
    [({"kind": 2}, "vmm.agree"), ({"size": 72}, "vmm.size"), ({"flags": DATA.flags | 1 << 32}, "vmm.notify")],
    ids=["agree", "size", "context corrupt"],
)
def test_stopping_by_the_name_of_the_rule_that_decides_is_right(change: dict[str, Any], rule: str) -> None:
    right = answer(build(DATA._replace(**change)))
    assert (right.decision.action, right.decision.rule) == ("stop", rule)
    assert broken(right) == ()


@pytest.mark.parametrize("mode", EL1_TARGETS)
@pytest.mark.parametrize(("kind", "ec"), [(1, 0x24), (2, 0x20)])
def test_the_rules_agree_with_the_vmm_on_every_kind_of_abort(mode: int, kind: int, ec: int) -> None:
    """Every code of an external abort, with every source of an address, from every level; S1PTW is never shown"""
    vcpu = VCPU._replace(pstate=mode)
    flags = [walk | far | va for walk in (0, 1 << 9) for far in (0, 1) for va in (0, 1 << 4)]
    for fsc, flag, wants_va in product(EXTERNAL_ABORTS, flags, (False, True)):
        esr = ec << 26 | 0x2000080 | fsc | (0x400 if fsc == 0x10 and not flag & 1 else 0)
        record = new(kind=kind, esr=esr, flags=flag, far=0x123, firmware_va=0x456)
        given = Decoded(record, ())
        machine = Machine(firmware_va=wants_va)
        decision = decide(given, vcpu, machine)
        assert broken(Answer(record, vcpu, machine, decision, apply(decision, vcpu, machine))) == ()


@pytest.mark.parametrize("masked", [0, 0x100])
@pytest.mark.parametrize("features", [BASELINE, BASELINE - {"FEAT_RAS"}], ids=["RAS", "no RAS"])
def test_the_rules_agree_with_the_vmm_on_every_pair_of_serrors(masked: int, features: frozenset[str]) -> None:
    """vmm.serror.worse: each against each that may be pending, and a notice by SEI against them"""
    isses = [ids << 24 | aet << 10 | dfsc for ids in (0, 1) for aet in range(8) for dfsc in (0, 0x11)]
    vcpu = VCPU._replace(pstate=5 | masked)
    records = [new(kind=3, esr=0xBE000000 | iss) for iss in isses] + [new(kind=4)]
    for record, pending in product(records, (None, *isses)):
        machine = Machine(features=features, notifications=("sei", "sea"), pending_serror=pending)
        decision = decide(Decoded(record, ()), vcpu, machine)
        assert broken(Answer(record, vcpu, machine, decision, apply(decision, vcpu, machine))) == ()


@pytest.mark.parametrize("ways", WAYS, ids=" ".join)
def test_the_rules_agree_with_the_vmm_on_every_way_to_tell(ways: tuple[str, ...]) -> None:
    """vmm.notify: aborts and notices, by every order of notifications"""
    masks, features = (0x05, 0x85), (BASELINE, BASELINE - {"FEAT_RAS"})
    for record, mask, repeats, has in product((DATA, new(kind=4)), masks, (2, 3), features):
        vcpu, machine = VCPU._replace(pstate=mask), Machine(notifications=ways, repeats=repeats, features=has)
        decision = decide(Decoded(record, ()), vcpu, machine)
        assert broken(Answer(record, vcpu, machine, decision, apply(decision, vcpu, machine))) == ()


@settings(max_examples=500, deadline=None)
@given(read_records(), vcpus(modes=(*EL1_TARGETS, *EL1_TARGETS, *ELSEWHERE)), machines())
def test_the_reference_vmm_keeps_every_rule(record: FaultInfo, vcpu: Vcpu, machine: Machine) -> None:
    assert broken(answer(build(record), vcpu, machine)) == ()


@settings(max_examples=300, deadline=None)
@given(hostile_bytes(), vcpus(), machines())
def test_any_bytes_get_an_answer_that_keeps_every_rule(data: bytes, vcpu: Vcpu, machine: Machine) -> None:
    """vmm.malformed: never ignore, never crash"""
    assert broken(answer(data, vcpu, machine)) == ()


@settings(max_examples=300, deadline=None)
@given(
    read_records(), vcpus(), machines(), st.sampled_from(Vcpu._fields), st.integers(0, 63)
)
def test_no_bit_of_the_vcpu_can_be_wrong_unnoticed(
    record: FaultInfo, vcpu: Vcpu, machine: Machine, register: str, bit: int
) -> None:
    """All rules together leave the VMM no freedom, but for FAR_EL1 of an SError, which is UNKNOWN."""
    right = answer(build(record), vcpu, machine)
    wrong = but(right, after={register: getattr(right.after, register) ^ 1 << bit})
    taken = right.decision.action == "pend" and right.after != vcpu
    assert (broken(wrong) == ()) == (taken and register == "far_el1")
