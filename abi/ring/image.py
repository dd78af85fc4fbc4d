# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A ring out of a file: the bytes of the shared memory, read while nobody writes them."""

from __future__ import annotations

from abi.errors import InputError
from abi.ring.header import CODE, Header, parse_header
from abi.ring.slot import ENVELOPE_OFFSET, Slot, check_sequence, check_stamp, parse_slot
from abi.ring_layout import WORD


def read_image(data: bytes) -> tuple[Header, list[Slot]]:
    """Return the header and every record that is published and not consumed, oldest first.

    InputError ``vmm.ring.header``, ``vmm.ring.stamp`` or ``host.sequence``; the image must end with
    its last slot. Slots outside of the window from tail to head are not looked at: they are free,
    or were being written when the image was taken.
    """
    header = parse_header(data, len(data))
    if len(data) != header.size:
        raise InputError(CODE, "ring", header.size, f"{header.size:#x} bytes", f"{len(data):#x} bytes",
                         "bytes follow the last slot")
    slots: list[Slot] = []
    for position in range(header.tail, header.head):
        start = header.offset(position)
        check_stamp(header, position, int.from_bytes(data[start : start + WORD], "little"))
        slot = parse_slot(position, data[start + ENVELOPE_OFFSET : start + header.slot_size])
        check_sequence(header, slot, header.lost, slots[-1].envelope.sequence if slots else None)
        slots.append(slot)
    return header, slots
