# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The mutator: within its room, the same for the same seed, every operation, and far more that is valid than noise."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi.fuzz import broken, seeds
from abi.fuzz.buffer import Buffer
from abi.fuzz.case import FIRMWARE, HEAD, RECORD, RING, parse
from abi.fuzz.mutate import CHANGES, CHOICES, OPERATIONS, SHARES, crossover, mutate
from abi.fuzz.operations.havoc import havoc
from abi.fuzz.random import Random
from abi.fuzz.steps import TEMPLATES
from abi.rules import RECORD_RULES
from tests.generate.tools import SPEC

SEED: Final = st.integers(0, (1 << 64) - 1)
#: Refusals at the first look: what is too short, or whose version or size cannot be.
FIRST_CHECK: Final = {"vmm.malformed", "vmm.size", "vmm.major.unknown"}
#: Mutations of which shares are taken.
MANY: Final = 10_000
ROOM: Final = 4096


@given(st.binary(max_size=400), st.integers(0, 500), SEED)
def test_any_bytes_become_a_case_within_the_room(data: bytes, room: int, seed: int) -> None:
    made = mutate(data, room, seed)
    assert len(made.data) <= room
    assert len(made.data) >= min(room, HEAD.size) or made.operations == ("havoc",)
    assert made == mutate(data, room, seed)
    assert set(made.operations) <= set(OPERATIONS)
    parse(made.data)


@given(st.sampled_from(TEMPLATES), st.sampled_from(TEMPLATES), st.integers(0, 700), SEED)
def test_two_cases_become_one_within_the_room(one: bytes, other: bytes, room: int, seed: int) -> None:
    made = crossover(one, other, room, seed)
    assert len(made) <= room
    assert made == crossover(one, other, room, seed)


@pytest.mark.parametrize("name", OPERATIONS)
@given(data=st.sampled_from(TEMPLATES) | st.binary(min_size=HEAD.size, max_size=200), seed=SEED,
       more=st.integers(0, 300))
def test_each_operation_takes_any_case_and_keeps_to_the_room(name: str, data: bytes, seed: int, more: int) -> None:
    b = Buffer(data, len(data) + more, seed)
    OPERATIONS[name](b)
    assert b.size <= b.room


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_changes_what_it_is_for(name: str) -> None:
    """On the templates of the surfaces that it is drawn for; little of those can be any shorter."""
    surfaces = [surface for surface, shares in enumerate(SHARES) if name in shares]
    assert surfaces
    for surface in surfaces:
        starts = [data for data in TEMPLATES if parse(data).surface == surface]
        changed = sum(_done(name, data, seed) != data for data in starts for seed in range(60))
        if name == "settle":
            assert changed == 0, "a record that breaks nothing stays as it is"
        else:
            assert changed > 60 * len(starts) * (0.04 if name == "squeeze" else 0.3), (name, surface)


def _done(name: str, data: bytes, seed: int) -> bytes:
    b = Buffer(data, ROOM, seed)
    OPERATIONS[name](b)
    return bytes(b.data)


@cache
def mutations() -> tuple[tuple[bytes, tuple[str, ...]], ...]:
    """Mutations of the three seeds, and of what became of them, as an engine would go on."""
    draw = Random(2026)
    corpus = list(seeds.SEEDS.values())
    made: list[tuple[bytes, tuple[str, ...]]] = []
    for _ in range(MANY):
        done = mutate(corpus[draw.below(len(corpus))], ROOM, draw.next())
        made.append((done.data, done.operations))
        corpus.append(done.data)
        if len(corpus) > 200:
            corpus.pop(len(seeds.SEEDS) + draw.below(len(corpus) - len(seeds.SEEDS)))
    return tuple(made)


def test_every_operation_occurs_about_as_often_as_it_is_to() -> None:
    met = Counter(name for _, names in mutations() for name in names)
    assert set(met) == set(OPERATIONS)
    assert met["rule"] > met["havoc"] > 0


def test_every_surface_and_every_rule_is_reached_from_the_seeds() -> None:
    met = Counter(parse(data).surface for data, _ in mutations())
    assert min(met[surface] for surface in (RECORD, FIRMWARE, RING)) > MANY // 100
    alone = {names[0] for data, _ in mutations() if len(names := broken.rules(data)) == 1}
    assert alone >= {*RECORD_RULES, "vmm.malformed", "host.cper.strict", "vmm.ring.header", "vmm.ring.stamp",
                     "host.sequence"}


def _survivors(made: list[bytes]) -> float:
    """The share that is not refused by version, size or, of a firmware record or ring, at all."""
    judged = [broken.rules(data) for data in made]
    refusals = FIRST_CHECK | {"host.cper.strict", "vmm.ring.header"}
    return sum(not set(names) & refusals for names in judged) / len(judged)


def shares(name: str) -> tuple[float, float]:
    """Of mutations of a seed: the share that survives the first check, of ours and of bytes without structure.

    Ours once, the others as often as ours has operations in the mean: twice.
    """
    ours, noise = [], []
    for seed in range(MANY // 10):
        ours.append(mutate(seeds.SEEDS[name], ROOM, seed).data)
        b = Buffer(seeds.SEEDS[name], ROOM, seed)
        for _ in range(2):
            havoc(b)
        noise.append(bytes(b.data))
    return _survivors(ours), _survivors(noise)


@pytest.mark.parametrize("name", seeds.SEEDS)
def test_far_more_of_it_survives_the_first_check_than_of_noise(name: str) -> None:
    ours, noise = shares(name)
    assert ours > noise + 0.1, f"{ours:.2f} of ours, {noise:.2f} of bytes without structure"


def test_most_of_what_is_broken_is_broken_in_one_rule() -> None:
    judged = [broken.rules(data) for data, _ in mutations()]
    one, more = (sum(min(len(names), 2) == number for names in judged) for number in (1, 2))
    assert one > 4 * more, (one, more)


def test_the_shares_are_of_operations_that_there_are() -> None:
    assert all(shares.keys() <= OPERATIONS.keys() for shares in (*SHARES, *CHANGES))
    assert {number for choices in CHOICES for number in choices} == set(range(len(OPERATIONS)))


def test_the_page_names_every_operation_and_no_other() -> None:
    """In the first column of its table."""
    lines = (SPEC / "fuzzing.rst").read_text(encoding="utf-8").partition("What is done to a case\n")[2].splitlines()
    head, first, last = [n for n, line in enumerate(lines) if line.startswith("=====")][:3]
    assert head + 2 == first
    column = " ".join(line[: lines[head].index(" ")] for line in lines[first + 1 : last])
    assert sorted(re.split(r"[,\s]+", column.strip())) == sorted(OPERATIONS)
