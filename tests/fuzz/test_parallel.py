# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Several workers: processes of libFuzzer that share a corpus, AFL++'s main and secondaries; and -merge and -fork."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from abi.cli import DONE
from abi.fuzz import state
from tests.fuzz.running import AS_TARGET, READERS, fuzz
from tests.generate.tools import tool


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign of two workers of libFuzzer against the readers of spec/c."""
    tool("clang")
    out = tmp_path_factory.mktemp("parallel") / "out"
    done = fuzz("--target", *READERS, AS_TARGET, "--time", 5, "--workers", 2, "--engine", "libfuzzer", "--out", out)
    assert (done.code, done.said["findings"]) == (DONE, []), done
    return out


@pytest.mark.check
def test_workers_of_libfuzzer_share_a_corpus(built: Path) -> None:
    each = [state.read(built / "workers" / n / "state") for n in "01"]
    assert all(one.executions > 100 for one in each)
    assert {path.name for path in (built / "workers").iterdir()} == {"0", "1"}
    assert len(list((built / "corpus").iterdir())) > 50


@pytest.mark.check
def test_a_corpus_is_merged(built: Path, tmp_path: Path) -> None:
    done = subprocess.run([built / "build" / "libfuzzer", "-merge=1", tmp_path, built / "corpus"], capture_output=True,
                          text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    merged, whole = (len(list(folder.iterdir())) for folder in (tmp_path, built / "corpus"))
    assert 0 < merged <= whole


@pytest.mark.check
def test_libfuzzer_forks_by_itself(built: Path, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    done = subprocess.run(
        [built / "build" / "libfuzzer", "-fork=2", "-ignore_crashes=1", "-max_total_time=4", "corpus", built / "seeds"],
        capture_output=True, text=True, check=False, timeout=120, cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "corpus").iterdir())


@pytest.mark.check
def test_workers_of_afl_share_their_queues(tmp_path: Path) -> None:
    tool("afl-fuzz")
    done = fuzz("--target", *READERS, AS_TARGET, "--time", 8, "--workers", 2, "--engine", "afl",
                "--out", tmp_path / "o")
    assert (done.code, done.said["findings"]) == (DONE, []), done
    names = {path.name for path in (tmp_path / "o" / "afl").iterdir()}
    assert {"w0", "w1"} <= names
    for name in "01":
        assert state.read(tmp_path / "o" / "workers" / name / "state").executions > 100
        assert (tmp_path / "o" / "afl" / f"w{name}" / "fuzzer_stats").is_file()
