# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What every artefact is held against: the tables typed by hand, never the definition that made it."""

from __future__ import annotations

import struct

from tests.abi.test_definition import CODES, FIELDS, FLAGS, KVM_RUN, VCPU_EVENTS_BY_HAND
from tests.cli import by_hand as records

__all__ = ["CODES", "FIELDS", "FLAGS", "KVM_RUN", "LAYOUTS", "NUMBERS", "SIZES", "records"]

#: Name of the C struct -> its fields with offset and type.
LAYOUTS = {
    "kvm_arm_fault_info": {name: (offset, kind) for offset, kind, name, _since in FIELDS},
    "kvm_arm_fault_envelope": {"vcpu": (0, "u32"), "lost": (4, "u32"), "sequence": (8, "u64")},
    "kvm_arm_fault_ring": {
        "magic": (0, "u32"), "header_size": (4, "u16"), "major": (6, "u8"), "minor": (7, "u8"), "slot_size": (8, "u32"),
        "slots": (12, "u32"), "head": (16, "u64"), "tail": (24, "u64"), "lost": (32, "u64"), "reserved": (40, "u64[3]"),
    },
    "kvm_arm_fault_slot": {"stamp": (0, "u64"), "vcpu": (8, "u32"), "lost": (12, "u32"), "sequence": (16, "u64")},
    "kvm_arm_fault_reply": VCPU_EVENTS_BY_HAND,
}
SIZES = {"kvm_arm_fault_info": 80, "kvm_arm_fault_envelope": 16, "kvm_arm_fault_ring": 64, "kvm_arm_fault_slot": 24,
         "kvm_arm_fault_reply": 64}

#: How the header calls the codes of a field.
_CODES = {"kind": "KIND", "host_action": "ACTION", "origin": "ORIGIN", "gpa_origin": "GPA_ORIGIN",
          "severity": "SEVERITY", "firmware_severity": "FW_SEVERITY"}
#: Every number of the header by its name without KVM_ARM_FAULT_.
NUMBERS = {
    "INFO_MAJOR": 1, "INFO_MINOR": 1, "INFO_SIZE_1_0": 64, "INFO_SIZE_1_1": 80, "RUN_OFFSET": 32, "RUN_SIZE": 256,
    "SEA_FLAG_GPA_VALID": 1, "FLAGS_CRITICAL": 0xFFFF_FFFF_0000_0000, "NO_VCPU": 0xFFFF_FFFF,
    "RING_MAGIC": int.from_bytes(b"KFI1", "little"), "RING_MAJOR": 1, "RING_MINOR": 0, "RING_MIN_SLOTS": 2,
    "RING_COUNT_LIMIT": 1 << 62,
    **{f"FLAG_{name}": 1 << bit for bit, name, _since, _field in FLAGS},
    **{f"{_CODES[field]}_{name}": value for field, value, name, _constant in CODES},
}


def values(record: bytes, minor: int) -> dict[str, int]:
    """The fields of a record, unpacked by the format typed by hand."""
    names = [name for name, since in records.FIELDS.items() if since <= minor]
    return dict(zip(names, struct.unpack_from(records.FORMAT[minor], record), strict=True))


def width(kind: str) -> tuple[int, int]:
    """Bytes of an element, and the number of elements, of ``u8[2]``."""
    element, _, number = kind.removeprefix("u").partition("[")
    return int(element) // 8, int(number.rstrip("]") or 1)
