# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Findings: their group and rule, their folder, and what is left of a store that was cut off."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from abi.conformance.protocol import CHECK, READ, UNSUPPORTED, VMM, pack, unpack
from abi.fuzz.asking import Exchange, Told
from abi.fuzz.case import Case, build, parse
from abi.fuzz.endings import how
from abi.fuzz.findings import Finding, Store, judge, lines, write
from abi.fuzz.minimise import candidates, minimise, weight
from abi.fuzz.reference import expected
from abi.fuzz.requests import requests
from abi.fuzz.seeds import SEEDS

SEED = SEEDS["record-1.1"]
BAD_SIZE = build(Case(data=parse(SEED).data[:32] + b"\x51" + parse(SEED).data[33:]))


def exchange(case: bytes, feature: str, **changed: object) -> Exchange:
    """A request of a case, answered as the reference does but for these values."""
    (request,) = (one for one in requests(parse(case), frozenset({feature})) if one.message.feature == feature)
    message, right = request.message, expected(request, parse(case))
    got = pack(message.answer, message.answer_parts, unpack(message.answer, message.answer_parts, right) | changed)
    return Exchange(request, right, message.type, got, same=got == right)


@pytest.mark.parametrize(("case", "feature", "changed", "rule", "symptom"), [
    (BAD_SIZE, "read", {"outcome": 0, "rule": b""}, "vmm.size", "outcome"),
    (SEED, "read", {"outcome": 2, "rule": b"vmm.agree"}, "vmm.agree", "outcome"),
    (SEED, "vmm", {"far_el1": 1}, "vmm.far.source", "far_el1"),
    (SEED, "vmm", {"esr_el1": 1}, "vmm.esr.rewrite", "esr_el1"),
    (SEED, "check", {"broken": b"host.far.fnv"}, "host.far.fnv", "broken"),
    (SEED, "check", {"broken": b"\xff no rule"}, "vmm.malformed", "broken"),
    (BAD_SIZE, "read", {"rule": b"no.such.rule"}, "vmm.size", "rule"),
])
def test_the_rule_is_the_one_that_the_target_breaks(
    case: bytes, feature: str, changed: dict[str, object], rule: str, symptom: str
) -> None:
    (found,) = judge(case, Told((exchange(case, feature, **changed),)))
    assert (found.rule, found.symptom, found.confirmed) == (rule, symptom, True)
    assert found.group == (rule, feature, symptom)
    assert found.rows[0]["field"] == symptom


def test_a_right_answer_is_no_finding() -> None:
    assert judge(SEED, Told((exchange(SEED, "vmm"), exchange(SEED, "check")))) == []


def test_an_answer_that_the_reference_gives_too_is_not_confirmed() -> None:
    (found,) = judge(SEED, Told((exchange(SEED, "read")._replace(same=False, expected=b"\1" * 88 + bytes(2)),)))
    assert not found.confirmed
    assert "does not agree" in lines({"folder": "x", **found.document()})[0]


def test_a_request_that_is_named_and_not_answered_is_a_finding() -> None:
    (found,) = judge(SEED, Told((exchange(SEED, "read")._replace(same=False, got_type=UNSUPPORTED),)))
    assert (found.symptom, found.rows[0]["got"][:11]) == ("type", "type 0xffff")


def test_a_break_is_one_group_whatever_the_record_breaks() -> None:
    for case in (SEED, BAD_SIZE):
        asked = exchange(case, "read")._replace(got=None, got_type=None, same=False)
        (found,) = judge(case, Told((asked,), "crash: SEGV in f()", b"==1==ERROR"))
        assert found.group == ("", "read", "crash: SEGV in f()")
    assert found.rule == "vmm.size"


@pytest.mark.parametrize(("code", "said", "kind"), [
    (1, b"==7==ERROR: AddressSanitizer: heap-buffer-overflow on\n #0 0x1 in __asan_memcpy (x)\n #1 0x2 in mine a.c:3\n",
     "crash: heap-buffer-overflow in mine()"),
    (1, b"==7==ERROR: LeakSanitizer: detected memory leaks\n    #0 0x1 in malloc (x)\n    #1 0x2 in keeps a.c:3\n",
     "leak in keeps()"),
    (1, b"a.c:3:4: runtime error: shift exponent 64 is too large for 32-bit type\n",
     "crash: shift exponent N is too large for N-bit type"),
    (1, b"==7==WARNING: MemorySanitizer: use-of-uninitialized-value\n", "crash: use-of-uninitialized-value"),
    (-11, b"", "crash: SIGSEGV"), (-6, b"thread panicked", "crash: SIGABRT"), (7, b"", "it ended with exit code 7"),
])
def test_how_it_ended_is_said_without_what_changes(code: int, said: bytes, kind: str) -> None:
    assert how(code, said) == kind


def finding(case: bytes = BAD_SIZE) -> Finding:
    """One of the group vmm.size."""
    (found,) = judge(case, Told((exchange(case, "read", outcome=0, rule=b""),)))
    return found


def test_a_group_is_kept_once_by_its_shortest_case(tmp_path: Path) -> None:
    store, longer = Store(tmp_path), build(parse(BAD_SIZE)._replace(data=parse(BAD_SIZE).data + bytes(8)))
    assert store.add(finding(longer), {"reproduce.c": b"x"})
    assert not store.add(finding(), {"reproduce.c": b"y"})
    assert not store.add(finding(longer), {"reproduce.c": b"z"})
    (folder,) = tmp_path.iterdir()
    assert (folder / "input").read_bytes() == longer
    assert (folder / "shortest").read_bytes() == BAD_SIZE
    assert (folder / "reproduce.c").read_bytes() == b"y"
    assert Store(tmp_path).groups == store.groups == {finding().group: len(BAD_SIZE)}
    (said,) = store.documents()
    assert (said["rule"], said["size"], said["folder"]) == ("vmm.size", len(BAD_SIZE), folder.name)


def test_what_a_cut_off_run_has_left_is_no_finding(tmp_path: Path) -> None:
    for name, text in (("a", ""), ("b", "{"), ("c", "[]"), ("d", '{"rule": 1}'), ("e", None)):
        (tmp_path / name).mkdir()
        if text is not None:
            (tmp_path / name / "finding.json").write_text(text, encoding="utf-8")
    store = Store(tmp_path)
    assert (store.groups, store.documents()) == ({}, [])
    assert store.add(finding(), {})
    assert len(store.documents()) == 1


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write(tmp_path / "a", b"old")
    (tmp_path / "a").chmod(0o644)
    write(tmp_path / "a", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"new"


def test_the_shortest_form_keeps_the_structure_and_the_group() -> None:
    data = bytearray(parse(SEED).data)
    data[24:32], data[72:80], data[56] = b"\x11" * 8, b"\x22" * 8, 12
    data[32] = 0x51
    case = build(Case(options=0xFE, dealt=3, data=bytes(data) + b"\x33" * 100))

    def same(smaller: bytes) -> bool:
        return parse(smaller).data[32:33] == b"\x51" and len(parse(smaller).data) >= 64

    short = minimise(case, same)
    assert same(short)
    taken = parse(short)
    assert (taken.options, taken.dealt, len(taken.data)) == (0, 0, 64)
    assert taken.data[36:38] == parse(SEED).data[36:38] or taken.data[36:38] == bytes(2)
    assert weight(short) < weight(case)


def test_an_entry_of_a_firmware_record_goes_whole() -> None:
    case = parse(SEEDS["firmware"])
    shorter = [parse(smaller) for smaller in candidates(build(case))]
    lengths = {int.from_bytes(one.data[12:16], "little") for one in shorter if len(one.data) >= 20}
    assert any(len(one.data) == 20 and one.data[12:16] == bytes(4) for one in shorter), lengths


def test_it_ends_when_its_time_is_over() -> None:
    asked: list[bytes] = []

    def never(case: bytes) -> bool:
        asked.append(case)
        return False

    assert minimise(BAD_SIZE, never, most=5) == BAD_SIZE
    assert len(asked) == 5
    assert minimise(SEED, lambda _case: True, seconds=-1) == SEED


def test_finding_json_is_json(tmp_path: Path) -> None:
    Store(tmp_path).add(finding(), {})
    (path,) = tmp_path.glob("*/finding.json")
    said = json.loads(path.read_text(encoding="utf-8"))
    assert said["breaks"][0] == "vmm.size"
    assert said["request"] == READ.name
    assert {row["field"] for row in said["fields"]} >= {"outcome", "rule"}
    assert CHECK.name != VMM.name
