# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Bytes without any structure: a small share, so that nothing is out of reach."""

from __future__ import annotations

from typing import Final

from abi.fuzz.buffer import Buffer

#: Most bytes that are put in, taken out or copied.
MOST: Final = 32
#: Values of a byte, widened by zeros or ones.
BYTES: Final = (0, 1, 0x7F, 0x80, 0xFF)


def havoc(b: Buffer) -> None:
    """One of: bits, bytes, numbers of any width at any place; bytes put in, taken out, copied, cut off."""
    how, at = b.draw.below(8), b.draw.below(b.size)
    if how == 5:
        _put_in(b, at)
    elif b.size == 0:
        return
    elif how == 0:
        b.data[at] ^= 1 << b.draw.below(8)
    elif how == 1:
        b.data[at] = b.draw.below(256)
    elif how == 2:
        b.data[at] = b.data[at] + b.draw.below(33) - 16 & 0xFF
    elif how == 3:
        _number(b, at)
    elif how == 4:
        b.erase(at, min(1 + b.draw.below(MOST), b.size - at))
    elif how == 6:
        _copy(b, at)
    else:
        b.resize(at)


def _put_in(b: Buffer, at: int) -> None:
    number = 1 + b.draw.below(MOST)
    noisy = b.draw.below(2)
    if b.insert(at, number) and noisy:
        b.noise(at, number)


def _number(b: Buffer, at: int) -> None:
    width = 1 << b.draw.below(4)
    value = BYTES[b.draw.below(len(BYTES))]
    if b.draw.below(2):
        value -= 0x100
    if at + width <= b.size:
        b.put(at, width, value)


def _copy(b: Buffer, at: int) -> None:
    source = b.draw.below(b.size)
    number = min(1 + b.draw.below(MOST), b.size - max(at, source))
    b.data[at : at + number] = b.data[source : source + number]
