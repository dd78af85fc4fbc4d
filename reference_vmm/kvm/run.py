# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""KVM_RUN and what ends it: an exit, a signal, a time limit.

A SIGBUS that the kernel sends for damaged memory must be seen with its siginfo, and no handler can
be Python. So it is blocked, but not during KVM_RUN (KVM_SET_SIGNAL_MASK): KVM_RUN then ends with
EINTR, the signal waits, and sigtimedwait() takes it. A time limit is SIGALRM by the same way, so
that none is lost that comes before the guest has been entered.
"""

from __future__ import annotations

import errno
import signal
from typing import Final, NamedTuple

from abi.definition import KVM_EXIT_ARM_SERROR, KVM_RUN
from reference_vmm.kvm import calls
from reference_vmm.kvm.numbers import EXITS, MMIO, SIGINFO, SIGNAL_MASK, UNION

#: Signals that end KVM_RUN and are then taken.
TAKEN: Final = (signal.SIGBUS, signal.SIGALRM)
_SET_SIZE: Final = 8
_TAKEN_SET: Final = sum(1 << number - 1 for number in TAKEN).to_bytes(_SET_SIZE, "little")
_NAMES: Final = {number: name for name, number in EXITS.items()} | {KVM_EXIT_ARM_SERROR: "KVM_EXIT_ARM_SERROR"}
_REASON: Final = KVM_RUN.offsets["exit_reason"]


class Bus(NamedTuple):
    """A SIGBUS: why, and the address with log2 of its granule."""

    si_code: int
    si_addr: int
    si_addr_lsb: int


class Mmio(NamedTuple):
    """An access to a guest physical address at which there is no memory."""

    address: int
    data: bytes
    is_write: bool


class Exit(NamedTuple):
    """One return of KVM_RUN.

    ``reason`` is the name of the exit reason, or of the error where KVM_RUN returned -1 (``EINTR``);
    ``late``: the time limit passed. ``page`` is the kvm_run page as it was.
    """

    reason: str
    page: bytes
    bus: tuple[Bus, ...] = ()
    late: bool = False

    @property
    def failed(self) -> bool:
        """Whether KVM_RUN returned -1: the exit in the page is then an earlier one."""
        return self.reason == "EINTR"

    @property
    def mmio(self) -> Mmio:
        """The access of KVM_EXIT_MMIO."""
        values = dict(zip(MMIO.codec.names, MMIO.codec.fast.unpack_from(self.page, UNION), strict=True))
        return Mmio(values["phys_addr"], values["data"][: values["len"]], bool(values["is_write"]))


def block() -> None:
    """Block the signals that are taken; a process does it once, before its first vCPU runs."""
    signal.pthread_sigmask(signal.SIG_BLOCK, TAKEN)


def mask() -> bytes:
    """``struct kvm_signal_mask`` with what this thread blocks, but for the signals that end KVM_RUN."""
    blocked = {int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ())} - set(map(int, TAKEN))
    bits = sum(1 << number - 1 for number in blocked)
    return SIGNAL_MASK.codec.fast.pack(_SET_SIZE) + bits.to_bytes(_SET_SIZE, "little")


def run(fd: int, page: memoryview, seconds: float) -> Exit:
    """Enter the guest until something ends that, at most so long. Raises KvmError but for EINTR."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    returned, number = calls.tried(fd, "KVM_RUN")
    signal.setitimer(signal.ITIMER_REAL, 0)
    bus, late = taken()
    if returned < 0:
        if number != errno.EINTR:
            raise calls.KvmError("KVM_RUN", number)
        return Exit("EINTR", bytes(page[: KVM_RUN.size]), bus, late)
    (reason,) = page[_REASON : _REASON + 4].cast("I")
    return Exit(_NAMES.get(reason, str(reason)), bytes(page[: KVM_RUN.size]), bus)


def taken() -> tuple[tuple[Bus, ...], bool]:
    """The signals that wait: every SIGBUS, and whether the time limit has passed."""
    bus, late = [], False
    while (info := calls.pending(_TAKEN_SET)) is not None:
        values = dict(zip(SIGINFO.codec.names, SIGINFO.codec.fast.unpack(info), strict=True))
        if values["si_signo"] == signal.SIGBUS:
            bus.append(Bus(values["si_code"], values["si_addr"], values["si_addr_lsb"]))
        else:
            late = True
    return tuple(bus), late
