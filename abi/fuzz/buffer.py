# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The bytes that are mutated: numbers at any offset, and gaps opened and closed within the room there is."""

from __future__ import annotations

from abi.fuzz.random import Random


class Buffer:
    """Bytes that never outgrow ``room``, with the numbers that are drawn to mutate them.

    Numbers are little-endian. Who reads or writes one has seen to it that it lies within the bytes.
    """

    __slots__ = ("data", "draw", "room")

    def __init__(self, data: bytes, room: int, seed: int) -> None:
        self.data = bytearray(data[:room])
        self.room = room
        self.draw = Random(seed)

    @property
    def size(self) -> int:
        """Bytes there are."""
        return len(self.data)

    def get(self, at: int, width: int) -> int:
        """The number of ``width`` bytes at ``at``."""
        return int.from_bytes(self.data[at : at + width], "little")

    def put(self, at: int, width: int, value: int) -> None:
        """Write a number, taken modulo what fits."""
        self.data[at : at + width] = (value & (1 << 8 * width) - 1).to_bytes(width, "little")

    def insert(self, at: int, number: int) -> bool:
        """Open a gap of so many zeros; False, with nothing done, if there is no room."""
        if number > self.room - self.size:
            return False
        self.data[at:at] = bytes(number)
        return True

    def erase(self, at: int, number: int) -> None:
        """Close a gap; the bytes are there."""
        del self.data[at : at + number]

    def resize(self, size: int) -> None:
        """Cut the bytes, or add zeros as far as there is room."""
        size = min(size, self.room)
        del self.data[size:]
        self.data.extend(bytes(size - self.size))

    def noise(self, at: int, number: int) -> None:
        """Random bytes; a word is drawn for each eight of them."""
        for start in range(0, number, 8):
            width = min(8, number - start)
            self.put(at + start, width, self.draw.next())
