# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of rings: an image of the shared memory to the first record of it, or the rule that it breaks."""

from __future__ import annotations

from typing import Final

from abi.conformance.make.book import Book, hand_made
from abi.record import build
from abi.ring.header import build_header, new_header
from abi.ring_layout import COUNT_LIMIT, ENVELOPE, RING_HEADER, RING_SLOT, stamp_done

ABOUT: Final = "A ring's header, stamps and sequences: what the consumer finds first."
_SLOTS: Final = 4
_RECORD: Final = 80


def image(head: int = 1, tail: int = 0, lost: int = 0, slots: int = _SLOTS) -> bytearray:
    """A ring of which the positions from tail to head are published; each counts the one before it."""
    header = new_header(slots, _RECORD)._replace(head=head, tail=tail, lost=lost)
    data = bytearray(header.size)
    data[: RING_HEADER.size] = build_header(header)
    raw = build(hand_made().NOTICE_CLAIMED)
    for position in range(max(head - slots, 0), head):
        start = header.offset(position)
        slot = RING_SLOT.codec.fast.pack(stamp_done(position), position % 8, 0, position + 1) + raw
        data[start : start + len(slot)] = slot
    return data


def changed(data: bytearray, offset: int, width: int, value: int) -> bytes:
    """The image with one number in it changed."""
    return bytes(data[:offset] + value.to_bytes(width, "little") + data[offset + width :])


def fill(book: Book) -> None:
    """Ask."""
    for head, tail in ((0, 0), (1, 0), (1, 1), (4, 0), (5, 1), (5, 4), (7, 4), (9, 8), (9, 9)):
        book.ring(f"ring-{tail}-to-{head}", ("host.ring.publish", "host.sequence"),
                  f"Positions {tail} to {head} are published: the oldest comes first, if there is one.",
                  bytes(image(head, tail)))
    _successors(book)
    _headers(book)
    _lengths(book)
    _saturated(book)
    _stamps(book)
    _sequences(book)
    whole = image(2)
    for length in (*range(0, 72, 8), 63, 65, len(whole) - 8, len(whole) - 1, len(whole), len(whole) + 8):
        data = bytes(whole + bytes(8))[:length]
        book.ring(f"ring-of-{length}-bytes", "vmm.ring.header",
                  f"{length} bytes are mapped of a ring of {len(whole)}: it is there whole, or refused.", data)


def _successors(book: Book) -> None:
    """vmm.ring.tail: a consumer dies before it has dealt with what it fetched; sequences across slots."""
    for head, tail in ((0, 0), (1, 0), (4, 0), (5, 1), (9, 7)):
        for dealt in (1, 2, 3, 4, 5, (1 << 32) - 1):
            book.ring(f"ring-{tail}-to-{head}-after-{dealt:x}", ("vmm.ring.tail", "host.sequence"),
                      f"Positions {tail} to {head}; {dealt:#x} are dealt with, the next is fetched only.",
                      bytes(image(head, tail)), dealt)
    torn = image(4)
    for position in range(4):
        offset = RING_HEADER.size + position * (RING_SLOT.size + _RECORD)
        for name, data in (("stamp", changed(torn, offset, 8, stamp_done(position) - 1)),
                           ("sequence", changed(torn, offset + RING_SLOT.offsets["sequence"], 8, position)),
                           ("lost", changed(torn, offset + RING_SLOT.offsets["lost"], 4, 1))):
            for dealt in (1, 2, 3):
                rule = "vmm.ring.stamp" if name == "stamp" else "host.sequence"
                book.ring(f"ring-torn-{name}-{position}-after-{dealt}", (rule, "vmm.ring.tail"),
                          f"Position {position} has another {name}; {dealt} are to be dealt with first.", data, dealt)


def _headers(book: Book) -> None:
    whole = image(2)
    lies: dict[str, tuple[int, ...]] = {
        "magic": (0, 0x3149_464A, 0x4B46_4931, 0x3149_464C), "header_size": (0, 56, 63, 65, 72, 128, 0xFFF8),
        "major": (0, 2, 255), "minor": (1, 255), "slot_size": (0, 24, 32, 96, 103, 104, 105, 112, 0xFFFF_FFF8),
        "slots": (0, 1, 2, 3, 5, 8, 1 << 31), "head": (0, 1, 3, 4, 5, 6, COUNT_LIMIT - 1, COUNT_LIMIT, 1 << 63),
        "tail": (1, 2, 3, 4, 1 << 62), "lost": (1, COUNT_LIMIT - 1, COUNT_LIMIT, (1 << 64) - 1),
    }
    for name, values in lies.items():
        field, offset = RING_HEADER.field(name), RING_HEADER.offsets[name]
        for value in values:
            book.ring(f"ring-{name.replace('_', '-')}-{value:x}", "vmm.ring.header",
                      f"The header's {name} is {value:#x}: does it describe this ring?",
                      changed(whole, offset, field.width, value))
    start = RING_HEADER.offsets["reserved"]
    for place in (start, RING_HEADER.size - 1):
        for minor in (0, 1):
            data = bytearray(changed(whole, place, 1, 1))
            book.ring(f"ring-reserved-{place}-minor-{minor}", "vmm.ring.header",
                      f"Byte {place} of the header is not 0, minor {minor}: only a newer minor may use it.",
                      changed(data, RING_HEADER.offsets["minor"], 1, minor))


def _lengths(book: Book) -> None:
    """A later minor version may have a longer header; counts end where a stamp would leave 64 bits; two slots."""
    whole = image(2)
    size = RING_HEADER.offsets["header_size"]
    for minor in (0, 1):
        for more in (4, 8, 64):
            data = changed(whole[: RING_HEADER.size] + bytearray(more) + whole[RING_HEADER.size :], size, 2,
                           RING_HEADER.size + more)
            book.ring(f"ring-header-of-{RING_HEADER.size + more}-minor-{minor}", "vmm.ring.header",
                      f"A header of {RING_HEADER.size + more} bytes and the slots after it, minor version {minor}.",
                      changed(bytearray(data), RING_HEADER.offsets["minor"], 1, minor))
        data = changed(whole[:-8], size, 2, RING_HEADER.size - 8)
        book.ring(f"ring-header-of-{RING_HEADER.size - 8}-minor-{minor}", "vmm.ring.header",
                  f"A header of {RING_HEADER.size - 8} bytes, minor {minor}: shorter than that of 1.0.",
                  changed(bytearray(data), RING_HEADER.offsets["minor"], 1, minor))
    for count in (COUNT_LIMIT - 1, COUNT_LIMIT, (1 << 64) - 1):
        empty = changed(image(0), RING_HEADER.offsets["head"], 8, count)
        book.ring(f"ring-empty-at-{count:x}", "vmm.ring.header",
                  f"head and tail are {count:#x}: counts end where a stamp would leave 64 bits.",
                  changed(bytearray(empty), RING_HEADER.offsets["tail"], 8, count))
    for slots in (0, 1, 2, 3, 4):
        book.ring(f"ring-empty-of-{slots}", "vmm.ring.header",
                  f"An empty ring that says {slots} slots: a power of two, and two at least.",
                  changed(image(0), RING_HEADER.offsets["slots"], 4, slots))


def _saturated(book: Book) -> None:
    """host.sequence: a slot's count ends where it is full."""
    limit = (1 << 32) - 1
    for gap in (limit - 1, limit, limit + 1, 1 << 40):
        for said in (limit - 1, limit, gap & limit):
            data = image(1, 0, gap)
            envelope = ENVELOPE.codec.fast.pack(7, said, gap + 1)
            at = RING_HEADER.size + RING_SLOT.offsets["vcpu"]
            book.ring(f"ring-saturates-{gap:x}-{said:x}", "host.sequence",
                      f"{gap:#x} were lost before position 0, whose slot says {said:#x}.",
                      bytes(data[:at]) + envelope + bytes(data[at + len(envelope) :]))


def _stamps(book: Book) -> None:
    for position in (0, 1, 5):
        data = image(position + 1, position)
        offset = RING_HEADER.size + position % _SLOTS * (RING_SLOT.size + _RECORD)
        done = stamp_done(position)
        for value in (0, done - 2, done - 1, done, done + 1, done + 2, done + 2 * _SLOTS, done | 1 << 63):
            if value >= 0:
                book.ring(f"ring-stamp-{position}-{value:x}", "vmm.ring.stamp",
                          f"Position {position} has the stamp {value:#x}: done, being written, or foreign?",
                          changed(data, offset, 8, value))


def _sequences(book: Book) -> None:
    for position, lost in ((0, 0), (0, 2), (2, 0), (2, 3)):
        data = image(position + 1, position, lost)
        offset = RING_HEADER.size + position % _SLOTS * (RING_SLOT.size + _RECORD)
        for sequence in (0, 1, 2, 3, 4, 5, 6, 7, (1 << 64) - 1):
            for count in (0, 1, 2, 3):
                envelope = ENVELOPE.codec.fast.pack(7, count, sequence)
                at = offset + RING_SLOT.offsets["vcpu"]
                book.ring(f"ring-sequence-{position}-{lost}-{sequence:x}-{count}", "host.sequence",
                          f"Position {position}, {lost} lost in all: sequence {sequence:#x}, lost {count}.",
                          bytes(data[:at]) + envelope + bytes(data[at + len(envelope) :]))
