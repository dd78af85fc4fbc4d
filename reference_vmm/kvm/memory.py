# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Memory that a guest gets: anonymous pages, or a piece of a file such as /dev/mem."""

from __future__ import annotations

import mmap
import os
import signal
import struct
from pathlib import Path
from types import FrameType
from typing import Final

from abi.errors import InputError
from reference_vmm.kvm.calls import address_of

PAGE: Final = mmap.PAGESIZE
MADV_HWPOISON: Final = 100
_PRESENT: Final = 1 << 63
_PFN: Final = (1 << 55) - 1
_PAGEMAP: Final = Path("/proc/self/pagemap")


class Memory:
    """Pages that the VMM has at ``address``, until ``close``."""

    def __init__(self, mapping: mmap.mmap) -> None:
        self._map = mapping
        self.size = len(mapping)
        self.address = address_of(mapping)

    @classmethod
    def anonymous(cls, size: int) -> Memory:
        """``size`` bytes of zeros; a page is there once it was touched, by the VMM or by the guest."""
        return cls(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))

    @classmethod
    def device(cls, physical: int, size: int = PAGE, path: str = "/dev/mem") -> Memory:
        """``size`` bytes at a physical address of the host. Raises InputError ``kvm.memory``."""
        try:
            fd = os.open(path, os.O_RDWR | os.O_SYNC | os.O_CLOEXEC)
            try:
                return cls(mmap.mmap(fd, size, offset=physical))
            finally:
                os.close(fd)
        except OSError as error:
            raise InputError("kvm.memory", path, physical, f"{size:#x} bytes to map", str(error.strerror)) from None

    def read(self, offset: int, size: int) -> bytes:
        """Copy ``size`` bytes."""
        return self._map[offset : offset + size]

    def write(self, offset: int, data: bytes) -> None:
        """Put bytes there."""
        self._map[offset : offset + len(data)] = data

    def word(self, offset: int) -> int:
        """Eight bytes as a number."""
        return int.from_bytes(self.read(offset, 8), "little")

    def discard(self, offset: int = 0, size: int | None = None) -> None:
        """Give the pages back: the next access finds zeros, the guest's finds no stage-2 mapping."""
        self._map.madvise(mmap.MADV_DONTNEED, offset, self.size - offset if size is None else size)

    def poison(self, offset: int) -> None:
        """Have memory_failure() isolate the page (MADV_HWPOISON, root).

        It sends SIGBUS to whoever asks for it too, here and now, and ends a process that blocks that one. The page is
        written first, as it is: one that was only read may be the kernel's page of zeros, which nobody can isolate.
        """
        self._map[offset] = self._map[offset]
        blocked = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGBUS})
        handler = signal.signal(signal.SIGBUS, _told)
        try:
            self._map.madvise(MADV_HWPOISON, offset, PAGE)
        finally:
            signal.signal(signal.SIGBUS, handler)
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def frame(self, offset: int) -> int | None:
        """The host's page frame number of a page, None where it is not present; needs root."""
        with _PAGEMAP.open("rb") as file:
            file.seek((self.address + offset) // PAGE * 8)
            (entry,) = struct.unpack("<Q", file.read(8))
        return entry & _PFN if entry & _PRESENT else None

    def close(self) -> None:
        """Unmap it; the VM must be gone, or the slot removed."""
        self._map.close()


def _told(_number: int, _frame: FrameType | None) -> None:
    """The poisoned page is known to who poisoned it."""
