# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Where in the bytes of a case things are, read with lenience: what is mutated may lie about itself."""

from __future__ import annotations

from typing import NamedTuple

from abi.fuzz.buffer import Buffer
from abi.fuzz.case import CHANGE, HEAD, MAX_CHANGES, RECORD, RING, SURFACES
from abi.fuzz.random import WORD as MASK
from abi.ring_layout import RING_HEADER, RING_SLOT, WORD

SURFACE, OPTIONS, CHANGES = (HEAD.offsets[name] for name in ("surface", "options", "changes"))


class Area(NamedTuple):
    """Bytes that hold a record; ``grows``: they reach to the end of the case, which may move."""

    start: int
    end: int
    grows: bool


class Ring(NamedTuple):
    """A ring: where its image starts, where its first slot, and what there is of slots, at least one."""

    start: int
    first: int
    slot_size: int
    slots: int
    tail: int
    pending: int

    def slot(self, position: int) -> int:
        """Where the slot of a position begins."""
        return self.first + (position & MASK) % self.slots * self.slot_size


def surface(b: Buffer) -> int:
    """What the data is; the head is there."""
    return b.data[SURFACE] % len(SURFACES)


def changes(b: Buffer) -> int:
    """How many changes there are."""
    if surface(b) != RING:
        return 0
    return min(b.data[CHANGES] % (MAX_CHANGES + 1), (b.size - HEAD.size) // CHANGE.size)


def start(b: Buffer) -> int:
    """Where the data begins."""
    return HEAD.size + changes(b) * CHANGE.size


def ring(b: Buffer) -> Ring | None:
    """The ring of a case, None if there is nothing like one. Sizes that cannot be are taken for others."""
    at = start(b)
    if surface(b) != RING or b.size - at < RING_HEADER.size:
        return None
    header, size, slots, head, tail = (
        b.get(at + RING_HEADER.offsets[name], RING_HEADER.field(name).width)
        for name in ("header_size", "slot_size", "slots", "head", "tail")
    )
    if header < RING_HEADER.size or header % WORD:
        header = RING_HEADER.size
    first = at + header
    if first > b.size or not RING_SLOT.size + WORD <= size <= b.size - first:
        return None
    fit = (b.size - first) // size
    slots = slots if 0 < slots < fit else fit
    pending = head - tail & MASK
    return Ring(at, first, size, slots, tail, pending if 0 < pending <= slots else slots)


def record(b: Buffer) -> Area | None:
    """A record of the case: the data, or one that is pending in a ring, drawn; None if there is none."""
    if surface(b) == RECORD:
        return Area(HEAD.size, b.size, grows=True)
    found = ring(b)
    if found is None:
        return None
    at = found.slot(found.tail + b.draw.below(found.pending))
    return Area(at + RING_SLOT.size, at + found.slot_size, grows=False)
