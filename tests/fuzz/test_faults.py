# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Targets that leak, hang, fork, exit, print and fill the disk: bounded, told by name, nothing left running."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from abi.cli import DONE, NO
from tests.fuzz.running import FAULTY, Done, fuzz, of
from tests.generate.tools import tool


def wrong(folder: Path, number: int, *more: object, engine: str = "libfuzzer", seconds: int = 4) -> Done:
    """A campaign against the target with that fault."""
    tool("clang")
    tool("afl-fuzz")
    begun = time.monotonic()
    done = fuzz("--target", FAULTY, f"--cflags=-DFAULT={number}", "--time", seconds, "--timeout", 1, "--engine", engine,
                "--out", folder / "out", *more)
    assert time.monotonic() - begun < 100
    assert of(folder) == []
    assert not list((folder / "out").glob("workers/*/scratch/*"))
    return done


@pytest.mark.check
def test_one_that_is_right_is_right(tmp_path: Path) -> None:
    done = wrong(tmp_path, 0)
    assert (done.code, done.said["findings"], done.said["notes"]) == (DONE, [], []), done
    assert done.said["executions"] > 10_000
    assert done.said["surfaces"][0] > 1000
    assert "vmm.critical.unknown" in done.said["rules"]


@pytest.mark.check
@pytest.mark.parametrize(("number", "engine", "symptom"), [
    (1, "libfuzzer", "leak in go_wrong()"), (1, "afl", "leak in go_wrong()"), (2, "libfuzzer", "timeout"),
    (2, "afl", "timeout"), (6, "libfuzzer", "crash: SEGV in go_wrong()"), (8, "libfuzzer", "it ended with exit code 7"),
])
def test_what_it_does_is_found(number: int, engine: str, symptom: str, tmp_path: Path) -> None:
    done = wrong(tmp_path, number, engine=engine)
    assert done.code == NO
    assert symptom in done.symptoms, done
    (one,) = (one for one in done.said["findings"] if one["symptom"] == symptom)
    assert bytes.fromhex(one["case"])[8 + 36] == 3
    kept = tmp_path / "out" / "findings" / one["folder"]
    assert (kept / "shortest").read_bytes() == bytes.fromhex(one["case"])
    assert json.loads((kept / "finding.json").read_text(encoding="utf-8"))["symptom"] == symptom


@pytest.mark.check
@pytest.mark.parametrize("number", [3, 7])
def test_processes_that_it_starts_do_not_fuzz_and_do_not_stay(number: int, tmp_path: Path) -> None:
    done = wrong(tmp_path, number)
    assert done.said["forks"] > 0
    assert f"the target has started {done.said['forks']} processes" in done.said["notes"]
    assert done.symptoms == []


@pytest.mark.check
def test_a_file_that_grows_ends_at_the_limit_and_is_a_finding(tmp_path: Path) -> None:
    done = wrong(tmp_path, 4)
    assert done.code == NO
    assert done.symptoms


@pytest.mark.check
def test_a_folder_that_grows_ends_the_campaign(tmp_path: Path) -> None:
    done = wrong(tmp_path, 9, "--disk", 100, seconds=60)
    assert any("--disk" in note for note in done.said["notes"]) or done.symptoms, done
    assert (done.code, done.said["ok"]) == (NO, False)
    assert done.said["seconds"] < 60


@pytest.mark.check
def test_what_it_prints_is_no_answer_and_no_progress(tmp_path: Path) -> None:
    done = wrong(tmp_path, 5)
    assert (done.code, done.said["findings"]) == (DONE, [])
    assert "99999" not in done.said["coverage"]


@pytest.mark.check
def test_an_answer_of_garbage_is_one_short_finding(tmp_path: Path) -> None:
    done = wrong(tmp_path, 10)
    assert done.code == NO
    for one in done.said["findings"]:
        assert set(one["folder"]) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-_")
        assert len(json.dumps(one["fields"])) < 5000


@pytest.mark.check
def test_memory_beyond_its_bound_is_found_and_within_it_is_not(tmp_path: Path) -> None:
    """The target asks for 600 MB at once and gives them back; the bound is what --memory says."""
    done = wrong(tmp_path / "beyond", 11, "--memory", 300)
    assert done.code == NO, done
    assert done.symptoms
    assert not wrong(tmp_path / "within", 11, "--memory", 2000).symptoms
