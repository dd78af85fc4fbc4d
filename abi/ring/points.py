# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Every store to the ring's shared memory, numbered, so that a test can stop at each of them.

The two operations on the eventfd are numbered too: they are no stores, but a death beside them is
where a wake-up could be lost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple


class StorePoint(NamedTuple):
    """One place in the code that changes what the other side can see."""

    number: int
    name: str
    what: str


#: Called with a point before its store (False) and after it (True).
Observer = Callable[[StorePoint, bool], None]

PRODUCER_POINTS: Final = (
    StorePoint(1, "LOST", "header.lost: the ring is full, the record is dropped"),
    StorePoint(2, "STAMP_WRITING", "slot.stamp := 2p+1"),
    StorePoint(3, "ENVELOPE", "the slot's vcpu, lost, sequence"),
    StorePoint(4, "RECORD", "the slot's record, zeros after its end"),
    StorePoint(5, "STAMP_DONE", "slot.stamp := 2p+2"),
    StorePoint(6, "HEAD", "header.head := p+1: the record is published"),
    StorePoint(7, "WAKE", "eventfd: the consumer is woken"),
)
CONSUMER_POINTS: Final = (
    StorePoint(8, "TAIL", "header.tail := p+1: the slot may be overwritten"),
    StorePoint(9, "DRAIN", "eventfd: the wake-up is taken"),
)
POINTS: Final = PRODUCER_POINTS + CONSUMER_POINTS

LOST, STAMP_WRITING, ENVELOPE, RECORD, STAMP_DONE, HEAD, WAKE = PRODUCER_POINTS
TAIL, DRAIN = CONSUMER_POINTS
