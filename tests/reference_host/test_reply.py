# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The VMM's reply (rules ``host.reply.*``): what is refused and why, and the vCPU when it is applied.

Judges of what is applied: the registers that a stock Linux 7.3.4 left after its own injection, and what
its guests saw of the hardware's aborts and SErrors.
"""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abi.record import FaultInfo
from abi.reply import FaultReply, build_reply, parse_reply
from abi.rules import all_rules
from abi.vcpu import BASELINE, Vcpu
from reference_host.reply import Applied, Refused, apply_reply, without_reply

KVM = json.loads((Path(__file__).parents[1] / "captures/kvm-linux-7.3.4.json").read_text())
CASES: dict[str, dict[str, Any]] = {case["name"]: case for case in KVM["cases"]}
NO_RAS = BASELINE - {"FEAT_RAS"}
EL1H, EL0T = 0x6000_03C5, 0x6000_0000
FAR = 0xFFFF_8000_1234_5678
U64 = (1 << 64) - 1
DABT, IABT = {"ext_dabt_pending": 1}, {"ext_iabt_pending": 1}


def vcpu(pstate: int = EL1H, **more: int) -> Vcpu:
    return Vcpu(pc=0x1000, pstate=pstate, vbar_el1=0x1000_0800, sctlr_el1=0xC5_0079, esr_el1=0xE, far_el1=0xF)._replace(
        **more)


def reply(**fields: Any) -> FaultReply:
    return FaultReply(**fields)


def esr(iss: int, **more: Any) -> FaultReply:
    return reply(ext_abt_has_esr=1, ext_abt_esr=iss, **more)


REFUSED: list[tuple[str, FaultReply, dict[str, Any]]] = [
    ("host.reply.reserved", reply(pad=b"\x01\x00", **DABT), {}),
    ("host.reply.reserved", reply(pad=b"\x00\x80"), {}),
    ("host.reply.reserved", reply(reserved=bytes(31) + b"\x01"), {}),
    *(("host.reply.reserved", reply(**{name: 2}), {}) for name in FaultReply._fields[:6]),
    ("host.reply.one_abort", reply(**DABT, **IABT), {}),
    ("host.reply.one_abort", reply(**DABT, **IABT), {"kind": 1}),
    ("host.reply.kind", reply(**DABT), {"kind": 2}),
    ("host.reply.kind", reply(**IABT), {"kind": 1}),
    ("host.reply.kind", reply(**DABT), {"kind": 3}),
    ("host.reply.kind", reply(**IABT), {"kind": 3}),
    ("host.reply.esr", reply(ext_abt_esr=0x10, **DABT), {}),
    ("host.reply.esr", reply(ext_abt_far=FAR, **DABT), {}),
    ("host.reply.esr", esr(0x10), {}),
    ("host.reply.esr", reply(ext_abt_has_far=1), {}),
    ("host.reply.esr", reply(ext_abt_has_far=1, serror_pending=1), {}),
    *(("host.reply.esr", esr(0x10 | 1 << bit, **DABT), {}) for bit in range(64) if not 0x1B7F >> bit & 1),
    *(("host.reply.esr", esr(0x10 | 1 << bit, **IABT), {}) for bit in range(64) if not 0x1A3F >> bit & 1),
    *(("host.reply.esr", esr(fsc, ext_abt_has_far=1, **DABT), {})
      for fsc in range(64) if fsc not in (0x10, 0x13, 0x14, 0x15, 0x16, 0x17)),
    ("host.reply.esr", esr(0x10 | 1 << 11, **DABT), {"features": NO_RAS}),
    ("host.reply.esr", esr(0x10 | 1 << 12, **IABT), {"features": NO_RAS}),
    *(("host.reply.far", esr(fsc, **kind), {}) for fsc in range(0x13, 0x18) for kind in (DABT, IABT)),
    ("host.reply.serror", reply(serror_pending=1, serror_has_esr=1, serror_esr=1 << 25), {}),
    ("host.reply.serror", reply(serror_pending=1, serror_has_esr=1, serror_esr=U64), {}),
    ("host.reply.serror", reply(serror_pending=1, serror_esr=0xC11), {}),
    ("host.reply.serror", reply(serror_has_esr=1, serror_esr=0xC11), {}),
    ("host.reply.serror", reply(serror_esr=1), {}),
    ("host.reply.serror", reply(serror_pending=1, serror_has_esr=1, serror_esr=0xC11), {"host_ras": False}),
]


@pytest.mark.parametrize(("rule", "bad", "about"), REFUSED, ids=[f"{n}-{r[0]}" for n, r in enumerate(REFUSED)])
def test_a_reply_that_breaks_a_rule_is_refused_by_its_name(rule: str, bad: FaultReply, about: dict[str, Any]) -> None:
    assert apply_reply(bad, vcpu(), **about) == Refused(-errno.EINVAL, rule)


def test_every_rule_that_can_refuse_is_refused_by() -> None:
    never = {"host.reply.fnv", "host.reply.entry", "host.reply.none"}  # they say what is applied
    rules = {rule for rule in all_rules() if rule.startswith("host.reply.")}
    assert {rule for rule, _, _ in REFUSED} == rules - never


@pytest.mark.parametrize("bad", [r for r in REFUSED if r[0] in ("host.reply.esr", "host.reply.far")][::9])
def test_nothing_is_changed_by_a_refused_reply_that_also_pends_an_serror(
    bad: tuple[str, FaultReply, dict[str, Any]]
) -> None:
    rule, refused, about = bad
    assert apply_reply(refused._replace(serror_pending=1), vcpu(), **about) == Refused(-errno.EINVAL, rule)


# -- what is applied --

def applied(given_reply: FaultReply, before: Vcpu, **about: Any) -> Applied:
    result = apply_reply(given_reply, before, **about)
    assert isinstance(result, Applied)
    return result


def from_capture(case: dict[str, Any], which: str) -> Vcpu:
    return Vcpu(**{name: int(value, 16) for name, value in case[which].items()})


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if "after_kvm_inject" in c])
def test_host_reply_entry_the_vcpu_is_where_kvm_puts_it(name: str) -> None:
    case = CASES[name]
    after = from_capture(case, "after_kvm_inject")
    # KVM takes FAR_EL2 of the last trap, whatever it was, and always makes a data abort.
    done = applied(reply(ext_abt_has_far=1, ext_abt_far=after.far_el1, **DABT), from_capture(case, "before"))
    assert done == Applied(after)


@pytest.mark.parametrize("name", ["hw-data-read-el1", "hw-exec-el1", "hw-data-read-el0"])
def test_host_reply_entry_the_guest_sees_what_the_hardware_shows(name: str) -> None:
    case = CASES[name]
    saw = {key: int(value, 16) for key, value in case["guest_saw"].items() if key != "vector"}
    fetch = case["access"] == "instruction-fetch"
    before = vcpu(saw["spsr_el1"], pc=saw["elr_el1"])
    answer = reply(ext_abt_has_far=1, ext_abt_far=saw["far_el1"], **(IABT if fetch else DABT))
    after = applied(answer, before, kind=2 if fetch else 1).vcpu
    assert {key: getattr(after, key) for key in ("esr_el1", "far_el1", "elr_el1", "spsr_el1")} == {
        key: saw[key] for key in ("esr_el1", "far_el1", "elr_el1", "spsr_el1")}
    assert after.pc == 0x1000_0800 + 0x80 * case["guest_saw"]["vector"]
    assert after.pstate & 0x3C0 == saw["daif"]


@pytest.mark.parametrize("name", ["serror-uncategorized", "serror-uer"])
def test_host_reply_serror_the_guest_sees_the_syndrome(name: str) -> None:
    case = CASES[name]
    saw = case["guest_saw"]
    before = vcpu(int(saw["spsr_el1"], 16), far_el1=int(saw["far_el1"], 16))
    assert not before.pstate & 1 << 8
    pended = reply(serror_pending=1, serror_has_esr=1, serror_esr=int(case["serror_esr"], 16))
    after = applied(pended, before, kind=3).vcpu
    assert (after.esr_el1, after.far_el1) == (int(saw["esr_el1"], 16), int(saw["far_el1"], 16))
    assert after.pc == 0x1000_0800 + 0x80 * saw["vector"]


def test_host_reply_serror_without_a_syndrome_has_ids() -> None:
    assert applied(reply(serror_pending=1), vcpu(EL1H & ~0x100)).vcpu.esr_el1 == 0xBF00_0000
    masked = applied(reply(serror_pending=1), vcpu())
    assert masked == Applied(vcpu(), 1 << 24)
    with_esr = reply(serror_pending=1, serror_has_esr=1, serror_esr=0xC11)
    assert applied(with_esr, vcpu()) == Applied(vcpu(), 0xC11)


@pytest.mark.parametrize("host_ras", [True, False])
def test_host_reply_serror_what_kvm_get_vcpu_events_gives_is_taken_back(host_ras: bool) -> None:
    read_back = reply(serror_has_esr=int(host_ras))
    assert applied(read_back, vcpu(), host_ras=host_ras) == Applied(vcpu())
    assert applied(reply(), vcpu(), host_ras=host_ras) == Applied(vcpu())


@pytest.mark.parametrize(("answer", "esr_el1", "far_el1"), [
    (reply(**DABT), 0x9600_0410, 0),
    (reply(**IABT), 0x8600_0410, 0),
    (reply(ext_abt_has_far=1, ext_abt_far=FAR, **DABT), 0x9600_0010, FAR),
    (reply(ext_abt_has_far=1, ext_abt_far=0, **IABT), 0x8600_0010, 0),
    (esr(0x10 | 1 << 9 | 3 << 11 | 1 << 8 | 1 << 6, **DABT), 0x9600_1F50, 0),
    (esr(0x10 | 1 << 9 | 2 << 11, ext_abt_has_far=1, ext_abt_far=FAR, **IABT), 0x8600_1210, FAR),
    *((esr(fsc, ext_abt_has_far=1, ext_abt_far=FAR, **DABT), 0x9600_0000 | fsc, FAR) for fsc in range(0x13, 0x18)),
])
def test_host_reply_fnv_is_set_where_no_far_is_given(answer: FaultReply, esr_el1: int, far_el1: int) -> None:
    after = applied(answer, vcpu(), kind=1 if answer.ext_dabt_pending else 2).vcpu
    assert (after.esr_el1, after.far_el1) == (esr_el1, far_el1)
    from_el0 = applied(answer, vcpu(EL0T)).vcpu
    assert (from_el0.esr_el1, from_el0.far_el1) == (esr_el1 & ~(1 << 26), far_el1)


@pytest.mark.parametrize(("pstate", "offset"), [(EL1H, 0x200), (0x6000_03C4, 0x0), (EL0T, 0x400), (0x10, 0x600)])
@pytest.mark.parametrize("ease", [False, True])
def test_host_reply_entry_chooses_the_vector(pstate: int, offset: int, ease: bool) -> None:
    before = vcpu(pstate, sctlr2_el1=1 << 5 if ease else 0)
    after = applied(reply(**DABT), before).vcpu
    assert after.pc == 0x1000_0800 + offset + (0x180 if ease else 0)
    assert (after.elr_el1, after.spsr_el1) == (before.pc, pstate)
    without = applied(reply(**DABT), before, features=BASELINE - {"FEAT_DoubleFault2"}).vcpu
    assert without.pc == 0x1000_0800 + offset


def test_host_reply_entry_an_serror_after_an_abort_waits() -> None:
    both = reply(ext_abt_has_far=1, ext_abt_far=FAR, serror_pending=1, **DABT)
    done = applied(both, vcpu(EL0T))
    assert done.vcpu.esr_el1 == 0x9200_0010
    assert done.pending_serror == 1 << 24


@pytest.mark.parametrize(("record", "then"), [
    (FaultInfo(kind=1), Applied(vcpu())),
    (FaultInfo(kind=2), Applied(vcpu())),
    (FaultInfo(kind=3, severity=2), Applied(vcpu())),
    (FaultInfo(kind=3, severity=3), Applied(vcpu(), 1 << 24)),
    (FaultInfo(kind=3), Applied(vcpu(), 1 << 24)),
])
def test_host_reply_none_the_access_repeats_and_an_serror_is_not_lost(record: FaultInfo, then: Applied) -> None:
    assert without_reply(record, vcpu()) == then


# -- any reply --

replies = st.builds(
    FaultReply,
    *[st.sampled_from([0, 0, 1])] * 6,
    pad=st.sampled_from([bytes(2), bytes(2), b"\x00\x01"]),
    serror_esr=st.sampled_from([0, 0xC11, 1 << 24, 1 << 25, U64]),
    ext_abt_esr=st.one_of(st.sampled_from([0, 0x10, 0x14, 0x1B50, 0x1A10, 0x12, 0x410]), st.integers(0, U64)),
    ext_abt_far=st.sampled_from([0, FAR]),
    reserved=st.sampled_from([bytes(32), bytes(32), bytes(31) + b"\x01"]),
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(min_size=64, max_size=64), replies.map(build_reply)), st.integers(0, 4),
       st.sampled_from([EL1H, EL0T, 0x10]), st.booleans())
def test_any_64_bytes_are_applied_or_refused_and_a_refusal_changes_nothing(
    data: bytes, kind: int, pstate: int, host_ras: bool
) -> None:
    before = vcpu(pstate)
    result = apply_reply(parse_reply(data), before, kind, host_ras=host_ras)
    if isinstance(result, Refused):
        assert result.errno == -errno.EINVAL
        assert result.rule in all_rules()
        assert before == vcpu(pstate)
        return
    said = parse_reply(data)
    abort = said.ext_dabt_pending or said.ext_iabt_pending
    assert (result.vcpu == before) is (not abort and (not said.serror_pending or result.pending_serror is not None))
    if abort:
        classes = (0x24, 0x25) if said.ext_dabt_pending else (0x20, 0x21)
        assert result.vcpu.esr_el1 >> 26 in classes
        fsc, fnv = result.vcpu.esr_el1 & 0x3F, result.vcpu.esr_el1 >> 10 & 1
        assert fnv == int(fsc == 0x10 and not said.ext_abt_has_far)
        assert result.vcpu.far_el1 == said.ext_abt_far
        assert result.vcpu.esr_el1 & 0x1FF_FBFF == (said.ext_abt_esr or 0x10)
