# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The host's side of the ring: publishes records, counts what does not fit, never waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from abi.errors import InputError
from abi.ring import points, wake
from abi.ring.header import check_window, read_header
from abi.ring.memory import Memory, Stores, fence
from abi.ring.slot import (
    ENVELOPE_OFFSET,
    RECORD_OFFSET,
    Envelope,
    Slot,
    build_envelope,
    check_sequence,
    check_stamp,
    lost_between,
    parse_slot,
)
from abi.ring_layout import NO_VCPU, RING_HEADER, stamp_done, stamp_writing

if TYPE_CHECKING:
    from abi.ring.points import Observer

HEAD_OFFSET: Final = RING_HEADER.offsets["head"]
TAIL_OFFSET: Final = RING_HEADER.offsets["tail"]
LOST_OFFSET: Final = RING_HEADER.offsets["lost"]

#: Rules that a producer can be told to break, for tests of readers.
VIOLATIONS: Final = ("host.ring.publish",)


class Producer:
    """The one producer of a ring, new or taken over from a producer that is dead.

    ``wake_fd`` is the consumer's eventfd or None. ``observe`` is called around every store.
    ``violate="host.ring.publish"`` publishes each record before it writes it.

    InputError ``vmm.ring.header``, ``vmm.ring.stamp`` or ``host.sequence`` where the memory cannot
    be what a producer left behind; nothing has been stored then.
    """

    def __init__(
        self,
        memory: Memory,
        wake_fd: int | None = None,
        observe: Observer | None = None,
        violate: str | None = None,
    ) -> None:
        if violate not in (None, *VIOLATIONS):
            raise ValueError(f"cannot break {violate!r}, only {VIOLATIONS}")
        self._memory = memory
        self._stores = Stores(memory, observe)
        self._wake_fd = wake_fd
        self._early = violate == "host.ring.publish"
        self._ring = read_header(memory)
        # What this side owns is kept here and never read back: the consumer could write it too.
        self._head, self._lost = self._ring.head, self._ring.lost
        self._previous = self._published(self._head - 1, None).envelope.sequence if self._head else 0
        self._resume()

    @property
    def sequence(self) -> int:
        """Sequence of the record produced next: each one before was published or lost."""
        return self._head + self._lost + 1

    @property
    def record_size(self) -> int:
        """The longest record that a slot holds, in bytes."""
        return self._ring.record_size

    def produce(self, record: bytes, vcpu: int = NO_VCPU) -> bool:
        """Publish a record; False if the ring is full and it was counted as lost (``host.ring.full``).

        InputError ``vmm.size`` for a record that no slot holds, ``vmm.ring.header`` for a tail that
        no consumer wrote (the record is then neither published nor counted); ValueError for a
        vCPU that is no u32.
        """
        if len(record) > self._ring.record_size:
            raise InputError("vmm.size", "record", None, f"{self._ring.record_size:#x} bytes or fewer",
                             f"{len(record):#x} bytes")
        if not 0 <= vcpu <= NO_VCPU:
            raise ValueError(f"vcpu {vcpu:#x} is no u32")
        tail = self._memory.load(TAIL_OFFSET)
        check_window(self._head, tail, self._ring.slots, "tail")
        if self._head - tail == self._ring.slots:
            self._lost += 1
            self._stores.word(points.LOST, LOST_OFFSET, self._lost)
            return False
        fence()  # the consumer read the slot before it moved tail: only now may it be overwritten
        self._write(Envelope(vcpu, lost_between(self._previous, self.sequence), self.sequence), record)
        return True

    def _write(self, envelope: Envelope, record: bytes) -> None:
        """Write data, then stamp, then head (rule ``host.ring.publish``), ordered for every observer."""
        self._stores.word(points.STAMP_WRITING, self._ring.offset(self._head), stamp_writing(self._head))
        fence()
        if self._early:
            position = self._head
            self._publish(envelope.sequence)
            self._fill(position, envelope, record)
        else:
            self._fill(self._head, envelope, record)
            fence()
            self._publish(envelope.sequence)
        self._wake()

    def _fill(self, position: int, envelope: Envelope, record: bytes) -> None:
        start = self._ring.offset(position)
        self._stores.data(points.ENVELOPE, start + ENVELOPE_OFFSET, build_envelope(envelope))
        padded = record.ljust(self._ring.record_size, b"\0")
        self._stores.data(points.RECORD, start + RECORD_OFFSET, padded)

    def _publish(self, sequence: int) -> None:
        self._stores.word(points.STAMP_DONE, self._ring.offset(self._head), stamp_done(self._head))
        fence()
        self._complete(sequence)

    def _complete(self, sequence: int) -> None:
        self._stores.word(points.HEAD, HEAD_OFFSET, self._head + 1)
        self._head += 1
        self._previous = sequence

    def _wake(self) -> None:
        if self._wake_fd is not None:
            self._stores.at(points.WAKE, wake.notify, self._wake_fd)

    def _resume(self) -> None:
        """Go on where the producer before died (rule ``host.ring.restart``).

        A record that was complete but for head is published. One that was not is written again by
        the next ``produce``, under the same sequence. The wake-up is repeated, since the death may
        have come between head and wake-up.
        """
        position = self._head
        stamp = self._memory.load(self._ring.offset(position))
        before = stamp_done(position - self._ring.slots) if position >= self._ring.slots else 0
        if stamp not in (before, stamp_writing(position)):
            slot = self._published(position, self._previous)
            fence()
            self._complete(slot.envelope.sequence)
        self._wake()

    def _published(self, position: int, previous: int | None) -> Slot:
        """Read a complete slot of this producer or of the one before; InputError if it is none."""
        start = self._ring.offset(position)
        check_stamp(self._ring, position, self._memory.load(start))
        data = self._memory.copy(start + ENVELOPE_OFFSET, self._ring.slot_size - ENVELOPE_OFFSET)
        slot = parse_slot(position, data)
        check_sequence(self._ring, slot, self._lost, previous)
        return slot
