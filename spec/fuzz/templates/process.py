# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A fuzz target that is a process: frames of the conformance protocol on its standard input and output.

Fill in parse_record(); in another language do the same. No package is needed.

    faultinfo fuzz --target python3 process.py --time 60
"""

import struct
import sys

HELLO, BYE, READ, UNSUPPORTED = 0, 4, 8, 0xFFFF
#: Outcomes of a refusal that is none of malformed bytes.
NOT_UNDERSTOOD = ("vmm.major.unknown", "vmm.critical.unknown")


def parse_record(data: bytes, reader: int, exact: bool) -> tuple[bytes, int] | str:  # noqa: ARG001
    """The 80 bytes of the fields and how many of a newer minor version are beyond; or the rule of the refusal."""
    return "vmm.malformed"


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
    """Type and payload of the answer to one request."""
    if kind == HELLO:
        return kind, struct.pack("<H", 1) + b"".join(map(part, (b"process", b"1", b"1.0 1.1", b"read")))
    if kind == BYE:
        return kind, bytes(2)
    return (kind, read(payload)) if kind == READ else (UNSUPPORTED, b"")


def main() -> None:
    """Answer until BYE or the end of the input."""
    take, give = sys.stdin.buffer, sys.stdout.buffer
    while head := take.read(12):
        length, number, kind, _ = struct.unpack("<IIHH", head)
        said, payload = answer(kind, take.read(length - 8))
        give.write(struct.pack("<IIHH", 8 + len(payload), number, said, 0) + payload)
        give.flush()
        if kind == BYE:
            break


if __name__ == "__main__":
    main()
