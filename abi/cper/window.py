# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A part of an input under its path: reads the head of a layout, and refuses with exact offsets.

Every refusal of this package carries the rule ``host.cper.strict``: lengths and counts that do not
agree are refused whole, nothing of the record is used.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from abi.errors import InputError
from abi.layout import Layout

RULE: Final = "host.cper.strict"

#: The fields of one structure by name: int, or bytes where the field is an array.
Head = dict[str, Any]


class Window(NamedTuple):
    """Bytes ``start`` to ``end`` of the whole input, and the path that names them."""

    data: bytes
    start: int
    end: int
    path: str

    @classmethod
    def whole(cls, data: bytes, path: str) -> Window:
        """Open all of an input."""
        return cls(bytes(data), 0, len(data), path)

    @property
    def size(self) -> int:
        """Bytes in the window."""
        return self.end - self.start

    def head(self, layout: Layout) -> Head:
        """Read the fields of the layout at the start; refuse a window that is too short for it."""
        if self.size < layout.size:
            raise self._too_short(layout)
        values = layout.codec.fast.unpack_from(self.data, self.start)
        return dict(zip(layout.codec.names, values, strict=True))

    def part(self, offset: int, length: int, name: str = "") -> Window:
        """Open a window ``offset`` from the start of this one; the caller has checked that it fits."""
        start = self.start + offset
        return Window(self.data, start, start + length, f"{self.path}.{name}" if name else self.path)

    def bytes_at(self, offset: int, length: int) -> bytes:
        """Copy bytes of the window; the caller has checked that they are there."""
        return self.data[self.start + offset : self.start + offset + length]

    def require(self, layout: Layout, field: str, got: int, allowed: tuple[int, int], hint: str) -> None:
        """Refuse the number that the field states unless it is within ``allowed``, both ends included."""
        low, high = allowed
        if not low <= got <= high:
            expected = hex(low) if low == high else f"{low:#x}..{high:#x}"
            raise self.refuse(layout, field, expected, hex(got), hint)

    def refuse(self, layout: Layout, field: str, expected: str, got: str, hint: str) -> InputError:
        """Make the error about a field of the layout at the start of the window."""
        at = self.start + layout.offsets[field]
        return InputError(RULE, f"{self.path}.{field}", at, expected, got, hint)

    def refuse_size(self, expected: str, hint: str) -> InputError:
        """Make the error about the size of the window."""
        return InputError(RULE, self.path, self.start, expected, f"{self.size:#x} bytes", hint)

    def _too_short(self, layout: Layout) -> InputError:
        field = next(f for f in layout.fields if layout.end(f.name) > self.size)
        there = max(0, self.size - layout.offsets[field.name])
        hint = f"{layout.name} has {layout.size:#x} bytes and only {self.size:#x} are left"
        return self.refuse(layout, field.name, f"{field.width:#x} bytes", f"{there:#x} bytes", hint)
