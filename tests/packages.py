# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Commands that come from outside: where they are, or the line that installs them (``packages.txt``)."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

LIST: Final = Path(__file__).with_name("packages.txt")


class MissingError(Exception):
    """A command that is not there; the text says how to get it."""


def find(command: str) -> str:
    """The path of a command. Raises MissingError."""
    found = shutil.which(command)
    if found is None:
        raise MissingError(f"{command} is missing: {_install(command)}")
    return found


def _install(command: str) -> str:
    for line in LIST.read_text(encoding="utf-8").splitlines():
        package, _, said = line.partition("#")
        if package.strip() and command in said.partition(":")[0].split():
            return f"apt-get install {package.strip()}"
    return "see tests/packages.txt"
