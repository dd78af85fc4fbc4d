# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Campaigns of atheris over Python files: right, with planted bugs, interrupted, and over a target that misbehaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from abi.cli import BAD_INPUT, DONE, NO
from abi.fuzz.engines.atheris import LEAST
from abi.fuzz.plan import MAX_CASE
from abi.fuzz.seeds import SEEDS
from tests.fuzz.running import FUZZ, ROOT, Done, command, fuzz, of
from tests.generate.tools import library

MODULE = FUZZ / "templates" / "module.py"
ADAPTER = ROOT / "spec" / "adapters" / "python" / "adapter.py"
FAULTY = Path(__file__).parent / "faulty.py"


def planted(folder: Path) -> Path:
    """A parser that believes the size of a record."""
    (folder / "parser.py").write_text('''
def parse_record(data, reader, exact):
    """Refuse everything, some of it by the wrong rule, some of it not at all."""
    if len(data) < 64:
        return "vmm.malformed"
    if data[34] != 1:
        return "vmm.major.unknown"
    data[int.from_bytes(data[32:34], "little") - 1]
    return "vmm.size"
''', encoding="utf-8")
    return folder / "parser.py"


@pytest.mark.check
def test_what_is_right_is_right_and_a_campaign_goes_on(tmp_path: Path) -> None:
    library("atheris")
    more = tmp_path / "more"
    more.mkdir()
    os.mkfifo(more / "pipe")
    (more / "huge").write_bytes(bytes(MAX_CASE + 1))
    (more / "case").write_bytes(SEEDS["firmware"] + b"\0")
    first = fuzz("--target", ADAPTER, "--time", 6, "--seeds", more, "--out", tmp_path / "out")
    assert (first.code, first.said["findings"], first.said["notes"]) == (DONE, [], []), first
    assert first.said["engine"] == "atheris"
    assert min(first.said["surfaces"]) > 20
    assert "vmm.critical.unknown" in first.said["rules"]
    assert first.said["coverage"].startswith("cov ")
    os.mkfifo(tmp_path / "out" / "corpus" / "pipe")
    again = fuzz("--target", ADAPTER, "--time", 3, "--workers", 2, "--out", tmp_path / "out")
    assert (again.code, again.said["findings"]) == (DONE, []), again
    assert again.said["executions"] > first.said["executions"]
    assert (tmp_path / "out" / "foreign" / "pipe").exists()


@pytest.mark.check
@pytest.mark.parametrize("engine", ["atheris", "process"])
def test_a_crash_and_a_wrong_answer_are_found_and_the_reproducer_turns_green(engine: str, tmp_path: Path) -> None:
    library("atheris")
    parser = planted(tmp_path)
    done = fuzz("--target", MODULE, parser, "--time", 6, "--engine", engine, "--out", tmp_path / "out")
    assert done.code == NO
    found = {one["symptom"]: one for one in done.said["findings"]}
    assert {"crash: IndexError in parse_record()", "outcome"} <= set(found), found
    assert all(one["confirmed"] for one in found.values())
    assert "IndexError" in found["crash: IndexError in parse_record()"]["complaint"]
    folder = tmp_path / "out" / "findings"
    scripts = {symptom: folder / one["folder"] / "reproduce.py" for symptom, one in found.items()}
    crash = reproduced(scripts["crash: IndexError in parse_record()"])
    assert (crash.returncode, crash.stderr.strip().splitlines()[-1]) == (1, "IndexError: index out of range")
    wrong = reproduced(scripts["outcome"])
    assert wrong.returncode == 1
    assert "outcome: expected " in wrong.stdout
    for script in scripts.values():  # the reader of this repository is right
        mended = reproduced(script, ADAPTER, PYTHONPATH=str(ROOT))
        assert (mended.returncode, mended.stdout, mended.stderr) == (0, "the answer is right\n", "")


def reproduced(script: Path, *files: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A reproducer run, without the kit unless it is the target."""
    command = [sys.executable, "-P", *([] if files else ["-S"]), str(script), *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd="/",
                          env={"PATH": os.environ["PATH"], **more})


@pytest.mark.check
def test_the_engines_own_mutator_to_compare(tmp_path: Path) -> None:
    library("atheris")
    done = fuzz("--target", ADAPTER, "--plain", "--time", 4, "--out", tmp_path / "out")
    assert (done.code, done.said["findings"]) == (DONE, []), done
    assert done.said["executions"] > 100


@pytest.mark.check
@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_at_any_moment_it_goes_on_and_nothing_is_lost(kill: signal.Signals, tmp_path: Path) -> None:
    library("atheris")
    parser, out = planted(tmp_path), tmp_path / "out"
    process = subprocess.Popen(command("--out", out, "--time", 600, "--target", MODULE, parser), cwd=ROOT,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not list((out / "findings").glob("*IndexError*/finding.json")):
        time.sleep(0.05)
    os.killpg(process.pid, kill)
    said, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    if kill == signal.SIGINT:
        assert of(out) == []
        assert process.returncode == NO
        assert json.loads(said)["interrupted"]
    for pid in of(out):  # nobody can clean up after SIGKILL but whoever sent it
        os.kill(pid, signal.SIGKILL)
    before = {path.parent.name for path in (out / "findings").glob("*/reproduce.py")}
    again = fuzz("--out", out, "--time", 3, "--target", MODULE, parser)
    assert again.code == NO
    assert before
    assert {one["folder"] for one in again.said["findings"]} >= before


# Targets that misbehave

def wrong(fault: str, folder: Path, *more: object) -> Done:
    """A campaign against the target with that fault."""
    library("atheris")
    begun = time.monotonic()
    done = fuzz("--target", FAULTY, "--time", 10, "--timeout", 2, "--engine", "atheris", "--out", folder / "out", *more,
                env=os.environ | {"FAULT": fault, "CAME_BACK": str(folder / "came-back")})
    assert time.monotonic() - begun < 120
    assert of(folder) == []
    assert not list((folder / "out").glob("workers/*/scratch/*"))
    return done


@pytest.mark.check
@pytest.mark.parametrize(("fault", "symptom"), [
    ("leaks", "leak in go_wrong()"), ("hangs", "timeout"), ("spins", "timeout"),
    ("fills a file", "crash: OSError in go_wrong()"), ("raises", "crash: IndexError in _end()"),
    ("recurses", "crash: RecursionError in _end()"), ("exits", "crashed: it ended with exit code 7"),
    ("exits at once", "crashed: it ended with exit code 7"), ("kills itself", "crashed: it was ended by SIGKILL"),
    ("crashes", "crashed: it was ended by SIGSEGV"),
])
def test_what_it_does_is_one_finding(fault: str, symptom: str, tmp_path: Path) -> None:
    done = wrong(fault, tmp_path)
    assert (done.code, done.symptoms) == (NO, [symptom]), done
    (one,) = done.said["findings"]
    assert bytes.fromhex(one["case"])[8 + 36] == 3


@pytest.mark.check
@pytest.mark.parametrize("fault", ["forks", "leaves a demon"])
def test_processes_that_it_starts_do_not_fuzz_and_do_not_stay(fault: str, tmp_path: Path) -> None:
    done = wrong(fault, tmp_path)
    assert not (tmp_path / "came-back").exists()
    assert done.said["forks"] > 0
    assert done.said["notes"] == [f"the target has started {done.said['forks']} processes"]
    assert done.symptoms == []


@pytest.mark.check
def test_what_it_prints_is_no_answer_and_no_progress(tmp_path: Path) -> None:
    done = wrong("prints", tmp_path)
    assert (done.code, done.said["findings"]) == (DONE, [])
    assert "99999" not in done.said["coverage"]


@pytest.mark.check
def test_an_answer_that_is_none_is_a_finding_and_one_of_garbage_is_short(tmp_path: Path) -> None:
    assert wrong("answers nothing", tmp_path / "nothing").symptoms == ["crash: TypeError"]
    done = wrong("answers garbage", tmp_path / "garbage")
    assert done.code == NO
    for one in done.said["findings"]:
        assert set(one["folder"]) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-_")
        assert len(json.dumps(one["fields"])) < 5000


@pytest.mark.check
def test_disk_and_memory_are_bounded(tmp_path: Path) -> None:
    done = wrong("fills a folder", tmp_path / "disk", "--disk", 100, "--time", 60)
    assert any("--disk" in note for note in done.said["notes"])
    assert (done.code, done.said["ok"]) == (NO, False)
    assert done.said["seconds"] < 60
    assert wrong("eats memory", tmp_path / "beyond", "--memory", 300).symptoms == ["crash: MemoryError in go_wrong()"]
    assert wrong("eats memory", tmp_path / "within", "--memory", 2000).symptoms == []


@pytest.mark.check
def test_less_memory_than_a_worker_needs_is_told_and_no_time_at_all_is_not_ok(tmp_path: Path) -> None:
    library("atheris")
    small = fuzz("--target", ADAPTER, "--engine", "atheris", "--memory", LEAST - 1, "--out", tmp_path / "out")
    assert (small.code, small.said["error"]["code"]) == (BAD_INPUT, "fuzz.memory")
    least = fuzz("--target", ADAPTER, "--memory", LEAST, "--time", 6, "--out", tmp_path / "out")
    assert (least.code, least.said["engine"]) == (DONE, "atheris"), least
    short = fuzz("--target", ADAPTER, "--time", 0.01, "--out", tmp_path / "short")
    assert (short.code, short.said["executions"]) == (NO, 0)
    assert short.said["notes"] == ["no worker of atheris has run a case: it needs more time, or cannot start"]
