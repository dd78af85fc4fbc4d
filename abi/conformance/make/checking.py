# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of checking: which rules a record breaks by itself, in the order in which they are judged."""

from __future__ import annotations

from typing import Final

from abi.conformance.make.book import Book, digest, hand_made
from abi.definition import RECORD, VERSIONS
from abi.record import FaultInfo, build

ABOUT: Final = "A record alone against every rule that it can break."
#: Bits of each field that are turned round; of any other the lowest and the highest.
_BITS: Final = {
    "sea_flags": (0, 1, 2, 62, 63), "esr": (*range(34), 55, 63), "gpa": (0, 11, 12, 30, 55, 56, 63),
    "hpfar": (0, 3, 4, 47, 48, 56, 63), "flags": (*range(12), 20, 31, 32, 33, 62, 63),
}
#: Valid records of which each bit and code is changed.
_CHANGED: Final = ("data-1.0", "data", "data-walk", "fetch-claimed", "serror-claimed", "notice-claimed")


def fill(book: Book) -> None:
    """Ask."""
    hand = hand_made()
    for rule, record in (*hand.BROKEN.items(), *hand.BROKEN_TOO):
        raw = build(record)
        book.check(f"check-breaks-{rule}-{digest(raw)}", rule, f"This record breaks {rule} and no other rule.", raw)
    for name, record in hand.VALID.items():
        for reader in VERSIONS:
            book.check(f"check-{name}-by-{reader}", "host.byte_order",
                       f"A valid record ({name}), to a reader of {reader}, breaks no rule.",
                       record, reader)
    for name in _CHANGED:
        flipped(book, name, hand.VALID[name])
        _coded(book, name, hand.VALID[name])


def flipped(book: Book, name: str, record: FaultInfo) -> None:
    """One bit of one field at a time; what that breaks is the rules' to say."""
    for field in RECORD.upto(record.version):
        for bit in _BITS.get(field.name, (0, 8 * field.width - 1)):
            value = getattr(record, field.name) ^ 1 << bit
            changed = FaultInfo(**record._asdict() | {field.name: value})
            book.check(f"check-{name}-{field.name.replace('_', '-')}-bit-{bit}", field.rules or ("host.reserved.zero",),
                       f"Bit {bit} of {field.name} is the other way round: which rules does that break?", changed)


def _coded(book: Book, name: str, record: FaultInfo) -> None:
    for field in ("host_action", "origin", "gpa_origin", "severity", "firmware_severity"):
        for value in (*range(8), 255):
            changed = FaultInfo(**record._asdict() | {field: value})
            book.check(f"check-{name}-{field.replace('_', '-')}-{value}", RECORD.field(field).rules,
                       f"{field} is {value}: which rules does that break in this record?", changed)
    for value in (11, 12, 13, 54, 55, 56, 63, 64):
        book.check(f"check-{name}-lsb-{value}", "host.lsb.address",
                   f"address_lsb is {value}: is that a granule of the gpa?",
                   record._replace(address_lsb=value))
