# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The header's layout, and every way in which it can lie (rule vmm.ring.header)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi.errors import InputError
from abi.ring.consumer import Consumer
from abi.ring.header import build_header, new_header, parse_header
from abi.ring.memory import Memory
from abi.ring.producer import Producer
from abi.ring_layout import RING_HEADER, RING_SLOT, slot_size_for
from tests.abi.ring.by_hand import header, slot

RING = 64 + 4 * 40
LIES: dict[str, list[tuple[dict[str, Any], str, int]]] = {
    "magic": [({"magic": b"KFI2"}, "0x3249464b", 0), ({"magic": b"1IFK"}, "0x4b464931", 0)],
    "header_size": [({"header_size": n}, hex(n), 4) for n in (0, 56, 63, 72, 0xFFFF)]
    + [({"header_size": n, "minor": 1}, hex(n), 4) for n in (0, 56, 68)],
    "major": [({"major": n}, hex(n), 6) for n in (0, 2, 255)],
    "slot_size": [({"slot_size": n}, hex(n), 8) for n in (0, 24, 36, 44, 0xFFFFFFFF)],
    "slots": [({"slots": n}, hex(n), 12) for n in (0, 1, 3, 6, 8, 0x80000000, 0xFFFFFFFF)]
    + [({"slot_size": 48}, "0x4", 12), ({"header_size": 72, "minor": 1}, "0x4", 12)],
    "head": [
        ({"head": 1, "tail": 2}, "0x1", 16),
        ({"head": 5}, "0x5", 16),
        ({"head": 1 << 62, "tail": 1 << 62}, "0x4000000000000000", 16),
        ({"head": (1 << 64) - 1, "tail": (1 << 64) - 1}, "0xffffffffffffffff", 16),
        ({"head": 0, "tail": (1 << 64) - 1}, "0x0", 16),
    ],
    "lost": [({"lost": 1 << 62}, "0x4000000000000000", 32), ({"lost": (1 << 64) - 1}, "0xffffffffffffffff", 32)],
    "reserved": [({"reserved": bytes(23) + b"\1"}, hex(1 << 184), 40)],
}


def test_the_layout_is_the_table_of_the_design() -> None:
    assert RING_HEADER.offsets == {
        "magic": 0, "header_size": 4, "major": 6, "minor": 7, "slot_size": 8, "slots": 12,
        "head": 16, "tail": 24, "lost": 32, "reserved": 40,
    }
    assert RING_SLOT.offsets == {"stamp": 0, "vcpu": 8, "lost": 12, "sequence": 16}
    assert (RING_HEADER.size, RING_SLOT.size) == (64, 24)


def test_an_empty_ring_of_80_byte_records_has_the_bytes_of_the_design() -> None:
    made = new_header(8, 80)
    assert build_header(made) == header(slot_size=104, slots=8)
    assert (made.size, made.record_size, made.offset(9)) == (64 + 8 * 104, 80, 64 + 104)


@pytest.mark.parametrize(("record", "slot_bytes"), [(64, 88), (80, 104), (81, 112), (1, 32)])
def test_slots_are_whole_words(record: int, slot_bytes: int) -> None:
    assert slot_size_for(record) == slot_bytes


def test_a_header_is_read_field_by_field() -> None:
    read = parse_header(header(head=7, tail=4, lost=9), RING)
    assert (read.head, read.tail, read.lost, read.slots, read.slot_size) == (7, 4, 9, 4, 40)
    assert build_header(read) == header(head=7, tail=4, lost=9)


def test_a_newer_minor_may_have_a_longer_header_and_use_what_was_zero() -> None:
    read = parse_header(header(minor=1, header_size=72, reserved=b"\1" * 24), RING + 8)
    assert read.offset(0) == 72


@pytest.mark.parametrize(("field", "changes", "got", "offset"), [(f, *lie) for f, lies in LIES.items() for lie in lies])
def test_a_header_that_lies_is_refused_by_both_sides_and_left_alone(
    field: str, changes: dict[str, Any], got: str, offset: int
) -> None:
    memory = bytearray(header(**changes) + bytes(4 * 40))
    before = bytes(memory)
    for side in (Producer, Consumer):
        with pytest.raises(InputError) as caught:
            side(Memory(memory))
        error = caught.value
        assert (error.code, error.path, error.offset) == ("vmm.ring.header", f"ring.header.{field}", offset)
        assert error.got == got
    assert bytes(memory) == before


@pytest.mark.parametrize("size", [0, 1, 8, 63])
def test_memory_shorter_than_a_header_is_refused(size: int) -> None:
    with pytest.raises(InputError, match=r"vmm\.ring\.header"):
        Consumer(Memory(bytearray(header()[:size])))


@pytest.mark.parametrize(("slots", "record"), [(0, 80), (1, 80), (3, 80), (4, 0), (4, -8)])
def test_no_ring_is_made_that_no_reader_accepts(slots: int, record: int) -> None:
    with pytest.raises(InputError, match=r"vmm\.ring\.header"):
        new_header(slots, record)


words = st.integers(0, 9) | st.sampled_from([1 << 31, (1 << 62) - 1, 1 << 62, 1 << 63, (1 << 64) - 1])
halves = words.map(lambda n: n % (1 << 32))
small = st.sampled_from([0, 1, 2, 4, 8, 32, 40, 64, 72, 0xFFFF])


@given(
    header_size=small, major=st.integers(0, 2), minor=st.integers(0, 2), slot_size=small | halves,
    slots=small | halves, head=words, tail=words, lost=words, body=st.binary(max_size=400),
)
def test_no_header_makes_either_side_fail_in_another_way(body: bytes, **fields: int) -> None:
    """Whatever the header and the slots say: a value or InputError."""
    image = bytearray(header(**fields) + body)  # type: ignore[arg-type]  # the strategies give integers only
    _use(image)


@given(
    head=st.integers(0, 12), tail=st.integers(0, 12), lost=st.integers(0, 3),
    stamps=st.lists(st.integers(0, 30), min_size=4, max_size=4),
    sequences=st.lists(st.integers(0, 20), min_size=4, max_size=4),
)
def test_no_slots_make_either_side_fail_in_another_way(
    head: int, tail: int, lost: int, stamps: list[int], sequences: list[int]
) -> None:
    """The header holds more often here, so that the slots are looked at."""
    slots = b"".join(slot(stamp, 0, 0, sequence) for stamp, sequence in zip(stamps, sequences, strict=True))
    _use(bytearray(header(head=head, tail=tail, lost=lost) + slots))


def _use(image: bytearray) -> None:
    """Let either side run; any exception but InputError is a failure."""
    codes = []
    for run in (_consume, _produce):
        try:
            run(Memory(image))
        except InputError as error:
            codes.append(error.code)
    assert {"vmm.ring.header", "vmm.ring.stamp", "host.sequence"}.issuperset(codes)


def _consume(memory: Memory) -> None:
    consumer = Consumer(memory)
    while taken := consumer.fetch():
        consumer.commit(taken)


def _produce(memory: Memory) -> None:
    Producer(memory).produce(b"record")
