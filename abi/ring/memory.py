# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Shared memory: loads and stores of whole words, the order between them, and where they are watched.

One store. ``memoryview.cast("Q")[i] = v`` reaches ``pack_single()`` in CPython's memoryobject.c,
which is a memcpy() of 8 bytes, a constant; compilers make that one store (``mov %r14,(%r12)`` in
the x86-64 builds of 3.11, 3.12 and 3.13). It is single-copy atomic because the address is a
multiple of 8, which the layouts and the checks of the header see to. A load is the same the other
way round. Items of ``ctypes`` and ``struct.pack_into`` with a native format are such a memcpy()
too and did not tear when measured; a slice is a memmove(), of which nothing is promised.
tests/abi/ring/test_memory.py measures it between two processes, with an unaligned word as the
proof that it would notice.

Order. x86 keeps stores in order and loads in order; arm64 does not, see :func:`fence`.
"""

from __future__ import annotations

import sys
from _thread import allocate_lock
from typing import TYPE_CHECKING

from abi.ring_layout import WORD

if TYPE_CHECKING:
    import mmap
    from collections.abc import Callable

    from abi.ring.points import Observer, StorePoint


def fence() -> None:
    """Order every load and store before this call before every load and store after it.

    Python has no barrier, but its locks have one: a release that is followed by an acquire. On
    Armv8 the release of a lock is a store-release (or an atomic with release semantics) and taking
    it an atomic with acquire semantics; an acquire that follows a release in program order is
    observed after it ("barrier-ordered-before" in the memory model of DDI 0487), so all that
    precedes the release is ordered before all that follows the acquire. One of the two alone would
    not do. This relies on CPython's locks being POSIX semaphores (3.11 to 3.13 on Linux), whose
    sem_post() and sem_trywait() are such atomics in glibc; it is argued from the memory model, not
    measured on arm64. The lock is new each time, so that no thread, fork or signal handler can meet
    it in a wrong state.
    """
    lock = allocate_lock()
    lock.acquire()
    lock.release()
    lock.acquire()


class Memory:
    """A writable buffer as bytes and as aligned words. RuntimeError on a big-endian machine."""

    def __init__(self, buffer: mmap.mmap | bytearray) -> None:
        if sys.byteorder != "little":
            raise RuntimeError("shared memory is little-endian, this machine is not")
        self._buffer = buffer
        self.data = memoryview(buffer)
        self.size = len(self.data)
        whole = self.size // WORD * WORD
        self.words = self.data[:whole].cast("Q")
        self.halves = self.data[:whole].cast("I")

    def load(self, offset: int) -> int:
        """Return the u64 at ``offset`` (a multiple of 8), read by one load."""
        return self.words[offset // WORD]

    def load_half(self, offset: int) -> int:
        """Return the u32 at ``offset`` (a multiple of 4), read by one load."""
        return self.halves[offset // 4]

    def copy(self, offset: int, size: int) -> bytes:
        """Return ``size`` bytes from ``offset``, copied once (rule ``vmm.single_fetch``)."""
        return bytes(self.data[offset : offset + size])

    def copy_words(self, size: int) -> bytes:
        """Return the first ``size`` bytes, each word by one load; fewer if there are fewer."""
        words = self.words[: size // WORD].tolist()
        return b"".join(word.to_bytes(WORD, "little") for word in words)

    def close(self) -> None:
        """Unmap the memory; no slot that was fetched depends on it."""
        for view in (self.words, self.halves, self.data):
            view.release()
        if not isinstance(self._buffer, bytearray):
            self._buffer.close()


class Stores:
    """All stores of one side, each at its numbered point."""

    def __init__(self, memory: Memory, observe: Observer | None = None) -> None:
        self._set_word = memory.words.__setitem__
        self._set_half = memory.halves.__setitem__
        self._set_data = memory.data.__setitem__
        self._observe = observe

    def at(self, point: StorePoint, store: Callable[..., object], *args: object) -> None:
        """Do ``store(*args)`` at ``point``, watched where there is an observer."""
        if self._observe is None:
            store(*args)
            return
        self._observe(point, False)
        store(*args)
        self._observe(point, True)

    def word(self, point: StorePoint, offset: int, value: int) -> None:
        """Store a u64 at ``offset``, a multiple of 8, by one store."""
        self.at(point, self._set_word, offset // WORD, value)

    def half(self, point: StorePoint, offset: int, value: int) -> None:
        """Store a u32 at ``offset``, a multiple of 4, by one store."""
        self.at(point, self._set_half, offset // 4, value)

    def data(self, point: StorePoint, offset: int, data: bytes) -> None:
        """Copy ``data`` to ``offset``: many stores, in no order."""
        self.at(point, self._set_data, slice(offset, offset + len(data)), data)
