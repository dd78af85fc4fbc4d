# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Requests by the thousand: what one source of chance makes of valid and of broken inputs, with Python's answers."""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random
from typing import Final

from abi.captures import folder
from abi.cper import (
    ArmProcessor,
    PlatformMemory,
    Record,
    SectionDescriptor,
    build_error_info,
    build_record,
    build_section,
)
from abi.ring.consumer import Consumer
from abi.ring.header import build_header, new_header
from abi.ring.memory import Memory
from abi.ring.producer import Producer
from abi.ring_layout import RING_HEADER, RING_SLOT
from tests.c import host_inputs, inputs
from tests.rust import asked
from tests.rust.asked import Asked, Consumed

_FIELDS: Final = [
    *((RING_HEADER.offsets[f.name], f.width) for f in RING_HEADER.fields),
    *((64 + RING_SLOT.offsets[f.name], f.width) for f in RING_SLOT.fields),
]


def reading(chance: Random) -> Asked:
    """Bytes that may be a record, read by a reader of any version."""
    return asked.reading(inputs.record_bytes(chance), chance.randrange(2), exact=chance.random() < 0.5)


def judging(chance: Random) -> Asked:
    """Records that no reader would let pass, too."""
    return asked.judging(inputs.record(chance), chance.randrange(2))


def deciding(chance: Random) -> Asked:
    """Mostly a record that can be acted on, now and then bytes that cannot."""
    minor = chance.choice((0, 1, 1))
    return asked.deciding(inputs.deciding_bytes(chance), minor, inputs.vcpu(chance), inputs.machine(chance))


def ring(chance: Random) -> bytes:
    """A ring that was produced into and partly consumed; most have one field or bit changed."""
    header = new_header(chance.choice((2, 4)), chance.choice((8, 80)))
    memory = bytearray(build_header(header).ljust(header.size, b"\0"))
    shared = Memory(memory)
    producer, consumer = Producer(shared), Consumer(shared)
    for _ in range(chance.randrange(12)):
        producer.produce(chance.randbytes(8), chance.randrange(4))
        if chance.random() < 0.4 and (slot := consumer.fetch()):
            consumer.commit(slot)
    shared.close()
    for _ in range(chance.choice((0, 1, 1, 2))):
        at, width = chance.choice(_FIELDS)
        at += chance.randrange(header.slots) * header.slot_size if at >= RING_HEADER.size else 0
        old = int.from_bytes(memory[at : at + width], "little")
        near = old + chance.choice((-8, -2, -1, 1, 2, 8, 64))
        new = chance.choice((near, near, 0, 1 << chance.randrange(8 * width), 1 << 62))
        memory[at : at + width] = (new % (1 << 8 * width)).to_bytes(width, "little")
    if chance.random() < 0.1:
        del memory[chance.randrange(len(memory)) // 8 * 8 :]
    return bytes(memory) + bytes(inputs.often(chance, 0, 8))


def image(chance: Random) -> Asked:
    """A ring out of a file."""
    return asked.image(inputs.mutated(chance, bytearray(ring(chance)), 0.1))


def consuming(chance: Random) -> Consumed:
    """A ring in memory."""
    return asked.consuming(ring(chance))


def walking(chance: Random) -> Asked:
    """A status block."""
    return asked.status_block(host_inputs.block_bytes(chance))


def record(chance: Random) -> Asked:
    """A whole CPER record."""
    descriptors = tuple(
        SectionDescriptor(host_inputs.section(chance), gap=chance.randbytes(inputs.often(chance, 0, 3)))
        for _ in range(chance.randrange(3))
    )
    data = bytearray(build_record(Record(descriptors, tail=chance.randbytes(inputs.often(chance, 0, 5)))))
    if chance.random() < 0.5:
        at = chance.choice((0, 6, 10, 20, 128, 132, 200, 204))
        if at + 2 <= len(data):
            near = struct.unpack_from("<H", data, at)[0] + chance.choice((-72, -8, -1, 1, 8))
            struct.pack_into("<H", data, at, near % (1 << 16))
    return asked.cper_record(inputs.mutated(chance, data, 0.4))


def section(chance: Random) -> Asked:
    """A section, or an error information, by itself."""
    made = host_inputs.section(chance)
    if isinstance(made, ArmProcessor) and made.error_info and chance.random() < 0.3:
        return asked.error_info(inputs.mutated(chance, bytearray(build_error_info(made.error_info[0])), 0.5))
    read = asked.memory_section if isinstance(made, PlatformMemory) else asked.arm_section
    return read(inputs.mutated(chance, bytearray(build_section(made)), 0.5))


def capture(chance: Random) -> Asked:
    """What real firmware and tools wrote, read as everything, whole or changed."""
    path = chance.choice(sorted((folder() / "cper").glob("*.bin")))
    read = chance.choice((
        asked.status_block, asked.cper_record, asked.arm_section, asked.memory_section, asked.error_info,
    ))
    return read(inputs.mutated(chance, bytearray(path.read_bytes()), 0.6))


#: Everything that is asked.
WHAT: Final[dict[str, Callable[[Random], Asked | Consumed]]] = {
    "reading": reading, "judging": judging, "deciding": deciding, "image": image, "consuming": consuming,
    "walking": walking, "record": record, "section": section, "capture": capture,
}


def corpus(what: str, seed: int, number: int) -> list[Asked | Consumed]:
    """So many requests of one kind; the same seed gives the same."""
    chance = Random(f"{what} {seed}")
    return [WHAT[what](chance) for _ in range(number)]
