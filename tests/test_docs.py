# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The specification builds without a warning, and names only rules that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from abi.rules import all_rules

SPEC = Path(__file__).parent.parent / "spec"
PAGES = sorted(SPEC.glob("*.rst"))


def build(spec: Path, out: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", str(spec), str(out)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.check
def test_the_specification_builds_without_a_warning(tmp_path: Path) -> None:
    done = build(SPEC, tmp_path / "html")
    assert done.returncode == 0, done.stderr
    rules = (tmp_path / "html" / "rules.html").read_text(encoding="utf-8")
    assert [name for name in all_rules() if name not in rules] == []


@pytest.mark.check
def test_a_warning_fails_the_build(tmp_path: Path) -> None:
    """The build above can fail: a page that includes what is not there."""
    (tmp_path / "conf.py").write_text((SPEC / "conf.py").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "index.rst").write_text("Title\n=====\n\n.. include:: tables/none.rst\n", encoding="utf-8")
    assert build(tmp_path, tmp_path / "html").returncode != 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_names_only_rules_that_exist(page: Path) -> None:
    named = re.findall(r"``((?:host|vmm)\.[a-z0-9_.*]+)``", page.read_text(encoding="utf-8"))
    for name in named:
        known = any(rule.startswith(name[:-1]) for rule in all_rules()) if name.endswith("*") else name in all_rules()
        assert known, name


def test_every_table_is_part_of_a_page() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [table.name for table in (SPEC / "tables").glob("*.rst") if f"tables/{table.name}" not in text] == []
