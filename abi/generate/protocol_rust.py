# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The conformance protocol as a Rust module, for adapters."""

from __future__ import annotations

from typing import Final

from abi.generate.protocol import SIZES, SOURCES, STRUCTS, TYPES, Number, codes, sets
from abi.generate.rust import HELPERS, asserts, const, struct
from abi.generate.text import head

_HEAD: Final = """\
//! Layouts and numbers of the protocol between `faultinfo conform` and a target.

#![allow(
    dead_code,
    clippy::trivially_copy_pass_by_ref,
    clippy::wrong_self_convention
)]

use core::mem::{offset_of, size_of};
"""


def render() -> str:
    """The module, as rustfmt leaves it."""
    layouts = {name: one.layout for name, one in STRUCTS.items()}
    parts = [
        [f"// {line}" for line in head(SOURCES)],
        _HEAD.splitlines(),
        [line for number in (*SIZES, *TYPES) for line in _const(number, number.meaning)],
        *([line for number in numbers for line in _const(number, f"`{field}`: {number.meaning}")]
          for field, numbers in (*codes(), *sets())),
        *(struct(name, layout) for name, layout in layouts.items()),
        HELPERS.splitlines(),
        *(asserts(name, layout) for name, layout in layouts.items()),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _const(number: Number, said: str) -> list[str]:
    value = f"{number.value:#x}" if number.value < 1 << 16 else f"{number.value:#_x}"
    return const(number.name, f"u{number.bits}", value, f"{said}.")
