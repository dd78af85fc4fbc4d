# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Ring images put together by hand, from the table in the design and not from the code under test."""

from __future__ import annotations

import struct

NONE = 0xFFFFFFFF


def header(
    magic: bytes = b"KFI1",
    header_size: int = 64,
    major: int = 1,
    minor: int = 0,
    slot_size: int = 40,
    slots: int = 4,
    head: int = 0,
    tail: int = 0,
    lost: int = 0,
    reserved: bytes = bytes(24),
) -> bytes:
    return struct.pack(
        "<4sHBBIIQQQ24s", magic, header_size, major, minor, slot_size, slots, head, tail, lost, reserved
    )


def slot(stamp: int, vcpu: int, lost: int, sequence: int, record: bytes = bytes(16)) -> bytes:
    return struct.pack("<QIIQ", stamp, vcpu, lost, sequence) + record


#: Positions 5, 6, 7 of a ring of four slots are there to read; 2 records were lost before position 6.
THREE = (
    header(head=8, tail=5, lost=3)
    + slot(10, NONE, 0, 6)  # position 4, consumed
    + slot(12, 1, 0, 7, b"position 5......")
    + slot(14, 2, 2, 10, b"position 6......")
    + slot(16, NONE, 0, 11, b"position 7......")
)
