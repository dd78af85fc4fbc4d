# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Selftests before and after: what is another result is told, and the committed evidence has them all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from abi.errors import InputError
from tests.kernel import selftests, selftests_build
from tests.kernel.selftests_rows import DIFFERS, OWN, SAME, SIDES, UNSTEADY, Row, counts, described, row, shown
from tests.kernel.series import patches
from tests.kernel.tap import FAIL, LATE, NOT_BUILT, NOT_RUN, PASS, SKIP, Told
from tests.lab import evidence
from tests.lab.command import Clock
from tests.lab.inside import selftest

GOOD, BAD, NO, SLOW = Told(PASS), Told(FAIL, "x.c:1: y"), Told(SKIP, "no EL2"), Told(LATE, "within 1 s")
ELSE = Told(FAIL, "x.c:2: z")
PART = Told(PASS, subtests=("pass a", "skip b"))


@pytest.mark.parametrize(("unpatched", "patched", "state"), [
    ([GOOD], [GOOD], SAME), ([BAD], [BAD], SAME), ([NO], [NO], SAME), ([SLOW], [SLOW], SAME),
    ([GOOD._replace(seconds=1, last="1 s")], [GOOD._replace(seconds=2, last="2 s")], SAME),
    ([Told(NOT_BUILT, "error")], [Told(NOT_BUILT, "error")], SAME),
    ([GOOD], [BAD], DIFFERS), ([BAD], [GOOD], DIFFERS), ([GOOD], [NO], DIFFERS), ([GOOD], [SLOW], DIFFERS),
    ([BAD], [ELSE], DIFFERS), ([NO], [NO._replace(why="no SVE")], DIFFERS),
    ([GOOD], [Told(NOT_RUN, "a panic")], DIFFERS),
    ([PART], [PART._replace(subtests=("pass a", "pass b"))], DIFFERS),
    # What has no end in one run, and one in another with more time, is as that other says.
    ([SLOW, GOOD], [GOOD, GOOD], SAME), ([GOOD, GOOD], [SLOW, GOOD], SAME), ([GOOD, GOOD], [SLOW, SLOW], DIFFERS),
    # Unsteady is a test that was so before; one that has become so differs.
    ([GOOD, BAD], [BAD, BAD], UNSTEADY), ([GOOD, BAD], [GOOD, BAD], UNSTEADY), ([GOOD, GOOD], [BAD, GOOD], DIFFERS),
    ([GOOD, BAD], [GOOD, ELSE], DIFFERS),
])
def test_a_selftest_that_comes_out_another_way_is_told(
    unpatched: Sequence[Told], patched: Sequence[Told], state: str
) -> None:
    assert Row("one", False, tuple(unpatched), tuple(patched)).state == state


@pytest.mark.parametrize(("unpatched", "patched", "state"), [
    (NO, GOOD, OWN), (GOOD, GOOD, DIFFERS), (NO, BAD, DIFFERS), (NO, NO, DIFFERS), (BAD, GOOD, DIFFERS),
    (Told(NOT_BUILT, "error"), Told(NOT_BUILT, "error"), DIFFERS), (NO, SLOW, DIFFERS)])
def test_the_series_own_must_skip_without_it_and_pass_with_it(unpatched: Told, patched: Told, state: str) -> None:
    assert Row("one", True, (unpatched,), (patched,)).state == state


class Played(selftests.Both):
    """Kernels whose selftests come out as planned, run by run, the last plan for ever."""

    def __init__(self, **plans: dict[str, list[Told]]) -> None:
        self.files = dict.fromkeys(plans["unpatched"], Path("x"))
        self.missing = {"lost": "lost.c:1: error: no"}
        self.own = ["own"]
        self.seconds, self.told = {}, {"kernel": {}}
        self.plans = plans
        self.limits: list[tuple[str, list[str], float]] = []

    def run(self, side: str, names: Sequence[str], seconds: float) -> dict[str, Told]:
        self.limits.append((side, list(names), seconds))
        return {name: plan.pop(0) if len(plan := self.plans[side][name]) > 1 else plan[0] for name in names}


def played(**patched: list[Told]) -> Played:
    usual = {"a": [GOOD], "b": [NO], "own": [GOOD]}
    return Played(unpatched={"a": [GOOD], "b": [NO], "own": [NO]}, patched=usual | patched)


@pytest.mark.parametrize(("patched", "code"), [
    ({}, 0), ({"a": [BAD]}, 1), ({"b": [GOOD]}, 1), ({"own": [BAD]}, 1), ({"a": [SLOW]}, 1), ({"a": [SLOW, GOOD]}, 0)])
def test_a_difference_is_exit_code_1(
    patched: dict[str, list[Told]], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "evidence.json"
    assert selftests.selftests(played(**patched), Clock(), [], 10, path) == code
    said = capsys.readouterr().out
    assert ("differs" in said) == bool(code)
    assert "lost.c:1: error: no" in said
    assert path.is_file()


def test_only_what_did_not_come_out_the_same_runs_again_and_has_more_time() -> None:
    both = played(a=[BAD])
    rows = selftests.compared(both, [], 10)
    again = [(side, ["a"], 10 * selftests.LONGER) for side in SIDES]
    assert both.limits == [(side, ["a", "b", "own"], 10) for side in SIDES] + again * selftests.AGAIN
    assert [(one.name, one.state) for one in rows] == [("a", DIFFERS), ("b", SAME), ("own", OWN), ("lost", SAME)]


def test_of_chosen_ones_the_evidence_is_made_anew_and_that_of_the_others_stays(tmp_path: Path) -> None:
    path = tmp_path / "evidence.json"
    selftests.selftests(played(a=[SLOW]), Clock(), [], 10, path)
    both = played()
    assert selftests.selftests(both, Clock(), ["a"], 20, path) == 0
    assert [names for _, names, _ in both.limits] == [["a"], ["a"]]
    found = json.loads(path.read_text(encoding="utf-8"))
    assert {name: (one["state"], one["limit_seconds"]) for name, one in found["tests"].items()} == {
        "a": (SAME, 20), "b": (SAME, 10), "own": (OWN, 10), "lost": (SAME, 10)}
    assert list(found["tests"]) == both.names
    assert found["counts"] == counts(found["tests"])


def test_a_name_that_no_selftest_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"kernel\.selftest: nobody.*the selftests: a, b, own, lost"):
        selftests.selftests(played(), Clock(), ["a", "nobody"], 10, tmp_path / "evidence.json")


def test_evidence_of_another_kernel_does_not_stay(tmp_path: Path) -> None:
    path = tmp_path / "evidence.json"
    selftests.selftests(played(), Clock(), [], 10, path)
    both = played()
    both.told = {"kernel": {"version": "another"}}
    selftests.selftests(both, Clock(), ["a"], 10, path)
    assert list(json.loads(path.read_text(encoding="utf-8"))["tests"]) == ["a"]


def test_the_table_has_a_line_for_each_and_says_why_once() -> None:
    rows = [Row("a", False, (GOOD,), (BAD,)), Row("b", False, (NO,), (NO,)), Row("c", False, (PART,), (PART,))]
    lines = list(shown({one.name: described(one) for one in rows}))
    assert [line.split() for line in lines[1:4:2]] == [["a", "pass", "fail", "differs"], ["b", "skip", "skip"]]
    assert lines[2].strip() == "patched: x.c:1: y"
    assert lines[4].strip() == "no EL2"
    assert "pass (1 of 2)" in lines[5]
    assert lines[-2] == "unpatched: 2 pass, 1 skip; patched: 1 pass, 1 fail, 1 skip"
    assert lines[-1] == "3 selftests: 2 same, 1 differs"


def test_runs_of_one_side_alone_are_taken() -> None:
    assert row("a", False, [{"unpatched": {"a": GOOD}, "patched": {"a": GOOD}}, {"patched": {"a": BAD}}]).patched == (
        GOOD, BAD)


def test_why_a_selftest_was_not_built_is_the_compilers_word() -> None:
    said = ("x.c:5:9: error: first\narm64/at.c:3:1: error: unknown type\n"
            "make: *** [Makefile.kvm:330: /out/arm64/at.o] Error 1\n")
    assert selftests_build.reason("arm64/at", said) == "arm64/at.c:3:1: error: unknown type"
    assert selftests_build.reason("steal_time", said) == "x.c:5:9: error: first"
    assert selftests_build.reason("steal_time", "") == "make says nothing"


@pytest.mark.parametrize(("script", "ended"), [
    ("echo told; echo it >&2; exit 4", {"exit": 4, "output": "told\nit\n"}),
    ("kill -SEGV $$", {"signal": 11, "output": ""}),
    ("echo begun; sleep 60 & sleep 60", {"late": 0.5, "output": "begun\n"}),
    ('echo "$1"', {"exit": 0, "output": "-m\n"}),
])
def test_a_program_is_run_and_ends_by_its_limit(
    script: str, ended: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(selftest, "FOLDER", tmp_path)
    (tmp_path / "one").write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
    assert selftest.ran(None, "one", ["-m"], 0.5 if "late" in ended else 30) == ended  # type: ignore[arg-type]


def test_the_digest_is_of_the_selftest_too(monkeypatch: pytest.MonkeyPatch) -> None:
    was, series = selftests.digest(), patches()
    monkeypatch.setattr(selftests, "patches", lambda: series[:-1])
    assert selftests.digest() != was


def test_the_evidence_stands_in_its_one_form_and_is_of_this_series() -> None:
    found = selftests.committed()
    assert evidence.text(found, selftests.LINES) == selftests.EVIDENCE.read_text(encoding="utf-8")
    assert found["series"]["digest"] == selftests.digest(), "make lab-kernel-selftests"


def test_nothing_came_out_another_way_and_the_counts_are_of_the_list() -> None:
    found = selftests.committed()
    assert {one["state"] for one in found["tests"].values()} == {SAME, OWN} | (
        {UNSTEADY} & {one["state"] for one in found["tests"].values()})
    assert counts(found["tests"]) == found["counts"]
    assert [name for name, one in found["tests"].items() if one["state"] == OWN] == ["arm64/fault_info"]
    for one in found["tests"].values():
        for side in SIDES:
            assert one[side]["verdict"] == PASS or one[side]["why"], one


def test_the_committed_states_are_those_of_the_runs() -> None:
    for name, one in selftests.committed()["tests"].items():
        runs = {side: tuple(Told(**{**told, "subtests": tuple(told["subtests"])} | {"seconds": 0})
                            for told in ({k: v for k, v in one[side].items() if k != "again"},
                                         *one[side].get("again", []))) for side in SIDES}
        assert Row(name, one["state"] == OWN, runs["unpatched"], runs["patched"]).state == one["state"], name
