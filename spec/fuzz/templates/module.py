# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A fuzz target in Python: answer(), which the fuzzer calls in its own process, over one function of parser.py.

The parser is the file beside this one, or one that is given after it. No package is needed.

    faultinfo fuzz --target module.py parser.py --time 60
"""

import struct

from parser import parse_record

HELLO, BYE, READ, UNSUPPORTED = 0, 4, 8, 0xFFFF
#: Outcomes of a refusal that is none of malformed bytes.
NOT_UNDERSTOOD = ("vmm.major.unknown", "vmm.critical.unknown")


def part(data: bytes) -> bytes:
    """A part of a payload, after its length."""
    return struct.pack("<H", len(data)) + data


def read(payload: bytes) -> bytes:
    """READ: reader, exact, then the record after its length."""
    found = parse_record(payload[4:], payload[0], bool(payload[1]))
    if isinstance(found, str):
        return struct.pack("<B3xI80x", 1 if found in NOT_UNDERSTOOD else 2, 0) + part(found.encode())
    info, tail = found
    return struct.pack("<B3xI80s", 0, tail, info) + part(b"")


def answer(kind: int, payload: bytes) -> tuple[int, bytes]:
    """Type and payload of the answer to one request of the conformance protocol."""
    if kind == HELLO:
        return kind, struct.pack("<H", 1) + b"".join(map(part, (b"module", b"1", b"1.0 1.1", b"read")))
    if kind == BYE:
        return kind, bytes(2)
    return (kind, read(payload)) if kind == READ else (UNSUPPORTED, b"")
