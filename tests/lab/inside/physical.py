# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Physical memory by /dev/mem: registers and blocks that firmware and the kernel share.

A page that is not the kernel's own may be mapped as device memory, so every access is one aligned word.
"""

from __future__ import annotations

import mmap
import os
from types import TracebackType
from typing import Final, Self

PAGE: Final = mmap.PAGESIZE
WORD: Final = 8


class Physical:
    """``size`` bytes at a physical address that is a multiple of 8; a context manager."""

    def __init__(self, address: int, size: int = WORD) -> None:
        start = address & ~(PAGE - 1)
        length = -(-(address + size - start) // PAGE) * PAGE
        fd = os.open("/dev/mem", os.O_RDWR | os.O_SYNC | os.O_CLOEXEC)
        try:
            self._map = mmap.mmap(fd, length, offset=start)
        finally:
            os.close(fd)
        first = address - start
        self._view = memoryview(self._map)[first : first + -(-size // WORD) * WORD].cast("Q")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._view.release()
        self._map.close()

    def __getitem__(self, word: int) -> int:
        return int(self._view[word])

    def __setitem__(self, word: int, value: int) -> None:
        self._view[word] = value

    def write(self, data: bytes) -> None:
        """Put bytes there, the first word last: it holds block_status, by which a reader sees the block."""
        padded = data.ljust(-(-len(data) // WORD) * WORD, b"\0")
        words = memoryview(padded).cast("Q")
        for number in (*range(1, len(words)), 0):
            self._view[number] = words[number]


def word(address: int) -> int:
    """Eight bytes as a number."""
    with Physical(address) as memory:
        return memory[0]
