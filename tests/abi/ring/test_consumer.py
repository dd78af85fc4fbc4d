# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The consumer's side: one copy, checked stamps, tail only when told."""

from __future__ import annotations

import struct

import pytest

from abi.errors import InputError
from abi.ring.consumer import Consumer
from abi.ring.memory import Memory
from abi.ring.producer import Producer
from abi.ring.slot import Envelope, Slot
from tests.abi.ring.by_hand import NONE, THREE, header, slot


def read_all(consumer: Consumer) -> list[Slot]:
    read = []
    while taken := consumer.fetch():
        read.append(taken)
        consumer.commit(taken)
    return read


def test_records_are_read_in_order_with_envelope_and_opaque_bytes() -> None:
    assert read_all(Consumer(Memory(bytearray(THREE)))) == [
        Slot(5, Envelope(1, 0, 7), b"position 5......"),
        Slot(6, Envelope(2, 2, 10), b"position 6......"),
        Slot(7, Envelope(NONE, 0, 11), b"position 7......"),
    ]


def test_tail_moves_with_commit_only_and_nothing_else_is_stored() -> None:
    """Rule vmm.ring.tail."""
    memory = bytearray(THREE)
    consumer = Consumer(Memory(memory))
    taken = consumer.fetch()
    assert taken is not None
    assert consumer.fetch() == taken
    assert bytes(memory) == THREE
    consumer.commit(taken)
    assert bytes(memory) == header(head=8, tail=6, lost=3) + THREE[64:]


def test_a_restarted_consumer_sees_what_was_not_committed_again() -> None:
    memory = bytearray(THREE)
    first = Consumer(Memory(memory)).fetch()
    assert Consumer(Memory(memory)).fetch() == first


def test_only_the_oldest_slot_can_be_committed() -> None:
    memory = bytearray(THREE)
    consumer = Consumer(Memory(memory))
    taken = consumer.fetch()
    assert taken is not None
    consumer.commit(taken)
    with pytest.raises(ValueError, match="not the oldest"):
        consumer.commit(taken)
    assert bytes(memory) == header(head=8, tail=6, lost=3) + THREE[64:]


def test_the_record_is_the_readers_own_copy() -> None:
    """Rule vmm.single_fetch: what changes in the ring later does not change it."""
    memory = bytearray(THREE)
    taken = Consumer(Memory(memory)).fetch()
    memory[64:] = b"\xff" * len(memory[64:])
    assert taken is not None
    assert taken.record == b"position 5......"


@pytest.mark.parametrize("stamp", [0, 4, 11, 13, 14, (1 << 64) - 1])
def test_a_stamp_that_is_not_of_this_position_is_refused_and_the_slot_stays(stamp: int) -> None:
    """Rule vmm.ring.stamp."""
    memory = bytearray(THREE)
    struct.pack_into("<Q", memory, 104, stamp)
    before = bytes(memory)
    with pytest.raises(InputError) as caught:
        Consumer(Memory(memory)).fetch()
    error = caught.value
    assert (error.code, error.path, error.offset) == ("vmm.ring.stamp", "ring.slot[5].stamp", 104)
    assert (error.expected, error.got) == ("0xc", hex(stamp))
    assert bytes(memory) == before


class ChangesUnderCopy(Memory):
    """Memory whose other side stores the slot's stamp while the slot is copied."""

    new_stamp = 0

    def copy(self, offset: int, size: int) -> bytes:
        data = super().copy(offset, size)
        self.words[(offset - 8) // 8] = self.new_stamp
        return data


@pytest.mark.parametrize(("before", "during", "got"), [(12, 19, "0x13"), (11, 12, "0xb")])
def test_a_stamp_that_changes_during_the_copy_is_refused(before: int, during: int, got: str) -> None:
    """Rule vmm.ring.stamp: checked before and after."""
    memory = ChangesUnderCopy(bytearray(THREE))
    memory.words[104 // 8], memory.new_stamp = before, during
    with pytest.raises(InputError, match=rf"vmm.ring.stamp: ring.slot\[5\].stamp .* got {got}"):
        Consumer(memory).fetch()


@pytest.mark.parametrize(
    ("field", "offset", "form", "value", "expected"),
    [
        ("sequence", 120, "<Q", 5, "0x6 to 0x9"),
        ("sequence", 120, "<Q", 10, "0x6 to 0x9"),
        ("sequence", 160, "<Q", 7, "more than 0x7"),
        ("lost", 156, "<I", 1, "0x2"),
        ("lost", 156, "<I", 3, "0x2"),
    ],
)
def test_a_sequence_that_does_not_add_up_is_refused(
    field: str, offset: int, form: str, value: int, expected: str
) -> None:
    """Rule host.sequence."""
    memory = bytearray(THREE)
    struct.pack_into(form, memory, offset, value)
    with pytest.raises(InputError) as caught:
        read_all(Consumer(Memory(memory)))
    error = caught.value
    assert (error.code, error.offset, error.expected) == ("host.sequence", offset, expected)
    assert error.path.endswith(f".{field}")
    assert error.got == hex(value)


@pytest.mark.parametrize("head", [4, 10, 1 << 62, (1 << 64) - 1])
def test_a_head_outside_of_the_window_is_refused(head: int) -> None:
    memory = bytearray(THREE)
    consumer = Consumer(Memory(memory))
    struct.pack_into("<Q", memory, 16, head)
    with pytest.raises(InputError) as caught:
        consumer.fetch()
    assert (caught.value.path, caught.value.offset, caught.value.got) == ("ring.header.head", 16, hex(head))


def test_a_count_of_lost_records_that_nobody_can_have_counted_is_refused() -> None:
    memory = bytearray(THREE)
    consumer = Consumer(Memory(memory))
    struct.pack_into("<Q", memory, 32, 1 << 62)
    with pytest.raises(InputError, match=r"vmm.ring.header: ring.header.lost at offset 0x20"):
        consumer.fetch()


def test_a_tail_that_the_producer_writes_does_not_move_the_consumer() -> None:
    memory = bytearray(THREE)
    consumer = Consumer(Memory(memory))
    struct.pack_into("<Q", memory, 24, 7)
    taken = consumer.fetch()
    assert taken is not None
    assert taken.position == 5


def test_the_first_record_of_all_must_say_what_was_lost_before_it() -> None:
    memory = bytearray(header(head=1, lost=4) + slot(2, 0, 0, 3) + bytes(120))
    with pytest.raises(InputError, match=r"host.sequence: ring.slot\[0\].lost"):
        Consumer(Memory(memory)).fetch()


def test_lost_beyond_32_bits_is_accepted_as_saturated() -> None:
    memory = bytearray(header(head=1, tail=1) + slot(2, 0, 0, 1) + bytes(120))
    view = Memory(memory)
    consumer = Consumer(view)
    struct.pack_into("<Q", memory, 32, 1 << 33)
    Producer(view).produce(b"record")
    taken = consumer.fetch()
    assert taken is not None
    assert taken.envelope == Envelope(NONE, 0xFFFFFFFF, 2 + (1 << 33))


def test_waiting_needs_an_eventfd() -> None:
    with pytest.raises(ValueError, match="eventfd"):
        Consumer(Memory(bytearray(THREE))).wait()
