# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Our own Python under fuzz for a short time: by the loop that the evidence is of, and by atheris."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.own import bases, builds, heads, python_loop, seeds
from tests.fuzz.own.python_targets import TARGETS, text
from tests.generate.tools import ROOT, library

check = pytest.mark.check


def inputs(number: int) -> list[tuple[str, bytes, bytes]]:
    """The first bases of every target."""
    found = bases.all_bases(share=0.02)
    return [(name, base.head, base.data) for name in TARGETS for base in found[name][:number]]


def test_each_target_understands_some_inputs_and_refuses_some() -> None:
    said = {(name, TARGETS[name](head, data)) for name, head, data in inputs(60)}
    assert said == {(name, understood) for name in TARGETS for understood in (True, False)}


@pytest.mark.parametrize("head", [b"", b"\xff" * 600])
@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_any_head(name: str, head: bytes) -> None:
    size = heads.TARGETS[name].size
    assert TARGETS[name](head[:size].ljust(size, b"\0"), b"") in (True, False)


def test_a_trap_as_text() -> None:
    assert text(seeds.TRAP)
    assert not text(b'{"esr_el2": 1e999}')
    assert not text(b"\xff[" * 100)


def test_an_exception_that_is_no_refusal_is_a_finding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The input at fault is kept, and the exception not swallowed."""
    _name, head, data = next(each for each in inputs(60) if each[0] == "firmware" and TARGETS["firmware"](*each[1:]))

    def planted(*_arguments: object) -> None:
        raise IndexError("planted")

    monkeypatch.setattr("tests.fuzz.own.python_targets.parse_status_block", planted)
    number = list(TARGETS).index("firmware")
    sizes = number.to_bytes(4, "little") + len(data).to_bytes(4, "little")
    (tmp_path / "stream").write_bytes(sizes + head + data)
    with (tmp_path / "stream").open("rb") as source, pytest.raises(IndexError, match="planted"):
        python_loop.run_batch(source, tmp_path / "finding")
    assert (tmp_path / "finding").read_bytes() == bytes([number]) + head + data


def test_the_seeds_of_the_oss_fuzz_folder_are_the_bases() -> None:
    found = {path: path.read_bytes() for path in seeds.FOLDER.rglob("*") if path.is_file()}
    assert found == seeds.wanted()
    assert {path.parent.name for path in found} == set(heads.TARGETS)


@check
def test_nothing_is_found_and_the_count_goes_on(tmp_path: Path) -> None:
    builds.build("python", tmp_path)
    (tmp_path / "bases").write_bytes(bases.dump(bases.all_bases()))
    for executions in (10_000, 20_000):
        assert python_loop.run(tmp_path, 6, 300, executions) == 0
        state = python_loop.State(tmp_path / "state", 6)
        assert executions <= state.executions < executions + builds.PYTHON_BATCH
    assert not (tmp_path / "state.finding").exists()


def fuzzed(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Atheris on our code, from the seeds."""
    library("atheris")
    corpus = folder / "corpus"
    seeds.as_corpus(corpus)
    command = ["nice", sys.executable, "-m", "tests.fuzz.own.python_fuzz", "-seed=1", *options, str(corpus)]
    environment = os.environ | {"PYTHONPATH": f"{folder}:{ROOT}"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )


@check
def test_atheris_finds_nothing_covers_more_and_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OWN_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("OWN_SEED", "1")
    done = fuzzed(tmp_path, "-runs=10000", "-max_len=1024")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "NEW" in done.stderr
    assert 9_000 <= python_loop.State(tmp_path / "state", 1).executions <= 10_100


@check
def test_atheris_finds_what_is_planted(tmp_path: Path) -> None:
    """That a record has its whole head is not looked at."""
    (tmp_path / "sitecustomize.py").write_text(
        "import abi.record as r\nr._head_fast = lambda data: r.HEAD.fast.unpack_from(data)\n", encoding="utf-8",
    )
    done = fuzzed(tmp_path, "-runs=100000", "-max_len=1024")
    assert done.returncode != 0
    assert "unpack_from requires a buffer" in done.stdout
