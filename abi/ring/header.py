# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The ring's header: read from bytes, judged whole, and written once by the ring's creator."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from abi.errors import InputError
from abi.ring_layout import (
    COUNT_LIMIT,
    MAGIC,
    MIN_SLOTS,
    RING_HEADER,
    RING_SLOT,
    RING_VERSION,
    WORD,
    slot_size_for,
)

if TYPE_CHECKING:
    from abi.ring.memory import Memory

CODE = "vmm.ring.header"


class Header(NamedTuple):
    """A header that holds. Sizes in bytes; head, tail and lost as they were when it was read."""

    header_size: int
    major: int
    minor: int
    slot_size: int
    slots: int
    head: int
    tail: int
    lost: int

    @property
    def size(self) -> int:
        """Bytes of the whole ring."""
        return self.header_size + self.slots * self.slot_size

    @property
    def record_size(self) -> int:
        """Bytes that a slot has for its record."""
        return self.slot_size - RING_SLOT.size

    def offset(self, position: int) -> int:
        """Offset of the slot of ``position``."""
        return self.header_size + position % self.slots * self.slot_size


def new_header(slots: int, record_size: int) -> Header:
    """Return an empty ring's header; InputError ``vmm.ring.header`` for numbers that no ring can have."""
    header = Header(RING_HEADER.size, *RING_VERSION, slot_size_for(record_size), slots, 0, 0, 0)
    _check_sizes(header, header.size)
    return header


def build_header(header: Header) -> bytes:
    """Return the header's bytes, zero where reserved."""
    return RING_HEADER.codec.fast.pack(MAGIC, *header, bytes(RING_HEADER.field("reserved").width))


def parse_header(data: bytes, size: int) -> Header:
    """Read the header of a ring that has ``size`` bytes in all (rule ``vmm.ring.header``).

    InputError ``vmm.ring.header`` names the first field that cannot be true.
    """
    if len(data) < RING_HEADER.size:
        raise InputError(CODE, "ring.header", 0, f"{RING_HEADER.size:#x} bytes", f"{len(data):#x} bytes")
    magic, *fields, reserved = RING_HEADER.codec.fast.unpack_from(data)
    header = Header(*fields)
    _require(magic == MAGIC, "magic", f"{MAGIC:#x}", magic)
    _require(header.major == RING_VERSION.major, "major", f"{RING_VERSION.major:#x}", header.major)
    _check_sizes(header, size)
    if header.minor <= RING_VERSION.minor:  # a newer minor may use what is zero here
        _require(not any(reserved), "reserved", "zeros", int.from_bytes(reserved, "little"))
    check_lost(header.lost)
    check_window(header.head, header.tail, header.slots)
    return header


def read_header(memory: Memory) -> Header:
    """Read the header of shared memory, for either side while the other runs.

    Every word is loaded by one load; the window cannot look wrong in passing, since each side's
    own end of it stands still and the other end moves within it.
    """
    return parse_header(memory.copy_words(RING_HEADER.size), memory.size)


def check_window(head: int, tail: int, slots: int, liar: str = "head") -> None:
    """InputError unless ``tail <= head <= tail + slots``; ``liar`` is the end that the other side owns."""
    _require(head < COUNT_LIMIT, "head", f"below {COUNT_LIMIT:#x}", head)
    if 0 <= head - tail <= slots:
        return
    if liar == "tail":
        _require(False, "tail", f"{max(head - slots, 0):#x} to {head:#x}", tail)
    _require(False, "head", f"{tail:#x} to {tail + slots:#x}", head)


def check_lost(lost: int) -> None:
    """InputError for a count of lost records that no producer reaches."""
    _require(lost < COUNT_LIMIT, "lost", f"below {COUNT_LIMIT:#x}", lost)


def _check_sizes(header: Header, size: int) -> None:
    """Judge the fields that never change, ``size`` being the bytes of the memory that holds the ring."""
    if header.minor <= RING_VERSION.minor:
        own = RING_HEADER.size
        _require(header.header_size == own, "header_size", f"{own:#x}", header.header_size)
    _require(header.header_size >= RING_HEADER.size and header.header_size % WORD == 0, "header_size",
             f"a multiple of {WORD:#x}, {RING_HEADER.size:#x} or more", header.header_size)
    smallest = RING_SLOT.size + WORD
    _require(header.slot_size >= smallest and header.slot_size % WORD == 0, "slot_size",
             f"a multiple of {WORD:#x}, {smallest:#x} or more", header.slot_size)
    _require(header.slots >= MIN_SLOTS and header.slots & (header.slots - 1) == 0, "slots",
             f"a power of two, {MIN_SLOTS:#x} or more", header.slots)
    fit = max(size - header.header_size, 0) // header.slot_size
    _require(header.slots <= fit, "slots", f"{fit:#x} or fewer in {size:#x} bytes", header.slots)


def _require(holds: bool, field: str, expected: str, got: int) -> None:
    if not holds:
        raise InputError(CODE, f"ring.header.{field}", RING_HEADER.offsets[field], expected, f"{got:#x}")
