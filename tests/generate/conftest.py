# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Artefacts of other definitions: each judge must say no to them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.files import Files
from tests.generate.tools import ROOT
from tests.test_checklists import edit

PACKAGES = ("abi", "reference_host", "reference_vmm")


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def copied(target: Path) -> Path:
    """The packages alone, in a folder of their own."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, target / package, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def regenerated(copy: Path, *names: str) -> Path:
    """What the copied packages generate, all if nothing is named, written below the copy."""
    done = subprocess.run(
        [sys.executable, "-m", "abi.cli", "generate", *names], cwd=copy, env={"PYTHONPATH": str(copy)},
        capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stderr
    return copy


def swap(path: Path, one: str, other: str) -> None:
    """Exchange two texts that each stand once in a file."""
    edit(path, one, "\0")
    edit(path, other, one)
    edit(path, "\0", other)


@pytest.fixture(scope="session")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fields of every layout have changed places; the numbers are the same."""
    copy = copied(tmp_path_factory.mktemp("moved"))
    for one, other in (("esr", "far"), ("host_action", "origin"), ("hva", "firmware_va")):
        swap(copy / "abi" / "definition.py", f'Field("{one}", u', f'Field("{other}", u')
        swap(copy / "abi" / "record.py", f"    {one}: int = 0\n", f"    {other}: int = 0\n")
    swap(copy / "abi" / "reply.py", 'Field("ext_dabt_pending"', 'Field("ext_iabt_pending"')
    swap(copy / "abi" / "ring_layout.py", 'Field("head"', 'Field("tail"')
    swap(copy / "abi" / "ring_layout.py", 'Field("vcpu", u32', 'Field("lost", u32')
    swap(copy / "abi" / "definition.py", 'Field("cr8"', 'Field("apic_base"')
    conformance = copy / "abi" / "conformance"
    (layouts,) = (path for path in conformance.glob("*.py") if 'Field("via", u8' in path.read_text(encoding="utf-8"))
    swap(layouts, 'Field("action", u8', 'Field("via", u8')
    swap(conformance / "protocol.py", "Message(7, ", "Message(8, ")
    return regenerated(copy)


@pytest.fixture(scope="session")
def renumbered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A flag and codes have other numbers; every field is in its place."""
    copy = copied(tmp_path_factory.mktemp("renumbered"))
    edit(copy / "abi" / "definition.py", 'Flag("NESTED", 7,', 'Flag("NESTED", 10,')
    edit(copy / "abi" / "definition.py", 'Code(5, "ISOLATED_PAGE"', 'Code(6, "ISOLATED_PAGE"')
    return regenerated(copy)
