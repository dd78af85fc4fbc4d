# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Records put together by hand, from the table in section 2 of the design and not from the code under test."""

from __future__ import annotations

import struct

#: Every field in order with the minor version that brought it; sizes follow from FORMAT.
FIELDS = {
    "sea_flags": 0, "esr": 0, "far": 0, "gpa": 0, "size": 0, "major": 0, "minor": 0, "kind": 0, "host_action": 0,
    "origin": 0, "flags": 0, "hpfar": 0, "address_lsb": 0, "gpa_origin": 0, "severity": 0, "firmware_severity": 0,
    "reserved0": 0, "hva": 1, "firmware_va": 1,
}
FORMAT = ("<QQQQHBBHBBQQBBBBI", "<QQQQHBBHBBQQBBBBIQQ")
SIZES = (64, 80)

#: Fields whose validity is a bit, and the names of the flags by bit.
VALIDITY = {"far": 0, "hpfar": 1, "hva": 3, "firmware_va": 4, "severity": 5}
FLAG_NAMES = {
    0: "FAR_VALID", 1: "HPFAR_VALID", 2: "PA_VALID", 3: "HVA_VALID", 4: "FIRMWARE_VA_VALID", 5: "SEVERITY_VALID",
    6: "ACTION_REQUIRED", 7: "NESTED", 8: "FAR_IMPRECISE", 9: "STAGE1_WALK", 32: "CONTEXT_CORRUPT",
}


def record(minor: int = 1, **fields: int) -> bytes:
    """The bytes of a record of version 1.minor; what is not given is 0."""
    values = {"size": SIZES[minor], "major": 1, "minor": minor} | fields
    names = [name for name, since in FIELDS.items() if since <= minor]
    return struct.pack(FORMAT[minor], *(values.get(name, 0) for name in names))


def abort(minor: int = 1, **fields: int) -> bytes:
    """A data abort with an address: what a kernel would say of the capture data-read-el1."""
    return record(minor, **{
        "sea_flags": 1, "esr": 0x92000010, "far": 0x300500123, "gpa": 0x50000123, "kind": 1, "host_action": 1,
        "origin": 1, "flags": 0x41, "gpa_origin": 2,
    } | fields)


def serror(iss: int, severity: int) -> bytes:
    """An SError with an architected syndrome."""
    return record(kind=3, esr=0xBE000000 | iss, origin=1, host_action=1, flags=0x20, severity=severity)


def notice() -> bytes:
    """A page lost in the background."""
    return record(kind=4, sea_flags=1, gpa=0x40008000, hva=0x7F0000008000, flags=0xC, host_action=2, origin=2,
                  gpa_origin=3, address_lsb=12, firmware_severity=1)
