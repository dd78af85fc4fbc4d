# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The producer's side: bytes it leaves, what it does when full, and how it takes over."""

from __future__ import annotations

import struct

import pytest

from abi.errors import InputError
from abi.ring.memory import Memory
from abi.ring.points import POINTS, PRODUCER_POINTS, StorePoint
from abi.ring.producer import Producer
from tests.abi.ring.by_hand import NONE, header, slot

EMPTY = header() + bytes(4 * 40)


def test_a_record_is_left_in_the_ring_as_the_table_says() -> None:
    memory = bytearray(EMPTY)
    assert Producer(Memory(memory)).produce(b"sixteen bytes...", vcpu=3)
    assert bytes(memory) == header(head=1) + slot(2, 3, 0, 1, b"sixteen bytes...") + bytes(3 * 40)


def test_a_short_record_leaves_no_bytes_of_the_one_before_it() -> None:
    memory = bytearray(EMPTY)
    producer = Producer(Memory(memory))
    for record in (b"x" * 16,) * 4:
        producer.produce(record)
    struct.pack_into("<Q", memory, 24, 1)  # the consumer frees one slot
    producer.produce(b"short")
    assert memory[64:104] == slot(10, NONE, 0, 5, b"short" + bytes(11))


def test_stores_come_in_the_order_data_stamp_head_wake() -> None:
    """Rule host.ring.publish."""
    memory = Memory(bytearray(EMPTY))
    calls: list[tuple[str, bool]] = []
    Producer(memory, observe=lambda point, after: calls.append((point.name, after))).produce(b"record")
    names = ["STAMP_WRITING", "ENVELOPE", "RECORD", "STAMP_DONE", "HEAD"]
    assert calls == [(name, after) for name in names for after in (False, True)]


def test_every_point_is_called_just_before_and_just_after_its_store() -> None:
    image = bytearray(EMPTY)
    seen: dict[str, list[bytes]] = {}

    def observe(point: StorePoint, _after: bool) -> None:
        seen.setdefault(point.name, []).append(bytes(image))

    producer = Producer(Memory(image), observe=observe)
    for _ in range(5):
        producer.produce(b"record")
    for name, views in seen.items():
        assert all(before != after for before, after in zip(views[::2], views[1::2], strict=True)), name
    assert sorted(seen) == sorted(p.name for p in PRODUCER_POINTS if p.name != "WAKE")


def test_points_are_numbered_without_gap() -> None:
    assert [point.number for point in POINTS] == list(range(1, len(POINTS) + 1))


def test_when_full_it_counts_and_changes_nothing_else() -> None:
    """Rule host.ring.full."""
    memory = bytearray(EMPTY)
    producer = Producer(Memory(memory))
    assert [producer.produce(b"record") for _ in range(4)] == [True] * 4
    full = bytes(memory)
    assert [producer.produce(b"dropped") for _ in range(3)] == [False] * 3
    assert bytes(memory) == full[:32] + struct.pack("<Q", 3) + full[40:]


def test_the_next_record_says_how_many_were_dropped_before_it() -> None:
    """Rule host.sequence: next = previous + 1 + lost."""
    memory = bytearray(EMPTY)
    producer = Producer(Memory(memory))
    for _ in range(7):
        producer.produce(b"record")
    struct.pack_into("<Q", memory, 24, 2)
    producer.produce(b"after the gap...")
    producer.produce(b"no gap..........")
    assert memory[64:104] == slot(10, NONE, 3, 8, b"after the gap...")
    assert memory[104:144] == slot(12, NONE, 0, 9, b"no gap..........")


def test_a_restarted_producer_goes_on_from_the_header_and_the_slot_before() -> None:
    """Rules host.ring.restart, host.sequence: drops before the death are in the next envelope."""
    memory = bytearray(EMPTY)
    for _ in range(5):
        Producer(Memory(memory)).produce(b"record")  # a new one each time; the fifth is dropped
    struct.pack_into("<Q", memory, 24, 4)
    restarted = Producer(Memory(memory))
    assert restarted.sequence == 6
    restarted.produce(b"record")
    assert memory[64:88] == slot(10, NONE, 1, 6, b"")


def test_lost_saturates_in_the_envelope() -> None:
    lost = (1 << 33) + 5
    memory = bytearray(header(head=1, tail=1, lost=lost) + slot(2, 0, 0, 1) + bytes(3 * 40))
    Producer(Memory(memory)).produce(b"record")
    assert memory[104:128] == slot(4, NONE, 0xFFFFFFFF, lost + 2, b"")


def test_a_complete_record_whose_head_store_is_missing_is_published_on_restart() -> None:
    """Rule host.ring.restart."""
    memory = bytearray(header(head=1) + slot(2, 0, 0, 1) + slot(4, 7, 0, 2, b"complete........") + bytes(80))
    assert Producer(Memory(memory)).sequence == 3
    assert bytes(memory[:64]) == header(head=2)
    assert memory[104:144] == slot(4, 7, 0, 2, b"complete........")


def test_a_half_written_record_is_written_over_under_the_same_sequence() -> None:
    memory = bytearray(header(head=1) + slot(2, 0, 0, 1) + slot(3, 7, 99, 77, b"half") + bytes(92))
    producer = Producer(Memory(memory))
    assert bytes(memory[:64]) == header(head=1)
    assert producer.sequence == 2
    producer.produce(b"whole")
    assert memory[104:144] == slot(4, NONE, 0, 2, b"whole".ljust(16, b"\0"))


@pytest.mark.parametrize(
    ("image", "code", "path", "offset"),
    [
        (header(head=1) + slot(1, 0, 0, 1), "vmm.ring.stamp", "ring.slot[0].stamp", 64),
        (header(head=1) + slot(2, 0, 0, 2), "host.sequence", "ring.slot[0].sequence", 80),
        (header(head=1) + slot(2, 0, 1, 1), "host.sequence", "ring.slot[0].lost", 76),
        (header() + slot(9, 0, 0, 0), "vmm.ring.stamp", "ring.slot[0].stamp", 64),
        (header(head=1) + slot(2, 0, 0, 1) + slot(4, 0, 0, 3), "host.sequence", "ring.slot[1].sequence", 120),
    ],
)
def test_slots_that_no_producer_left_are_refused_on_restart_and_left_alone(
    image: bytes, code: str, path: str, offset: int
) -> None:
    memory = bytearray(image.ljust(len(EMPTY), b"\0"))
    before = bytes(memory)
    with pytest.raises(InputError) as caught:
        Producer(Memory(memory))
    assert (caught.value.code, caught.value.path, caught.value.offset) == (code, path, offset)
    assert bytes(memory) == before


@pytest.mark.parametrize("tail", [2, 5, 1 << 63, (1 << 64) - 1])
def test_a_tail_ahead_of_the_head_is_refused_and_nothing_is_stored(tail: int) -> None:
    memory = bytearray(EMPTY)
    producer = Producer(Memory(memory))
    producer.produce(b"record")
    struct.pack_into("<Q", memory, 24, tail)
    before = bytes(memory)
    with pytest.raises(InputError) as caught:
        producer.produce(b"record")
    assert (caught.value.path, caught.value.offset, caught.value.got) == ("ring.header.tail", 24, hex(tail))
    assert bytes(memory) == before


def test_a_tail_that_goes_back_frees_nothing() -> None:
    memory = bytearray(EMPTY)
    producer = Producer(Memory(memory))
    for position in range(6):
        struct.pack_into("<Q", memory, 24, position)
        producer.produce(b"record")
    struct.pack_into("<Q", memory, 24, 1)
    before = bytes(memory)
    with pytest.raises(InputError, match=r"ring\.header\.tail at offset 0x18: expected 0x2 to 0x6, got 0x1"):
        producer.produce(b"record")
    assert bytes(memory) == before


def test_a_head_that_the_consumer_writes_does_not_move_the_producer() -> None:
    memory = bytearray(EMPTY)
    producer = Producer(Memory(memory))
    struct.pack_into("<QQQ", memory, 16, 77, 0, 99)
    producer.produce(b"record")
    assert bytes(memory[:40]) == header(head=1, lost=99)[:40]
    assert memory[64:88] == slot(2, NONE, 0, 1, b"")


def test_a_record_longer_than_a_slot_is_refused_by_rule_vmm_size() -> None:
    memory = bytearray(EMPTY)
    producer = Producer(Memory(memory))
    with pytest.raises(InputError, match=r"vmm\.size: record: expected 0x10 bytes or fewer, got 0x11 bytes"):
        producer.produce(bytes(17))
    assert bytes(memory) == EMPTY


@pytest.mark.parametrize("vcpu", [-1, 1 << 32])
def test_a_vcpu_that_is_no_u32_is_a_mistake_of_the_caller(vcpu: int) -> None:
    with pytest.raises(ValueError, match="vcpu"):
        Producer(Memory(bytearray(EMPTY))).produce(b"record", vcpu)


def test_only_a_rule_of_the_producer_can_be_violated() -> None:
    with pytest.raises(ValueError, match="cannot break"):
        Producer(Memory(bytearray(EMPTY)), violate="vmm.single_fetch")


def test_the_violation_publishes_before_it_writes_and_leaves_the_same_bytes() -> None:
    image, right = bytearray(EMPTY), bytearray(EMPTY)
    at_head: list[bytes] = []

    def observe(point: StorePoint, after: bool) -> None:
        if point.name == "HEAD" and after:
            at_head.append(bytes(image))

    Producer(Memory(image), observe=observe, violate="host.ring.publish").produce(b"record")
    Producer(Memory(right)).produce(b"record")
    assert at_head == [header(head=1) + slot(2, 0, 0, 0) + bytes(3 * 40)]
    assert image == right
