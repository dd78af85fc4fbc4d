# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The way out of the kernel: each record of the BPF ring buffer with its envelope.

The kernel counts what it loses for want of room and says in each record how many that were so far;
sequence and lost of the envelope (rule ``host.sequence``) follow from it here, where the order of the records is
known: several PEs write at once, and no lock of BPF spans a reservation.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from abi import definition
from abi.errors import InputError
from abi.ring.slot import Envelope, Slot
from abi.ring_layout import LOST_LIMIT
from reference_host.live.layouts import CLAIM, HANDLED, RECORD, SIGNAL
from reference_host.live.libbpf import NULL, ffi, library, name_of
from reference_host.live.program import Program

_SIZE: Final = definition.RECORD.offsets["size"]


class Emitted(NamedTuple):
    """One record, and what else the hooks saw of its trap.

    ``slot`` holds the record's own bytes, no more. ``claim``: what apei_claim_sea() returned, None if it was not
    asked. ``handled``: what kvm_handle_guest_abort() returned: 0 an exit to the VMM, 1 back to the guest.
    ``signal_hva``: the address of KVM's SIGBUS.
    """

    slot: Slot
    thread: int
    claim: int | None = None
    handled: int | None = None
    signal_hva: int | None = None


class Envelopes:
    """Counts records and losses of one reader, whose first record is position 0 and sequence 1.

    ``lost_before``: what the kernel had lost when the reader began: those records were another's.
    """

    def __init__(self, lost_before: int = 0) -> None:
        self.lost_before = lost_before
        self._lost = self._position = 0

    def next(self, lost_so_far: int, vcpu: int) -> tuple[int, Envelope]:
        """Position and envelope of the next record; two PEs may have read ``lost_so_far`` in the other order."""
        lost = max(lost_so_far - self.lost_before - self._lost, 0)
        self._lost += lost
        position = self._position
        self._position += 1
        return position, Envelope(vcpu, min(lost, LOST_LIMIT), self._position + self._lost)


class Channel:
    """The one reader of the emitter's ring buffer. What was lost before it began is not its own."""

    def __init__(self, program: Program) -> None:
        self._lib = library()
        self._taken: list[bytes] = []
        self._lost_fd = program.map("lost")
        self._before = self._count()
        self._envelopes = Envelopes(self._before)
        # Kept here: libbpf holds no reference to the callback.
        self._callback = ffi.callback("int(void *, void *, size_t)", self._sample)
        self._ring: Any = self._lib.ring_buffer__new(program.map("records"), self._callback, NULL, NULL)
        if self._ring == NULL:
            raise InputError("live.channel", "records", None, "a ring buffer", name_of(0))

    def close(self) -> None:
        """Stop reading."""
        self._lib.ring_buffer__free(self._ring)
        self._ring = NULL

    def poll(self, seconds: float = 0) -> tuple[Emitted, ...]:
        """All records that are there; with none, those that come within that time."""
        if not self._lib.ring_buffer__consume(self._ring) and seconds:
            self._lib.ring_buffer__poll(self._ring, int(seconds * 1000))
        taken, self._taken = self._taken, []
        return tuple(self._emitted(data) for data in taken)

    @property
    def lost(self) -> int:
        """How many records were lost so far, those after the last one that was read among them."""
        return self._count() - self._before

    def _count(self) -> int:
        value = ffi.new("uint64_t *")
        self._lib.bpf_map_lookup_elem(self._lost_fd, ffi.new("uint32_t *", 0), value)
        return int(value[0])

    def _sample(self, _context: Any, data: Any, size: int) -> int:
        self._taken.append(bytes(ffi.buffer(data, size)))
        return 0

    def _emitted(self, data: bytes) -> Emitted:
        values = dict(zip(RECORD.codec.names, RECORD.codec.fast.unpack_from(data), strict=True))
        position, envelope = self._envelopes.next(values["lost"], values["vcpu"])
        record = data[RECORD.size :]
        size = int.from_bytes(record[_SIZE : _SIZE + 2], "little")
        seen = values["seen"]
        return Emitted(
            Slot(position, envelope, record[:size]),
            values["thread"],
            values["claim"] if seen & CLAIM else None,
            values["handled"] if seen & HANDLED else None,
            values["signal_hva"] if seen & SIGNAL else None,
        )
