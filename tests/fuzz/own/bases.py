# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The inputs to start from, by a fixed seed: ``python -m tests.fuzz.own.bases FILE``.

What the tests of the C readers draw, and what the vectors and captures hold: for our own code
everything is allowed. Each with the places of its fields, from the layouts. bases.h says how the file is laid out.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from abi.cper import build_status_block, parse_status_block
from abi.cper.layouts import (
    ARM_PROCESSOR,
    CONTEXT_INFO,
    DATA_ENTRY_V2,
    DATA_ENTRY_V3,
    ERROR_INFO,
    MEMORY,
    MEMORY_OLD,
    STATUS_BLOCK,
)
from abi.definition import RECORD
from abi.errors import InputError
from abi.layout import Layout
from abi.reply import VCPU_EVENTS, build_reply
from abi.ring_layout import RING_HEADER, RING_SLOT
from abi.vcpu import MACHINE_NOTIFICATIONS
from tests.c import host_inputs, inputs, python_side
from tests.c.c_side import features, trap_words
from tests.c.ring_side import ring
from tests.fuzz.own import heads
from tests.generate.tools import ROOT

SEED: Final = 20261124
#: How many are drawn for each target.
DRAWN: Final = {"record": 3000, "reply": 1500, "ring": 600, "firmware": 1500, "fill": 2500}
VECTORS: Final = ROOT / "spec" / "vectors"
#: Beyond this it takes too long.
LONGEST: Final = 4096
CAPTURES: Final = ROOT / "tests" / "captures" / "cper"
_ITEMS: Final = {"arm": ARM_PROCESSOR, "error_info": ERROR_INFO, "context": CONTEXT_INFO}

Places = list[tuple[int, int]]


class Base(NamedTuple):
    """One input: its head, its data, and (offset, width) of the fields in the data."""

    head: bytes
    data: bytes
    places: Places


def places(layout: Layout, start: int = 0) -> Places:
    """Each element of each field, of long texts the ends; nothing of what is ignored."""
    return [
        (start + layout.offsets[field.name] + n * field.element, field.element)
        for field in layout.fields if field.name != "ignored"
        for n in (range(field.number) if field.element > 1 or field.number <= 4 else (0, field.number - 1))
    ]


def packed(layout: Layout, **values: object) -> bytes:
    """A head; what is not given is 0, arrays are tuples."""
    parts = []
    for field in layout.fields:
        value = values.get(field.name, 0)
        numbers = value if isinstance(value, tuple) else (value,)
        mask = (1 << 8 * field.element) - 1
        filled = [*numbers, *[0] * field.number][: field.number]
        parts += [(int(number) & mask).to_bytes(field.element, "little") for number in filled]
    return b"".join(parts)


def record_head(chance: Random) -> bytes:
    """A machine and a vCPU."""
    machine, vcpu = inputs.machine(chance), inputs.vcpu(chance)
    ways = tuple(MACHINE_NOTIFICATIONS.index(way) + 1 for way in machine.notifications)
    return packed(
        heads.RECORD, features=features(machine.features), repeats=machine.repeats, bound=machine.bound,
        pending_serror=machine.pending_serror or 0, ways=ways, ras=machine.ras, firmware_va=machine.firmware_va,
        answered=machine.answered, has_pending_serror=machine.pending_serror is not None, vcpu=tuple(vcpu),
        reader=inputs.often(chance, 1, 0, 2), exact=chance.randrange(2),
    )


def record(chance: Random, data: bytes | None = None) -> Base:
    """A record that may be acted on, or one that breaks a rule."""
    if data is None:
        data = inputs.deciding_bytes(chance)[: chance.choice((64, 80, 80, 88))]
    return Base(record_head(chance), data, [each for each in places(RECORD) if sum(each) <= len(data)])


def reply(chance: Random) -> Base:
    """A reply of a VMM that mostly knows what it may say."""
    head = packed(
        heads.REPLY, vcpu=tuple(inputs.vcpu(chance)), features=features(inputs.machine(chance).features),
        kind=chance.choice((0, 1, 1, 2, 3, 4)), host_ras=inputs.often(chance, 1, 0),
    )
    return Base(head, build_reply(inputs.reply(chance)), places(VCPU_EVENTS))


def ring_base(chance: Random, data: bytes | None = None) -> Base:
    """A ring that a producer has written, and words of it that change."""
    image = bytes(ring(chance)) if data is None else data
    changes = heads.MAX_CHANGES
    head = packed(
        heads.RING, changes=inputs.often(chance, 0, 1, 2), dealt=chance.randrange(8),
        after=tuple(chance.randrange(60) for _ in range(changes)),
        word=tuple(chance.choice((chance.randrange(8), chance.randrange(200))) for _ in range(changes)),
        value=tuple(chance.choice((chance.randrange(40), inputs.word(chance))) for _ in range(changes)),
    )
    number, size = struct.unpack_from("<I", image.ljust(16, b"\0"), 12)[0], RING_HEADER.size
    step = struct.unpack_from("<I", image.ljust(16, b"\0"), 8)[0]
    found = places(RING_HEADER)
    for n in range(min(number, 8)):
        found += places(RING_SLOT, size + n * step)
    return Base(head, image, [each for each in found if sum(each) <= len(image)])


def block_places(data: bytes) -> Places:
    """The fields of all that stands in a block, if it is one."""
    found = places(STATUS_BLOCK)
    try:
        items = list(python_side.items(parse_status_block(data)))
    except InputError:
        items = []
    for name, _entry, _item, at, size in items:
        if name == "entry":
            found += places(DATA_ENTRY_V3 if size == DATA_ENTRY_V3.size else DATA_ENTRY_V2, at)
        elif name == "memory":
            found += places(MEMORY_OLD if size == MEMORY_OLD.size else MEMORY, at)
        elif name in _ITEMS:
            found += places(_ITEMS[name], at)
    return [each for each in found if sum(each) <= len(data)]


def firmware(chance: Random, data: bytes | None = None) -> Base:
    """A status block, whole or not."""
    if data is None:
        whole = chance.random() < 0.8
        data = build_status_block(host_inputs.block(chance)) if whole else host_inputs.block_bytes(chance)
    return Base(packed(heads.FIRMWARE, room=chance.randrange(4)), data, block_places(data))


def fill(chance: Random) -> Base:
    """A trap, with or without a block."""
    trap = host_inputs.trap(chance)
    words = trap_words(trap)
    data = build_status_block(host_inputs.block(chance)) if chance.random() < 0.7 else b""
    head = packed(
        heads.FILL, **dict(zip((field.name for field in heads.FILL.fields), words[:10], strict=False)),
        walk_level=(trap.walk_level or 0) + 2, notify=words[11], minor=words[12],
        nr_memslots=len(trap.memslots or ()), nr_isolated=len(trap.isolated), has_block=bool(data),
        memslots=tuple(number for slot in trap.memslots or host_inputs.SLOTS for number in slot),
        isolated=tuple(number for page in trap.isolated for number in page),
    )
    return Base(head, data, block_places(data) if data else [])


MAKERS: Final[dict[str, Callable[[Random], Base]]] = {
    "record": record, "reply": reply, "ring": ring_base, "firmware": firmware, "fill": fill,
}
#: The same of data that is given.
GIVEN: Final[dict[str, Callable[[Random, bytes], Base]]] = {
    "record": record, "ring": ring_base, "firmware": firmware,
}


@cache
def vectors() -> tuple[tuple[str, bytes], ...]:
    """Records, rings and blocks of the vectors by their target, each once."""
    found: dict[tuple[str, bytes], None] = {}
    for path in sorted(VECTORS.glob("*.json")):
        for vector in json.loads(path.read_text(encoding="utf-8"))["vectors"]:
            for name, target in (("record", "record"), ("image", "ring"), ("cper", "firmware")):
                text = vector["input"].get(name) if isinstance(vector["input"], dict) else None
                if isinstance(text, str) and len(text) <= 2 * LONGEST:
                    found[target, bytes.fromhex(text)] = None
    return tuple(found)


def all_bases(seed: int = SEED, share: float = 1) -> dict[str, list[Base]]:
    """Every base by target; the vectors and captures are always among them."""
    chance = Random(seed)
    found = {name: [make(chance) for _ in range(int(DRAWN[name] * share))] for name, make in MAKERS.items()}
    for name, data in vectors():
        found[name].append(GIVEN[name](chance, data))
    for path in sorted(CAPTURES.glob("*.bin")):
        found["firmware"].append(firmware(chance, path.read_bytes()))
    return found


def _numbers(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)


def _places(some: Places) -> bytes:
    return _numbers(*(offset << 8 | width for offset, width in some))


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def dump(found: dict[str, list[Base]]) -> bytes:
    """The file that bases.h reads."""
    parts = [_numbers(len(heads.TARGETS))]
    for name, layout in heads.TARGETS.items():
        own = places(layout)
        parts += [_numbers(layout.size, len(own)), _places(own), _numbers(len(found[name]))]
        for base in found[name]:
            parts += [_numbers(len(base.data), len(base.places)), _places(base.places)]
            parts += [_padded(base.head), _padded(base.data)]
    return b"".join(parts)


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(dump(all_bases()))
