# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Operations on a ring: its header, stamps, envelopes, where its window stands, and what changes while it is read."""

from __future__ import annotations

from typing import Final

from abi.fuzz import area
from abi.fuzz.area import CHANGES, Ring
from abi.fuzz.buffer import Buffer
from abi.fuzz.case import CHANGE, HEAD, MAX_CHANGES
from abi.fuzz.operations.place import lie
from abi.fuzz.random import WORD as MASK
from abi.ring_layout import LOST_LIMIT, RING_HEADER, RING_SLOT, WORD

AT: Final = RING_HEADER.offsets
SLOT: Final = RING_SLOT.offsets
#: Records that are lost before one, and laps that a window moves on.
GAPS: Final = (1, 2, 7, 1 << 31, LOST_LIMIT - 1, LOST_LIMIT, LOST_LIMIT + 1, 1 << 40)
LAPS: Final = (1, 1, 2, 3, 1 << 16, 1 << 30, 1 << 31, 1 << 45)
#: Most slots that follow a window that moves.
MOST_SHIFTED: Final = 16
#: Words of the header that matter to who has read it already.
SHARED: Final = tuple(AT[name] // WORD for name in ("head", "head", "lost", "tail"))


def header(b: Buffer) -> None:
    """A field of the header becomes another number."""
    found = area.ring(b)
    if found is not None:
        lie(b, found.start, b.size, "ring.header")


def stamp(b: Buffer) -> None:
    """The stamp of a record that is pending: of another lap, of a neighbour, not done, never used, a bit turned."""
    found = area.ring(b)
    if found is not None:
        position = found.tail + b.draw.below(found.pending)
        b.put(found.slot(position), WORD, _stamp(b, found, position))


def _stamp(b: Buffer, found: Ring, position: int) -> int:
    done, how, bit = 2 * position + 2, b.draw.below(8), b.draw.below(64)
    lap = 2 * found.slots
    return (done - 1, 0, done + lap, done - lap, done + 2, done - 2, done + 1, done ^ 1 << bit)[how]


def envelope(b: Buffer) -> None:
    """A number of an envelope lies; or records were lost before it, which all that tells of it says, or not all."""
    found = area.ring(b)
    if found is None:
        return
    at = b.draw.below(found.pending)
    start = found.slot(found.tail + at)
    if b.draw.below(2):
        lie(b, start, start + found.slot_size, "ring.slot")
        return
    gap, left_out = GAPS[b.draw.below(len(GAPS))], b.draw.below(8)
    if left_out != 0:
        _add(b, found.start + AT["lost"], WORD, gap)
    if left_out != 1:
        lost = b.get(start + SLOT["lost"], 4) + gap
        b.put(start + SLOT["lost"], 4, min(lost, LOST_LIMIT))
    for later in range(at, at + 1 if left_out == 2 else found.pending):
        _add(b, found.slot(found.tail + later) + SLOT["sequence"], WORD, gap)


def window(b: Buffer) -> None:
    """An end of the window moves; or all positions move on by whole laps, and what tells of them with them."""
    found = area.ring(b)
    how, laps, left_out = b.draw.below(8), LAPS[b.draw.below(len(LAPS))], b.draw.below(8)
    if found is None:
        return
    if how < 4:
        _add(b, found.start + AT[("head", "tail")[how % 2]], WORD, 1 if how < 2 else -1)
        return
    by = laps * found.slots
    _add(b, found.start + AT["head"], WORD, by)
    if left_out != 0:
        _add(b, found.start + AT["tail"], WORD, by)
    for n in range(min(found.slots, MOST_SHIFTED)):
        at = found.slot(found.tail + n)
        if left_out != 1 and b.get(at, WORD):
            _add(b, at, WORD, 2 * by)
        if left_out != 2 and n < found.pending:
            _add(b, at + SLOT["sequence"], WORD, by)


def _add(b: Buffer, at: int, width: int, number: int) -> None:
    b.put(at, width, b.get(at, width) + number)


def change(b: Buffer) -> None:
    """A page that changes between reads: a change more, one less, or another in the place of one."""
    found, number = area.ring(b), area.changes(b)
    how, which = b.draw.below(8), b.draw.below(number)
    if found is None:
        return
    at = HEAD.size + which * CHANGE.size
    if number == 0 or (how < 4 and number < MAX_CHANGES):
        at = HEAD.size + number * CHANGE.size
        word, value, after = _drawn(b, found)
        if not b.insert(at, CHANGE.size):
            return
        b.data[CHANGES] = number + 1
    elif how < 6:
        word, value, after = _drawn(b, found)
    elif how == 6:
        step = b.draw.below(9) - 4
        _add(b, at, 4, step)
        return
    else:
        b.erase(at, CHANGE.size)
        b.data[CHANGES] = number - 1
        return
    b.put(at + CHANGE.offsets["after"], 4, after)
    b.put(at + CHANGE.offsets["word"], 4, word)
    b.put(at + CHANGE.offsets["value"], WORD, value)


def _drawn(b: Buffer, found: Ring) -> tuple[int, int, int]:
    """Word, value and time of a change."""
    which, at = b.draw.below(8), b.draw.below(found.pending)
    position = found.tail + at
    slot, words = found.slot(position) - found.start, found.slot_size // WORD
    within = 0 if which < 6 else b.draw.below(words)
    word = SHARED[which] if which < 4 else slot // WORD + within
    now = b.get(found.start + word * WORD, WORD)
    value = _stamp(b, found, position) if 4 <= which < 6 else _value(b, now)
    return word, value, _after(b, found, at, within)


def _value(b: Buffer, now: int) -> int:
    how, bit, small = b.draw.below(4), b.draw.below(64), 1 + b.draw.below(16)
    return (now ^ 1 << bit, now + small & MASK, now - small & MASK, b.draw.next())[how]


def _after(b: Buffer, found: Ring, at: int, within: int) -> int:
    """Loads before a change: header, then for each record head, stamp, the other words, stamp, lost.

    Half the time it is about the load that matters: just after the word, or at one of the steps.
    """
    words = found.slot_size // WORD
    each, before = words + 3, RING_HEADER.size // WORD
    how, step, late = b.draw.below(4), b.draw.below(5), b.draw.below(2)
    anywhere = b.draw.below(before + each * (found.pending + 1))
    if how == 0:
        return before + each * at + 2 + within
    if how == 1:
        return before + each * at + (0, 1, 2, words + 1, words + 2)[step] + late
    return anywhere
