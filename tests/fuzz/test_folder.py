# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The folder of a campaign, foreign files in it, and engines that are not there or too old."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from abi.cli import BAD_INPUT, BAD_USAGE, DONE, main
from abi.errors import InputError
from abi.fuzz import engines, folder
from abi.fuzz.plan import MAX_CASE, Plan, target
from abi.fuzz.seeds import SEEDS
from tests.fuzz.running import ADAPTER, FAULTY


def plan(out: Path, *words: str) -> Plan:
    """A campaign that is not run."""
    return Plan(words or (str(FAULTY),), out)


def test_foreign_files_are_left_out_by_name(tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    (more / "good").write_bytes(SEEDS["firmware"] + b"\0")
    (more / "huge").write_bytes(bytes(MAX_CASE + 1))
    (more / "folder").mkdir()
    (more / "dangling").symlink_to("nowhere")
    os.mkfifo(more / "pipe")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(more / "socket"))
    wanted = plan(tmp_path / "out")
    folder.open_(wanted, "libfuzzer")
    taken, left = folder.feed(wanted, more)
    listening.close()
    assert taken == len(SEEDS) + 1
    assert [text.split(":")[0] for text in left] == ["dangling", "folder", "huge", "pipe", "socket"]
    assert f"{MAX_CASE + 1:#x} bytes" in left[2]
    assert len(list(wanted.seeds.iterdir())) == taken


def test_what_is_foreign_in_the_corpus_is_put_aside_and_kept(tmp_path: Path) -> None:
    wanted = plan(tmp_path / "out")
    assert folder.open_(wanted, "libfuzzer") is False
    os.mkfifo(wanted.corpus / "pipe")
    (wanted.corpus / "huge").write_bytes(bytes(MAX_CASE + 1))
    (wanted.corpus / "case").write_bytes(b"x")
    assert folder.open_(wanted, "libfuzzer") is True
    assert [path.name for path in wanted.corpus.iterdir()] == ["case"]
    assert sorted(path.name for path in (wanted.out / "foreign").iterdir()) == ["huge", "pipe"]


@pytest.mark.parametrize("what", ["file", "other files", "other engine", "other target"])
def test_a_folder_of_something_else_is_refused(what: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    if what == "file":
        out.write_text("", encoding="utf-8")
    elif what == "other files":
        out.mkdir()
        (out / "mine").write_text("", encoding="utf-8")
    else:
        folder.open_(plan(out), "libfuzzer")
    with pytest.raises(InputError) as error:
        folder.open_(plan(out, "/other.c") if what == "other target" else plan(out), "afl")
    assert error.value.code == "fuzz.out"
    if what == "other files":
        assert (out / "mine").exists()


def test_without_a_target_the_seeds_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fuzz", "--seeds", str(tmp_path / "seeds")]) == DONE
    assert {path.name: path.read_bytes() for path in (tmp_path / "seeds").iterdir()} == SEEDS
    assert len(capsys.readouterr().out.splitlines()) == len(SEEDS)
    assert main(["fuzz"]) == BAD_USAGE


@pytest.mark.parametrize(("words", "code"), [
    (["nothing.c"], "file.read"), (["no-such-command"], "fuzz.target"), ([""], "fuzz.target"),
    ([str(FAULTY), "-O2"], "fuzz.target"), (["sh", "-c", "exit 3"], "fuzz.target"), (["true"], "fuzz.target"),
])
def test_a_target_that_is_none_is_told(
    words: list[str], code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [" ".join(words)] if "-c" in words else words
    arguments = ["fuzz", "--out", str(tmp_path / "out"), "--target", *words]
    if any(word.startswith("-") for word in words):
        arguments = ["fuzz", "--out", str(tmp_path / "out"), "--target", " ".join(words)]
        with pytest.raises(InputError) as error:
            engines.choose(Plan(target([" ".join(words)]), tmp_path), None)
        assert error.value.code == code
        return
    assert main(arguments) == BAD_INPUT
    assert f"faultinfo: {code}: " in capsys.readouterr().err


def fake(path: Path, name: str, said: str) -> None:
    """A command that says a version."""
    (path / name).write_text(f"#!/bin/sh\necho '{said}'\n", encoding="utf-8")
    (path / name).chmod(0o755)


@pytest.mark.parametrize(("name", "commands", "code", "hint"), [
    ("libfuzzer", {}, "engine.missing", "libclang-rt"),
    ("afl", {}, "engine.missing", "apt-get install afl++"),
    ("libfuzzer", {"clang": "clang version 11.0.1"}, "engine.old", "libclang-rt"),
    ("libfuzzer", {"clang": "no version at all"}, "engine.old", "libclang-rt"),
    ("libfuzzer", {"clang": "clang version 14.0.6"}, "engine.missing", "libclang-rt"),
    ("afl", {"afl-fuzz": "afl-fuzz++3.15a based on afl"}, "engine.old", "apt-get install afl++"),
    ("afl", {"afl-fuzz": "afl-fuzz++4.04c based on afl"}, "engine.missing", "afl++ clang"),
    (None, {}, "engine.missing", "libclang-rt"),
])
def test_an_engine_that_is_missing_or_too_old_is_told_with_the_package(
    name: str | None, commands: dict[str, str], code: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    for each, said in commands.items():
        fake(tmp_path / "bin", each, said)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(InputError) as error:
        engines.choose(plan(tmp_path / "out"), name)
    assert error.value.code == code
    assert hint in error.value.hint


def test_an_engine_for_another_kind_of_target_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        engines.choose(plan(tmp_path, *ADAPTER), "afl")
    assert error.value.code == "engine.target"
    assert engines.choose(plan(tmp_path, *ADAPTER), None).name == "process"
