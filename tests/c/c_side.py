# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the C readers say, in values that Python's answers can be compared with."""

from __future__ import annotations

import struct
from typing import Any, Final, NamedTuple

from abi.definition import CODECS, NEWEST
from abi.record import FaultInfo
from abi.trap import NOTIFICATIONS, Trap
from abi.vcpu import FEATURES, MACHINE_NOTIFICATIONS, Machine, Vcpu
from tests.c.library import Library

OUTCOMES: Final = ("understood", "not understood", "malformed")
ITEMS: Final = ("entry", "arm", "error_info", "context", "vendor", "memory", "raw")
#: Bits of the C side's struct kfi_trap.has, in order from bit 0.
KNOWN: Final = ("pfar_el2", "disr_el1", "mpidr", "walk", "walk_level", "memslots")
FACTS: Final = ("host_ras", "vm_ras", "hyp_context", "nested", "protected")
RECORD: Final = CODECS[NEWEST].fast
_FEATURES: Final = {name: 1 << n for n, name in enumerate(sorted(FEATURES))}


class Refusal(NamedTuple):
    """The one refusal of an input."""

    outcome: str
    rule: str
    path: str
    offset: int
    got: int


class Reading(NamedTuple):
    """A record that was read: its bytes as the newest version lays them out, its tail, rules that it breaks."""

    record: bytes
    tail: bytes
    broken: tuple[str, ...]


class Answered(NamedTuple):
    """A decision, the vCPU after it, and the reply, None where there is none."""

    decision: tuple[str, str, str, int, int, bool, int, bool]
    vcpu: Vcpu
    reply: bytes | None


class Reduced(NamedTuple):
    """A firmware record: what there is in it, and what it comes to."""

    items: tuple[tuple[str, int, int, int, int], ...]
    present: bool
    severity: int
    context_corrupt: bool
    physical: tuple[int, ...]
    queues: tuple[int, ...]
    lost: tuple[int, ...]
    addressed: int
    virtual: int
    first: tuple[int, int | None] | None


class Applied(NamedTuple):
    """A reply applied, or the rule that refuses it, with the vCPU as it was."""

    rule: str
    vcpu: Vcpu
    pending: int | None


class Emitted(NamedTuple):
    """What became of a trap."""

    record: bytes | None
    rule: str
    end: str
    memory_failure: bool
    injected: int


class CSide:
    """One build of the C readers."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.lib, self.ffi = library.lib, library.ffi
        self._read = self.ffi.new("struct shim_reading *")
        self._answer = self.ffi.new("struct shim_answer *")
        self._applied = self.ffi.new("struct shim_applied *")
        self._block = self.ffi.new("struct shim_block *")
        self._emission = self.ffi.new("struct shim_emission *")

    def refusal(self, error: Any) -> Refusal:
        """What ``struct shim_error`` says."""
        path = self.ffi.string(error.path).decode()
        return Refusal(OUTCOMES[error.outcome], self.library.rules[error.rule], path, error.offset, error.got)

    def names(self, broken: int) -> tuple[str, ...]:
        """The rules of a bitmap, lowest bit first."""
        return tuple(self.library.rules[n] for n in range(broken.bit_length()) if broken >> n & 1)

    def read(self, data: bytes, minor: int, exact: bool) -> Refusal | Reading | tuple[Refusal, Reading]:
        """A refusal, a record, or both where it is not understood."""
        out = self._read
        outcome = self.lib.shim_read(data, len(data), minor, exact, out)
        if outcome and self.library.rules[out.error.rule] != "vmm.critical.unknown":
            return self.refusal(out.error)
        tail = data[out.tail_at : out.tail_at + out.tail_size]
        reading = Reading(bytes(self.ffi.buffer(out.record)), tail, self.names(out.broken))
        return (self.refusal(out.error), reading) if outcome else reading

    def check(self, record: FaultInfo, minor: int) -> tuple[str, ...]:
        """The rules that a record breaks."""
        return self.names(self.lib.shim_check(RECORD.pack(*record[:-1]), minor))

    def decide(self, data: bytes, minor: int, vcpu: Vcpu, machine: Machine, *, exact: bool = False) -> Answered:
        """The decision on a record or on its refusal, carried out."""
        out, library = self._answer, self.library
        ways = sum(MACHINE_NOTIFICATIONS.index(way) + 1 << 8 * n for n, way in enumerate(machine.notifications))
        setup = (
            features(machine.features), machine.repeats, machine.bound,
            machine.pending_serror or 0, ways, machine.ras, machine.firmware_va, machine.answered,
            machine.pending_serror is not None,
        )
        self.lib.shim_decide(data, len(data), minor, exact, vcpu, setup, out)
        action, rule, via, esr, far, has_far, serror, odds = out.decision
        decision = (
            library.actions[action], library.rules[rule], library.ways[via], esr, far, bool(has_far), serror,
            bool(odds),
        )
        reply = bytes(self.ffi.buffer(out.reply)) if out.has_reply else None
        return Answered(decision, Vcpu(*out.vcpu), reply)

    def apply(self, reply: bytes, kind: int, host_ras: bool, vcpu: Vcpu, having: frozenset[str]) -> Applied:
        """A reply, by the host."""
        out = self._applied
        self.lib.shim_apply(reply, kind, features(having), host_ras, vcpu, out)
        pending = None if out.pending == (1 << 64) - 1 else out.pending
        return Applied(self.library.rules[out.rule], Vcpu(*out.vcpu), pending)

    def firmware(self, data: bytes) -> Refusal | Reduced:
        """A status block, walked and reduced."""
        out = self._block
        self.lib.shim_firmware(data, len(data), out)
        if not out.accepted:
            return self.refusal(out.error)
        flags, severity, number, virtual, addressed, va, mpidr, refused = out.facts
        assert refused == (number > 0), "a room that is too small must be refused"
        pas = [(out.pas[2 * n], out.pas[2 * n + 1]) for n in range(number)]
        items = [out.item[n] for n in range(out.items)]
        return Reduced(
            items=tuple((ITEMS[i.type], i.entry, i.item, i.at, i.size) for i in items),
            present=bool(flags & 1), severity=severity, context_corrupt=bool(flags & 2),
            physical=tuple(pa for pa, what in sorted(pas, key=lambda each: not each[1] & 1)),
            queues=tuple(pa for pa, what in pas if what & 2), lost=tuple(pa for pa, what in pas if what & 4),
            addressed=addressed, virtual=virtual, first=(va, mpidr if flags & 4 else None) if virtual else None,
        )

    def fill(self, trap: Trap, block: bytes) -> Emitted:
        """What the host's fill function makes of a trap; ``block`` is empty where there is no firmware record."""
        out = self._emission
        slots = [number for slot in trap.memslots or () for number in slot]
        isolated = [number for page in trap.isolated for number in page]
        self.lib.shim_fill(
            trap_words(trap), slots, len(slots) // 4, isolated, len(isolated) // 2, block, len(block), out,
        )
        made, rule, end, memory_failure, injected = out.facts
        record = bytes(self.ffi.buffer(out.record))
        if made:
            record = record[: struct.unpack_from("<H", record, 32)[0]]
        else:
            assert not any(record), "no record is zeros"
        return Emitted(
            record if made else None, self.library.rules[rule], self.library.ends[end], bool(memory_failure), injected,
        )


def features(names: frozenset[str]) -> int:
    """The KFI_FEAT_* bits."""
    return sum(_FEATURES[name] for name in names)


def trap_words(trap: Trap) -> tuple[int, ...]:
    """A trap as the shim takes it."""
    known = [getattr(trap, name) is not None for name in KNOWN] + [getattr(trap, name) for name in FACTS]
    return (
        trap.esr_el2, trap.far_el2, trap.hpfar_el2, trap.pfar_el2 or 0, trap.disr_el1 or 0, trap.mpidr or 0,
        trap.walk or 0, trap.critical, sum(bit << n for n, bit in enumerate(known)), trap.kinds,
        (trap.walk_level or 0) % (1 << 64), NOTIFICATIONS.index(trap.notify), trap.version.minor,
    )
