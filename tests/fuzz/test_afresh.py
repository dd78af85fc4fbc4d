# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Wherever an engine has gone: what is wrong in one thing of a good case, and in nothing else, is one mutation away."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Final

import pytest

from abi.definition import FLAGS, SEA_FLAGS
from abi.definition import RECORD as LAYOUT
from abi.fuzz import seeds
from abi.fuzz.buffer import Buffer
from abi.fuzz.case import FIRMWARE, HEAD, RECORD, RING, parse
from abi.fuzz.mutate import afresh
from abi.fuzz.operations import head, part, place
from abi.fuzz.steps import SEED_RANGES, SEEDS, TEMPLATE_RANGES, TEMPLATES
from abi.fuzz.values import LAYOUTS, PLACES, Place
from abi.fuzz.walk import KINDS, walk
from tests.fuzz.test_reach import Script

ROOM: Final = 4096
MANY: Final = 20_000
FEW: Final = 6000


@cache
def begun(surface: int = RING) -> tuple[bytes, ...]:
    """What comes of a case of that surface, which is none of the seeds."""
    first, count = TEMPLATE_RANGES[surface]
    start = next(n for n in reversed(range(first, first + count)) if n not in SEEDS)
    made = []
    for seed in range(MANY):
        b = Buffer(TEMPLATES[start], ROOM, seed)
        afresh(b)
        made.append(bytes(b.data))
    return tuple(made)


def turned(one: bytes, other: bytes) -> set[int]:
    """The bits that differ, by number from the first byte on; none where one is longer."""
    return {8 * at + bit for at, (mine, theirs) in enumerate(zip(one, other, strict=False)) if mine != theirs
            for bit in range(8) if (mine ^ theirs) >> bit & 1} if len(one) == len(other) else set()


def test_the_seeds_are_among_what_is_begun_from() -> None:
    assert {TEMPLATES[n] for n in SEEDS} == set(seeds.SEEDS.values())
    assert sum(count for _, count in SEED_RANGES) == len(SEEDS)
    for surface, (first, count) in enumerate(SEED_RANGES):
        assert all(parse(TEMPLATES[n]).surface == surface for n in SEEDS[first : first + count])


@pytest.mark.parametrize("surface", [RECORD, FIRMWARE])
def test_it_is_a_good_case_but_for_one_thing(surface: int) -> None:
    """One number or bit; of a record a flag may have its field with it. All that there are are begun from."""
    first, count = TEMPLATE_RANGES[surface]
    met = set()
    for made in (made for made in begun()[:FEW] if parse(made).surface == surface):
        same = [n for n in range(first, first + count) if len(TEMPLATES[n]) == len(made)]
        apart, nearest = min((_apart(surface, TEMPLATES[n], made), n) for n in same)
        met.add(nearest)
        assert apart <= (2 if surface == RECORD else 8)
    assert met == set(range(first, first + count))


def _apart(surface: int, one: bytes, other: bytes) -> int:
    """In how many fields they differ; of firmware records, how many bytes the first and the last are apart."""
    if surface == RECORD:
        ends = [0, HEAD.size, *(HEAD.size + LAYOUT.end(f.name) for f in LAYOUT.fields), len(one)]
        return sum(one[start:end] != other[start:end] for start, end in pairwise(ends))
    bits = turned(one, other)
    return max(bits) // 8 - min(bits) // 8 + 1 if bits else 0


@pytest.mark.parametrize("name", ["record-1.0", "record-1.1"])
def test_each_flag_of_a_record_that_is_a_seed_is_turned_alone(name: str) -> None:
    seed = seeds.SEEDS[name]
    alone = {bits.pop() for made in begun(RECORD) if len(bits := turned(seed, made)) == 1}
    assert alone >= {8 * (HEAD.size + LAYOUT.offsets[field]) + flag.bit
                     for field, flags in (("flags", FLAGS), ("sea_flags", SEA_FLAGS)) for flag in flags}


def test_each_validity_bit_and_each_flag_of_a_firmware_record_that_is_a_seed_is_turned_alone() -> None:
    seed = seeds.SEEDS["firmware"]
    alone = {bits.pop() for made in begun(FIRMWARE) if len(bits := turned(seed, made)) == 1}
    assert alone >= _meaningful(seed)


@pytest.mark.parametrize("template", range(TEMPLATE_RANGES[FIRMWARE].number))
def test_each_validity_bit_and_each_flag_of_every_section_can_be_turned(template: int) -> None:
    data = TEMPLATES[TEMPLATE_RANGES[FIRMWARE].first + template]
    alone: set[int] = set()
    for seed in range(3000):
        b = Buffer(data, ROOM, seed)
        (part.mark, part.validity)[seed % 2](b)
        alone |= turned(data, bytes(b.data))
    assert alone >= _meaningful(data)


def _meaningful(data: bytes) -> set[int]:
    nodes = walk(Buffer(data, ROOM, 0))
    valid = {8 * (node.at + at) + bit for node in nodes for at, _, number in [part.VALIDITY[node.kind]]
             for bit in range(number)}
    return valid | {8 * (node.at + at) + bit for node in nodes for at, bit in part.MARKS[node.kind]}


def test_every_length_count_and_offset_is_measured() -> None:
    """Those that a layout says are bytes or a number of something, from somewhere on."""
    for kind, measures in zip(KINDS, part.MEASURES, strict=True):
        layout = LAYOUTS[kind][0]
        said = {(layout.offsets[f.name], f.width) for f in layout.fields
                if f.meaning.startswith(("bytes of", "number of", "from the start"))}
        assert set(measures) == said, kind


@pytest.mark.parametrize("width", [1, 2, 4, 8])
def test_the_top_byte_of_a_number_may_change_alone(width: int) -> None:
    b = Buffer(bytes(range(1, 17)), ROOM, 0)
    for drawn in (0, 0xFE):
        b.draw = Script(7, 1, drawn)
        now = b.get(0, width)
        assert place.other(b, 0, b.size, Place(0, width, (0,))) ^ now == drawn + 1 << 8 * (width - 1)


def test_the_top_byte_of_an_address_changes_alone_in_a_seed() -> None:
    """As a reader must see it that narrows or extends an address."""
    seed, at = seeds.SEEDS["record-1.1"], HEAD.size + LAYOUT.offsets["firmware_va"]
    assert any(p.offset == LAYOUT.offsets["firmware_va"] for p in PLACES["record"])
    assert any({bit // 8 for bit in turned(seed, made)} == {at + 7} for made in begun())


@pytest.mark.parametrize("data", TEMPLATES)
def test_who_reads_is_changed_and_nothing_else(data: bytes) -> None:
    for seed in range(100):
        b = Buffer(data, ROOM, seed)
        head.head(b)
        made = bytes(b.data)
        assert (parse(made).surface, made[HEAD.size :]) == (parse(data).surface, data[HEAD.size :])


@pytest.mark.parametrize("surface", [RECORD, FIRMWARE, RING])
def test_what_is_read_becomes_each_other_thing(surface: int) -> None:
    met = set()
    for seed in range(100):
        b = Buffer(TEMPLATES[TEMPLATE_RANGES[surface].first], ROOM, seed)
        head.become(b)
        met.add(parse(bytes(b.data)).surface)
    assert met == {RECORD, FIRMWARE, RING} - {surface}
