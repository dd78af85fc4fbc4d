# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Targets that are Python files: how they are loaded, asked and found to leak, and an engine that is not there."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from abi.cli import BAD_INPUT, NO, main
from abi.errors import InputError
from abi.fuzz import engines, leaking, module
from abi.fuzz.called import Called
from abi.fuzz.endings import raised
from abi.fuzz.engines.atheris import INSTALL
from abi.fuzz.engines.last import Last
from abi.fuzz.plan import MAX_CASE, Kind, Plan, target
from abi.fuzz.seeds import SEEDS
from tests.fuzz.running import FUZZ, ROOT, fuzz
from tests.generate.tools import library

MODULE = FUZZ / "templates" / "module.py"
ADAPTER = ROOT / "spec" / "adapters" / "python" / "adapter.py"
FAULTY = Path(__file__).parent / "faulty.py"
BY = "  File "
TRACE = f'Traceback (most recent call last):\n{BY}"<string>", line 1, in <module>\n'


# What is said of how it broke, and what is an answer

@pytest.mark.parametrize(("text", "kind"), [
    (f'{TRACE}{BY}"/x/parser.py", line 9, in parse_record\n    f(1)\n    ^^^\nIndexError: 7 is too many\nfor it\n',
     "crash: IndexError in parse_record()"),
    (f'{TRACE}{BY}"/x/p.py", line 9, in f\n{BY}"/usr/lib/python3.11/json/decoder.py", line 3, in d\nmine.Error: 1\n',
     "crash: mine.Error in f()"),
    (f'{TRACE}{BY}"/v/lib/python3.11/site-packages/mine/p.py", line 9, in g\nmine.Error\n', "crash: mine.Error in g()"),
    (f'{TRACE}{BY}"/x/p.py", line 9, in f\nKeyError: 1\n\nDuring:\n\n{TRACE}{BY}"/x/p.py", line 8, in g\nTypeError\n',
     "crash: TypeError in g()"),
    ("Segmentation fault\n", ""), ("", ""), ("IndexError: no traceback\n", ""),
])
def test_a_program_of_python_broke_by_its_exception_in_its_own_function(text: str, kind: str) -> None:
    assert raised(text) == kind


@pytest.mark.parametrize("answered", [None, b"", 3, (1, "text"), ("1", b""), (1, b"", 2), (-1, b""), (1 << 16, b""),
                                      (8, bytes(1 << 16)), [8, b""]])
def test_what_is_no_answer_is_told(answered: object) -> None:
    with pytest.raises((TypeError, ValueError), match=r"answer\(\) returned"):
        module.checked(answered)


def test_what_is_an_answer_is_taken() -> None:
    assert module.checked((8, bytearray(b"x"))) == (8, b"x")


# The files of a target

@pytest.mark.parametrize(("names", "code"), [
    (["nothing.py"], "file.read"), (["mine.py", "x.c"], "fuzz.target"), (["x.c", "mine.py"], "fuzz.target"),
    (["struct.py"], "fuzz.target"), (["abi.py"], "fuzz.target"), (["not-a-name.py"], "fuzz.target"),
])
def test_files_that_are_no_target_are_told(names: list[str], code: str, tmp_path: Path) -> None:
    for name in names:
        if name != "nothing.py":
            (tmp_path / name).write_text("", encoding="utf-8")
    with pytest.raises(InputError) as error:
        target([str(tmp_path / name) for name in names])
    assert error.value.code == code


def test_python_files_are_a_kind_of_their_own_and_a_command_of_python_is_a_process() -> None:
    assert Plan(target([str(MODULE)]), Path()).kind is Kind.MODULE
    assert Plan(target([sys.executable, str(MODULE)]), Path()).kind is Kind.PROCESS


@pytest.mark.parametrize(("text", "said"), [
    ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"), ("answer = None", "TypeError"),
    ("def answer(kind, payload):\n    return 0, b''", "the answer to HELLO"), ("def answer(:", "SyntaxError"),
])
def test_a_target_that_cannot_be_asked_says_why(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        engines.choose(Plan((str(tmp_path / "mine.py"),), tmp_path / "out"), "process")
    assert error.value.code == "fuzz.target"
    assert said in f"{error.value.got} {error.value.hint}"


# An engine that is missing or too old

def without(monkeypatch: pytest.MonkeyPatch, version: str | None) -> None:
    """Have atheris be of that version, or not be there."""
    def found(name: str) -> str:
        if version is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr("abi.fuzz.engines.atheris.importlib.metadata.version", found)


@pytest.mark.parametrize(("version", "code"), [
    (None, "engine.missing"), ("2.3.0", "engine.old"), ("unknown", "engine.old"),
])
def test_an_engine_that_is_missing_or_too_old_is_told_with_the_line_that_installs_it(
    version: str | None, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without(monkeypatch, version)
    assert main(["fuzz", "--engine", "atheris", "--out", str(tmp_path / "out"), "--target", str(ADAPTER)]) == BAD_INPUT
    err = capsys.readouterr().err
    assert f"faultinfo: {code}: " in err
    assert INSTALL in err
    assert not (tmp_path / "out").exists()


def test_the_line_that_installs_it_is_of_the_version_that_is_tested() -> None:
    assert f'"{INSTALL.split()[-1]};' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_without_it_the_engine_that_is_there_is_taken_and_says_so(tmp_path: Path) -> None:
    """One that is too old is there, where Python looks first."""
    (tmp_path / "atheris-2.3.0.dist-info").mkdir()
    (tmp_path / "atheris-2.3.0.dist-info" / "METADATA").write_text("Name: atheris\nVersion: 2.3.0\n", encoding="utf-8")
    done = fuzz("--time", 2, "--out", tmp_path / "out", "--target", MODULE,
                env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert (done.code, done.said["engine"]) == (NO, "process")
    assert "outcome" in done.symptoms
    (note,) = done.said["notes"]
    assert note.startswith(f"atheris is not there: 2.3.0; {INSTALL}")


@pytest.mark.check
def test_one_that_cannot_be_imported_is_missing(tmp_path: Path) -> None:
    """As a wheel of another machine is."""
    library("atheris")
    (tmp_path / "atheris.py").write_text("raise ImportError('no such symbol')\n", encoding="utf-8")
    done = fuzz("--engine", "atheris", "--out", tmp_path / "out", "--target", MODULE,
                env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert (done.code, done.said["error"]["code"]) == (BAD_INPUT, "engine.missing")
    assert "ImportError: no such symbol" in done.said["error"]["got"]
    assert INSTALL in done.said["error"]["hint"]


def test_it_is_for_python_files_only(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        engines.choose(Plan((sys.executable, str(MODULE)), tmp_path), "atheris")
    assert (error.value.code, error.value.expected) == ("engine.target", f"process for {Kind.PROCESS.value}")


# What a worker remembers, and what a leak is

def test_the_case_at_which_a_worker_died_is_there_and_one_that_was_done_is_not(tmp_path: Path) -> None:
    last = Last(tmp_path / "last")
    for case in (b"", b"x", bytes(MAX_CASE), b"short"):
        last.begin(case)
        assert Last.read(tmp_path / "last") == case
        last.end()
        assert Last.read(tmp_path / "last") is None
    assert Last.read(tmp_path / "nothing") is None


def leaky(kept: list[object]) -> Callable[[], None]:
    """A function that keeps something."""
    def keeps() -> None:
        kept.append(bytearray(50))

    return keeps


def test_what_stays_behind_each_time_is_a_leak_by_its_function_and_a_cache_is_none() -> None:
    cache: dict[int, bytes] = {}
    kept: list[object] = []

    def circle() -> None:
        one: list[Any] = []
        one.append(one)

    assert not leaking.leaks(lambda: cache.setdefault(1, bytes(300)))
    assert not leaking.leaks(circle)
    assert leaking.leaks(leaky(kept))
    assert leaking.function(leaky(kept)) == "keeps"


def test_a_target_that_raises_has_broken_and_one_that_exits_too() -> None:
    def exits(_kind: int, _payload: bytes) -> tuple[int, bytes]:
        sys.exit(3)

    def divides(kind: int, payload: bytes) -> tuple[int, bytes]:
        return kind // 0, payload

    seed = SEEDS["record-1.0"]
    assert Called(exits, frozenset({"read"})).ask(seed).broke == "it ended with exit code 3"
    told = Called(divides, frozenset({"read"})).ask(seed)
    assert told.broke == "crash: ZeroDivisionError in divides()"
    assert (len(told.exchanges), told.exchanges[0].got) == (1, None)
