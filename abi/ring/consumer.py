# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The VMM's side of the ring: copies a slot once, checks it, and frees it when it has been handled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from abi.ring import points, wake
from abi.ring.header import check_lost, check_window, read_header
from abi.ring.memory import Memory, Stores, fence
from abi.ring.slot import ENVELOPE_OFFSET, Slot, check_sequence, check_stamp, parse_slot
from abi.ring_layout import RING_HEADER

if TYPE_CHECKING:
    from abi.ring.points import Observer

HEAD_OFFSET: Final = RING_HEADER.offsets["head"]
TAIL_OFFSET: Final = RING_HEADER.offsets["tail"]
LOST_OFFSET: Final = RING_HEADER.offsets["lost"]


class Consumer:
    """The one consumer of a ring, new or taken over from a consumer that is dead.

    Delivery is at least once: a consumer that dies between handling a record and ``commit`` leaves
    it to its successor, who sees it again with the same ``envelope.sequence``. Who must act once
    keeps the last sequence with what it did, and commits a slot without acting if it is not newer.

    InputError ``vmm.ring.header`` where the header cannot be true; nothing has been stored then.
    """

    def __init__(self, memory: Memory, wake_fd: int | None = None, observe: Observer | None = None) -> None:
        self._memory = memory
        self._stores = Stores(memory, observe)
        self._wake_fd = wake_fd
        self._ring = read_header(memory)
        self._tail = self._ring.tail  # never read back: the producer could write it too
        self._previous: int | None = None

    def pending(self) -> int:
        """Count the records that are published and not committed; InputError ``vmm.ring.header``."""
        head = self._memory.load(HEAD_OFFSET)
        check_window(head, self._tail, self._ring.slots)
        return head - self._tail

    def fetch(self) -> Slot | None:
        """Return the oldest record that is not committed, None if there is none. Frees nothing.

        The slot is copied once, its stamp is checked before and after (rules ``vmm.single_fetch``,
        ``vmm.ring.stamp``). InputError ``vmm.ring.header``, ``vmm.ring.stamp``, ``host.sequence``;
        the slot then stays where it is.
        """
        if not self.pending():
            return None
        fence()  # head before the slot
        start = self._ring.offset(self._tail)
        check_stamp(self._ring, self._tail, self._memory.load(start))
        fence()  # stamp before data
        data = self._memory.copy(start + ENVELOPE_OFFSET, self._ring.slot_size - ENVELOPE_OFFSET)
        fence()  # data before stamp and lost
        check_stamp(self._ring, self._tail, self._memory.load(start))
        slot = parse_slot(self._tail, data)
        lost = self._memory.load(LOST_OFFSET)
        check_lost(lost)
        check_sequence(self._ring, slot, lost, self._previous)
        return slot

    def commit(self, slot: Slot) -> None:
        """Free a slot whose record has been handled (rule ``vmm.ring.tail``).

        ValueError unless it is the one that ``fetch`` returns now.
        """
        if slot.position != self._tail:
            raise ValueError(f"slot {slot.position:#x} is not the oldest, {self._tail:#x} is")
        fence()  # the copy before the permission to overwrite
        self._stores.word(points.TAIL, TAIL_OFFSET, self._tail + 1)
        self._tail += 1
        self._previous = slot.envelope.sequence

    def wait(self, timeout: float | None = None) -> bool:
        """Block until a record may be there, at most ``timeout`` seconds (None: for ever).

        True if one is. It looks before it waits, so a wake-up that an earlier consumer took and
        did not use is not missed; False may also be a wake-up without a record. ValueError without
        an eventfd.
        """
        if self._wake_fd is None:
            raise ValueError("this consumer has no eventfd to wait for")
        if self.pending():
            return True
        if wake.wait(self._wake_fd, timeout):
            self._stores.at(points.DRAIN, wake.drain, self._wake_fd)
        return bool(self.pending())
