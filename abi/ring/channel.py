# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Making the shared memory and the eventfd, and mapping the memory in either process (Linux only)."""

from __future__ import annotations

import fcntl
import mmap
import os
from typing import NamedTuple

from abi.errors import InputError
from abi.ring.header import CODE, build_header, new_header
from abi.ring.memory import Memory
from abi.ring.wake import new_eventfd
from abi.ring_layout import RING_HEADER


class Channel(NamedTuple):
    """Two inheritable descriptors, owned by the parent that outlives producer and consumer."""

    memory_fd: int
    wake_fd: int

    def close(self) -> None:
        """Close both."""
        os.close(self.memory_fd)
        os.close(self.wake_fd)


def create(slots: int, record_size: int) -> Channel:
    """Make an empty ring; InputError ``vmm.ring.header`` for numbers that no ring can have.

    Nobody else has the memory yet, so the header needs no order here.
    """
    header = new_header(slots, record_size)
    fd = shared_memory("faultinfo-ring", header.size)
    os.pwrite(fd, build_header(header), 0)
    return Channel(fd, new_eventfd())


def attach(fd: int) -> Memory:
    """Map a ring's memory, shared and writable. The descriptor may be closed after.

    InputError ``vmm.ring.header`` where not even a header fits.
    """
    size = os.fstat(fd).st_size
    if size < RING_HEADER.size:
        raise InputError(CODE, "ring.header", 0, f"{RING_HEADER.size:#x} bytes", f"{size:#x} bytes")
    return Memory(mmap.mmap(fd, size))


def shared_memory(name: str, size: int) -> int:
    """Return an inheritable descriptor of ``size`` zero bytes without a name in the file system.

    Its size is sealed: a peer that cut the memory short would otherwise kill the other by SIGBUS.
    """
    fd = os.memfd_create(name, os.MFD_ALLOW_SEALING)
    os.set_inheritable(fd, True)
    os.ftruncate(fd, size)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
    return fd
