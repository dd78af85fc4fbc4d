# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A fuzz target that is a process: frames of the conformance protocol on its standard input and output.

What it answers is in module.py, beside it; in another language do the same. No package is needed.

    faultinfo fuzz --target python3 process.py --time 60
"""

import struct
import sys

from module import BYE, answer


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
