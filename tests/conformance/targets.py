# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the tests of the runner drive, and a few vectors that are quick to ask."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from abi.conformance.vectors import Vector, load

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
_SCRIPT = ROOT / "spec" / "adapters" / "python" / "adapter.py"
_PATH = f"import runpy, sys; sys.path.insert(0, {str(ROOT)!r})"
ADAPTER = [sys.executable, "-c", f"{_PATH}; runpy.run_path({str(_SCRIPT)!r}, None, '__main__')"]


def answers(name: str) -> list[str]:
    """The command of a target that answers wrongly."""
    return [sys.executable, str(HERE / "wrong_answers.py"), name]


def manners(name: str) -> list[str]:
    """The command of a target that speaks wrongly."""
    return [sys.executable, str(HERE / "wrong_manners.py"), name]


@cache
def every() -> tuple[Vector, ...]:
    """All vectors."""
    return load()


@cache
def few(number: int = 97) -> tuple[Vector, ...]:
    """Vectors from all over."""
    return every()[::number]
