# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The page "Write your own adapter", followed to the letter in an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest

from abi.conformance.in_process import DECLARATION
from abi.conformance.protocol import FRAME, FRAME_MAX, PROTOCOL
from tests.conformance.targets import every
from tests.generate.tools import SPEC, tool

PAGE = (SPEC / "adapters.rst").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^\.\. code-block:: (\w+)\n((?:   :.*\n)*)\n((?:   .*\n|\n)+)", re.MULTILINE)


class Block(NamedTuple):
    """A code block: its language, its caption (the name of a file) or "", its text."""

    language: str
    caption: str
    text: str


def blocks(page: str = PAGE) -> list[Block]:
    """The code blocks of a page in their order."""
    return [
        Block(language, "".join(re.findall(r":caption: (.*)", options)), textwrap.dedent(text).strip("\n") + "\n")
        for language, options, text in _BLOCK.findall(page)
    ]


def follow(folder: Path, old: str = "", new: str = "") -> list[subprocess.CompletedProcess[str]]:
    """Write the files and run the commands, one text in a file being another; ends with the first that fails."""
    assert list(folder.iterdir()) == []
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {"PATH": path, "HOME": str(folder)}
    tool("cc")
    done: list[subprocess.CompletedProcess[str]] = []
    for block in blocks():
        if block.caption:
            (folder / block.caption).write_text(block.text.replace(old, new) if old else block.text, encoding="utf-8")
        elif block.language == "sh":
            done.append(subprocess.run(["sh", "-eu", "-c", block.text], cwd=folder, env=environment, text=True,
                                       capture_output=True, check=False, timeout=120))
            if done[-1].returncode:
                break
    return done


def test_the_page_has_files_and_commands() -> None:
    assert [b.caption for b in blocks() if b.caption] == ["mine.c"]
    assert [b.language for b in blocks()] == ["sh", "c", "sh", "sh", "sh", "toml"]


def test_the_page_says_what_the_protocol_says() -> None:
    assert f"\nVersion {PROTOCOL}. Frames" in PAGE
    assert f"at most {FRAME_MAX} bytes" in PAGE
    assert f"({FRAME_MAX - FRAME.size} bytes have\nroom)" in PAGE
    assert f"\n    {DECLARATION}\n" in PAGE
    (slug,) = re.findall(r'^   "(.*)" = "', PAGE, re.MULTILINE)
    assert slug in {vector.slug for vector in every()}


@pytest.mark.check
def test_by_the_page_alone_an_adapter_is_built_and_conforms(tmp_path: Path) -> None:
    done = follow(tmp_path)
    assert [(one.returncode, one.stderr) for one in done] == [(0, "")] * 4
    asked = [vector.request for vector in every() if vector.role == "vmm"]
    reads = asked.count("read")
    assert f"target: mine 1\n{reads} pass, {len(asked) - reads} unsupported; " in done[1].stdout
    more = sum(map(asked.count, ("vmm", "check", "ring")))
    for one in done[2:]:
        assert f"target: adapter.c 1\n{more} pass, {len(asked) - more} unsupported; " in one.stdout
    assert done[1].stdout.count(": right\n") >= 8
    assert "adapter.c" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.check
@pytest.mark.parametrize(("old", "new", "said"), [
    ("a.tail = (uint32_t)record.tail_size;", "", "    tail: expected 0x"),
    ("kfp_put(out, &a, sizeof(a));", "kfp_put(out, &a, 4);", "request read: kfi_read_answer: "),
    ('"1.0 1.1", "read"', '"1.0 1.1", "read ring"', "request ring: id 0x7, type 0xffff came: "),
    ("q.exact", "false", "fail: "),
])
def test_with_a_mistake_in_it_it_does_not(old: str, new: str, said: str, tmp_path: Path) -> None:
    done = follow(tmp_path, old, new)
    assert [one.returncode for one in done] == [0, 1]
    assert said in done[1].stdout
