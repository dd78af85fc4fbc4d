# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The bench of the panel measures what it says, loses nothing, and goes on where it stopped."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from abi.cli import main
from abi.errors import InputError
from tests.bench.processes import ROOT
from tests.fuzz.bench import builds, command, engines, evidence, goals, report
from tests.fuzz.bench.builds import Shop
from tests.fuzz.bench.engines import ENGINES, PAIRS, Outcome
from tests.fuzz.bench.goals import Cell
from tests.fuzz.bench.state import State
from tests.fuzz.panel import PANEL, PANELS

KIT, PLAIN = PAIRS[0]
KIT_AFL, PLAIN_AFL = PAIRS[1]
FEW = ("far-if-not-zero", "ring-index", "old-memory-section")
COST = {"kit_ns": 100.0, "libfuzzer_ns": 80.0, "ratio": 1.25, "low": 1.0, "high": 1.5}


def hit(executions: int, seconds: float = 1.0) -> Outcome:
    return Outcome("crash", executions, 3 * seconds, seconds)


def miss(executions: int) -> Outcome:
    return Outcome("", executions, 21.0, 20.0)


def test_the_order_makes_a_part_useful() -> None:
    made = list(command.steps(PANEL, [*ENGINES.values()], range(1, 3)))
    assert len(made) == 2 * len(PANEL) * len(ENGINES)
    first = [(step.planted.name, step.engine.name) for step in made[: 2 * len(PANEL)]]
    assert first == [(p.name, engine) for p in PANEL for engine in PAIRS[0]]
    assert [step.engine.name for step in made[2 * len(PANEL) :][:2]] == [*PAIRS[1]]
    assert {step.seed for step in made[: len(made) // 2]} == {1}


def test_the_better_plain_engine_is_the_one_that_finds_it() -> None:
    assert goals.better_plain({PLAIN: [miss(900)], PLAIN_AFL: [hit(5000)]}) == Cell(1, 1, 5000, 1.0)
    assert goals.better_plain({PLAIN: [hit(900)], PLAIN_AFL: [hit(5000)]}) == Cell(1, 1, 900, 1.0)
    assert goals.better_plain({PLAIN: [miss(900)], PLAIN_AFL: [miss(5000)]}) == Cell(0, 1, 5000, 20.0)
    assert goals.better_plain({KIT: [hit(3)]}) is None


def test_a_median_of_runs_that_mostly_found_nothing_is_a_bound() -> None:
    assert goals.cell([miss(10), hit(500), hit(300)]) == Cell(2, 3, 500, 1.0)
    assert goals.cell([miss(10), miss(20), hit(300)]).bounded is False
    assert goals.cell([miss(10), hit(300)]) == Cell(1, 2, 10, 10.5)


def test_goals_are_reached_at_their_limits_and_name_who_misses_them() -> None:
    runs = {
        "quick": {KIT: [hit(10)], PLAIN: [hit(1000)], KIT_AFL: [hit(200_000)], PLAIN_AFL: [hit(4000)]},
        "hard": {KIT: [hit(10, 10.0)], PLAIN: [miss(5000)], KIT_AFL: [hit(20)], PLAIN_AFL: [hit(1001)]},
    }
    judged = goals.judged(runs, COST)
    assert [goal.reached for goal in judged] == [True] * 7
    assert goals.fewer(runs, KIT) == {"hard": pytest.approx(100.1)}
    runs["hard"][KIT] = [hit(101, 10.1)]
    runs["quick"][KIT_AFL] = [hit(200_001)]
    judged = goals.judged(runs, COST | {"ratio": 2.01})
    assert [goal.reached for goal in judged] == [False, False, False, True, True, True, False]
    assert judged[0].missed == ("hard (1 of 1)",)
    assert judged[1].missed == ("quick (1 of 1)",)
    runs["hard"][KIT] = [miss(7)]
    assert goals.fewer(runs, KIT) == {"hard": 0.0}
    assert goals.judged({}, {})[0].reached is None


def test_slower_is_by_more_than_half_a_second_on_the_same_engine() -> None:
    runs = {name: {KIT: [hit(1, 1.6)], PLAIN: [hit(1, 1.0)]} for name in "abc"}
    assert len(goals.slower(runs, KIT, PLAIN)) == 3
    assert goals.judged(runs, {})[3].reached is False
    runs["a"][KIT] = [hit(1, 1.5)]
    assert goals.slower(runs, KIT, PLAIN) == ["b (1.6 s, 1.0 s)", "c (1.6 s, 1.0 s)"]
    assert goals.judged(runs, {})[3].reached is True


def test_the_state_keeps_a_run_while_nothing_that_it_depends_on_changes(tmp_path: Path) -> None:
    path = tmp_path / "new" / "first.json"
    State(path).keep("bug", KIT, 1, 20, "mark", hit(7, 0.25))
    State(path).keep_vectors("bug", "mark", 3)
    assert State(path).run("bug", KIT, 1, 20, "mark") == hit(7, 0.25)
    assert State(path).vectors("bug", "mark") == 3
    for other in (("bug", KIT, 2, 20, "mark"), ("bug", KIT, 1, 19, "mark"), ("bug", KIT, 1, 20, "other")):
        assert State(path).run(*other) is None
    assert State(path).vectors("bug", "other") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2, "runs": {}, "vectors": {}, "mutator": {}}'])
def test_a_state_that_is_none_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / "first.json"
    path.write_text(text, encoding="ascii")
    with pytest.raises(InputError, match=r"bench\.state"):
        State(path)
    assert path.read_text(encoding="ascii") == text


def test_the_mutator_counts_for_the_kit_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marks = [builds.fingerprint(PANEL[0], kit=kit) for kit in (True, False)]
    assert marks[0] != marks[1]
    assert builds.fingerprint(PANEL[1], kit=False) != marks[1]
    monkeypatch.setattr(builds, "FUZZ", tmp_path)
    for name in builds._ASKED:
        (tmp_path / name).write_bytes((ROOT / "spec" / "fuzz" / name).read_bytes())
    (tmp_path / "kfi_mutate.h").write_text("another", encoding="ascii")
    assert builds.fingerprint(PANEL[0], kit=False) == marks[1]
    assert builds.fingerprint(PANEL[0], kit=True) not in marks


def test_an_unknown_bug_is_bad_input_and_so_is_an_engine_that_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:
    with pytest.raises(InputError, match=r"bench\.panel.*no-such"):
        command.chosen("first", ["no-such"])
    assert [p.name for p in command.chosen("first", list(FEW))] == [p.name for p in PANEL if p.name in FEW]
    assert main(["bench", "fuzz", "--bug", "no-such"]) == 3
    assert main(["bench", "fuzz", "--bug", PANEL[0].name, "--update"]) == 3  # a part is no result to record
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["bench", "fuzz", "--state", str(tmp_path), "--bug", PANEL[0].name]) == 3
    said = capsys.readouterr().err
    assert "clang is missing: apt-get install clang" in said
    assert "Traceback" not in said
    with pytest.raises(argparse.ArgumentTypeError):
        command._positive("0")


def some(tmp_path: Path) -> evidence.Evidence:
    state = State(tmp_path / "first.json")
    bug = PANEL[0]
    for engine in ENGINES.values():
        mark = builds.fingerprint(bug, kit=engine.kit)
        state.keep(bug.name, engine.name, 1, 20, mark, miss(12345) if engine.name == PLAIN_AFL else hit(678, 0.5))
    state.keep_mutator(builds.mutator_mark(), COST)
    return evidence.made("first", PANEL[:2], state, range(1, 6), 20)


def test_what_is_recorded_is_what_was_measured_and_stands_in_the_table(tmp_path: Path) -> None:
    made = some(tmp_path)
    assert [run for bug in made["bugs"].values() for run in bug["runs"].get(PLAIN_AFL, {}).values()] == [
        ["", 12345, 21.0, 20.0],
    ]
    path = tmp_path / "evidence.json"
    evidence.write(made, path)
    evidence.write(made | {"panel": "second"}, path)
    assert [*evidence.read(path)["panels"]] == ["first", "second"]
    said = report.text(evidence.read(path))
    assert "> 12,345 (0 of 1)" in said
    assert "678, 0.5 s" in said
    assert all(goal["what"] in said for goal in made["goals"])


def test_the_table_is_what_the_evidence_says_of_the_panels_that_there_are() -> None:
    recorded = evidence.read()
    assert report.TABLE.read_text(encoding="utf-8") == report.text(recorded)
    assert [*recorded["panels"]] == [*PANELS]
    for name, panel in PANELS.items():
        said = [(bug, of["file"], of["what"], of["source"], of["conditions"])
                for bug, of in recorded["panels"][name]["bugs"].items()]
        assert said == [(p.name, p.file, p.what, p.source, p.conditions) for p in panel]


#: As replay --serve, but it says so, or dies, when it is asked the n-th case; the others are as expected.
SERVER = """#!{python}
import struct, sys
asked = 0
while head := sys.stdin.buffer.read(4):
    sys.stdin.buffer.read(struct.unpack("<I", head)[0])
    asked += 1
    if asked == 9 and {dies}:
        sys.exit(1)
    print("kfi_read 00", "differs" if asked == 9 and {differs} else "same", end="\\n\\n", flush=True)
"""


@pytest.mark.parametrize(("dies", "differs", "found"), [(1, 0, "crash"), (0, 1, "wrong answer"), (0, 0, "")])
def test_hypothesis_stops_at_the_case_that_shows_the_bug(dies: int, differs: int, found: str, tmp_path: Path) -> None:
    harness, folder = tmp_path / "harness", tmp_path / "run"
    harness.write_text(SERVER.format(python=sys.executable, dies=dies, differs=differs), encoding="ascii")
    harness.chmod(0o755)
    folder.mkdir()
    outcome = engines.hypothesis(harness, Shop(tmp_path / "none"), 1, 2, folder)
    assert outcome.found == found
    assert outcome.executions == 9 if found else outcome.executions > 9
    harness.write_text("#!/bin/false\n", encoding="ascii")
    assert engines.hypothesis(harness, Shop(tmp_path / "none"), 1, 2, folder).found == "crash"


@pytest.mark.parametrize("engine", [engines.plain_libfuzzer, engines.kit_libfuzzer])
def test_an_engine_that_does_not_run_is_told_and_is_no_run_in_vain(
    engine: Callable[[Path, Shop, int, int, Path], Outcome], tmp_path: Path,
) -> None:
    harness, folder = tmp_path / "harness", tmp_path / "run"
    harness.write_text("#!/bin/sh\necho no such option\n", encoding="ascii")
    harness.chmod(0o755)
    folder.mkdir()
    with pytest.raises(InputError, match="no such option"):
        engine(harness, Shop(tmp_path / "none"), 1, 2, folder)


def bench(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "abi.cli", "bench", "fuzz", "--state", str(folder), *arguments]


def ran(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=300)


@pytest.mark.check
def test_three_bugs_are_found_by_the_kit_and_nothing_is_measured_twice(tmp_path: Path) -> None:
    bugs = [part for name in FEW for part in ("--bug", name)]
    arguments = [*bugs, "--engine", KIT, "--engine", PLAIN, "--engine", KIT_AFL, "--seeds", "1", "--cap", "5", "--json"]
    done = ran(bench(tmp_path, *arguments))
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    assert [*made["bugs"]] == [p.name for p in PANEL if p.name in FEW]
    for name, bug in made["bugs"].items():
        assert set(bug["runs"]) == {KIT, PLAIN, KIT_AFL}
        for kit in (KIT, KIT_AFL):
            [(found, executions, seconds, cpu)] = bug["runs"][kit].values()
            assert found, (name, kit)
            assert executions > 3
            assert seconds > 0
            assert cpu > 0
    again = ran(bench(tmp_path, *arguments))
    assert (again.returncode, again.stderr) == (0, "")
    assert json.loads(again.stdout)["bugs"] == made["bugs"]


@pytest.mark.check
def test_an_interrupt_leaves_no_process_and_loses_no_run(tmp_path: Path) -> None:
    arguments = bench(tmp_path, "--bug", "fnv-of-an-serror", "--bug", "ring-product", "--engine", "afl", "--seeds", "1")
    with subprocess.Popen(arguments, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not children(process.pid, "afl-fuzz"):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        [engine] = children(process.pid, "afl-fuzz")
        os.kill(process.pid, signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "fnv-of-an-serror" in out
    assert not Path(f"/proc/{engine}").exists()
    assert State(tmp_path / "first.json").vectors("ring-product", builds.fingerprint(
        next(p for p in PANEL if p.name == "ring-product"), kit=False)) == 1


def children(pid: int, name: str) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[1])
            if parent == pid and (entry / "comm").read_text(encoding="ascii").strip() == name:
                found.append(int(entry.name))
        except (OSError, ValueError):
            continue
    return found
