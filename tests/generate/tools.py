# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Tools that the tests run. A tool that is missing is a failure that says how to get it, never a skip."""

from __future__ import annotations

import fcntl
import importlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.packages import MissingError, find

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "spec"
#: Downloads and builds that are worth keeping between runs; git ignores it.
BUILD = ROOT / "build" / "generate"
#: Seconds after which a tool hangs.
PATIENCE = 300


class ToolError(AssertionError):
    """A tool said no; the message is what it wrote."""


def tool(command: str) -> str:
    """The path of a command; fails with the line that installs it."""
    try:
        return find(command)
    except MissingError as error:
        pytest.fail(str(error))


def library(name: str) -> Any:
    """A Python module of the extra ``dev``; fails with the line that installs it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        pytest.fail(f"{name} is missing: pip install -e '.[dev]'")


def run(command: str, *arguments: object, **options: Any) -> str:
    """Run a tool and return what it wrote; raises ToolError unless it ends with 0."""
    done = subprocess.run(
        [tool(command), *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE, check=False, **options,
    )
    if done.returncode:
        raise ToolError(f"{command} ends with {done.returncode}:\n{done.stdout}{done.stderr}")
    return str(done.stdout)


def node_modules(source: Path) -> Path:
    """The folder of the packages that ``package-lock.json`` in ``source`` pins, installed on first use."""
    folder = BUILD / source.name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = (source / "package-lock.json").read_bytes()
        done = folder / ".installed"
        if not done.exists() or done.read_bytes() != wanted:
            for name in ("package.json", "package-lock.json"):
                shutil.copyfile(source / name, folder / name)
            run("npm", "ci", "--no-audit", "--no-fund", cwd=folder)
            done.write_bytes(wanted)
    return folder / "node_modules"


def environment(**more: str) -> dict[str, str]:
    """This process's environment and more."""
    return os.environ | more
