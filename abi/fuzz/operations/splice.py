# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Two cases become one: fields of two records, entries of two firmware records, else bytes."""

from __future__ import annotations

from abi.cper import bits
from abi.cper.layouts import STATUS_BLOCK
from abi.definition import RECORD as LAYOUT
from abi.fuzz import area
from abi.fuzz.area import Area
from abi.fuzz.buffer import Buffer
from abi.fuzz.case import FIRMWARE, HEAD, RECORD
from abi.fuzz.steps import TEMPLATE_RANGES, TEMPLATES
from abi.ring_layout import RING_SLOT

AT = STATUS_BLOCK.offsets


def splice(b: Buffer) -> None:
    """The case and one of the same surface that breaks nothing."""
    first, count = TEMPLATE_RANGES[area.surface(b)]
    mix(b, TEMPLATES[first + b.draw.below(count)])


def mix(b: Buffer, data: bytes) -> None:
    """The case and any other, which has a head too."""
    other = Buffer(data, len(data), 0)
    surfaces = area.surface(b), area.surface(other)
    if surfaces == (FIRMWARE, FIRMWARE):
        append(b, other)
    elif FIRMWARE in surfaces:
        _bytes(b, data)
    else:
        _fields(b, other)


def append(b: Buffer, other: Buffer) -> None:
    """The data entries of another firmware record behind those that are there."""
    if b.size < HEAD.size + STATUS_BLOCK.size or other.size < HEAD.size + STATUS_BLOCK.size:
        return
    entries = HEAD.size + STATUS_BLOCK.size
    length = HEAD.size + AT["data_length"]
    mine, theirs = (min(each.get(length, 4), each.size - entries) for each in (b, other))
    if not b.insert(entries + mine, theirs):
        return
    b.data[entries + mine : entries + mine + theirs] = other.data[entries : entries + theirs]
    b.put(length, 4, mine + theirs)
    if b.get(HEAD.size + AT["raw_data_length"], 4):
        b.put(HEAD.size + AT["raw_data_offset"], 4, b.get(HEAD.size + AT["raw_data_offset"], 4) + theirs)
    status = b.get(HEAD.size + AT["block_status"], 4)
    counts = [each.get(HEAD.size + AT["block_status"], 4) & bits.ENTRY_COUNT_MASK for each in (b, other)]
    count = sum(counts) & bits.ENTRY_COUNT_MASK if all(counts) else 0
    b.put(HEAD.size + AT["block_status"], 4, status & ~bits.ENTRY_COUNT_MASK | count)


def _fields(b: Buffer, other: Buffer) -> None:
    """Each field of a record from one or from the other."""
    mine, chosen = area.record(b), b.draw.next()
    theirs = _first(other)
    if mine is None or theirs is None:
        return
    for n, field in enumerate(LAYOUT.fields):
        start, end = LAYOUT.offsets[field.name], LAYOUT.end(field.name)
        if chosen >> n & 1 and mine.start + end <= mine.end and theirs.start + end <= theirs.end:
            b.data[mine.start + start : mine.start + end] = other.data[theirs.start + start : theirs.start + end]


def _first(other: Buffer) -> Area | None:
    """The record, or the oldest that is pending in a ring."""
    if area.surface(other) == RECORD:
        return Area(HEAD.size, other.size, grows=True)
    ring = area.ring(other)
    if ring is None:
        return None
    at = ring.slot(ring.tail)
    return Area(at + RING_SLOT.size, at + ring.slot_size, grows=False)


def _bytes(b: Buffer, data: bytes) -> None:
    """The head and some of what follows, then the end of the other."""
    kept = HEAD.size + b.draw.below(b.size - HEAD.size + 1)
    taken = HEAD.size + b.draw.below(len(data) - HEAD.size + 1)
    number = min(len(data) - taken, b.room - kept)
    b.resize(kept + number)
    b.data[kept:] = data[taken : taken + number]
