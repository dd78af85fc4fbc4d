# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The C consumer of the ring: as Python's on honest and on lying memory, and live behind a Python producer."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
import time
from collections import Counter
from random import Random

import pytest

from abi.ring.channel import create
from tests.abi.ring import by_hand
from tests.c.c_side import CSide, Refusal
from tests.c.ring_side import CConsumer, consuming
from tests.generate.tools import ROOT

pytestmark = pytest.mark.check

PRODUCED = 20_000
#: Writes records that say their own number, as fast as it can, and waits where the ring is nearly always full.
PRODUCER = f"""
import sys, time
from abi.ring.channel import attach
from abi.ring.producer import Producer
producer = Producer(attach(int(sys.argv[1])))
for n in range({PRODUCED}):
    if not producer.produce(producer.sequence.to_bytes(8, "little") * 10, n % 5):
        time.sleep(0.0001)
"""


def test_every_step_is_pythons_step(side: CSide) -> None:
    """Refusals at every field of header and slot, slots, and nothing to read; the memory is the same after."""
    chance, met = Random("ring"), Counter[str]()
    for _ in range(15_000):
        consuming(side, chance, met)
    header = ("magic", "header_size", "major", "slot_size", "slots", "head", "lost", "reserved")
    wanted = {*(f"vmm.ring.header ring.header.{name}" for name in header), "vmm.ring.header ring.header", "tuple",
              "NoneType", "refused stamp", "refused sequence", "refused lost"}
    assert wanted <= set(met)


def test_a_ring_by_hand(side: CSide) -> None:
    """Three records, two lost before the second; what is said of them is typed from the layout."""
    memory = bytearray(by_hand.THREE)
    with CConsumer(side, memory) as consumer:
        got = []
        while (slot := consumer.fetch()) is not None:
            assert not isinstance(slot, Refusal)
            got.append(slot)
            assert consumer.commit(slot[0])
    assert got == [
        (5, 1, 0, 7, b"position 5......"), (6, 2, 2, 10, b"position 6......"),
        (7, by_hand.NONE, 0, 11, b"position 7......"),
    ]
    assert memory[24:32] == (8).to_bytes(8, "little")


def test_a_slot_is_given_again_until_it_is_committed(side: CSide) -> None:
    """vmm.ring.tail: whoever dies before the commit leaves the record to a successor."""
    memory = bytearray(by_hand.THREE)
    with CConsumer(side, memory) as consumer:
        first = consumer.fetch()
        assert consumer.fetch() == first
        assert not consumer.commit(6)
    assert memory == bytearray(by_hand.THREE)
    with CConsumer(side, memory) as successor:
        assert successor.fetch() == first


def test_a_slot_that_changes_while_it_is_copied_is_not_used(side: CSide) -> None:
    """vmm.ring.stamp, as a producer that overwrites would leave it: the stamp of another position."""
    memory = bytearray(by_hand.THREE)
    with CConsumer(side, memory) as consumer:
        memory[64 + 40 : 64 + 48] = (2 * 9 + 1).to_bytes(8, "little")
        refused = consumer.fetch()
    assert isinstance(refused, Refusal)
    assert (refused.rule, refused.path, refused.offset) == ("vmm.ring.stamp", "ring.slot[5].stamp", 64 + 40)


def test_a_slot_too_big_for_the_callers_storage_is_not_copied(side: CSide) -> None:
    """It is no rule of the ring that is broken, so none is named."""
    with CConsumer(side, bytearray(by_hand.THREE), room=31) as consumer:
        refused = consumer.fetch()
    assert isinstance(refused, Refusal)
    assert (refused.rule, refused.path, refused.got) == ("", "ring", 31)
    with CConsumer(side, bytearray(by_hand.THREE), room=32) as consumer:
        assert not isinstance(consumer.fetch(), Refusal)


@pytest.mark.parametrize(("field", "head", "lost"), [
    (None, (1 << 62) - 1, 0), ("head", 1 << 62, 0), (None, 0, (1 << 62) - 1), ("lost", 0, 1 << 62),
])
def test_head_and_lost_stay_below_the_limit(side: CSide, field: str | None, head: int, lost: int) -> None:
    memory = bytearray(by_hand.header(head=head, tail=head, lost=lost) + bytes(4 * 40))
    with CConsumer(side, memory) as consumer:
        assert (consumer.refused.path if consumer.refused else None) == (field and f"ring.header.{field}")


@pytest.mark.parametrize(("gap", "said", "refused"), [
    (0xFFFF_FFFE, 0xFFFF_FFFE, False), (0xFFFF_FFFF, 0xFFFF_FFFF, False), (0x1_0000_0000, 0xFFFF_FFFF, False),
    (0x1_0000_0000, 0, True), (0xFFFF_FFFE, 0xFFFF_FFFF, True),
])
def test_the_count_of_lost_records_saturates(side: CSide, gap: int, said: int, refused: bool) -> None:
    """host.sequence, before the first slot of a ring."""
    memory = bytearray(by_hand.header(head=1, lost=1 << 40) + by_hand.slot(2, 0, said, gap + 1) + bytes(3 * 40))
    with CConsumer(side, memory) as consumer:
        assert isinstance(consumer.fetch(), Refusal) is refused


def test_behind_a_live_producer_nothing_is_torn_and_every_record_is_counted(side: CSide) -> None:
    channel = create(16, 80)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    producer = subprocess.Popen(
        [sys.executable, "-c", PRODUCER, str(channel.memory_fd)], env=environment, pass_fds=(channel.memory_fd,)
    )
    sequence = lost = 0
    deadline = time.monotonic() + 120
    with mmap.mmap(channel.memory_fd, 0) as memory, CConsumer(side, memory) as consumer:
        while True:
            ended = producer.poll() is not None
            slot = consumer.fetch()
            assert not isinstance(slot, Refusal), slot
            assert time.monotonic() < deadline
            if slot is None:
                if ended:
                    break
                continue
            assert slot[4] == slot[3].to_bytes(8, "little") * 10
            assert slot[3] == sequence + slot[2] + 1
            sequence, lost = slot[3], lost + slot[2]
            assert consumer.commit(slot[0])
        missed = int.from_bytes(memory[32:40], "little") - lost
    channel.close()
    assert producer.returncode == 0
    assert sequence + missed == PRODUCED
    assert sequence > lost
