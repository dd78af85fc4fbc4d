# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Operations on a ring: its header, stamps, envelopes, where its window stands, and what changes while it is read."""

from __future__ import annotations

from typing import Final

from abi.fuzz import area
from abi.fuzz.area import CHANGES, Ring
from abi.fuzz.buffer import Buffer
from abi.fuzz.case import CHANGE, DEALT, HEAD, MAX_CHANGES, Change
from abi.fuzz.operations.place import lie
from abi.fuzz.random import WORD as MASK
from abi.ring_layout import LOST_LIMIT, RING_HEADER, RING_SLOT, WORD

DEALT_AT: Final = HEAD.offsets["dealt"]
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
    """The stamp of a record that is pending: of another lap or neighbour, not done, never used, a bit turned, right."""
    found = area.ring(b)
    if found is not None:
        position = found.tail + b.draw.below(found.pending)
        b.put(found.slot(position), WORD, _stamp(b, found, position))


def _stamp(b: Buffer, found: Ring, position: int) -> int:
    done, how, bit = 2 * position + 2, b.draw.below(9), b.draw.below(64)
    lap = 2 * found.slots
    return (done - 1, 0, done + lap, done - lap, done + 2, done - 2, done + 1, done, done ^ 1 << bit)[how]


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
    """A page that changes between reads: a change more, and back half the time; one less; or another for one."""
    found, number = area.ring(b), area.changes(b)
    how, which = b.draw.below(8), b.draw.below(number)
    if found is None:
        return
    at = HEAD.size + which * CHANGE.size
    if number == 0 or (how < 4 and number < MAX_CHANGES):
        _more(b, found, number)
    elif how < 6:
        drawn, _ = _drawn(b, found)
        _write(b, at, drawn)
    elif how == 6:
        _add(b, at, 4, b.draw.below(9) - 4)
    else:
        b.erase(at, CHANGE.size)
        b.data[CHANGES] = number - 1


def _more(b: Buffer, found: Ring, number: int) -> None:
    drawn, now = _drawn(b, found)
    back, later = b.draw.below(2), 1 + b.draw.below(16)
    for change in (drawn, Change(drawn.after + later, drawn.word, now))[: 1 + back]:
        at = HEAD.size + number * CHANGE.size
        if number == MAX_CHANGES or not b.insert(at, CHANGE.size):
            return
        number += 1
        b.data[CHANGES] = number
        _write(b, at, change)


def _write(b: Buffer, at: int, change: Change) -> None:
    for (name, offset), value in zip(CHANGE.offsets.items(), change, strict=True):
        b.put(at + offset, CHANGE.field(name).width, value)


def _drawn(b: Buffer, found: Ring) -> tuple[Change, int]:
    """A change, and what its word holds now."""
    which, dealt = b.draw.below(8), b.data[DEALT_AT] % DEALT
    at = b.draw.below(min(found.pending, dealt + 1))
    position = found.tail + at
    slot, words = found.slot(position) - found.start, found.slot_size // WORD
    within = 0 if which < 6 else b.draw.below(words)
    word = SHARED[which] if which < 4 else slot // WORD + within
    now = b.get(found.start + word * WORD, WORD)
    value = _stamp(b, found, position) if 4 <= which < 6 else _value(b, now)
    return Change(_after(b, found, at, within), word, value), now


def _value(b: Buffer, now: int) -> int:
    how, bit, small = b.draw.below(4), b.draw.below(64), 1 + b.draw.below(16)
    return (now ^ 1 << bit, now + small & MASK, now - small & MASK, b.draw.next())[how]


def _after(b: Buffer, found: Ring, at: int, within: int) -> int:
    """Loads before a change: header, then for each record head, stamp, the other words, stamp, lost.

    So it goes for the first consumer, then for the second, which reads one record. Half the time it is about the
    load that matters: just after the word, or at one of the steps.
    """
    words, dealt = found.slot_size // WORD, b.data[DEALT_AT] % DEALT
    each, before = words + 3, RING_HEADER.size // WORD
    how, step, late, second = b.draw.below(4), b.draw.below(5), b.draw.below(2), b.draw.below(2)
    anywhere = b.draw.below(2 * before + each * (dealt + 2))
    start = before + each * at + (each + before if second and at == dealt else 0)
    if how == 0:
        return start + 2 + within
    if how == 1:
        return start + (0, 1, 2, words + 1, words + 2)[step] + late
    return anywhere
