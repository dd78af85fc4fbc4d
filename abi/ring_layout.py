# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The ring that carries records between processes: header, envelope, slot. Part of the definition.

One producer (the host) and one consumer (the VMM) share memory that holds a header and then a power
of two of equal slots. All of it is little-endian. Positions count slots from 0 and never wrap; the
slot of a position is its remainder by the number of slots. The record in a slot is what remains of
``slot_size`` after the slot's own fields; :mod:`abi.record` judges it.
"""

from __future__ import annotations

from typing import Final

from construct import Int8ul as u8
from construct import Int16ul as u16
from construct import Int32ul as u32
from construct import Int64ul as u64

from abi.layout import Field, Layout, Version

#: Version of the ring itself; the record in a slot states its own.
RING_VERSION: Final = Version(1, 0)
#: The first bytes of a ring in memory or in a file.
MAGIC_BYTES: Final = b"KFI1"
MAGIC: Final = int.from_bytes(MAGIC_BYTES, "little")

#: Bytes of a word: what is published (head, tail, lost, stamp) is one aligned word.
WORD: Final = 8
#: Two at least: while one slot is written, the one before keeps the sequence that a restart needs.
MIN_SLOTS: Final = 2
#: head and lost stay below: so no stamp (2 * position + 2) and no sequence leaves 64 bits.
COUNT_LIMIT: Final = 1 << 62

RING_HEADER: Final = Layout(
    "kvm_arm_fault_ring",
    "Start of the shared memory; the slots follow at header_size.",
    Field("magic", u32, f"the bytes {MAGIC_BYTES.decode()}", rules=("vmm.ring.header",)),
    Field("header_size", u16, "bytes of the header: where the first slot begins", rules=("vmm.ring.header",)),
    Field("major", u8, "major version of the ring, 1", rules=("vmm.ring.header",)),
    Field("minor", u8, "minor version of the ring, 0", rules=("vmm.ring.header",)),
    Field("slot_size", u32, "bytes of a slot, a multiple of 8", rules=("vmm.ring.header",)),
    Field("slots", u32, "number of slots, a power of two from 2", rules=("vmm.ring.header",)),
    Field("head", u64, "position that the producer writes next; stored by the producer only",
          rules=("host.ring.publish", "host.ring.restart")),
    Field("tail", u64, "position that the consumer handles next; stored by the consumer only",
          rules=("vmm.ring.tail",)),
    Field("lost", u64, "records dropped because the ring was full; stored by the producer only",
          rules=("host.ring.full",)),
    Field("reserved", u64, "zero", rules=("host.reserved.zero",), number=3),
)

ENVELOPE: Final = Layout(
    "kvm_arm_fault_envelope",
    "What a record needs around it where it does not belong to an exit of one vCPU.",
    Field("vcpu", u32, "number of the vCPU, 0xffffffff: none"),
    Field("lost", u32, "records dropped since the slot before, saturating", rules=("host.sequence",)),
    Field("sequence", u64, "number of the record in this channel, from 1", rules=("host.sequence",)),
)
#: envelope.vcpu of a record that belongs to no vCPU.
NO_VCPU: Final = (1 << 32) - 1
#: envelope.lost from which it no longer counts.
LOST_LIMIT: Final = (1 << 32) - 1

RING_SLOT: Final = Layout(
    "kvm_arm_fault_slot",
    "One slot; the bytes after these fields are the record's, zero beyond its end.",
    Field("stamp", u64, "2p+1 while position p is written, 2p+2 when done, 0 never used",
          rules=("host.ring.publish", "vmm.ring.stamp")),
    *ENVELOPE.fields,
)


def stamp_writing(position: int) -> int:
    """Return the stamp while ``position`` is being written."""
    return 2 * position + 1


def stamp_done(position: int) -> int:
    """Return the stamp when ``position`` is complete."""
    return 2 * position + 2


def slot_size_for(record_size: int) -> int:
    """Return the bytes of a slot that holds ``record_size`` bytes of record, rounded up to whole words."""
    return RING_SLOT.size + (record_size + WORD - 1) // WORD * WORD
