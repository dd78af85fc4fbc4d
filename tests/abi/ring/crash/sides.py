# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Producer and consumer that keep a journal of what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi.ring.consumer import Consumer
from abi.ring.producer import Producer
from tests.abi.ring.crash.shared import INTENT, LOST, PUBLISHED, content, incarnation_of

if TYPE_CHECKING:
    from abi.ring.points import Observer
    from tests.abi.ring.crash.shared import Shared


class Source:
    """A producer of records that name their sequence and who wrote them."""

    def __init__(
        self, shared: Shared, incarnation: int, observe: Observer | None = None, violate: str | None = None
    ) -> None:
        self._producer = Producer(shared.memory, shared.channel.wake_fd, observe, violate)
        self._journal = shared.produced
        self._incarnation = incarnation

    def put(self) -> bool:
        """Produce one record; False if the ring was full."""
        sequence = self._producer.sequence
        self._journal.note(INTENT, sequence, self._incarnation, 0)
        published = self._producer.produce(content(sequence, self._incarnation, self._producer.record_size))
        self._journal.note(PUBLISHED if published else LOST, sequence, self._incarnation, 0)
        return published


class Sink:
    """A consumer that notes every record before it commits it."""

    def __init__(self, shared: Shared, observe: Observer | None = None) -> None:
        self.consumer = Consumer(shared.memory, shared.channel.wake_fd, observe)
        self._journal = shared.consumed

    def take(self) -> bool:
        """Handle one record; False if there is none."""
        slot = self.consumer.fetch()
        if slot is None:
            return False
        envelope = slot.envelope
        self._journal.note(slot.position, envelope.sequence, envelope.lost, incarnation_of(slot.record))
        self.consumer.commit(slot)
        return True

    def drain(self) -> None:
        """Handle all that is there."""
        while self.take():
            pass
