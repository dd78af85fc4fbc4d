# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The measurements run and say what they promise to say; how quick anything is, is never judged here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from abi.decode import decode
from abi.definition import RECORD
from abi.errors import InputError
from abi.record import NotUnderstood
from abi.rules import REFUSALS
from tests.bench.across import measured
from tests.bench.command import BENCHES
from tests.bench.measure import Goal, each, in_turns, row
from tests.bench.panel import broken, exits, valid
from tests.bench.processes import ROOT, environment
from tests.bench.readers import READERS, refused, understood

WITHOUT_GOAL = {"broken", "judge", "echo", "gcc-check", "clang-check", "gcc-refuse", "clang-refuse"}
AT_LEAST, AT_MOST = Goal(5, at_least=True), Goal(1.5, at_least=False)


def bench(cache: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "abi.cli", "bench", "--quick", *arguments]
    env = environment(str(cache)) | variables
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)


def test_bench_prints_the_documented_object_and_exits_0(tmp_path: Path) -> None:
    done = bench(tmp_path, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    said: dict[str, Any] = json.loads(done.stdout)
    assert set(said) == {"python", "machine", "cpus", "quick", "rows", "missing"}
    assert said["quick"] is True
    names = [one["name"] for one in said["rows"]]
    absent = {one["name"]: one["why"] for one in said["missing"]}
    alone = {"apart"} if len(os.sched_getaffinity(0)) == 1 else set()
    assert names == [name for name in BENCHES if name not in absent and name not in alone]
    assert set(absent) <= {*READERS, "windowed", "echo", "lockstep"}
    assert all(" is missing: " in why for why in absent.values())
    for one in said["rows"]:
        assert set(one) == {
            "name", "what", "ratio", "low", "high", "pairs", "goal", "reached", "ours", "ours_us", "base", "base_us",
        }
        assert 0 < one["low"] <= one["ratio"] <= one["high"]
        assert one["ours_us"] > 0
        assert one["base_us"] > 0
        assert (one["goal"] is None) is (one["name"] in WITHOUT_GOAL) is (one["reached"] is None)


def test_bench_shows_a_table_of_one_row_when_asked_for_one(tmp_path: Path) -> None:
    done = bench(tmp_path, "--only", "build")
    assert (done.returncode, done.stderr) == (0, "")
    header, line, *_ = done.stdout.splitlines()
    assert header.split() == ["what", "ratio", "range", "goal", "reached"]
    assert line.split()[0] == "build"
    assert line.split()[-1] in {"yes", "no"}


def test_bench_refuses_a_name_that_it_has_not(tmp_path: Path) -> None:
    done = bench(tmp_path, "--only", "nothing")
    assert done.returncode == 2
    assert "across" in done.stderr


def test_a_speed_up_is_base_over_ours_and_a_cost_is_ours_over_base() -> None:
    times = ([1.0, 2.0, 4.0], [6.0, 8.0, 40.0])
    quicker = row("n", "w", ("a", "b"), times, AT_LEAST, speed_up=True)
    assert (quicker.ratios, quicker.ratio, quicker.reached) == ((6.0, 4.0, 10.0), 6.0, True)
    assert (quicker.ours_us, quicker.base_us) == (2.0, 8.0)
    cost = row("n", "w", ("a", "b"), times[::-1], AT_MOST)
    assert (cost.ratios, cost.reached) == ((6.0, 4.0, 10.0), False)


@pytest.mark.parametrize(
    ("goal", "ratio", "reached"),
    [(AT_LEAST, 5.0, True), (AT_LEAST, 4.9, False), (AT_MOST, 1.5, True), (AT_MOST, 1.6, False), (None, 1.0, None)],
)
def test_a_goal_is_reached_at_its_limit(goal: Goal | None, ratio: float, reached: bool | None) -> None:
    assert row("n", "w", ("a", "b"), ([ratio], [1.0]), goal).reached is reached


def test_the_sides_take_turns_and_each_goes_first_as_often() -> None:
    order: list[str] = []

    def side(name: str, took: float) -> float:
        order.append(name)
        return took

    times = in_turns(lambda: side("ours", 1.0), lambda: side("base", 2.0), 4)
    assert times == ([1.0] * 4, [2.0] * 4)
    assert order == ["base", "ours", "ours", "base"] * 2


def test_every_call_is_made_in_every_pass() -> None:
    made: list[int] = []
    assert each([(made.append, 1), (made.append, 2)], 3)() > 0
    assert made == [1, 2] * 3


def test_the_panel_has_every_kind_and_origin_in_both_versions() -> None:
    found = {(s.record.kind, s.record.origin, s.record.minor) for s in valid()}
    assert found >= {(kind, origin, minor) for kind in (1, 2, 3) for origin in (1, 3) for minor in (0, 1)}
    assert found >= {(kind, 5, minor) for kind in (1, 2) for minor in (0, 1)}
    assert found >= {(4, 2, 0), (4, 2, 1)}
    assert {kind for kind, origin, _ in found if origin == 0} == {4}
    assert len({s.raw for s in valid()}) == len(valid())
    assert len({s.record.esr for s in valid()}) > 15
    assert {s.record.kind for s in exits()} == {1, 2, 3}
    assert len(broken()) == len(valid())


def test_a_side_that_dies_ends_the_measurement(tmp_path: Path) -> None:
    fds = tuple(os.eventfd(0, 0) for _ in range(3))  # the first is no exit page
    try:
        with pytest.raises(InputError, match=r"bench\.process"):
            measured(fds, ("any", "any"), 1, str(tmp_path))
    finally:
        for fd in fds:
            os.close(fd)


def test_rows_that_need_a_compiler_say_how_to_get_it(tmp_path: Path) -> None:
    """Nothing is lost with them: the command ends as if all had been measured."""
    table = bench(tmp_path, "--only", "gcc-read", PATH=str(tmp_path))
    assert (table.returncode, table.stderr) == (0, "")
    assert table.stdout.splitlines()[1].split("  ")[0] == "gcc-read: gcc is missing: apt-get install gcc"
    for name, why in (("clang-check", "clang is missing: apt-get install clang"),
                      ("rust-read", "rustc is missing: see tests/packages.txt")):
        said = json.loads(bench(tmp_path, "--json", "--only", name, PATH=str(tmp_path)).stdout)
        assert (said["rows"], said["missing"]) == ([], [{"name": name, "why": why}])


@pytest.mark.check
def test_with_compilers_every_row_of_the_readers_is_measured(tmp_path: Path) -> None:
    for name in READERS:
        said = json.loads(bench(tmp_path, "--json", "--only", name).stdout)
        assert (len(said["rows"]), said["missing"]) == (1, []), name


def test_the_copy_has_each_field_once() -> None:
    text = (ROOT / "tests" / "bench" / "reading" / "reading.c").read_text(encoding="utf-8")
    copied = re.findall(r"r->(\w+) = KFI_GET(\d+)\(p, RECORD_(\w+)\);", text)
    assert copied == [(f.name, str(8 * f.width), f.name.upper()) for f in RECORD.fields]


def test_what_is_refused_is_refused_for_every_reason() -> None:
    rules = []
    for raw, size in refused():
        try:
            found = decode(raw.ljust(256, b"\0")[:size], exact=False)
        except InputError as error:
            rules.append(error.code)
        else:
            assert isinstance(found, NotUnderstood)
            rules.append(found.rule)
    assert set(rules) == {"vmm.malformed", *REFUSALS}
    assert len(rules) == len(understood())


def test_the_help_names_every_measurement(tmp_path: Path) -> None:
    said = "".join(bench(tmp_path, "--help").stdout.split())  # a line may end within a name
    assert all(name in said for name in BENCHES)
