# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Rings in the words of the pipe."""

from __future__ import annotations

from abi.ring.header import Header
from abi.ring.slot import Slot


def ring_text(header: Header) -> str:
    """A header."""
    return f"ring {header.slots:#x} {header.head:#x} {header.tail:#x} {header.lost:#x}"


def slot_text(slot: Slot) -> str:
    """A slot."""
    vcpu, lost, sequence = slot.envelope
    return f"\nslot {slot.position:#x} {vcpu:#x} {lost:#x} {sequence:#x} {slot.record.hex()}"
