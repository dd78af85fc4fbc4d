# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A case: what a fuzzer feeds a harness. A head, changes of shared memory, then the bytes that are read.

Every byte string is a case. Missing bytes of the head are 0, numbers beyond what they choose from are taken
modulo, and of the changes those count that are there whole. All of it is little-endian.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from construct import Int8ul as u8
from construct import Int32ul as u32
from construct import Int64ul as u64

from abi.definition import NEWEST
from abi.layout import Field, Layout

#: What the data of a case is, by number.
SURFACES: Final = ("record", "firmware", "ring")
RECORD, FIRMWARE, RING = range(len(SURFACES))
#: Bits of ``options``; those above are the harness author's.
OPTIONS: Final = (
    ("exact", "the data is just the record; clear: it may end early (exit union, slot)"),
    ("no_ras", "the machine is not set up for RAS"),
    ("no_firmware_va", "the machine refuses firmware's virtual address as a source of FAR_EL1"),
)
EXACT, NO_RAS, NO_FIRMWARE_VA = (1 << n for n in range(len(OPTIONS)))
#: ``dealt`` is taken modulo this, ``changes`` modulo one more than the most there can be.
DEALT: Final = 8
MAX_CHANGES: Final = 4

HEAD: Final = Layout(
    "kfi_case_head",
    "Start of a case; the changes follow, then the data.",
    Field("surface", u8, "what the data is, modulo 3: 0 a record, 1 a firmware record (Generic Error Status Block), "
          "2 the image of a ring"),
    Field("reader", u8, f"newest minor version that the reader is to know, modulo {NEWEST.minor + 1}"),
    Field("options", u8, "; ".join(f"bit {n}: {meaning}" for n, (_, meaning) in enumerate(OPTIONS))
          + "; the others are the harness author's"),
    Field("dealt", u8, f"ring: records that the first consumer deals with, modulo {DEALT}"),
    Field("changes", u8, f"ring: number of changes, modulo {MAX_CHANGES + 1}; else there are none"),
    Field("ignored", u8, "anything", number=3),
)
CHANGE: Final = Layout(
    "kfi_case_change",
    "A word of shared memory that changes while it is read.",
    Field("after", u32, "it changes after so many loads of shared memory, 0: before the first"),
    Field("word", u32, "number of the word in the image, modulo how many whole words the image has"),
    Field("value", u64, "what it then holds"),
)


class Change(NamedTuple):
    """A word of the ring's image that changes: :data:`CHANGE` as numbers."""

    after: int = 0
    word: int = 0
    value: int = 0


class Case(NamedTuple):
    """What a case says, its numbers reduced. ``data`` is a record, a firmware record or a ring's image."""

    surface: int = RECORD
    reader: int = NEWEST.minor
    options: int = 0
    dealt: int = 0
    changes: tuple[Change, ...] = ()
    data: bytes = b""

    @property
    def exact(self) -> bool:
        """Whether the data is just the record, as in a file."""
        return bool(self.options & EXACT)


def parse(data: bytes) -> Case:
    """What any bytes say as a case; raises nothing."""
    head = data[: HEAD.size].ljust(HEAD.size, b"\0")
    surface, reader, options, dealt, changes, _ = HEAD.codec.fast.unpack(head)
    surface %= len(SURFACES)
    there = max(len(data) - HEAD.size, 0) // CHANGE.size
    number = min(changes % (MAX_CHANGES + 1), there) if surface == RING else 0
    start = HEAD.size + number * CHANGE.size
    return Case(
        surface, reader % (NEWEST.minor + 1), options, dealt % DEALT,
        tuple(Change(*CHANGE.codec.fast.unpack_from(data, at)) for at in range(HEAD.size, start, CHANGE.size)),
        data[start:],
    )


def build(case: Case) -> bytes:
    """The bytes of a case, such that :func:`parse` gives it back; ValueError if they would not."""
    made = HEAD.codec.fast.pack(
        case.surface, case.reader, case.options, case.dealt, len(case.changes), bytes(HEAD.field("ignored").width)
    ) + b"".join(CHANGE.codec.fast.pack(*change) for change in case.changes) + case.data
    if parse(made) != case:
        raise ValueError(f"no bytes mean this case: {case}")
    return made
