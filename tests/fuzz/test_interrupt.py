# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Ctrl-C at any moment: it ends soon, nothing that was found is lost, nothing runs on, the same folder goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from abi.cli import BAD_INPUT, NO
from tests.fuzz.running import FAULTY, ROOT, command, fuzz, of

#: Seconds in which it must have ended; the machine may be busy.
_SOON = 40
CRASHES = (FAULTY, "--cflags=-DFAULT=6", "--timeout", 1)


def interrupted(out: Path, when: Path | float, *arguments: object, times: int = 1) -> tuple[int, dict[str, object]]:
    """Start it, send the signal when a file is there or after so many seconds; exit code and what it said."""
    process = subprocess.Popen(command("--out", out, *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, cwd=ROOT, start_new_session=True)
    try:
        deadline = time.monotonic() + (120 if isinstance(when, Path) else when)
        while time.monotonic() < deadline and not (isinstance(when, Path) and when.exists()):
            time.sleep(0.02)
        for _ in range(times):
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the whole group
            time.sleep(0.05)
        said, err = process.communicate(timeout=_SOON)
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in err, err
    assert of(out) == []
    return process.returncode, json.loads(said) if said.strip() else {}


def whole(out: Path) -> int:
    """Every finding that is there is whole; how many are."""
    folders = list((out / "findings").glob("*/"))
    for folder in folders:
        assert {"input", "shortest", "finding.json", "reproduce.c"} <= {path.name for path in folder.iterdir()}
        said = json.loads((folder / "finding.json").read_text(encoding="utf-8"))
        assert (folder / "shortest").read_bytes().hex() == said["case"]
    return len(folders)


@pytest.mark.check
@pytest.mark.parametrize(("engine", "mark"), [
    ("libfuzzer", "build/replay.o"), ("libfuzzer", "workers/0/state"), ("libfuzzer", "findings/*"), ("afl", "afl/w0"),
])
def test_it_ends_and_goes_on(engine: str, mark: str, tmp_path: Path) -> None:
    out = tmp_path / "out"

    class First(type(tmp_path)):  # type: ignore[misc] # a path with a pattern
        def exists(self, **_: object) -> bool:
            return any(out.glob(mark))

    code, said = interrupted(out, First(out), "--engine", engine, "--time", 600, "--target", *CRASHES)
    assert code == NO
    assert not said or said["interrupted"]
    found = whole(out)
    assert found >= (mark == "findings/*")
    again = fuzz("--out", out, "--engine", engine, "--time", 3, "--target", *CRASHES)
    assert again.code == NO
    assert whole(out) == len(again.said["findings"]) >= max(found, 1)


@pytest.mark.check
def test_a_second_time_it_ends_at_once(tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, _said = interrupted(out, out / "workers" / "0" / "state", "--time", 600, "--target", *CRASHES, times=2)
    assert code == NO


@pytest.mark.check
def test_a_folder_of_another_campaign_is_not_gone_on_with(tmp_path: Path) -> None:
    out = tmp_path / "out"
    interrupted(out, out / "campaign.json", "--time", 600, "--target", *CRASHES)
    other = fuzz("--out", out, "--engine", "afl", "--target", *CRASHES)
    assert (other.code, other.said["error"]["code"]) == (BAD_INPUT, "fuzz.out")
