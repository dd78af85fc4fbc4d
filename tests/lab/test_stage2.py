# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Finding a guest's stage-2 tables in RAM: the one descriptor that is meant, or an error."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.lab.guest import NOTHING
from tests.lab.running import Machine
from tests.lab.stage2 import RAM_BASE, patch, restore

PAGE = 4096
GPA = 0x9000_5000
FRAME = 0x4AEFB
LEAF_TABLE, TABLE, OTHER = 3 * PAGE, 7 * PAGE, 9 * PAGE
#: As KVM writes it with FEAT_S2FWB, and without, execute-never.
LEAVES = (FRAME << 12 | 0x4DB, 1 << 54 | FRAME << 12 | 0x7FF)
#: A page of user space, and of the kernel, in a stage-1 table.
STAGE_1 = (1 << 54 | FRAME << 12 | 0xF43, 1 << 54 | FRAME << 12 | 0xFC3, FRAME << 12 | 0x703)
LEAF_AT = LEAF_TABLE + (GPA >> 12) % 512 * 8
TABLE_AT = TABLE + (GPA >> 21) % 512 * 8


@pytest.fixture(params=LEAVES, ids=["FWB", "no FWB"])
def ram(request: pytest.FixtureRequest) -> Iterator[mmap.mmap]:
    with mmap.mmap(-1, 16 * PAGE) as memory:
        put(memory, LEAF_AT, request.param)
        put(memory, TABLE_AT, RAM_BASE + LEAF_TABLE | 3)
        yield memory


def put(ram: mmap.mmap, at: int, value: int) -> None:
    ram[at : at + 8] = value.to_bytes(8, "little")


def word(ram: mmap.mmap, at: int) -> int:
    return int.from_bytes(ram[at : at + 8], "little")


def asked(ram: mmap.mmap, descriptor: str) -> dict[str, Any]:
    machine = cast("Machine", SimpleNamespace(ram=ram))
    return patch(machine, {"descriptor": descriptor, "frame": FRAME, "gpa": GPA})


@pytest.mark.parametrize(("descriptor", "at"), [("leaf", LEAF_AT), ("table", TABLE_AT)])
def test_the_descriptor_points_to_nothing_and_comes_back(ram: mmap.mmap, descriptor: str, at: int) -> None:
    before = bytes(ram)
    said = asked(ram, descriptor)
    changed = [n for n in range(0, len(ram), 8) if ram[n : n + 8] != before[n : n + 8]]
    assert changed == [at] == [said["at"]]
    address = (1 << 48) - PAGE
    assert word(ram, at) & address == NOTHING
    assert word(ram, at) & ~address == int(said["old"], 16) & ~address
    restore(cast("Machine", SimpleNamespace(ram=ram)), said)
    assert bytes(ram) == before


@pytest.mark.parametrize("other", STAGE_1)
def test_a_stage_1_descriptor_of_the_page_is_none(ram: mmap.mmap, other: int) -> None:
    put(ram, OTHER + LEAF_AT % PAGE, other)
    assert asked(ram, "leaf")["at"] == LEAF_AT


def test_a_table_with_other_pages_is_not_the_guest_s(ram: mmap.mmap) -> None:
    put(ram, OTHER + LEAF_AT % PAGE, word(ram, LEAF_AT))
    put(ram, OTHER, 1)
    assert asked(ram, "leaf")["at"] == LEAF_AT


@pytest.mark.parametrize("descriptor", ["leaf", "table"])
def test_two_that_look_alike_are_an_error_and_nothing_is_changed(ram: mmap.mmap, descriptor: str) -> None:
    at = LEAF_AT if descriptor == "leaf" else TABLE_AT
    put(ram, OTHER + at % PAGE, word(ram, at))
    before = bytes(ram)
    assert asked(ram, descriptor) == {"error": f"2 descriptors look like the {descriptor}"}
    assert bytes(ram) == before


def test_none_is_an_error(ram: mmap.mmap) -> None:
    put(ram, LEAF_AT, 0)
    assert asked(ram, "table") == {"error": "0 descriptors look like the leaf"}
