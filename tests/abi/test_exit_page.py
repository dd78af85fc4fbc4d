# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The kvm_run-like page: an exit is seen whole or not at all, and an answer is for one exit only."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi.errors import InputError
from abi.exit_page import (
    HOST_POINTS,
    POINTS,
    VMM_POINTS,
    Exit,
    HostSide,
    VmmSide,
    attach_exit_page,
    create_exit_page,
)
from abi.ring.memory import Memory
from abi.ring.points import StorePoint

ROOT = Path(__file__).parents[2]
SEA, SERROR = 41, 0x4000_0001
REASON, UNION, EXITS, ANSWERED, EVENTS = 8, 32, 4096, 4104, 4112
OLD, NEW = b"\x11" * 80, b"\x22" * 64
ANSWER = bytes(range(64))


def empty() -> bytearray:
    return bytearray(8192)


def whole(record: bytes) -> bytes:
    return record + bytes(256 - len(record))


class DeathError(Exception):
    """The process dies here: what it had in its own memory is gone."""


class Dies:
    """An observer that dies at one moment."""

    def __init__(self, point: StorePoint, after: bool) -> None:
        self.moment = (point, after)

    def __call__(self, point: StorePoint, after: bool) -> None:
        if (point, after) == self.moment:
            raise DeathError


MOMENTS = [(point, after) for point in POINTS for after in (False, True)]


def test_an_exit_lies_where_kvm_run_has_it() -> None:
    image = empty()
    HostSide(Memory(image)).publish(OLD, SEA)
    assert struct.unpack_from("<I", image, REASON) == (41,)
    assert image[UNION : UNION + 256] == whole(OLD)
    assert struct.unpack_from("<QQ", image, EXITS) == (1, 0)
    assert not any(image[:REASON] + image[REASON + 4 : UNION] + image[UNION + 256 : EXITS] + image[ANSWERED:])


def test_stores_come_in_order_reason_last() -> None:
    """Rule host.exit.publish."""
    calls: list[str] = []
    memory = Memory(empty())
    HostSide(memory, lambda point, after: calls.append(f"{point.number} {after}")).publish(OLD, SEA)
    vmm = VmmSide(memory, lambda point, after: calls.append(f"{point.number} {after}"))
    vmm.fetch()
    vmm.reply(ANSWER)
    assert calls == [f"{number} {after}" for number in range(1, 7) for after in (False, True)]
    assert [point.number for point in (*HOST_POINTS, *VMM_POINTS)] == list(range(1, 7))


def test_fetch_gives_reason_and_the_whole_union_as_a_copy() -> None:
    """Rule vmm.single_fetch."""
    image = empty()
    HostSide(Memory(image)).publish(OLD, SERROR)
    taken = VmmSide(Memory(image)).fetch()
    image[UNION : UNION + 256] = b"\xff" * 256
    assert taken == Exit(SERROR, whole(OLD))


def test_a_shorter_record_leaves_nothing_of_the_one_before() -> None:
    memory = Memory(empty())
    HostSide(memory).publish(OLD, SEA)
    HostSide(memory).publish(NEW, SEA)
    assert VmmSide(memory).fetch() == Exit(SEA, whole(NEW))


def test_there_is_nothing_to_fetch_before_the_first_exit_or_after_the_next_run() -> None:
    """Rule vmm.exit.lifetime."""
    memory = Memory(empty())
    host, vmm = HostSide(memory), VmmSide(memory)
    assert vmm.fetch() is None
    host.publish(OLD, SEA)
    assert vmm.fetch() is not None
    host.enter()
    assert vmm.fetch() is None


@pytest.mark.parametrize("reason", [1, 40, 42, 0x4000_0002, 0xFFFF_FFFF])
def test_an_exit_that_carries_no_record_is_refused_by_name(reason: int) -> None:
    """Rule vmm.exit.reason."""
    memory = Memory(empty())
    HostSide(memory).publish(OLD, reason)
    with pytest.raises(InputError) as caught:
        VmmSide(memory).fetch()
    error = caught.value
    assert (error.code, error.path, error.offset) == ("vmm.exit.reason", "kvm_run.exit_reason", 8)
    assert (error.expected, error.got) == ("0x29, 0x40000001", hex(reason))


def test_the_answer_reaches_the_host_as_a_copy() -> None:
    image = empty()
    memory = Memory(image)
    host, vmm = HostSide(memory), VmmSide(memory)
    host.publish(OLD, SEA)
    assert host.take_reply() is None
    vmm.fetch()
    vmm.reply(ANSWER)
    assert image[EVENTS : EVENTS + 64] == ANSWER
    taken = host.take_reply()
    image[EVENTS : EVENTS + 64] = bytes(64)
    assert taken == ANSWER


def test_an_exit_is_answered_once() -> None:
    memory = Memory(empty())
    vmm = VmmSide(memory)
    HostSide(memory).publish(OLD, SEA)
    vmm.fetch()
    vmm.reply(ANSWER)
    assert vmm.fetch() is None
    assert VmmSide(memory).fetch() is None
    with pytest.raises(ValueError, match="no exit"):
        vmm.reply(ANSWER)


def test_an_answer_that_comes_after_the_next_exit_is_void() -> None:
    """Rule vmm.exit.lifetime."""
    memory = Memory(empty())
    host, vmm = HostSide(memory), VmmSide(memory)
    host.publish(OLD, SEA)
    vmm.fetch()
    host.publish(NEW, SEA)
    vmm.reply(ANSWER)
    assert host.take_reply() is None
    assert vmm.fetch() == Exit(SEA, whole(NEW))


def test_an_answer_is_not_taken_for_the_next_exit() -> None:
    memory = Memory(empty())
    host, vmm = HostSide(memory), VmmSide(memory)
    host.publish(OLD, SEA)
    vmm.fetch()
    vmm.reply(ANSWER)
    host.enter()
    assert host.take_reply() is None
    host.publish(NEW, SEA)
    assert host.take_reply() is None


@pytest.mark.parametrize(("point", "after"), [m for m in MOMENTS if m[0] in HOST_POINTS])
def test_a_host_that_dies_at_a_store_shows_an_exit_whole_or_not_at_all(point: StorePoint, after: bool) -> None:
    """Rule host.exit.publish; its successor's next exit is then the one that is seen."""
    image = empty()
    HostSide(Memory(image)).publish(OLD, SEA)
    with pytest.raises(DeathError):
        HostSide(Memory(image), Dies(point, after)).publish(NEW, SERROR)
    seen = {"EXIT_REASON_CLEAR False": Exit(SEA, whole(OLD)), "EXIT_REASON True": Exit(SERROR, whole(NEW))}
    assert VmmSide(Memory(image)).fetch() == seen.get(f"{point.name} {after}")
    HostSide(Memory(image)).publish(ANSWER, SEA)
    assert VmmSide(Memory(image)).fetch() == Exit(SEA, whole(ANSWER))


@pytest.mark.parametrize(("point", "after"), [m for m in MOMENTS if m[0] in VMM_POINTS])
def test_a_vmm_that_dies_at_a_store_answers_whole_or_not_at_all(point: StorePoint, after: bool) -> None:
    memory = Memory(empty())
    host = HostSide(memory)
    host.publish(OLD, SEA)
    vmm = VmmSide(memory, Dies(point, after))
    vmm.fetch()
    with pytest.raises(DeathError):
        vmm.reply(b"\xaa" * 64)
    answered = (point.name, after) == ("ANSWERED", True)
    assert host.take_reply() == (b"\xaa" * 64 if answered else None)
    successor = VmmSide(memory)
    assert (successor.fetch() is None) == answered
    if not answered:
        successor.reply(ANSWER)
        assert host.take_reply() == ANSWER


def test_a_restarted_host_finds_the_answer_until_it_runs_again() -> None:
    memory = Memory(empty())
    HostSide(memory).publish(OLD, SEA)
    vmm = VmmSide(memory)
    vmm.fetch()
    vmm.reply(ANSWER)
    assert HostSide(memory).take_reply() == ANSWER
    restarted = HostSide(memory)
    assert restarted.take_reply() == ANSWER
    restarted.enter()
    assert HostSide(memory).take_reply() is None


class NewExitUnderCopy(Memory):
    """Memory in which a restarted host publishes while the VMM copies."""

    def copy(self, offset: int, size: int) -> bytes:
        half = super().copy(offset, size // 2)
        HostSide(Memory(self._buffer)).publish(NEW, SEA)
        return half + super().copy(offset + size // 2, size - size // 2)


def test_an_exit_that_changes_during_the_copy_is_not_returned() -> None:
    """Rule vmm.single_fetch: of bytes that the host changes meanwhile nothing is used."""
    memory = NewExitUnderCopy(empty())
    HostSide(memory).publish(b"\x33" * 256, SEA)
    vmm = VmmSide(memory)
    assert vmm.fetch() is None
    with pytest.raises(ValueError, match="no exit"):
        vmm.reply(ANSWER)


def test_the_violation_shows_the_record_before_it_is_written() -> None:
    """The same death that is harmless otherwise; the reader is what finds it."""
    image = empty()
    HostSide(Memory(image)).publish(OLD, SEA)
    with pytest.raises(DeathError):
        HostSide(Memory(image), Dies(HOST_POINTS[2], False), "host.exit.publish").publish(NEW, SERROR)
    assert VmmSide(Memory(image)).fetch() == Exit(SERROR, whole(OLD))
    with pytest.raises(ValueError, match="cannot break"):
        HostSide(Memory(image), violate="host.ring.publish")


@pytest.mark.parametrize("last", [0, 1, (1 << 64) - 2, (1 << 64) - 1])
def test_any_number_that_the_other_side_leaves_as_exits_will_do(last: int) -> None:
    image = empty()
    struct.pack_into("<Q", image, EXITS, last)
    memory = Memory(image)
    host, vmm = HostSide(memory), VmmSide(memory)
    host.publish(OLD, SEA)
    assert vmm.fetch() == Exit(SEA, whole(OLD))
    vmm.reply(ANSWER)
    assert host.take_reply() == ANSWER


@given(st.lists(st.tuples(st.integers(0, 8191), st.integers(0, 255)), max_size=8))
def test_no_bytes_make_the_vmm_fail_in_another_way(changes: list[tuple[int, int]]) -> None:
    image = empty()
    HostSide(Memory(image)).publish(OLD, SEA)
    for offset, value in [*changes, *((REASON + value % 4, value) for _, value in changes[:1])]:
        image[offset] = value
    try:
        taken = VmmSide(Memory(image)).fetch()
    except InputError as error:
        caught: InputError | None = error
    else:
        caught = None
        assert taken is None or taken.union == image[UNION : UNION + 256]
    assert caught is None or caught.code == "vmm.exit.reason"


def test_what_does_not_fit_is_refused() -> None:
    memory = Memory(empty())
    host, vmm = HostSide(memory), VmmSide(memory)
    with pytest.raises(InputError, match=r"vmm\.size: record: expected 0x100 bytes or fewer, got 0x101 bytes"):
        host.publish(bytes(257), SEA)
    for reason in (0, -1, 1 << 32):
        with pytest.raises(ValueError, match="no exit reason"):
            host.publish(OLD, reason)
    for events in (b"", bytes(63), bytes(65)):
        with pytest.raises(ValueError, match="64 bytes"):
            vmm.reply(events)
    assert not any(memory.data)


def test_memory_of_one_page_is_refused() -> None:
    fd = os.memfd_create("one page")
    os.ftruncate(fd, 4096)
    with pytest.raises(InputError, match=r"vmm\.size: kvm_run at offset 0x0: expected 0x2000 bytes, got 0x1000"):
        attach_exit_page(fd)
    os.close(fd)


HOST = """
import os, sys
from abi.exit_page import HostSide, attach_exit_page
host = HostSide(attach_exit_page(int(sys.argv[1])))
for number in range(1, 201):
    host.publish(bytes([number]) * 256, 41)
    while (events := host.take_reply()) is None:
        os.sched_yield()
    assert events == bytes([number]) * 64
    host.enter()
"""


def test_two_processes_exchange_exits_and_answers_one_for_one() -> None:
    fd = create_exit_page()
    vmm = VmmSide(attach_exit_page(fd))
    seen = []
    end = time.monotonic() + 60  # only a failure takes that long
    with subprocess.Popen([sys.executable, "-c", HOST, str(fd)], cwd=ROOT, pass_fds=[fd]) as process:
        while process.poll() is None and time.monotonic() < end:
            taken = vmm.fetch()
            if taken is None:
                os.sched_yield()
                continue
            seen.append(taken.union)
            vmm.reply(taken.union[:64])
        process.kill()
    os.close(fd)
    assert process.returncode == 0
    assert seen == [bytes([number]) * 256 for number in range(1, 201)]
