# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Files and streams that are not what a command hopes for: told in one line, or borne in silence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli import by_hand
from tests.cli.files import Files
from tests.cli.running import ROOT, Ran, Runner, environment, process

TRAP = {"esr_el2": "0x92000010", "far_el2": "0x300500123", "hpfar_el2": "0x0"}


def assert_told(done: Ran, code: str, path: object) -> None:
    assert (done.code, done.out) == (3, "")
    assert (done.complaint["code"], done.complaint["path"]) == (code, str(path))


def commands(files: Files) -> dict[str, list[object]]:
    """Every command that prints, on good input."""
    rec, vcpu = files.raw(by_hand.abort(), "rec.bin"), files.vcpu()
    return {"emit": ["emit", files.trap(TRAP)], "decode": ["decode", rec], "inject": ["inject", rec, "--vcpu", vcpu],
            "esr": ["esr", "92000010"], "json": ["decode", rec, "--json"], "raw": ["emit", files.trap(TRAP), "-o", "-"],
            "bad": ["decode", files.raw(b"", "empty.bin"), "--json"]}


NAMES = ("emit", "decode", "inject", "esr", "json", "raw", "bad")


def test_a_file_that_is_not_there_is_bad_input(files: Files, run: Runner) -> None:
    missing = files.folder / "missing"
    for arguments in (["decode", missing], ["import", "arm-sea", missing], ["emit", missing],
                      ["emit", files.trap(TRAP), "--cper", missing], ["inject", missing, "--vcpu", files.vcpu()],
                      ["inject", files.raw(by_hand.abort()), "--vcpu", missing]):
        assert_told(run(*arguments), "file.read", missing)


def test_a_folder_is_no_file(files: Files, run: Runner) -> None:
    assert_told(run("decode", files.folder), "file.read", files.folder)
    assert_told(run("emit", files.trap(TRAP), "-o", files.folder), "file.write", files.folder)


def test_a_place_that_cannot_be_written_is_told(files: Files, run: Runner) -> None:
    target = files.folder / "no" / "such" / "folder"
    assert_told(run("emit", files.trap(TRAP), "-o", target), "file.write", target)


def test_a_file_too_large_for_any_input_is_not_read_whole(files: Files, run: Runner) -> None:
    large = files.folder / "large"
    with large.open("wb") as file:
        file.truncate(1 << 40)
    done = run("decode", large)
    assert_told(done, "file.size", large)
    assert done.complaint["expected"] == "at most 0x100000 bytes"


BUFFERING = pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])


@BUFFERING
@pytest.mark.parametrize("name", NAMES)
def test_a_reader_that_has_gone_is_borne_in_silence(name: str, unbuffered: str, files: Files) -> None:
    """Buffered output fails only when the process ends, where Python would tell of it in its own way."""
    reading, writing = os.pipe()
    os.close(reading)
    done = process(*commands(files)[name], stdout=writing, env=environment(PYTHONUNBUFFERED=unbuffered))
    os.close(writing)
    assert done.code == 1
    if name == "bad" and not unbuffered:
        assert done.complaint["code"] == "vmm.malformed"
    else:
        assert done.err == ""


@BUFFERING
@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_is_told(name: str, unbuffered: str, files: Files) -> None:
    with Path("/dev/full").open("wb") as full:
        done = process(*commands(files)[name], stdout=full, env=environment(PYTHONUNBUFFERED=unbuffered))
    assert done.code == 3
    last = done._replace(err=done.err.splitlines()[-1])
    assert (last.complaint["code"], last.complaint["path"]) == ("file.write", "-")
    assert last.complaint["got"] == "No space left on device"


def shell(line: str, *arguments: object) -> Ran:
    """Run a command with the redirections of a shell line."""
    done = subprocess.run(
        ["sh", "-c", f'exec {sys.executable} -m abi.cli "$@" {line}', "sh", *map(str, arguments)],
        capture_output=True, env=environment(), timeout=60, check=False, cwd=ROOT,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize("name", ["emit", "decode", "inject", "esr", "json"])
def test_without_a_standard_output_a_command_still_ends_well(name: str, files: Files) -> None:
    assert shell(">&-", *commands(files)[name])[::2] == (0, "")


def test_without_a_standard_stream_there_is_nothing_to_read_or_write(files: Files) -> None:
    assert_told(shell("<&-", "decode", "-"), "file.read", "-")
    assert_told(shell(">&-", "emit", files.trap(TRAP), "-o", "-"), "file.write", "-")


def test_an_empty_standard_input_is_a_record_of_no_bytes() -> None:
    assert_told(process("decode", "-", stdin=subprocess.DEVNULL), "vmm.malformed", "record.sea_flags")


def test_names_that_are_not_utf_8_are_no_trouble(files: Files) -> None:
    name = os.fsencode(files.folder) + b"/\xff\xfe"
    done = subprocess.run(
        [sys.executable, "-m", "abi.cli", "decode", name], capture_output=True, env=environment(), timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert b"file.read" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_command_needs_no_particular_folder_or_locale(tmp_path: Path, files: Files) -> None:
    record = files.raw(by_hand.abort())
    env = environment(LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    done = process("decode", record, cwd=tmp_path, env=env)
    assert (done.code, done.err) == (0, "")
    assert done.out == process("decode", record).out
