# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Long runs in short: they go on where they ended, the same inputs again, and what is counted is taken as evidence."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fuzz.own import evidence, run
from tests.fuzz.own.python_loop import State

pytestmark = pytest.mark.check

BATCH = 65536


def counted(folder: Path) -> list[int]:
    """The state but for the time."""
    state = State(folder / "state", run.RUNS["msan"].seed)
    return [number for n, number in enumerate(state.numbers) if n != 2]


def test_a_run_in_two_parts_is_the_run_in_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(run, "FOLDER", tmp_path)
    assert run.go("msan", 600, 9 * BATCH) == 0
    assert run.go("msan", 600, 24 * BATCH) == 0
    folder = run.prepared("msan")
    parts = counted(folder)
    (folder / "state").unlink()
    assert run.go("msan", 600, 24 * BATCH) == 0
    assert counted(folder) == parts
    assert evidence.one(folder)["executions"] == 24 * BATCH


def test_what_was_counted_when_it_is_stopped_counts(tmp_path: Path) -> None:
    """The runner is told to stop, not the loop below it."""
    code = (
        "from pathlib import Path; from tests.fuzz.own import run; "
        f"run.FOLDER = Path({str(tmp_path)!r}); raise SystemExit(run.main())"
    )
    with subprocess.Popen([sys.executable, "-c", code, "msan", "--seconds", "300"], stdout=subprocess.PIPE) as runner:
        end = time.monotonic() + 200
        while not list(tmp_path.glob("*/state")) and time.monotonic() < end:
            time.sleep(0.2)
        runner.send_signal(signal.SIGTERM)
        said, _ = runner.communicate(timeout=60)
    assert runner.returncode == 0
    folder = next(tmp_path.glob("*/state")).parent
    executions = State(folder / "state", run.RUNS["msan"].seed).executions
    assert executions > 0
    assert said.decode().startswith(f"{executions} executions in ")
