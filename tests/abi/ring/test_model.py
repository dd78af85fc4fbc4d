# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The ring against a queue of plain Python values, with deaths at every store."""

from __future__ import annotations

from collections import deque
from contextlib import suppress

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from abi.ring.consumer import Consumer
from abi.ring.image import read_image
from abi.ring.memory import Memory
from abi.ring.points import CONSUMER_POINTS, PRODUCER_POINTS, StorePoint
from abi.ring.producer import Producer
from tests.abi.ring.by_hand import header

SLOTS = 4
PRODUCER_DEATHS = [(p.name, after) for p in PRODUCER_POINTS if p.name != "WAKE" for after in (False, True)]
CONSUMER_DEATHS = [(p.name, after) for p in CONSUMER_POINTS if p.name == "TAIL" for after in (False, True)]
records = st.binary(min_size=0, max_size=16)


class DeathError(Exception):
    """The process dies here: what it had in its own memory is gone."""


class Ring(RuleBasedStateMachine):
    """One ring in a bytearray; ``queue`` holds (sequence, lost, record) as the rules say they must be."""

    def __init__(self) -> None:
        super().__init__()
        self.image = bytearray(header(slots=SLOTS) + bytes(SLOTS * 40))
        self.memory = Memory(self.image)
        self.death: tuple[str, bool] | None = None
        self.producer = Producer(self.memory, observe=self.die)
        self.consumer = Consumer(self.memory, observe=self.die)
        self.queue: deque[tuple[int, int, bytes]] = deque()
        self.sequence = 1
        self.dropped = 0  # since the record published last
        self.lost = 0

    def die(self, point: StorePoint, after: bool) -> None:
        if (point.name, after) == self.death:
            raise DeathError

    def account(self, record: bytes, published: bool) -> None:
        """What the model says of one record that counts."""
        if published:
            self.queue.append((self.sequence, self.dropped, record.ljust(16, b"\0")))
            self.dropped = 0
        else:
            self.dropped += 1
            self.lost += 1
        self.sequence += 1

    @rule(record=records)
    def produce(self, record: bytes) -> None:
        room = len(self.queue) < SLOTS
        assert self.producer.sequence == self.sequence
        assert self.producer.produce(record) == room
        self.account(record, room)

    @rule(record=records, death=st.sampled_from(PRODUCER_DEATHS))
    def die_producing(self, record: bytes, death: tuple[str, bool]) -> None:
        """The record counts once its stamp says that it is done, or once lost is stored."""
        room = len(self.queue) < SLOTS
        self.death = death
        try:
            self.producer.produce(record)
        except DeathError:
            counts = death in {("STAMP_DONE", True), ("HEAD", False), ("HEAD", True), ("LOST", True)}
        else:
            counts = True  # this death lies on the other path
        self.death = None
        if counts:
            self.account(record, room)
        self.restart_producer()

    @rule()
    def restart_producer(self) -> None:
        self.producer = Producer(self.memory, observe=self.die)

    @rule()
    def consume(self) -> None:
        taken = self.consumer.fetch()
        assert (taken is None) == (not self.queue)
        if taken is not None:
            assert (taken.envelope.sequence, taken.envelope.lost, taken.record) == self.queue.popleft()
            self.consumer.commit(taken)

    @precondition(lambda self: self.queue)
    @rule(death=st.sampled_from(CONSUMER_DEATHS))
    def die_consuming(self, death: tuple[str, bool]) -> None:
        """The record is there again unless tail was stored."""
        taken = self.consumer.fetch()
        assert taken is not None
        assert (taken.envelope.sequence, taken.envelope.lost, taken.record) == self.queue[0]
        self.death = death
        with suppress(DeathError):
            self.consumer.commit(taken)
        self.death = None
        if death == ("TAIL", True):
            self.queue.popleft()
        self.restart_consumer()

    @rule()
    def restart_consumer(self) -> None:
        self.consumer = Consumer(self.memory, observe=self.die)

    @invariant()
    def the_image_holds_what_the_queue_holds(self) -> None:
        read, slots = read_image(bytes(self.image))
        assert read.lost == self.lost
        assert [(s.envelope.sequence, s.envelope.lost, s.record) for s in slots] == list(self.queue)


TestRing = Ring.TestCase
TestRing.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
