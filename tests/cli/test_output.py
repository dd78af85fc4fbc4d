# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What is printed where: plain text to pipes, tables and colours to terminals only."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from abi import terminal
from tests.cli import by_hand
from tests.cli.files import Files
from tests.cli.running import ROOT, environment, process

ESCAPE = "\x1b"
#: Sequences that set a colour, foreground or background.
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3|4|9|10)[0-9](?:;\d+)*m")
TRAP = {"esr_el2": "0x92000010", "far_el2": "0x300500123", "hpfar_el2": "0x0"}


def on_terminal(*arguments: object, **more: str) -> str:
    """What a command prints on a terminal of 120 columns."""
    return program_on_terminal("-m", "abi.cli", *map(str, arguments), **more)


def program_on_terminal(*arguments: str, **more: str) -> str:
    """What the interpreter, so started, prints on a terminal."""
    ours, theirs = pty.openpty()
    variables = {"TERM": "xterm-256color", "COLUMNS": "120", "NO_COLOR": ""} | more
    env = {key: value for key, value in environment(**variables).items() if value}
    running = subprocess.Popen(
        [sys.executable, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=env, cwd=ROOT
    )
    os.close(theirs)
    said = b""
    while True:
        try:
            more_said = os.read(ours, 4096)
        except OSError:  # every end at the other side is closed
            break
        if not more_said:
            break
        said += more_said
    os.close(ours)
    assert running.wait(60) == 0
    return said.decode().replace("\r\n", "\n")


def tables(files: Files) -> dict[str, list[object]]:
    """Every command that prints a table."""
    rec = files.raw(by_hand.abort(), "rec.bin")
    return {"decode": ["decode", rec], "emit": ["emit", files.trap(TRAP)],
            "inject": ["inject", rec, "--vcpu", files.vcpu()], "demo": ["demo"]}


NAMES = ("decode", "emit", "inject", "demo")


@pytest.mark.parametrize("name", NAMES)
def test_a_pipe_gets_plain_text_whatever_the_environment_says(name: str, files: Files) -> None:
    import_module("rich")
    env = environment(TERM="xterm-256color", FORCE_COLOR="1", CLICOLOR_FORCE="1")
    done = process(*tables(files)[name], env=env, cwd=ROOT)
    assert (done.code, done.err) == (0, "")
    assert done.out
    assert ESCAPE not in done.out


@pytest.mark.parametrize("name", NAMES)
def test_a_terminal_gets_a_table_with_a_styled_head(name: str, files: Files) -> None:
    import_module("rich")
    assert f"{ESCAPE}[1m" in on_terminal(*tables(files)[name])


def test_colours_are_for_terminals_that_want_them(files: Files) -> None:
    import_module("rich")
    assert COLOUR.search(on_terminal("demo"))
    assert not COLOUR.search(on_terminal("demo", NO_COLOR="1"))
    assert ESCAPE not in on_terminal("demo", TERM="dumb")


@pytest.mark.parametrize("name", NAMES)
def test_a_terminal_and_a_pipe_are_told_the_same(name: str, files: Files) -> None:
    import_module("rich")
    bare = re.sub(r"\x1b\[[0-9;]*m", "", on_terminal(*tables(files)[name], COLUMNS="400"))
    assert bare.split() == process(*tables(files)[name], cwd=ROOT).out.split()


@pytest.mark.parametrize("name", ["decode", "emit", "inject", "esr", "demo"])
def test_json_on_a_terminal_is_only_json(name: str, files: Files) -> None:
    arguments = tables(files).get(name, ["esr", "92000010"])
    assert ESCAPE not in on_terminal(*arguments, "--json")


def test_brackets_are_text_and_no_markup() -> None:
    """Descriptions hold HPFAR_EL2.FIPA [47:4], and hints what a file holds."""
    import_module("rich")
    code = "from abi.terminal import styled, table; table([('[red]cell[/red]',)], 'h'); styled('[b]line[/b]', 'bold')"
    said = program_on_terminal("-c", code)
    assert "[red]cell[/red]" in said
    assert "[b]line[/b]" in said


def test_every_column_is_as_wide_as_its_widest_cell(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.table([("a", "wide cell", ""), ("longer", "b", "last")], ("x", "y", "z"))
    assert capsys.readouterr().out.splitlines() == [
        "x       y          z", "a       wide cell", "longer  b          last"]


def test_without_rich_a_terminal_gets_the_plain_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    always: Callable[..., Any] = lambda: True  # noqa: E731
    monkeypatch.setattr(sys.stdout, "isatty", always)
    terminal.table([("a", "b")], ("x", "y"))
    terminal.styled("line", "bold red")
    assert capsys.readouterr().out == "x  y\na  b\nline\n"


def test_rich_is_not_loaded_where_no_terminal_is(files: Files) -> None:
    code = "import sys; from abi.cli import main; main(sys.argv[1:]); print('rich' in sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code, "decode", str(files.raw(by_hand.abort()))], capture_output=True, text=True,
        env=environment(), cwd=ROOT, check=True, timeout=60,
    )
    assert done.stderr == "False\n"
