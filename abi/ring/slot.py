# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A slot: envelope and record as values, and what its stamp and its sequence must be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from abi.errors import InputError
from abi.ring_layout import ENVELOPE, LOST_LIMIT, NO_VCPU, RING_SLOT, stamp_done

if TYPE_CHECKING:
    from abi.ring.header import Header

#: Offsets within a slot of what follows the stamp.
ENVELOPE_OFFSET: Final = RING_SLOT.offsets[ENVELOPE.fields[0].name]
RECORD_OFFSET: Final = RING_SLOT.size


class Envelope(NamedTuple):
    """What a ring or a file says around a record; ``sequence`` counts from 1 in each channel."""

    vcpu: int = NO_VCPU
    lost: int = 0
    sequence: int = 1


class Slot(NamedTuple):
    """One published record. ``record`` is as long as the slot: zeros may follow the record's end."""

    position: int
    envelope: Envelope
    record: bytes


def build_envelope(envelope: Envelope) -> bytes:
    """Return the envelope's bytes."""
    return ENVELOPE.codec.fast.pack(*envelope)


def parse_envelope(data: bytes) -> Envelope:
    """Read an envelope from the first bytes of ``data``, which the caller has gated."""
    return Envelope(*ENVELOPE.codec.fast.unpack_from(data))


def parse_slot(position: int, data: bytes) -> Slot:
    """Read a slot from its bytes after the stamp."""
    return Slot(position, parse_envelope(data), data[ENVELOPE.size :])


def lost_between(previous: int, sequence: int) -> int:
    """Return ``envelope.lost`` of a slot whose predecessor has sequence ``previous``; saturates."""
    return min(sequence - previous - 1, LOST_LIMIT)


def check_stamp(header: Header, position: int, stamp: int) -> None:
    """InputError ``vmm.ring.stamp`` unless ``stamp`` says that ``position`` is complete."""
    if stamp != stamp_done(position):
        raise InputError("vmm.ring.stamp", f"ring.slot[{position}].stamp", header.offset(position),
                         f"{stamp_done(position):#x}", f"{stamp:#x}",
                         "the slot was written over, or published before it was written")


def check_sequence(header: Header, slot: Slot, lost: int, previous: int | None) -> None:
    """InputError ``host.sequence`` unless sequence and lost of the slot fit what else is known.

    ``lost`` is the header's count, read after the slot; ``previous`` the sequence of the slot
    before, where the reader has seen it.
    """
    sequence = slot.envelope.sequence
    first = slot.position + 1  # nothing was ever lost
    if previous is None and slot.position == 0:
        previous = 0
    if not first <= sequence <= first + lost:
        raise _bad_envelope(header, slot, "sequence", f"{first:#x} to {first + lost:#x}")
    if previous is None:
        return
    if sequence <= previous:
        raise _bad_envelope(header, slot, "sequence", f"more than {previous:#x}")
    if slot.envelope.lost != lost_between(previous, sequence):
        raise _bad_envelope(header, slot, "lost", f"{lost_between(previous, sequence):#x}")


def _bad_envelope(header: Header, slot: Slot, field: str, expected: str) -> InputError:
    offset = header.offset(slot.position) + RING_SLOT.offsets[field]
    got = getattr(slot.envelope, field)
    return InputError("host.sequence", f"ring.slot[{slot.position}].{field}", offset, expected, f"{got:#x}")
