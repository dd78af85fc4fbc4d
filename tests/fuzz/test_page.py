# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The page "Fuzz a reader", followed to the letter in an empty folder; what it says of options and licences."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from abi.fuzz import command
from abi.fuzz.engines import ENGINES
from tests.conformance.test_page import Block, blocks
from tests.generate.tools import SPEC, library, tool

PAGE: Final = (SPEC / "fuzzing.rst").read_text(encoding="utf-8")
_ROW: Final = re.compile(r"^(\S.*?)  +(\S+)  +(\S.*?)  +\S.*$", re.MULTILINE)
#: Where Debian says the licence of all files of a package but some.
_COPYRIGHT: Final = {"libFuzzer (clang)": "libclang-rt-*-dev", "AFL++": "afl++"}
_DEBIAN: Final = {"APACHE-2-LLVM-EXCEPTIONS": "Apache-2.0 WITH LLVM-exception"}


def licences() -> dict[str, tuple[str, str]]:
    """Version and licence by engine or package, as the page has them."""
    table = PAGE[PAGE.index("Engine or package") :].split("\n\n")[0]
    rows = {name: (version, licence) for name, version, licence in _ROW.findall(table) if name[0] != "="}
    rows.pop("Engine or package")
    return rows


def sh(block: Block, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the commands of a block."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(["sh", "-eu", "-c", block.text], cwd=folder, env={"PATH": path, "HOME": str(folder)},
                          text=True, capture_output=True, check=False, timeout=240)


def steps() -> dict[str, Block]:
    """The blocks of the page by their captions; the first has none."""
    found = blocks(PAGE)
    assert [(step.language, step.caption) for step in found] == [
        ("sh", ""), ("c", "parser.c"), ("sh", "fuzz"), ("sh", "reproduce"), ("sh", "mended"),
        ("python", "parser.py"), ("sh", "fuzz in Python"), ("sh", "reproduce in Python"), ("sh", "mended in Python"),
    ]
    return {step.caption: step for step in found}


@pytest.mark.check
def test_by_the_page_alone_the_mistake_is_found_reproduced_and_mended(tmp_path: Path) -> None:
    tool("cc")
    tool("clang")
    step = steps()
    assert sh(step[""], tmp_path).returncode == 0
    (tmp_path / "parser.c").write_text(step["parser.c"].text, encoding="utf-8")
    found = sh(step["fuzz"], tmp_path)
    assert found.returncode == 1, found.stderr
    assert "crash: stack-buffer-overflow in parse_record()" in found.stdout
    summary = json.loads((tmp_path / "fuzz-out" / "summary.json").read_text(encoding="utf-8"))
    assert {one["symptom"] for one in summary["findings"]} == {
        "crash: stack-buffer-overflow in parse_record()", "info.hva", "info.firmware_va",
    }
    assert all(one["confirmed"] for one in summary["findings"])
    again = sh(step["reproduce"], tmp_path)
    assert (again.returncode, again.stderr) == (1, "")
    assert "info.hva: expected 0x0000000000000000 got 0x" in again.stdout
    mended = sh(step["mended"], tmp_path)
    assert (mended.returncode, mended.stderr) == (0, ""), mended.stdout
    assert mended.stdout.startswith("the answer is right\n")
    assert ", 0 findings; " in mended.stdout


@pytest.mark.check
def test_by_the_page_alone_the_mistake_in_python_is_found_reproduced_and_mended(tmp_path: Path) -> None:
    library("atheris")
    step = steps()
    assert sh(step[""], tmp_path).returncode == 0
    (tmp_path / "parser.py").write_text(step["parser.py"].text, encoding="utf-8")
    found = sh(step["fuzz in Python"], tmp_path)
    assert found.returncode == 1, found.stderr
    assert found.stdout.startswith("engine: atheris ")
    summary = json.loads((tmp_path / "python-out" / "summary.json").read_text(encoding="utf-8"))
    assert {"crash: IndexError in parse_record()", "outcome"} <= {one["symptom"] for one in summary["findings"]}
    assert all(one["confirmed"] for one in summary["findings"])
    again = sh(step["reproduce in Python"], tmp_path)
    assert again.returncode == 1
    assert again.stderr.endswith("\nIndexError: tuple index out of range\n")
    mended = sh(step["mended in Python"], tmp_path)
    assert mended.returncode == 0, mended
    assert mended.stdout.startswith("the answer is right\n" * len(summary["findings"]))
    assert ", 0 findings; " in mended.stdout


def test_each_option_stands_on_the_page_or_in_the_list_of_commands() -> None:
    parser = argparse.ArgumentParser()
    command.configure(parser)
    listed = (SPEC / "command-line.rst").read_text(encoding="utf-8")
    names = {name for action in parser._actions for name in action.option_strings if name.startswith("--")}
    assert {name for name in names if name not in listed} == set()


def test_the_page_has_the_licences_that_the_engines_state() -> None:
    said = licences()
    assert set(said) == {"libFuzzer (clang)", "AFL++", "atheris", "hypothesis", "libfuzzer-sys"}
    assert said["libFuzzer (clang)"][1] == ENGINES["libfuzzer"].licence
    assert said["AFL++"][1] == ENGINES["afl"].licence
    assert said["atheris"][1] == ENGINES["atheris"].licence
    assert importlib.metadata.metadata("hypothesis")["License-Expression"] == said["hypothesis"][1]
    pinned = (SPEC.parent / "pyproject.toml").read_text(encoding="utf-8")
    for name in ("atheris", "hypothesis"):
        assert f'"{name}=={said[name][0]}' in pinned
    assert not re.search(r'"hypofuzz', pinned)


@pytest.mark.check
def test_the_licences_are_those_of_the_installed_packages() -> None:
    tool("clang")
    tool("afl-fuzz")
    for name, package in _COPYRIGHT.items():
        text = max(Path("/usr/share/doc").glob(f"{package}/copyright")).read_text(encoding="utf-8")
        general = re.search(r"^Files: \*\n(?:.*\n)*?License: (\S+)", text, re.MULTILINE)
        assert general is not None
        assert _DEBIAN.get(general[1], general[1]) == licences()[name][1]
    texts = [path for path in importlib.metadata.files("atheris") or () if "licenses" in path.parts]
    assert any("Apache License" in path.read_text() and "Version 2.0" in path.read_text() for path in texts)
