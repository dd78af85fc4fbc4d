# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The conformance protocol as every language's file has it: layouts, numbers and their names."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from abi.conformance.codes import CODED, SETS
from abi.conformance.protocol import (
    COUNTED,
    FAILED,
    FRAME,
    FRAME_MAX,
    ISOLATED,
    MEMSLOT,
    MESSAGES,
    PROTOCOL,
    UNSUPPORTED,
)
from abi.layout import Layout

SOURCES: Final = ("abi/conformance/protocol.py", "abi/conformance/layouts.py", "abi/conformance/codes.py")


class Struct(NamedTuple):
    """A layout under the name that it has in all languages, and the parts that follow it."""

    layout: Layout
    parts: tuple[str, ...] = ()

    @property
    def meaning(self) -> str:
        """What it is, and what follows."""
        after = f" Parts: {', '.join(self.parts)}." if self.parts else ""
        return self.layout.meaning + after


class Number(NamedTuple):
    """A number by name; ``bits`` is the width of what holds it."""

    name: str
    value: int
    bits: int
    meaning: str


STRUCTS: Final = {
    "frame": Struct(FRAME),
    **{
        f"{message.name}_{which}": struct
        for message in MESSAGES
        for which, struct in (("request", Struct(message.request, message.parts)),
                              ("answer", Struct(message.answer, message.answer_parts)))
    },
    "memslot": Struct(MEMSLOT),
    "isolated": Struct(ISOLATED),
}

SIZES: Final = (
    Number("PROTOCOL", PROTOCOL, 16, "version of the protocol"),
    Number("FRAME_COUNTED", COUNTED, 32, "bytes of the head of a frame that its length counts"),
    Number("FRAME_MAX", FRAME_MAX, 32, "no frame is longer, head and all"),
    Number("PAYLOAD_MAX", FRAME_MAX - FRAME.size, 32, "no payload is longer"),
)
TYPES: Final = (
    *(Number(f"TYPE_{m.name.upper()}", m.type, 16, m.request.meaning.rstrip(".:?")) for m in MESSAGES),
    Number("TYPE_FAILED", FAILED, 16, "the answer to a request that could not be carried out, with a text"),
    Number("TYPE_UNSUPPORTED", UNSUPPORTED, 16, "the answer to a type that the target does not know"),
)


def codes() -> list[tuple[str, tuple[Number, ...]]]:
    """Fields that hold a code, each with its values."""
    return [(field, tuple(Number(_name(field, name or "none"), n, 8, name or "none") for n, name in enumerate(names)))
            for field, names in CODED.items()]


def sets() -> list[tuple[str, tuple[Number, ...]]]:
    """Fields that hold a set, each with its bits."""
    return [(field, tuple(Number(_name(field, name), 1 << n, 32, name) for n, name in enumerate(names)))
            for field, names in SETS.items()]


def _name(field: str, name: str) -> str:
    return re.sub(r"\W", "_", f"{field}_{name}").upper()
