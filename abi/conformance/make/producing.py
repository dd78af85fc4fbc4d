# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of a ring's producer: it starts on what another left, appends, counts what does not fit."""

from __future__ import annotations

from typing import Any, Final

from abi.conformance.make.book import Book, hand_made
from abi.conformance.make.rings import changed, image
from abi.conformance.protocol import PRODUCE
from abi.record import build
from abi.ring.header import parse_header
from abi.ring_layout import NO_VCPU, RING_HEADER, RING_SLOT, stamp_done, stamp_writing

ABOUT: Final = "A ring that a producer left, and records to append: the ring then, and how many were published."
_WINDOWS: Final = ((0, 0), (1, 0), (1, 1), (3, 0), (4, 0), (4, 1), (4, 4), (5, 1), (5, 4), (9, 6), (9, 9))


def fill(book: Book) -> None:
    """Ask."""
    _appends(book)
    _restarts(book)
    _lost(book)
    _refusals(book)


def _ask(book: Book, slug: str, rules: Any, why: str, data: bytes | bytearray, number: int = 1, vcpu: int = 7,
         record: bytes | None = None) -> None:
    raw = build(hand_made().NOTICE_CLAIMED) if record is None else record
    given = {"image": bytes(data), "number": number, "vcpu": vcpu, "record": raw}
    book.ask(PRODUCE.name, f"produce-{slug}", rules, why, given)


def _slot(data: bytes | bytearray, position: int) -> int:
    return parse_header(bytes(data), len(data)).offset(position)


def _appends(book: Book) -> None:
    """host.ring.full, host.sequence, host.ring.publish."""
    for head, tail in _WINDOWS:
        for number in (0, 1, 2, 4, 5, 9):
            _ask(book, f"{tail}-to-{head}-and-{number}", ("host.ring.full", "host.sequence", "host.ring.publish"),
                 f"Positions {tail} to {head} are published in four slots; {number} are appended.", image(head, tail),
                 number)
    for slots in (2, 8):
        for number in (1, slots - 1, slots, slots + 1):
            _ask(book, f"{slots}-slots-and-{number}", "host.ring.full",
                 f"{number} are appended to an empty ring of {slots} slots: the rest is lost.",
                 image(0, 0, slots=slots), number)
    for vcpu in (0, NO_VCPU - 1, NO_VCPU):
        _ask(book, f"vcpu-{vcpu:x}", "host.ring.publish", f"A record of vCPU {vcpu:#x}, which its envelope says.",
             image(1, 0), 1, vcpu)
    dirty = image(5, 5)
    dirty[_slot(dirty, 5) + RING_SLOT.size : _slot(dirty, 6)] = b"\xA5" * 80
    for size in (0, 1, 64, 79, 80, 81, 88):
        _ask(book, f"record-of-{size}", ("host.ring.publish", "vmm.size"),
             f"{size} bytes into a slot for 80, in which older bytes lie.", dirty, 1, 7, bytes(range(1, size + 1)))


def _restarts(book: Book) -> None:
    """host.ring.restart: what a producer that died left at head."""
    for head, tail in ((0, 0), (1, 0), (3, 0), (4, 1), (5, 2), (5, 5), (9, 6)):
        at = _slot(image(), head)
        before = max(stamp_done(head - 4), 0)
        whole = bytearray(image(head + 1, tail))
        whole[RING_HEADER.offsets["head"] : RING_HEADER.end("head")] = head.to_bytes(8, "little")
        for name, stamp in (("unused", before), ("writing", stamp_writing(head)), ("whole", stamp_done(head)),
                            ("later", stamp_done(head) + 1), ("foreign", stamp_done(head + 4))):
            for number in (0, 1, 4):
                rules = ("host.ring.restart", "vmm.ring.stamp") if stamp > stamp_done(head) else "host.ring.restart"
                _ask(book, f"restart-{tail}-to-{head}-{name}-and-{number}", rules,
                     f"Position {head} has the stamp {stamp:#x} ({name}), head is {head}; {number} are appended.",
                     changed(whole, at, 8, stamp), number)
        for field, value in (("sequence", head), ("sequence", head + 2), ("lost", 1)):
            offset = at + RING_SLOT.offsets[field]
            _ask(book, f"restart-{tail}-to-{head}-whole-{field}-{value}", ("host.ring.restart", "host.sequence"),
                 f"The whole slot at head has {field} {value}: did a producer leave it?",
                 changed(whole, offset, 4 if field == "lost" else 8, value))


def _lost(book: Book) -> None:
    """host.sequence: the gap that the next slot owns up to, and where it saturates."""
    for head, tail in ((0, 0), (2, 0), (4, 0), (6, 4)):
        for lost in (1, 7, NO_VCPU - 1, NO_VCPU, NO_VCPU + 1, 1 << 40):
            for number in (1, 3):
                _ask(book, f"lost-{tail}-to-{head}-{lost:x}-and-{number}", ("host.sequence", "host.ring.full"),
                     f"Positions {tail} to {head}; {lost:#x} were lost since, which the next slot says.",
                     image(head, tail, lost), number)


def _refusals(book: Book) -> None:
    """What no producer left is left alone."""
    whole = image(3, 1)
    for tail in (0, 2, 3, 4, 1 << 62):
        _ask(book, f"tail-{tail:x}", "vmm.ring.header", f"The consumer's tail is {tail:#x}, head is 3: can that be?",
             changed(whole, RING_HEADER.offsets["tail"], 8, tail))
    for field, value in (("magic", 0), ("major", 2), ("minor", 1), ("slots", 3), ("slots", 8), ("slot_size", 100),
                         ("head", 6), ("lost", 1 << 62)):
        width = RING_HEADER.field(field).width
        _ask(book, f"header-{field.replace('_', '-')}-{value:x}", "vmm.ring.header",
             f"The header's {field} is {value:#x}: does it describe this ring?",
             changed(whole, RING_HEADER.offsets[field], width, value))
    before = _slot(whole, 2)
    for name, offset, value, rule in (
        ("stamp", before, stamp_writing(2), "vmm.ring.stamp"),
        ("sequence-low", before + RING_SLOT.offsets["sequence"], 2, "host.sequence"),
        ("sequence-high", before + RING_SLOT.offsets["sequence"], 4, "host.sequence"),
    ):
        _ask(book, f"before-{name}", ("host.ring.restart", rule), f"The last slot before head lies about its {name}.",
             changed(whole, offset, 8, value))
