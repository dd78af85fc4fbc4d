# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of reading: every record by hand, every length around a boundary, everything beyond the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from abi.conformance.make.book import Book, digest, hand_made
from abi.definition import FLAGS, VERSIONS
from abi.record import FaultInfo, build

ABOUT: Final = "Bytes to a value or the one refusal: valid records, records that break one rule, lengths, areas."
#: Bytes of an area that a record may end early in: the exit union.
_AREA: Final = 256
_SIZES: Final = (0, 32, 63, 64, 65, 72, 79, 80, 81, 84, 88, 248, 256, 257, 264, 0xFFF8)
#: :meth:`Book.vmm`, or what asks a reader alone: slug, rules, why, record, and ``reader`` and ``exact``.
Ask = Callable[..., None]


def fill(book: Book) -> None:
    """Ask."""
    ask_all(book.vmm)


def ask_all(ask: Ask) -> None:
    """Put every question of this module."""
    _by_hand(ask)
    _lengths(ask)
    _areas(ask)
    _sizes(ask)
    _unknown(ask)
    _flags_beyond(ask)


def _by_hand(ask: Ask) -> None:
    hand = hand_made()
    for name, record in hand.VALID.items():
        for reader in VERSIONS:
            ask(f"read-{name}-by-{reader}", ("vmm.size", "vmm.trailing", "vmm.notify"),
                f"A valid record ({name}), read by a reader of {reader}.", record, reader=reader)
    for rule, record in (*hand.BROKEN.items(), *hand.BROKEN_TOO):
        raw = build(record)
        ask(f"read-breaks-{rule}-{digest(raw)}", rule, f"Of all rules on records this breaks {rule}.", raw)
    for raw, field in hand.MALFORMED.items():
        ask(f"read-cut-in-{field}-{len(raw)}-{digest(raw)}", "vmm.malformed",
            f"The record ends within {field}, before it says what it is.", raw)


def _lengths(ask: Ask) -> None:
    """Every length up to one word beyond, as a file and as an area."""
    for name in ("data-1.0", "data"):
        raw = build(hand_made().VALID[name])
        for length in (*range(48), *range(56, len(raw) + 9)):
            bytes_ = (raw + bytes(8))[:length]
            rule = "vmm.malformed" if length < 38 else "vmm.size"
            ask(f"read-{name}-{length}-bytes", rule,
                f"{length} bytes of a file with a record of {len(raw)}: read if they are the record, no more, no less.",
                bytes_)
            if length in (37, 38, 63, 64, 65, 79, 80, 81):
                ask(f"read-{name}-area-of-{length}", rule, f"An area of {length} bytes: what is beyond it is not "
                    f"there, what the record leaves of it is not the record's.", bytes_, exact=False)


def _areas(ask: Ask) -> None:
    """Whatever follows a record in its area has no meaning."""
    for name, record in hand_made().VALID.items():
        raw = build(record)
        for filler in (0x00, 0xFF, 0xA5):
            area = raw.ljust(_AREA, bytes((filler,)))
            ask(f"read-{name}-in-union-of-{filler:02x}", ("vmm.size", "vmm.trailing"),
                f"An exit union in which {filler:#x} follows the record: only size bytes are read.", area,
                exact=False)


def _sizes(ask: Ask) -> None:
    """What size may say, for each minor version and reader."""
    for minor in (0, 1, 2, 3, 254, 255):
        for size in _SIZES:
            record: FaultInfo = hand_made().DATA_1_0 if minor == 0 else hand_made().DATA
            raw = build(record._replace(minor=minor, size=size)).ljust(_AREA, b"\x5A")
            for reader in VERSIONS:
                ask(f"read-minor-{minor}-size-{size}-by-{reader}", ("vmm.size", "vmm.trailing"),
                    f"A record that says minor {minor} and size {size:#x}, in an area of {_AREA:#x} bytes.", raw,
                    reader=reader, exact=False)


def _unknown(ask: Ask) -> None:
    """Bits and codes that a reader does not know, one at a time."""
    data: FaultInfo = hand_made().DATA
    blind: FaultInfo = hand_made().BLIND
    for bit in range(64):
        for record, name in ((data, "data"), (blind, "blind")):
            rule = "vmm.critical.unknown" if bit >= 32 else "vmm.enum.unknown"
            ask(f"read-{name}-flag-{bit}", rule,
                f"Bit {bit} of flags is the other way round: unknown ones are ignored below 32, critical from there.",
                record._replace(flags=record.flags ^ 1 << bit))
        ask(f"read-data-sea-flag-{bit}", "vmm.enum.unknown",
            f"Bit {bit} of sea_flags is the other way round: upstream's, and ignored if not known.",
            data._replace(sea_flags=data.sea_flags ^ 1 << bit))
    for field in ("origin", "host_action", "gpa_origin", "severity", "firmware_severity", "address_lsb"):
        for value in (*range(8), 255):
            changed = FaultInfo(**data._asdict() | {field: value})
            slug = f"read-{field.replace('_', '-')}-{value}"
            ask(slug, ("vmm.enum.unknown", "vmm.agree"), f"{field} is {value}: a reader keeps what it does not know.",
                changed)
    for kind in (*range(8), 0xFF, 0x100, 0x101, 0x8001, 0xFFFF):
        ask(f"read-kind-{kind:x}", ("vmm.critical.unknown", "vmm.agree"),
            f"kind is {kind:#x}, EC a data abort's: known, and of that class?",
            data._replace(kind=kind))
    for major in (0, 1, 2, 3, 127, 128, 254, 255):
        ask(f"read-major-{major}", "vmm.major.unknown", f"major is {major}: a reader of 1 refuses every other.",
            data._replace(major=major))
    for kind, own in ((1, 0x24), (1, 0x25), (2, 0x20), (2, 0x21), (3, 0x2F), (4, 0x00)):
        for ec in sorted({own, *(own ^ 1 << bit for bit in range(6)), 0x3F}):
            esr = ec << 26 | (0 if kind == 4 else 1 << 25) | (0x11 if kind == 3 else 0x10 if kind < 3 else 0)
            record = blind._replace(kind=kind, esr=esr, flags=blind.flags & (64 if kind < 3 else 0))
            ask(f"read-kind-{kind}-ec-{ec:02x}", "vmm.agree", f"kind {kind} with EC {ec:#x}: is that the kind's class?",
                record)


def _flags_beyond(ask: Ask) -> None:
    """Flags of a newer version in an older record: nothing to who does not know them, a lie to who does."""
    record = hand_made().VALID["data-1.0"]
    for flag in (one for one in FLAGS if one.since != record.version):
        raw = build(record._replace(flags=record.flags | flag.mask))
        for reader in VERSIONS:
            ask(f"read-{flag.name.lower().replace('_', '-')}-in-1.0-by-{reader}", ("vmm.size", "vmm.enum.unknown"),
                f"{flag.name} in a record of 1.0, which has no such field: only a reader of {flag.since} knows that.",
                raw, reader=reader)
