# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The ring read by both: the same memory twice, the same steps, the same answers, the same memory after."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable
from random import Random
from types import TracebackType
from typing import Any, Final, Self

from abi.errors import InputError
from abi.ring.consumer import Consumer
from abi.ring.header import build_header, new_header, parse_header
from abi.ring.memory import Memory
from abi.ring.producer import Producer
from abi.ring.slot import Slot
from abi.ring_layout import RING_HEADER, RING_SLOT
from tests.c.c_side import CSide, Refusal
from tests.c.python_side import refusal

EMPTY, SLOT, REFUSED = range(3)
_HEADER: Final = [(RING_HEADER.offsets[f.name], f.element) for f in RING_HEADER.fields]
_SLOT: Final = [(RING_SLOT.offsets[f.name], f.element) for f in RING_SLOT.fields]


class CConsumer:
    """The C consumer of a piece of memory, used as Python's is; ``room`` for a copy of a slot, in bytes."""

    def __init__(self, side: CSide, memory: Any, room: int = 4096) -> None:
        self._side, self._lib = side, side.lib
        self._memory = side.ffi.from_buffer(memory, require_writable=True)
        self._out = side.ffi.new("struct shim_slot *")
        self._ring = self._lib.shim_ring_new(self._memory, len(memory), room, self._out)
        self.refused = None if self._ring else side.refusal(self._out.error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._lib.shim_ring_free(self._ring)
        self._side.ffi.release(self._memory)

    def fetch(self) -> Refusal | tuple[int, int, int, int, bytes] | None:
        """A refusal, a slot, or None where there is none."""
        out = self._out
        self._lib.shim_ring_fetch(self._ring, out)
        if out.step == REFUSED:
            return self._side.refusal(out.error)
        return None if out.step == EMPTY else (*out.facts, bytes(self._side.ffi.buffer(out.record, out.size)))

    def commit(self, position: int) -> bool:
        """Free the slot; False if it is not the oldest."""
        return bool(self._lib.shim_ring_commit(self._ring, position))


def ring(chance: Random) -> bytearray:
    """A ring that a producer has written and a consumer has partly read; now and then one that lies."""
    header = new_header(chance.choice((2, 4, 8)), chance.choice((8, 64, 80)))
    memory = bytearray(build_header(header).ljust(header.size, b"\0"))
    shared = Memory(memory)
    producer, consumer = Producer(shared), Consumer(shared)
    for _ in range(chance.randrange(20)):
        producer.produce(chance.randbytes(8), chance.randrange(4))
        slot = consumer.fetch() if chance.random() < 0.5 else None
        if slot:
            consumer.commit(slot)
    shared.close()
    for _ in range(chance.choice((0, 0, 1, 1, 2))):
        _lie(chance, memory)
    if chance.random() < 0.1:
        del memory[chance.randrange(len(memory)) // 8 * 8 :]
    elif chance.random() < 0.1:
        memory += bytes(8 * chance.randrange(4))
    return memory


def _lie(chance: Random, memory: bytearray) -> None:
    """Change one field of the header or of a slot."""
    offset, width = chance.choice(_HEADER)
    if chance.random() < 0.6:
        number, size = struct.unpack_from("<I", memory, 12)[0], struct.unpack_from("<I", memory, 8)[0]
        offset, width = chance.choice(_SLOT)
        offset += 64 + chance.randrange(8) % max(1, number) * size
    if offset + width > len(memory):
        return
    old = int.from_bytes(memory[offset : offset + width], "little")
    near = old + chance.choice((-64, -8, -2, -1, 1, 2, 8, 64, 256))
    new = chance.choice((near, near, 0, 1 << chance.randrange(8 * width), (1 << 62) - 1, 1 << 62))
    memory[offset : offset + width] = (new % (1 << 8 * width)).to_bytes(width, "little")


def _attach(memory: bytearray) -> tuple[Consumer | None, Refusal | None]:
    try:
        parse_header(bytes(memory), len(memory))  # as abi.ring.channel.attach refuses less than a header
        return Consumer(Memory(memory)), None
    except InputError as error:
        return None, refusal(error)


def _python_fetch(consumer: Consumer) -> tuple[Slot | None, Refusal | tuple[int, int, int, int, bytes] | None]:
    try:
        slot = consumer.fetch()
    except InputError as error:
        return None, refusal(error)
    return slot, slot and (slot.position, *slot.envelope, slot.record)


def consuming(side: CSide, chance: Random, met: Counter[str]) -> None:
    """A ring by chance, of which now and then a slot is fetched twice."""
    consume(side, ring(chance), met, lambda: chance.random() < 0.9)


def consume(side: CSide, memory: bytearray, met: Counter[str], commits: Callable[[], bool]) -> None:
    """Attach, fetch and commit by both; raises AssertionError where they differ."""
    own = bytearray(memory)
    with CConsumer(side, memory) as c:
        consumer, refused = _attach(own)
        assert c.refused == refused, (own.hex(), c.refused, refused)
        if consumer is None:
            met[f"{refused.rule} {refused.path}" if refused else ""] += 1
            return
        for _ in range(10):
            slot, expected = _python_fetch(consumer)
            got = c.fetch()
            assert got == expected, (own.hex(), got, expected)
            met["refused " + got.path.rpartition(".")[2] if isinstance(got, Refusal) else type(got).__name__] += 1
            if slot and commits():
                assert not c.commit(slot.position + 1)
                assert c.commit(slot.position)
                consumer.commit(slot)
    assert memory == own, "stores differ"
