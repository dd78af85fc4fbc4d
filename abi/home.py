# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Where the files that come with the project are: beside this package where it is installed, else in the clone."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).parent
#: What a command says that finds no clone and needs one.
NO_CLONE: Final = "this is an installed package; run it from a clone of the repository"


def spec() -> Path:
    """The folder of vectors, headers, readers, formats, schemas and adapters."""
    return _beside("spec", "spec")


def captures() -> Path:
    """The folder of bytes and registers taken from real software."""
    return _beside("captures", "tests/captures")


def clone() -> Path | None:
    """The repository; None where the package is installed."""
    return None if (_PACKAGE / "spec").is_dir() else _PACKAGE.parent


def _beside(here: str, in_clone: str) -> Path:
    installed = _PACKAGE / here
    return installed if installed.is_dir() else _PACKAGE.parent / in_clone
