# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Synchronous delivery between processes: a page laid out as ``kvm_run``, and the reply behind it.

The first page is :data:`abi.definition.KVM_RUN`: the host writes the record into the exit union and
the exit reason last. The second page stands in for what a VMM does with system calls: the 64 bytes
of ``struct kvm_vcpu_events`` that it would pass to KVM_SET_VCPU_EVENTS before the next KVM_RUN (all
zero: nothing is injected, the access runs again), and the number of the exit they answer. Each word
has one writer, and what it publishes is written before it, so either process may die at any moment
and be started again on the same memory: an exit is seen whole or not at all, an answer likewise, and
an answer to an earlier exit is never taken for one to this. Little-endian hosts only.
"""

from __future__ import annotations

import mmap
import os
from typing import TYPE_CHECKING, Final, NamedTuple

from construct import Int8ul as u8
from construct import Int64ul as u64

from abi.definition import KVM_EXIT_ARM_SEA, KVM_EXIT_ARM_SERROR, KVM_RUN
from abi.errors import InputError
from abi.layout import Field, Layout
from abi.reply import VCPU_EVENTS
from abi.ring.channel import shared_memory
from abi.ring.memory import Memory, Stores, fence
from abi.ring.points import StorePoint

if TYPE_CHECKING:
    from abi.ring.points import Observer

#: Bytes of the kvm_run page; the reply begins behind it.
PAGE: Final = 4096
EXIT_REPLY: Final = Layout(
    "kvm_arm_fault_exit_reply",
    "The second page: which exit there is, which one is answered, and the answer.",
    Field("exits", u64, "number of the exit that was published last, from 1; stored by the host only",
          rules=("host.exit.publish",)),
    Field("answered", u64, "number of the exit that events answers, 0 none; stored by the VMM only",
          rules=("vmm.exit.lifetime",)),
    Field("events", u8, "struct kvm_vcpu_events", number=VCPU_EVENTS.size),
)
#: Exit reasons that carry a record.
EXIT_REASONS: Final = (KVM_EXIT_ARM_SEA, KVM_EXIT_ARM_SERROR)

HOST_POINTS: Final = (
    StorePoint(1, "EXIT_REASON_CLEAR", "kvm_run.exit_reason := 0: there is no exit"),
    StorePoint(2, "EXITS", "reply.exits := n: answers to earlier exits are void"),
    StorePoint(3, "UNION", "the exit union: the record, zeros after its end"),
    StorePoint(4, "EXIT_REASON", "kvm_run.exit_reason: the exit is published"),
)
VMM_POINTS: Final = (
    StorePoint(5, "EVENTS", "reply.events"),
    StorePoint(6, "ANSWERED", "reply.answered := n: the answer is published"),
)
POINTS: Final = HOST_POINTS + VMM_POINTS
EXIT_REASON_CLEAR, EXITS, UNION, EXIT_REASON = HOST_POINTS
EVENTS, ANSWERED = VMM_POINTS

#: Rules that a host can be told to break, for tests of readers.
VIOLATIONS: Final = ("host.exit.publish",)

_REASON_OFFSET: Final = KVM_RUN.offsets["exit_reason"]
_UNION_OFFSET: Final = KVM_RUN.offsets["exit"]
_UNION_SIZE: Final = KVM_RUN.field("exit").width
_EXITS_OFFSET: Final = PAGE + EXIT_REPLY.offsets["exits"]
_ANSWERED_OFFSET: Final = PAGE + EXIT_REPLY.offsets["answered"]
_EVENTS_OFFSET: Final = PAGE + EXIT_REPLY.offsets["events"]
_EVENTS_SIZE: Final = EXIT_REPLY.field("events").width


class Exit(NamedTuple):
    """One exit as copied from the page: the reason, and all 256 bytes of the union."""

    exit_reason: int
    union: bytes


def create_exit_page() -> int:
    """Return an inheritable descriptor of two zero pages, for the parent that outlives both sides."""
    return shared_memory("faultinfo-exit", 2 * PAGE)


def attach_exit_page(fd: int) -> Memory:
    """Map both pages, shared and writable; InputError ``vmm.size`` if they are not there."""
    size = os.fstat(fd).st_size
    if size < 2 * PAGE:
        raise InputError("vmm.size", "kvm_run", 0, f"{2 * PAGE:#x} bytes", f"{size:#x} bytes")
    return Memory(mmap.mmap(fd, 2 * PAGE))


class HostSide:
    """Who returns from KVM_RUN: publishes an exit, takes its answer.

    ``observe`` is called around every store; ``violate="host.exit.publish"`` stores the exit reason
    before the record.
    """

    def __init__(self, memory: Memory, observe: Observer | None = None, violate: str | None = None) -> None:
        if violate not in (None, *VIOLATIONS):
            raise ValueError(f"cannot break {violate!r}, only {VIOLATIONS}")
        self._memory = memory
        self._stores = Stores(memory, observe)
        self._early = violate == "host.exit.publish"
        self._exits = memory.load(_EXITS_OFFSET)

    def publish(self, record: bytes, exit_reason: int) -> None:
        """Write one exit, its reason last (rule ``host.exit.publish``). It replaces the one before.

        InputError ``vmm.size`` for a record beyond the union; ValueError for a reason that is no
        u32 or is 0, which means that there is none.
        """
        if len(record) > _UNION_SIZE:
            raise InputError("vmm.size", "record", None, f"{_UNION_SIZE:#x} bytes or fewer",
                             f"{len(record):#x} bytes")
        if not 0 < exit_reason < 1 << 32:
            raise ValueError(f"no exit reason: {exit_reason:#x}")
        self._stores.half(EXIT_REASON_CLEAR, _REASON_OFFSET, 0)
        fence()
        self._exits = (self._exits + 1) % (1 << 64) or 1  # the VMM can write the word: any value must do
        self._stores.word(EXITS, _EXITS_OFFSET, self._exits)
        fence()
        if self._early:
            self._stores.half(EXIT_REASON, _REASON_OFFSET, exit_reason)
        self._stores.data(UNION, _UNION_OFFSET, record.ljust(_UNION_SIZE, b"\0"))
        fence()
        if not self._early:
            self._stores.half(EXIT_REASON, _REASON_OFFSET, exit_reason)

    def take_reply(self) -> bytes | None:
        """Return the events that answer the exit published last, copied once; None while none do.

        A host that dies before ``enter`` leaves them to its successor.
        """
        if self._memory.load_half(_REASON_OFFSET) == 0 or self._memory.load(_ANSWERED_OFFSET) != self._exits:
            return None
        fence()
        return self._memory.copy(_EVENTS_OFFSET, _EVENTS_SIZE)

    def enter(self) -> None:
        """Begin the next KVM_RUN: the exit is over and its answer done with (rule ``vmm.exit.lifetime``)."""
        fence()
        self._stores.half(EXIT_REASON_CLEAR, _REASON_OFFSET, 0)


class VmmSide:
    """Who calls KVM_RUN: copies an exit once, answers it once."""

    def __init__(self, memory: Memory, observe: Observer | None = None) -> None:
        self._memory = memory
        self._stores = Stores(memory, observe)
        self._fetched = 0

    def fetch(self) -> Exit | None:
        """Return the exit that waits for an answer, copied once (rule ``vmm.single_fetch``); None if none.

        It is the VMM's own copy; what is in the page lives until the answer, which is the next
        KVM_RUN (rule ``vmm.exit.lifetime``). A VMM that was restarted finds an unanswered exit again.
        InputError ``vmm.exit.reason`` for an exit that carries no record.
        """
        number = self._memory.load(_EXITS_OFFSET)
        fence()
        reason = self._memory.load_half(_REASON_OFFSET)
        if reason == 0 or number == self._memory.load(_ANSWERED_OFFSET):
            return None
        fence()
        union = self._memory.copy(_UNION_OFFSET, _UNION_SIZE)
        fence()
        if self._memory.load(_EXITS_OFFSET) != number:
            return None  # a host that was restarted began another exit meanwhile
        if reason not in EXIT_REASONS:
            known = ", ".join(f"{value:#x}" for value in EXIT_REASONS)
            raise InputError("vmm.exit.reason", "kvm_run.exit_reason", _REASON_OFFSET, known, f"{reason:#x}")
        self._fetched = number
        return Exit(reason, union)

    def reply(self, events: bytes) -> None:
        """Answer the exit fetched last; the host ignores it if that exit is over.

        ValueError if nothing was fetched, or if ``events`` is not 64 bytes.
        """
        if len(events) != _EVENTS_SIZE:
            raise ValueError(f"struct kvm_vcpu_events has {_EVENTS_SIZE} bytes, not {len(events)}")
        if self._fetched == 0:
            raise ValueError("no exit was fetched")
        self._stores.data(EVENTS, _EVENTS_OFFSET, events)
        fence()
        self._stores.word(ANSWERED, _ANSWERED_OFFSET, self._fetched)
        self._fetched = 0
