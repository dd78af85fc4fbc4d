# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The guest's error source against a guest that reads, acknowledges late, twice, wrongly or not at all."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from abi.cper import StatusBlock, build_status_block
from abi.errors import InputError
from abi.record import new
from reference_vmm.ghes import AREA, BLOCK_LENGTH, READ_ACK_PRESERVE, READ_ACK_WRITE, Source
from reference_vmm.report import block_of, entry, report

#: By hand: one address word, one register, one block of 1 KiB (QEMU docs/specs/acpi_hest_ghes.rst with one source).
REGISTER, BLOCK, SIZE = 8, 16, 16 + 1024
BASE = 0x4_0000_1000


def told(page: int) -> StatusBlock:
    """A block that can be told from others."""
    block = report(new(kind=4, sea_flags=1, gpa=page << 12))
    assert block is not None
    return block


def source(memory: bytearray | None = None) -> tuple[Source, bytearray]:
    memory = bytearray(SIZE) if memory is None else memory
    return Source(memory, BASE), memory


def test_the_area_is_laid_out_as_qemus_guests_find_it() -> None:
    assert (AREA.size, AREA.offsets) == (
        SIZE, {"error_status_address": 0, "read_ack_register": REGISTER, "error_status_block": BLOCK}
    )
    assert (READ_ACK_PRESERVE, READ_ACK_WRITE) == (0xFFFFFFFFFFFFFFFE, 1)
    _, memory = source(bytearray(b"\xff" * SIZE))
    assert memory[:BLOCK].hex() == "1010000004000000" "0100000000000000"
    assert not any(memory[BLOCK:])


def test_the_first_block_is_there_at_once_and_the_next_waits_for_the_acknowledgment() -> None:
    """vmm.report.ack"""
    one, memory = source()
    first, second = (build_status_block(told(n)) for n in (1, 2))
    assert one.submit(told(1))
    assert memory[BLOCK:].rstrip(b"\0") == first.rstrip(b"\0")
    assert not memory[REGISTER] & 1
    assert not one.submit(told(2))
    assert not one.poll()
    assert memory[BLOCK : BLOCK + len(first)] == first
    assert one.waiting == 1
    assert one.ack()
    assert memory[BLOCK : BLOCK + len(second)] == second
    assert one.waiting == 0
    assert not one.ack()


def test_a_vmm_that_was_restarted_keeps_what_the_guest_has_not_read() -> None:
    """vmm.report.ack"""
    before, memory = source()
    assert before.submit(told(1))
    was = bytes(memory)
    after = Source(memory, BASE, kept=True)
    assert bytes(memory) == was
    assert not after.submit(told(2))
    assert bytes(memory) == was
    assert after.ack()
    assert memory[BLOCK:].rstrip(b"\0") == build_status_block(told(2)).rstrip(b"\0")


def test_a_longer_block_leaves_nothing_behind_in_a_shorter_one() -> None:
    one, memory = source()
    long = block_of([entry(new(kind=4, sea_flags=1, gpa=n << 12)) for n in range(1, 4)])
    assert long is not None
    assert one.submit(long)
    assert not one.submit(told(9))
    assert one.ack()
    short = build_status_block(told(9))
    assert memory[BLOCK:] == short + bytes(BLOCK_LENGTH - len(short))


def test_a_block_longer_than_the_source_holds_is_refused_before_it_is_queued() -> None:
    one, memory = source()
    before = bytes(memory)
    entries = [entry(new(kind=4, sea_flags=1, gpa=n << 12)) for n in range(7)]
    fits, exceeds = block_of(entries[:6]), block_of(entries)
    assert fits is not None
    assert exceeds is not None
    with pytest.raises(InputError) as refused:
        one.submit(exceeds)
    error = refused.value
    assert (error.code, error.path, error.offset) == ("ghes.length", "estatus", 0)
    assert (error.expected, error.got) == ("<= 0x400 bytes", f"{20 + 7 * 152:#x} bytes")
    assert (one.waiting, bytes(memory)) == (0, before)
    assert one.submit(fits)


@pytest.mark.parametrize("size", [0, SIZE - 1, SIZE + 1])
def test_an_area_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(InputError) as refused:
        Source(bytearray(size), BASE)
    assert (refused.value.code, refused.value.path, refused.value.offset) == ("ghes.length", "hardware_errors", 0)
    assert refused.value.got == f"{size:#x} bytes"


class Watched(bytearray):
    """Memory that tells what was written to it, in order."""

    written: list[tuple[int, int]]

    def __setitem__(self, where: Any, value: Any) -> None:
        start, stop, _ = where.indices(len(self))
        self.written = [*getattr(self, "written", ()), (start, stop)]
        super().__setitem__(where, value)


def test_block_status_is_written_last_when_everything_else_is_there() -> None:
    """A guest that polls the block takes block_status 0 for "no record"."""
    memory = Watched(SIZE)
    one = Source(memory, BASE)
    memory.written = []
    assert one.submit(told(1))
    *before, last = memory.written
    assert last == (BLOCK, BLOCK + 4)
    assert all(start >= BLOCK + 4 or stop <= BLOCK for start, stop in before)


class Guest(RuleBasedStateMachine):
    """The model: blocks submitted and not yet shown, the one shown, and what the guest has read of them."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = bytearray(SIZE)
        self.source = Source(memoryview(self.memory), BASE)
        self.waiting: deque[bytes] = deque()
        self.shown: bytes | None = None  # published, not acknowledged
        self.cleared = False
        self.pages = 0
        self.preserved = 0  # bits 63:1 of the register, which are not the VMM's

    def shows(self, notified: bool) -> None:
        """A notification is due just when a block was free to be shown, and it is the oldest."""
        due = self.shown is None and bool(self.waiting)
        assert notified == due
        if due:
            self.shown, self.cleared = self.waiting.popleft(), False

    @rule(entries=st.integers(1, 3))
    def submit(self, entries: int) -> None:
        block = block_of([entry(new(kind=4, sea_flags=1, gpa=self.pages + n << 12)) for n in range(entries)])
        assert block is not None
        self.pages += entries
        self.waiting.append(build_status_block(block))
        self.shows(self.source.submit(block))

    @rule()
    def poll(self) -> None:
        self.shows(self.source.poll())

    @precondition(lambda self: self.shown is not None)
    @rule()
    def the_guest_reads_the_block_and_zeroes_block_status(self) -> None:
        at = int.from_bytes(self.memory[:8], "little") - BASE
        assert self.shown is not None
        assert self.cleared or self.memory[at : at + len(self.shown)] == self.shown
        self.memory[at : at + 4] = bytes(4)
        self.cleared = True

    @rule()
    def the_guest_acknowledges_as_linux_does(self) -> None:
        """``register & preserve | write``, trapped; without a block to acknowledge it says nothing"""
        register = int.from_bytes(self.memory[REGISTER:BLOCK], "little")
        self.shown = None
        self.shows(self.source.ack(register & READ_ACK_PRESERVE | READ_ACK_WRITE))

    @rule()
    def the_guest_acknowledges_in_plain_memory(self) -> None:
        """Nobody sees it until the VMM looks."""
        self.memory[REGISTER] |= 1
        self.shown = None

    @rule(upper=st.integers(0, (1 << 63) - 1))
    def the_guest_writes_the_other_bits_of_the_register(self, upper: int) -> None:
        """That is no acknowledgment, nor does it take one back."""
        self.preserved = upper << 1
        self.shows(self.source.ack(self.preserved | (self.shown is None)))

    @invariant()
    def an_unacknowledged_block_stands_as_it_was_written(self) -> None:
        if self.shown is not None:
            status = bytes(4) if self.cleared else self.shown[:4]
            assert self.memory[BLOCK:] == (status + self.shown[4:]).ljust(BLOCK_LENGTH, b"\0")

    @invariant()
    def nothing_is_dropped_and_no_foreign_bit_is_touched(self) -> None:
        assert self.source.waiting == len(self.waiting)
        register = int.from_bytes(self.memory[REGISTER:BLOCK], "little")
        assert register == self.preserved | (self.shown is None)
        assert self.memory[:8].hex() == "1010000004000000"


TestGuest = Guest.TestCase
TestGuest.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
