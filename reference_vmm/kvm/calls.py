# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""System calls by cffi in ABI mode: the C library of the machine, no compiler."""

from __future__ import annotations

import errno
from typing import Any, Final

import cffi  # type: ignore[import-untyped]

from abi.errors import InputError
from reference_vmm.kvm.numbers import IOCTLS, SIGINFO

ffi: Final[Any] = cffi.FFI()
ffi.cdef("""
    int ioctl(int fd, unsigned long request, ...);
    int sigtimedwait(const void *set, void *info, const void *timeout);
""")
libc: Final[Any] = ffi.dlopen(None)
_AT_ONCE: Final = ffi.new("char[16]")  # a timeout of zero


class KvmError(InputError):
    """A request that the kernel refused; ``errno`` is its number, ``got`` its name."""

    def __init__(self, request: str, number: int, hint: str = "") -> None:
        super().__init__("kvm.refused", request, None, "0 or more", f"-1, {name(number)}", hint)
        self.errno = number


def name(number: int) -> str:
    """The name of an error number."""
    return errno.errorcode.get(number, str(number))


def tried(fd: int, request: str, argument: Any = 0) -> tuple[int, int]:
    """Make a request of :data:`IOCTLS`: what it returned, and errno where that is -1.

    ``argument``: a number, or bytes or a bytearray that the kernel reads or writes in place.
    """
    given = ffi.cast("long", argument) if isinstance(argument, int) else ffi.from_buffer(argument)
    returned = libc.ioctl(fd, IOCTLS[request].request, given)
    return (returned, ffi.errno) if returned < 0 else (returned, 0)


def ioctl(fd: int, request: str, argument: Any = 0, hint: str = "") -> int:
    """The same. Raises KvmError."""
    returned, number = tried(fd, request, argument)
    if returned < 0:
        raise KvmError(request, number, hint)
    return returned


def pending(signals: bytes) -> bytes | None:
    """Take one pending signal of a set of 64: its siginfo_t; None if there is none."""
    info = bytearray(SIGINFO.size)
    taken = libc.sigtimedwait(ffi.from_buffer(signals.ljust(128, b"\0")), ffi.from_buffer(info), _AT_ONCE)
    return bytes(info) if taken > 0 else None


def address_of(buffer: Any) -> int:
    """The address of a buffer's first byte."""
    return int(ffi.cast("uintptr_t", ffi.from_buffer(buffer)))
