# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo conform`` with bad files and bad targets: clear errors, right exit codes, nothing measured is lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from abi.cli import BAD_INPUT, BAD_USAGE, NO
from abi.conformance.vectors import folder
from tests.cli.running import PATIENCE, Ran, called, environment
from tests.conformance.targets import answers, manners

#: Few vectors; what is asked of a target that takes any kind, and fails some of them.
FILE = folder() / "host-enable.json"
WRONG = answers("enables-anything")
FAILS = 16


def conform(*arguments: object, target: list[str] = WRONG, vectors: Path = FILE) -> Ran:
    return called("conform", "--vectors", vectors, "--timeout", "1", *arguments, "--target", *target)


CORRUPT: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut": (lambda d: d[: len(d) // 2], "json.syntax"),
    "empty": (lambda _: b"", "json.syntax"),
    "no text": (lambda d: b"\xff\xfe" + d, "json.syntax"),
    "zeros": (lambda _: bytes(4096), "json.syntax"),
    "nested": (lambda _: b"[" * 100_000, "json.syntax"),
    "a list": (lambda _: b"[]", "json.type"),
    "no vectors": (lambda d: d.replace(b'"vectors"', b'"victors"'), "json.unknown"),
    "another protocol": (lambda d: d.replace(b'"protocol": 1', b'"protocol": 2'), "vectors.protocol"),
    "an unknown request": (lambda d: d.replace(b'"enable"', b'"inable"', 1), "vectors.request"),
    "an unknown rule": (lambda d: d.replace(b'"host.enable.known"', b'"host.enable.none"', 1), "vectors.rule"),
    "an unknown key": (lambda d: d.replace(b'"why"', b'"whi"', 1), "json.unknown"),
    "a slug twice": (lambda d: d.replace(b"enable-kinds-40", b"enable-kinds-20"), "vectors.slug"),
    "another spelling": (lambda d: d.replace(b'"0x20"', b'"0X20"', 1), "vectors.canonical"),
    "a space more": (lambda d: d + b"\n", "vectors.canonical"),
    "too large a number": (lambda d: d.replace(b'"0x20"', b'"0x100000020"', 1), "json."),
}


@pytest.mark.parametrize("name", CORRUPT)
def test_corrupt_vectors_are_bad_input_and_nothing_is_asked(name: str, tmp_path: Path) -> None:
    corrupt, code = CORRUPT[name]
    path = tmp_path / "host-enable.json"
    path.write_bytes(corrupt(FILE.read_bytes()))
    assert path.read_bytes() != FILE.read_bytes()
    done = conform("--html", tmp_path / "r.html", vectors=path)
    assert done.code == BAD_INPUT
    assert str(done.complaint["code"]).startswith(code), done.err
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize(("path", "code"), [
    ("none", "file.read"), ("none.json/x", "file.read"), ("x" * 300, "file.read"), ("/dev/zero", "file.size"),
])
@pytest.mark.parametrize("option", ["--vectors", "--known-failures"])
def test_a_file_that_is_none_is_bad_input(option: str, path: str, code: str) -> None:
    done = conform(option, path)
    assert (done.code, done.complaint["code"], done.complaint["path"]) == (BAD_INPUT, code, path)


def test_one_corrupt_file_among_others_is_named(tmp_path: Path) -> None:
    for source in (FILE, folder() / "vmm-captures.json"):
        shutil.copyfile(source, tmp_path / source.name)
    (tmp_path / FILE.name).write_bytes(FILE.read_bytes() + b" ")
    assert "host-enable" in conform(vectors=tmp_path).err


@pytest.mark.parametrize("name", ["floods", "complains-endlessly", "prints-garbage"])
def test_a_target_that_floods_is_told_and_what_was_measured_is_written(name: str, tmp_path: Path) -> None:
    done = conform("--report", tmp_path / "r.json", target=manners(name))
    assert done.code == NO
    assert "NOT OK" in done.out
    told = json.loads((tmp_path / "r.json").read_text())
    assert told["incidents"]
    assert sum(told["summary"].values()) == 128
    assert (tmp_path / "r.json").stat().st_size < 1 << 20


def unwritable(tmp_path: Path, kind: str) -> str:
    (tmp_path / "file").write_bytes(b"")
    return {"no folder": str(tmp_path / "no" / "r"), "a folder": str(tmp_path), "below a file": f"{tmp_path}/file/r",
            "a full disk": "/dev/full", "too long": str(tmp_path / ("r" * 300))}[kind]


@pytest.mark.parametrize(("which", "kind"), [
    *((which, kind) for which in ("--report", "--junit", "--html")
      for kind in ("no folder", "a folder", "below a file", "a full disk", "too long")),
    *(("--known-failures", kind) for kind in ("no folder", "below a file", "too long")),  # the others cannot be read
])
def test_a_file_that_cannot_be_written_costs_none_of_the_others(which: str, kind: str, tmp_path: Path) -> None:
    files = {option: str(tmp_path / option.strip("-")) for option in ("--report", "--junit", "--html")}
    more = []
    if which == "--known-failures":
        more = ["--update"]
    files[which] = unwritable(tmp_path, kind)
    done = conform(*(part for item in files.items() for part in item), *more)
    assert done.code == BAD_INPUT
    assert (done.complaint["code"], done.complaint["path"]) == ("file.write", files[which])
    assert f"{FAILS} fail" in done.out, "the results are printed"
    if which != "--report":
        assert json.loads(Path(files["--report"]).read_text())["summary"]["fail"] == FAILS
    if which != "--junit":
        assert len(ET.parse(files["--junit"]).findall(".//failure")) == (0 if more else FAILS)
    if which != "--html":
        assert "enable-kinds-20" in Path(files["--html"]).read_text()


def test_each_file_that_cannot_be_written_is_named_and_json_stays_one_object(tmp_path: Path) -> None:
    done = conform("--json", "--report", tmp_path / "no" / "1", "--html", tmp_path / "no" / "2")
    assert done.code == BAD_INPUT
    assert done.json["summary"]["fail"] == FAILS
    assert [line.split(":")[2].strip() for line in done.err.splitlines()] == [
        str(tmp_path / "no" / name) for name in ("1", "2")
    ]


@pytest.mark.parametrize("kind", ["none", "a folder", "no text", "no vector", "no reason"])
def test_known_failures_that_cannot_be_used_are_told_before_anything_is_asked(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "known.toml"
    code = "file.read"
    if kind == "a folder":
        path.mkdir()
    elif kind != "none":
        text, code = {"no text": (b"\xff", "known.syntax"),
                      "no vector": (b"[known-failures]\nno-such-vector = 'x'\n", "known.slug"),
                      "no reason": (b"[known-failures]\nenable-kinds-20 = ' '\n", "known.reason")}[kind]
        path.write_bytes(text)
    started = tmp_path / "started"
    done = conform("--known-failures", path, target=["touch", str(started)])
    assert (done.code, done.complaint["code"]) == (BAD_INPUT, code)
    assert str(path) in str(done.complaint["path"])
    assert not started.exists()


def test_update_keeps_a_file_that_names_no_vector(tmp_path: Path) -> None:
    path = tmp_path / "known.toml"
    path.write_text("[known-failures]\nno-such-vector = 'x'\n")
    assert conform("--known-failures", path, "--update").code == BAD_INPUT
    assert path.read_text() == "[known-failures]\nno-such-vector = 'x'\n"


def test_a_command_of_bytes_that_are_no_text_is_reported(tmp_path: Path) -> None:
    files = [part for name in ("report", "junit", "html") for part in (f"--{name}", str(tmp_path / name))]
    done = conform(*files, target=[*WRONG, os.fsdecode(b"\xff\xfe")])
    assert done.code == NO
    assert all((tmp_path / name).stat().st_size for name in ("report", "junit", "html"))


@pytest.mark.parametrize("option", ["--report", "--junit", "--html", "--known-failures"])
def test_smoke_with_a_file_that_it_would_not_write_is_bad_usage(option: str, tmp_path: Path) -> None:
    assert conform("--smoke", option, tmp_path / "x").code == BAD_USAGE


#: A target that answers some, says so by making a file, and answers no more.
HANGS = """
import sys, time
from pathlib import Path
from abi.conformance.make.book import reference
from abi.conformance.serve import serve

def enable(values, asked=[]):
    asked.append(values)
    if len(asked) == 20:
        Path(sys.argv[1]).touch()
        time.sleep(1000)
    return reference().ANSWERS["enable"](values)

serve("hangs", "1", {"enable": enable})
"""


def test_ctrl_c_keeps_what_was_measured_in_every_file(tmp_path: Path) -> None:
    """The target hangs at one request; a person waits, and then does not."""
    files = {name: tmp_path / name for name in ("report", "junit", "html")}
    options = [part for name, path in files.items() for part in (f"--{name}", str(path))]
    known, hangs = tmp_path / "known.toml", tmp_path / "hangs"
    command = [sys.executable, "-m", "abi.cli", "conform", "--vectors", str(FILE), "--timeout", "1000", *options,
               "--known-failures", str(known), "--update", "--target", sys.executable, "-c", HANGS, str(hangs)]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + PATIENCE
    while not hangs.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.5)  # what was answered before is read
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (NO, "")
    assert out.splitlines()[-1].startswith("interrupted; ")
    told = json.loads(files["report"].read_text())
    assert told["interrupted"]
    assert not told["ok"]
    assert told["summary"]["pass"] == 19
    assert told["summary"]["not run"] == sum(told["summary"].values()) - 19 == 128 - 19
    cases = ET.parse(files["junit"]).findall(".//testcase")
    assert len([case for case in cases if len(case) == 0]) == told["summary"]["pass"]
    assert "interrupted" in files["html"].read_text()
    assert tomllib.loads(known.read_text()) == {"known-failures": {}}
