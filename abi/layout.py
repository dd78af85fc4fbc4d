# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a definition is made of: fields in order, from which every offset, size and codec follows.

A :class:`Layout` states each field once, as a construct type with a name, the version that
introduced it, its meaning and the rules that govern it. Offsets are the running sum of the widths;
the plain construct ``Struct`` and the ``struct`` format of the fast path are both made from the
same fields, so that they cannot drift apart.
"""

from __future__ import annotations

import struct
from functools import cached_property
from typing import Any, NamedTuple

import construct as c


class Version(NamedTuple):
    """A version of the record, ``major.minor``."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    @classmethod
    def of(cls, text: str) -> Version:
        """Read ``"1.1"``; raises ValueError for anything that is not two numbers below 256."""
        major, dot, minor = text.partition(".")
        if not (dot and major.isdecimal() and minor.isdecimal()):
            raise ValueError(f"not a version: {text!r}")
        version = cls(int(major), int(minor))
        if max(version) > 0xFF:
            raise ValueError(f"not a version: {text!r}")
        return version


#: The part of the record that Linux 6.19 and newer have as ``arm_sea`` in ``kvm_run``.
ARM_SEA = Version(0, 0)


class Field(NamedTuple):
    """One field: construct type, meaning, first version, rules, and the number of elements."""

    name: str
    con: Any  # a construct FormatField: its fmtstr is the width
    meaning: str
    since: Version = Version(1, 0)
    rules: tuple[str, ...] = ()
    number: int = 1

    @property
    def element(self) -> int:
        """Bytes of one element."""
        return struct.calcsize(self.con.fmtstr)

    @property
    def width(self) -> int:
        """Bytes of the whole field."""
        return self.element * self.number

    @property
    def type(self) -> str:
        """The kernel's name of the type: u8, u16, u32, u64, with ``[n]`` for an array."""
        name = f"u{self.element * 8}"
        return name if self.number == 1 else f"{name}[{self.number}]"


class Flag(NamedTuple):
    """One bit of a flags field."""

    name: str
    bit: int
    meaning: str
    since: Version = Version(1, 0)
    rules: tuple[str, ...] = ()
    #: The field that this flag makes valid, if any.
    validates: str | None = None

    @property
    def mask(self) -> int:
        """The bit as a number."""
        return 1 << self.bit


class Code(NamedTuple):
    """One value of an enumerated field."""

    value: int
    name: str
    meaning: str


class Codec:
    """Bytes to numbers and back for a run of fields, by plain construct and by ``struct``.

    Array fields are carried as one ``bytes`` value.
    """

    def __init__(self, fields: tuple[Field, ...]) -> None:
        self.fields = fields
        self.names = tuple(f.name for f in fields)
        self.fast = struct.Struct("<" + "".join(map(_format, fields)))
        self.size = self.fast.size

    @cached_property
    def plain(self) -> Any:
        """The construct ``Struct`` of these fields."""
        return c.Struct(*(f.name / (f.con if f.number == 1 else c.Bytes(f.width)) for f in self.fields))


class Layout:
    """A named run of fields without padding, each naturally aligned (ValueError if not).

    ``packed`` allows fields that are not: firmware tables have them.
    """

    def __init__(self, name: str, meaning: str, *fields: Field, packed: bool = False) -> None:
        self.name = name
        self.meaning = meaning
        self.fields = fields
        self.offsets: dict[str, int] = {}
        position = 0
        for field in fields:
            if position % field.element and not packed:
                raise ValueError(f"{name}.{field.name} is not naturally aligned at {position:#x}")
            self.offsets[field.name] = position
            position += field.width
        self.size = position
        self.codec = Codec(fields)

    def field(self, name: str) -> Field:
        """The field of that name; raises KeyError."""
        return next(f for f in self.fields if f.name == name) if name in self.offsets else self._no(name)

    def end(self, name: str) -> int:
        """Offset of the first byte after the field."""
        return self.offsets[name] + self.field(name).width

    def upto(self, version: Version) -> tuple[Field, ...]:
        """The fields that ``version`` knows: a prefix, since minor versions append."""
        return tuple(f for f in self.fields if f.since <= version)

    def unfit(self, length: int) -> Field | None:
        """The first field that does not fit whole into ``length`` bytes."""
        return next((f for f in self.fields if self.end(f.name) > length), None)

    def _no(self, name: str) -> Field:
        raise KeyError(f"{self.name} has no field {name}")


def _format(field: Field) -> str:
    return str(field.con.fmtstr[-1]) if field.number == 1 else f"{field.width}s"
