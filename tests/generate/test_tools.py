# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A missing tool is a failure that says how to get it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.generate import tools
from tests.generate.header import COMPILERS


@pytest.mark.parametrize(("command", "said"), [
    ("abidiff", r"abidiff is missing: apt-get install abigail-tools$"),
    ("clang++", r"clang\+\+ is missing: apt-get install clang$"), ("kaitai", r"see tests/packages\.txt"),
])
def test_a_missing_command_fails_with_the_line_that_installs_it(
    command: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.fail.Exception, match=said):
        tools.tool(command)


def test_a_missing_module_fails_with_the_line_that_installs_it() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"pip install -e '\.\[dev\]'"):
        tools.library("no_such_module")


def test_every_compiler_has_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for command in {command for command, *_arguments in COMPILERS.values()} | {"afl-fuzz", "afl-clang-fast"}:
        with pytest.raises(pytest.fail.Exception, match="apt-get install"):
            tools.tool(command)


def test_each_line_of_the_list_is_a_package_and_a_reason() -> None:
    for line in (tools.ROOT / "tests" / "packages.txt").read_text(encoding="utf-8").splitlines():
        assert line.startswith("#") or re.fullmatch(r"[a-z0-9][a-z0-9+.-]+ +# \S.*", line), line
