# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What all processes of one experiment share: the ring, the journals, and what a record holds.

A journal lies outside of the ring and is written by system calls, so that a killed process leaves
whole entries. It is the independent account that the ring is held against.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
import traceback
from typing import TYPE_CHECKING, NamedTuple

from abi.ring.channel import Channel, attach, create

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from abi.ring.memory import Memory

#: What a producer notes: before it produces, and what produce() said.
INTENT, PUBLISHED, LOST = range(3)
#: Noted by a consumer in place of the incarnation, for a record that is not whole.
TORN = (1 << 64) - 1

_ENTRY = struct.Struct("<4Q")  # divides a page: a write of one entry is never split


class Journal:
    """Entries of four numbers in a file without a name."""

    def __init__(self) -> None:
        self._fd = os.memfd_create("journal")
        fcntl.fcntl(self._fd, fcntl.F_SETFL, os.O_APPEND | fcntl.fcntl(self._fd, fcntl.F_GETFL))

    def note(self, *numbers: int) -> None:
        os.write(self._fd, _ENTRY.pack(*numbers))

    def note_text(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def bytes(self) -> bytes:
        size = os.fstat(self._fd).st_size
        return os.pread(self._fd, size, 0)

    def entries(self) -> Iterator[tuple[int, ...]]:
        return _ENTRY.iter_unpack(self.bytes())

    def close(self) -> None:
        os.close(self._fd)


class Shared(NamedTuple):
    """One ring under test."""

    channel: Channel
    memory: Memory
    produced: Journal
    consumed: Journal
    errors: Journal

    def close(self) -> None:
        self.memory.close()
        self.channel.close()
        for journal in (self.produced, self.consumed, self.errors):
            journal.close()


def share(slots: int, record_size: int) -> Shared:
    channel = create(slots, record_size)
    return Shared(channel, attach(channel.memory_fd), Journal(), Journal(), Journal())


def content(sequence: int, incarnation: int, size: int) -> bytes:
    """A record that shows when any of its bytes is of another one."""
    head = struct.pack("<QQ", sequence, incarnation)
    block = hashlib.sha256(head).digest()
    return (head + block * (size // len(block) + 1))[:size]


def incarnation_of(record: bytes) -> int:
    """Which producer wrote the record, TORN if its bytes do not belong together."""
    sequence, incarnation = struct.unpack_from("<QQ", record)
    return incarnation if record == content(sequence, incarnation, len(record)) else TORN


def fork(shared: Shared, body: Callable[[], None]) -> int:
    """A child process that runs body and ends; its complaints go to the errors journal."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        body()
        code = 0
    except BaseException:  # noqa: BLE001 the child must not return into the parent's code
        shared.errors.note_text(traceback.format_exc())
    os._exit(code)
