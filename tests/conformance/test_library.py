# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A C shared library as a target: driven as any other, and what it breaks is its own process."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from abi.cli import BAD_INPUT, BAD_USAGE, DONE, NO, main
from abi.conformance import in_process
from abi.conformance.runner import Run, Runner, Verdict
from tests.conformance import adapters
from tests.conformance.targets import every
from tests.generate.tools import run

SHARED = ("-shared", "-fPIC")


def of_kind(kind: int, number: int) -> list[int]:
    """Numbers of vectors of a VMM with a record of that kind."""
    found = [n for n, v in enumerate(every())
             if v.request == "vmm" and v.input.get("record", b"")[36:38] == bytes((kind, 0))]
    return found[:number]


def wrong(folder: Path, number: int) -> Run:
    """What becomes of 60 data aborts and two notices with a library that is wrong about the latter."""
    flags = (*SHARED, f"-DWRONG={number}", "-D_GNU_SOURCE")
    source = adapters.copied("c", folder) / "wrong_library.c"
    source.write_bytes((Path(__file__).parent / "wrong_library.c").read_bytes())
    library = adapters.c("gcc", source, folder / "wrong.so", *flags)
    vectors = [every()[n] for n in (*of_kind(1, 40), *of_kind(4, 2), *of_kind(1, 60)[40:])]
    return Runner(in_process.command(str(library)), vectors, 1.0).run()


@pytest.mark.check
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_same_adapter_passes_in_process(
    compiler: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library = adapters.c(compiler, adapters.FOLDER / "c" / "adapter.c", tmp_path / "libadapter.so", *SHARED)
    assert main(["conform", "--role", "vmm", "--only", "vmm.esr.rewrite", "--library", str(library)]) == DONE
    assert "adapter.c 1" in capsys.readouterr().out
    assert main(["conform", "--role", "vmm", "--smoke", "--library", str(library)]) == DONE


@pytest.mark.check
@pytest.mark.parametrize(("number", "verdict", "said"), [
    (1, Verdict.CRASHED, "SIG"), (2, Verdict.TIMEOUT, "no answer"), (3, Verdict.CRASHED, "exit code 1"),
])
def test_a_library_that_breaks_loses_nothing_that_was_measured(
    number: int, verdict: Verdict, said: str, tmp_path: Path
) -> None:
    done = wrong(tmp_path, number)
    assert [r.verdict for r in done.results] == [Verdict.PASS] * 40 + [verdict] * 2 + [Verdict.PASS] * 20
    assert len(done.incidents) == 2
    assert all(said in incident.text for incident in done.incidents)


@pytest.mark.check
def test_what_is_no_such_library_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "other.c"
    source.write_text("int other;\n", encoding="utf-8")
    run("gcc", *SHARED, source, "-o", tmp_path / "other.so")
    for name, said in (("other.so", "kfp_answer"), ("other.c", "cannot load library")):
        assert main(["conform", "--role", "vmm", "--library", str(tmp_path / name)]) == NO
        assert said in capsys.readouterr().out


def test_a_library_that_is_not_there_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conform", "--library", str(tmp_path / "none.so")]) == BAD_INPUT
    assert "file.read" in capsys.readouterr().err


def test_without_cffi_the_line_that_installs_it_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert main(["conform", "--library", __file__]) == BAD_INPUT
    assert "pip install 'kvm-fault-info[c]'" in capsys.readouterr().err


def test_library_and_target_together_are_bad_usage() -> None:
    assert main(["conform", "--library", "x", "--target", "y"]) == BAD_USAGE
    assert in_process.main([]) == BAD_USAGE
