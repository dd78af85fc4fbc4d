# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""README.md shows what a clean clone prints."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from abi import cli
from abi.conformance.vectors import load
from tests.fuzz.bench import evidence, report
from tests.readme import block

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_demo_prints_what_readme_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo"]) == cli.DONE
    assert block("demo").strip() == capsys.readouterr().out.strip()


def test_the_fuzz_panels_are_those_that_were_recorded() -> None:
    recorded = evidence.read()
    assert block("fuzz").strip() == report.short(recorded)
    recorded["panels"]["first"]["goals"][0]["got"] = "1 of 40"
    assert block("fuzz").strip() != report.short(recorded)


@pytest.mark.parametrize("line", [line for line in README.splitlines() if line.startswith("    faultinfo ")])
def test_every_command_that_readme_names_exists(line: str) -> None:
    command = shlex.split(line.strip())[1]
    assert command in cli.COMMANDS


def test_readme_names_every_command() -> None:
    assert set(cli.COMMANDS) == {
        *re.findall(r"^    faultinfo (\w+)", README, re.MULTILINE), "demo",
    }


def test_readme_and_changelog_count_the_vectors_right() -> None:
    changelog = (Path(__file__).parent.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"(\d[\d,]*) vectors(?! a second)", README + changelog) == [f"{len(load()):,}"] * 2


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    makefile = (Path(__file__).parent.parent / "Makefile").read_text(encoding="utf-8")
    for command in re.findall(r"^    make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{command}:", makefile, re.MULTILINE), command


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:abi|reference_\w+|tests|LICENSES)/[\w./]*)`", README))))
def test_every_path_that_readme_names_exists(path: str) -> None:
    assert (Path(__file__).parent.parent / path).exists()


def test_the_rows_that_the_page_of_adapters_names_are_those_of_the_table() -> None:
    page = " ".join((Path(__file__).parents[1] / "spec" / "adapters.rst").read_text(encoding="utf-8").split())
    named = re.findall(r'"(conform, .*?)"', page)
    assert len(named) == 3
    assert [row for row in named if f"    {row}  " not in README] == []


def would_run(target: str) -> list[str]:
    """The lines of shell that make would run, without what makes the virtual environment."""
    env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    done = subprocess.run(["make", "-n", "JOBS=2", target], cwd=Path(__file__).parents[1], env=env, capture_output=True,
                          text=True, check=True)
    return [line for line in done.stdout.splitlines() if re.match(r"\.venv/bin/(ruff|mypy|pytest|faultinfo)\b", line)]


def test_make_check_is_make_test_and_before_it_the_rest() -> None:
    """In that order: what is fetched for the lab is there when `make test` looks for it."""
    check, test = would_run("check"), would_run("test")
    assert test == [".venv/bin/ruff check", ".venv/bin/faultinfo generate --check", ".venv/bin/mypy",
                    '.venv/bin/pytest -n 2 -m "not check"']
    assert check == [".venv/bin/pytest -n 2 -m check", *test]
    ran = (Path(__file__).parents[1] / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in ran if line.startswith("make ")] == ["make demo", "make packages", "make check"]
