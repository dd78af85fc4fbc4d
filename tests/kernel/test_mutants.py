# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The mutants of the series, and the evidence of its kernel: of the series as it stands, whole, nothing broken."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from abi.errors import InputError
from abi.rules import all_rules
from tests.kernel import cold, excerpt, judge, objects, off
from tests.kernel.mutants import MUTANTS, Mutant, mutated, named
from tests.kernel.series import ROOT, patches
from tests.lab import evidence, timing
from tests.lab.cache import Cache
from tests.lab.cases import collected
from tests.lab.verdicts import BROKEN

#: It is there once make lab-kernel-cold-evidence has been run.
COLD = [path for path in (cold.EVIDENCE,) if path.is_file()]


def ours(path: str) -> str:
    """What the series itself brings of a file of the tree: copied headers whole, else the lines that come."""
    for patch in patches():
        for origin, target in patch.copies:
            if target == path:
                return (ROOT / origin).read_text(encoding="utf-8")
    return "\n".join("\n".join(hunk.come) for patch in patches() for change in patch.changes
                     if change.path == path for hunk in change.hunks)


def committed(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_each_mutant_changes_text_of_the_series_once(mutant: Mutant) -> None:
    text = ours(mutant.path)
    assert mutated({mutant.path: text}, mutant)[mutant.path] != text
    assert mutant.rule in all_rules()


def test_a_mutant_whose_place_is_gone_is_refused() -> None:
    with pytest.raises(InputError, match=r"kernel\.mutant: .*0 times"):
        mutated({MUTANTS[0].path: "nothing"}, MUTANTS[0])


def test_a_name_that_no_mutant_has_is_refused() -> None:
    with pytest.raises(InputError, match=r"kernel\.mutant: .*nobody"):
        named(["nobody"])
    assert named([]) == MUTANTS
    assert named([MUTANTS[1].name]) == (MUTANTS[1],)


def test_a_mutant_is_caught_by_its_own_rule_alone() -> None:
    mutant = MUTANTS[0]
    shown = {"verdict": BROKEN, "broken": 1, "cells": 2, "why": "ldr FnV: it"}
    judged = {"rules": {mutant.rule: shown}, "cases": {}}
    assert judge.told(mutant, judged)["caught"]
    assert not judge.told(mutant._replace(rule="host.owned"), judged)["caught"]
    assert judge.told(mutant, judged)["broken"] == {mutant.rule: "1 of 2 cells: ldr FnV: it"}


@pytest.mark.parametrize(("path", "lines"), [
    (judge.EVIDENCE, evidence.LINES), (judge.MUTANTS_EVIDENCE, judge.LINES), (objects.EVIDENCE, objects.LINES),
    (off.EVIDENCE, off.LINES), *[(path, timing.LINES) for path in COLD]])
def test_the_evidence_stands_in_its_one_form_and_is_of_this_series(path: Path, lines: int) -> None:
    found = committed(path)
    assert evidence.text(found, lines) == path.read_text(encoding="utf-8")
    assert found["series"]["digest"] == judge.digest(), "make lab-kernel, -off, -mutants"


def test_the_digest_is_of_what_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    was, series = judge.digest(), patches()
    told = [patch._replace(message="another") for patch in series]
    monkeypatch.setattr(judge, "patches", lambda: told)
    assert judge.digest() == was
    for last, same in ((series[-1], True), (series[4], False)):  # the selftest; the SError exit
        fewer = [patch for patch in series if patch != last]
        monkeypatch.setattr(judge, "patches", lambda fewer=fewer: fewer)
        assert (judge.digest() == was) == same


def test_every_case_holds_and_no_rule_is_broken() -> None:
    found = committed(judge.EVIDENCE)
    assert set(found["cases"]) == set(collected())
    assert {case["status"] for case in found["cases"].values()} <= {"holds", "explained"}
    assert all(finding["rule"] for case in found["cases"].values() for finding in case.get("findings", []))
    assert not [rule for rule, one in found["rules"].items() if one["verdict"] == BROKEN]


def test_each_patch_compiled_without_a_warning() -> None:
    found = committed(objects.EVIDENCE)
    assert list(found["each"]) == [patch.name for patch in patches()]
    assert not any(one["warnings"] for one in found["each"].values())


def test_a_run_with_an_empty_cache_folder_was_quick_enough_where_the_machine_was_its_own() -> None:
    took = {"all": cold.ALL + 1, "built": {"make": 1}, "rebuilt": {"configure": 1, "make": cold.REBUILT}}
    slow = {"host": {"cpus": 2, "load": 1.5}, "kernel_seconds": took}
    assert cold.late(slow) == ["all: 601 s, not 600 s", "rebuilt: 61 s, not 60 s"]
    assert cold.late(slow | {"host": {"cpus": 2, "load": 9}}) == []
    assert "all 601 s; KVM built anew 61 s; load 2" in cold.line(slow)
    for path in COLD:
        assert cold.late(committed(path)) == []


def test_of_a_cold_run_the_times_are_kept_and_the_whole_evidence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole, run = tmp_path / "lab-kernel.json", committed(judge.EVIDENCE)

    class Builder:
        def __init__(self, *_given: object, **_named: object) -> None:
            self.seconds = {"make": 200.0}

        def built(self, mutant: Mutant) -> None:
            assert mutant in MUTANTS
            self.seconds["make"] = 30.0

    def lab(_builder: object, _cache: object, _clock: object, path: Path) -> int:
        evidence.write(run, path)
        return 0

    monkeypatch.setattr(judge, "Builder", Builder)
    monkeypatch.setattr(judge, "lab", lab)
    monkeypatch.setattr(judge, "EVIDENCE", whole)
    assert cold.timed(Cache(tmp_path), 2, tmp_path / "cold.json", mirror=None, offline=False) == 0
    assert committed(whole) == run
    found = committed(tmp_path / "cold.json")
    assert found["series"] == judge.about()
    assert (found["kernel_seconds"]["built"], found["kernel_seconds"]["rebuilt"]) == ({"make": 200.0}, {"make": 30.0})
    assert found["cases"] == {name: case["status"] for name, case in run["cases"].items()}
    assert "make 200 s" in cold.line(found)


def test_each_mutant_that_was_run_is_caught() -> None:
    found = committed(judge.MUTANTS_EVIDENCE)["mutants"]
    assert len(found) >= 8
    for mutant in named(list(found)):
        one = found[mutant.name]
        assert (one["rule"], one["file"]) == (mutant.rule, mutant.path)
        assert one["caught"], mutant.name
        assert re.match(r"\d+ of \d+ cells: ", one["broken"][mutant.rule])


def test_what_the_page_shows_is_of_the_evidence() -> None:
    for path, text in excerpt.excerpts().items():
        assert path.read_text(encoding="utf-8") == text, "python -m tests.kernel.excerpt"
