# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``python -m tests.abi.ring.tearing OFFSET CHANGES``: is a word at OFFSET ever seen half stored?

One process writes all zeros and all ones in turn, as the ring stores its words; the other, on
another CPU, reads until it has seen CHANGES changes or a value that was never written. Prints how
many changes it saw and how many of them were to such a value.
"""

from __future__ import annotations

import mmap
import os
import signal
import sys
import time

WHOLE = (0, (1 << 64) - 1)
#: Seconds after which a busy machine has seen enough.
LIMIT = 30


def write(word: memoryview) -> None:
    parent = os.getppid()
    while os.getppid() == parent:
        for _ in range(10_000):
            word[0] = WHOLE[0]
            word[0] = WHOLE[1]


def read(word: memoryview, enough: int) -> tuple[int, int]:
    last, changes, torn = word[0], 0, 0
    end = time.monotonic() + LIMIT
    while changes < enough and not torn and time.monotonic() < end:
        for _ in range(10_000):
            value = word[0]
            if value != last:
                changes += 1
                torn += value not in WHOLE
                last = value
    return changes, torn


def main(offset: int, enough: int) -> None:
    mine, its = sorted(os.sched_getaffinity(0))[:2]
    memory = memoryview(mmap.mmap(-1, mmap.PAGESIZE))
    word = memory[offset : offset + 8].cast("Q")
    writer = os.fork()
    os.sched_setaffinity(0, {mine if writer else its})
    if writer == 0:
        write(word)
        os._exit(0)
    print(*read(word, enough))
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
