# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The memory and the eventfd: made by a parent, used by its children, woken across processes."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from abi.errors import InputError
from abi.ring import wake
from abi.ring.channel import Channel, attach, create
from abi.ring.consumer import Consumer
from abi.ring.image import read_image
from abi.ring.producer import Producer

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]


@pytest.fixture
def channel() -> Iterator[Channel]:
    made = create(4, 80)
    yield made
    made.close()


def test_a_new_ring_is_an_empty_image(channel: Channel) -> None:
    header, slots = read_image(os.pread(channel.memory_fd, 1 << 20, 0))
    assert (header.slots, header.record_size, header.head, slots) == (4, 80, 0, [])


def test_both_descriptors_pass_to_a_program_that_is_started(channel: Channel) -> None:
    script = (
        "from abi.ring.channel import attach\nfrom abi.ring.producer import Producer\n"
        f"Producer(attach({channel.memory_fd}), {channel.wake_fd}).produce(b'from the child')"
    )
    wake.drain(channel.wake_fd)
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, pass_fds=channel, check=True, timeout=60)
    consumer = Consumer(attach(channel.memory_fd), channel.wake_fd)
    assert wake.wait(channel.wake_fd, 0)
    taken = consumer.fetch()
    assert taken is not None
    assert taken.record.rstrip(b"\0") == b"from the child"


def test_the_descriptors_are_inheritable(channel: Channel) -> None:
    assert os.get_inheritable(channel.memory_fd)
    assert os.get_inheritable(channel.wake_fd)


@pytest.mark.parametrize("size", [0, 1, 1 << 20])
def test_the_memory_cannot_be_cut_or_grown(channel: Channel, size: int) -> None:
    """A peer that cut it would kill the other side by SIGBUS."""
    with pytest.raises(PermissionError):
        os.ftruncate(channel.memory_fd, size)


@pytest.mark.parametrize("size", [0, 63])
def test_a_file_shorter_than_a_header_is_refused(tmp_path: Path, size: int) -> None:
    file = tmp_path / "ring"
    file.write_bytes(bytes(size))
    with file.open("r+b") as opened, pytest.raises(InputError, match=r"vmm\.ring\.header"):
        attach(opened.fileno())


def test_a_closed_mapping_leaves_fetched_records_alone(channel: Channel) -> None:
    memory = attach(channel.memory_fd)
    Producer(memory).produce(b"record")
    taken = Consumer(memory).fetch()
    memory.close()
    assert taken is not None
    assert taken.record[:6] == b"record"


def test_a_full_eventfd_does_not_block_the_producer(channel: Channel) -> None:
    """Rule host.ring.full: nothing blocks the producer."""
    assert not os.get_blocking(channel.wake_fd)
    os.eventfd_write(channel.wake_fd, (1 << 64) - 2)
    wake.notify(channel.wake_fd)
    assert wake.wait(channel.wake_fd, 0)


def test_draining_an_eventfd_without_a_mark_does_not_block(channel: Channel) -> None:
    assert not os.get_blocking(channel.wake_fd)
    wake.drain(channel.wake_fd)
    assert not wake.wait(channel.wake_fd, 0)


def test_a_consumer_looks_before_it_waits(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wake-up that an earlier consumer took and did not use is not missed."""
    memory = attach(channel.memory_fd)
    consumer = Consumer(memory, channel.wake_fd)
    Producer(memory, channel.wake_fd).produce(b"record")
    wake.drain(channel.wake_fd)
    waits: list[float | None] = []
    monkeypatch.setattr(wake, "wait", lambda _fd, timeout: waits.append(timeout))
    assert consumer.wait()
    assert waits == []


def test_waiting_ends_without_a_record_when_the_time_is_over_or_the_wake_up_was_old(channel: Channel) -> None:
    consumer = Consumer(attach(channel.memory_fd), channel.wake_fd)
    assert not consumer.wait(0)
    wake.notify(channel.wake_fd)
    assert not consumer.wait()
    assert not wake.wait(channel.wake_fd, 0)


def test_a_restarted_producer_repeats_the_wake_up(channel: Channel) -> None:
    """Rule host.ring.restart: the death may have come between head and wake-up."""
    memory = attach(channel.memory_fd)
    Producer(memory).produce(b"record")
    assert not wake.wait(channel.wake_fd, 0)
    Producer(memory, channel.wake_fd)
    assert wake.wait(channel.wake_fd, 0)


def test_mappings_of_whole_pages_are_used_as_well(channel: Channel) -> None:
    """Another implementation may round the memory up; only a file must end with its last slot."""
    image = os.pread(channel.memory_fd, 1 << 20, 0)
    with pytest.raises(InputError):
        read_image(image.ljust(mmap.PAGESIZE, b"\0"))
    fd = os.memfd_create("rounded")
    os.pwrite(fd, image.ljust(mmap.PAGESIZE, b"\0"), 0)
    assert Producer(attach(fd)).produce(b"record")
    os.close(fd)
