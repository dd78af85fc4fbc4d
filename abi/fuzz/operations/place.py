# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""One number of a layout becomes another: field-wise mutation, of whatever has a layout."""

from __future__ import annotations

from abi.fuzz.buffer import Buffer
from abi.fuzz.values import DELTAS, PLACES, Place


def lie(b: Buffer, at: int, end: int, layout: str) -> None:
    """Change a number of the layout that begins at ``at``, if it ends by ``end``."""
    places = PLACES[layout]
    place = places[b.draw.below(len(places))]
    value = other(b, at, end, place)
    if at + place.offset + place.width <= end:
        b.put(at + place.offset, place.width, value)


def other(b: Buffer, at: int, end: int, place: Place) -> int:
    """Another value for a place: half the time one worth trying, else a bit turned, a little more or less, any.

    "Any" is half the time any in the top byte alone: an address that is not canonical, a count far too large.
    """
    there = at + place.offset
    now = b.get(there, place.width) if there + place.width <= end else 0
    how = b.draw.below(8)
    if how < 4:
        return place.values[b.draw.below(len(place.values))]
    if how < 6:
        return now ^ 1 << b.draw.below(8 * place.width)
    if how < 7:
        delta = DELTAS[b.draw.below(len(DELTAS))]
        return now + delta if b.draw.below(2) else now - delta
    if b.draw.below(2):
        return now ^ 1 + b.draw.below(0xFF) << 8 * (place.width - 1)
    return b.draw.next()
