# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the generated files share: the licence and the head, wrapping, and names of codes."""

from __future__ import annotations

import textwrap
from typing import Final

from abi.definition import CODES, FLAGS, SEA_FLAGS
from abi.layout import Code, Flag, Version

LICENCE: Final = "GPL-2.0-only OR BSD-3-Clause"
#: Of the kernel's own header.
UAPI_LICENCE: Final = "((GPL-2.0-only WITH Linux-syscall-note) OR BSD-3-Clause)"
SOURCE: Final = "abi/definition.py"
REGENERATE: Final = "faultinfo generate"

#: Where the definition's names are too long or too general to be the middle of a macro's.
_PREFIXES: Final = {"host_action": "ACTION", "firmware_severity": "FW_SEVERITY"}
#: Prefix of the names of each code table, by the field that holds the code.
CODE_PREFIXES: Final = {field: _PREFIXES.get(field, field.upper()) for field in CODES}


def head(sources: tuple[str, ...] = (SOURCE,), licence: str = LICENCE) -> tuple[str, ...]:
    """The lines that every generated file begins with, without their comment marks."""
    return (
        f"SPDX-License-Identifier: {licence}",
        f"Do not edit: generated from {', '.join(sources)}.",
        f"To regenerate run: {REGENERATE}",
    )


def wrap(text: str, first: str, rest: str | None = None, width: int = 96) -> list[str]:
    """The text in lines, the first with one prefix and the others with another."""
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=first if rest is None else rest,
        break_long_words=False, break_on_hyphens=False,
    )


def flags_of(version: Version) -> tuple[Flag, ...]:
    """The bits of ``flags`` that a version knows."""
    return tuple(f for f in FLAGS if f.since <= version)


def sea_flags_of(version: Version) -> tuple[Flag, ...]:
    """The bits of ``sea_flags`` that a version knows."""
    return tuple(f for f in SEA_FLAGS if f.since <= version)


def codes() -> list[tuple[str, str, tuple[Code, ...]]]:
    """Every code table: the field, the prefix of its names, its codes."""
    return [(field, CODE_PREFIXES[field], table) for field, table in CODES.items()]
