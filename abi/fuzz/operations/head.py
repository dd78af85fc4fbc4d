# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The head of a case: who reads, how, and what; a record becomes a ring that holds it, and the other way round."""

from __future__ import annotations

from typing import Final

from abi.fuzz import area
from abi.fuzz.area import CHANGES, OPTIONS, SURFACE
from abi.fuzz.buffer import Buffer
from abi.fuzz.case import EXACT, HEAD, RECORD, RING, SURFACES
from abi.fuzz.operations import recipe
from abi.fuzz.templates import ring
from abi.ring_layout import COUNT_LIMIT, LOST_LIMIT, RING_HEADER, WORD, slot_size_for

READER, DEALT = HEAD.offsets["reader"], HEAD.offsets["dealt"]
#: Position of the oldest record of a ring that is made, and how many were lost before it.
TAILS: Final = (0, 0, 1, 3, 4, 7, (1 << 32) - 1, COUNT_LIMIT - 9)
LOSTS: Final = (0, 0, 0, 1, 5, LOST_LIMIT - 1, LOST_LIMIT, LOST_LIMIT + 1)
#: Most bytes of a record that a ring is made of.
MOST: Final = 256


def head(b: Buffer) -> None:
    """The reader, an option, or how many are dealt with, and nothing else."""
    how, number = b.draw.below(4), b.draw.below(8)
    if how == 0:
        b.data[READER] ^= 1
    elif how == 1:
        b.data[OPTIONS] ^= EXACT
    elif how == 2:
        b.data[OPTIONS] ^= 1 << number
    else:
        b.data[DEALT] = number


def become(b: Buffer) -> None:
    """The data is of another surface, made anew of what was there."""
    _become(b, (area.surface(b) + 1 + b.draw.below(2)) % len(SURFACES))


def again(b: Buffer) -> None:
    """A ring is made anew, of one of its records."""
    found = area.record(b)
    if found is not None:
        enclose(b, bytes(b.data[found.start : found.end]))


def _become(b: Buffer, surface: int) -> None:
    was = area.surface(b)
    if (was, surface) == (RECORD, RING) and b.size > HEAD.size:
        enclose(b, bytes(b.data[HEAD.size : HEAD.size + MOST]))
    elif (was, surface) == (RING, RECORD):
        _disclose(b)
    else:
        recipe.whole(b, surface)


def enclose(b: Buffer, record: bytes) -> None:
    """A ring in which a record is pending, once or more, in the place of what was there."""
    record = record[:MOST]
    slots = 2 << b.draw.below(2)
    pending = 1 + b.draw.below(slots)
    room = (len(record) + WORD - 1) // WORD * WORD + (0 if b.draw.below(4) else WORD)
    tail, lost = TAILS[b.draw.below(len(TAILS))], LOSTS[b.draw.below(len(LOSTS))]
    dealt = b.draw.below(pending)
    if HEAD.size + RING_HEADER.size + slots * slot_size_for(room) > b.room:
        slots = 2
        pending = min(pending, slots)
    if HEAD.size + RING_HEADER.size + slots * slot_size_for(room) > b.room:
        return
    b.resize(HEAD.size)
    b.data[SURFACE], b.data[CHANGES], b.data[DEALT] = RING, 0, dealt
    b.data.extend(ring((record,) * pending, tail, slots, lost, room))


def _disclose(b: Buffer) -> None:
    found = area.record(b)
    if found is None:
        recipe.whole(b, RECORD)
        return
    b.resize(found.end)
    b.erase(HEAD.size, found.start - HEAD.size)
    b.data[SURFACE], b.data[CHANGES] = RECORD, 0
