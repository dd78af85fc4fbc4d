# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The captures that come with the project: bytes and registers taken from real software."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from abi import home
from abi.errors import InputError


def folder() -> Path:
    """Where the captures are."""
    return home.captures()


def load(name: str) -> dict[str, Any]:
    """One of the JSON captures; raises InputError if it is not there."""
    path = folder() / name
    try:
        value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("file.read", str(path), None, "a capture", str(error)) from None
    return value


def case(capture: dict[str, Any], name: str) -> dict[str, Any]:
    """One case of a capture by its name."""
    found: dict[str, Any] = next(c for c in capture["cases"] if c["name"] == name)
    return found


def registers(capture: dict[str, Any], view: str) -> dict[str, str]:
    """The trap registers of one view (``as_taken``, ``as_handled``), as TRAP.json has them."""
    found = next(r for r in capture["trap_registers"] if r["view"] == view)
    return {key: value for key, value in found.items() if key != "view"}
