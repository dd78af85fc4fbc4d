# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The conformance protocol as a Go file of the adapter's package."""

from __future__ import annotations

from abi.generate.go import camel, comment, consts, struct
from abi.generate.protocol import SIZES, SOURCES, STRUCTS, TYPES, codes, sets
from abi.generate.text import head


def render() -> str:
    """The file, as gofmt leaves it."""
    tables = [("", (*SIZES, *TYPES)), *codes(), *sets()]
    parts = [
        [f"// {line}" for line in head(SOURCES)],
        ["package main"],
        *(consts([(camel(n.name), f"{n.value:#x}", f"{field}: {n.meaning}" if field else n.meaning) for n in numbers])
          for field, numbers in tables),
        *([*comment(f"{camel(name)}: {one.meaning}"), *struct(camel(name), one.layout.fields)]
          for name, one in STRUCTS.items()),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"
