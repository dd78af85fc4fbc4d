# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the host knows at a trap, and what became of it: the values between the steps of the host.

They stand here, not in ``reference_host``, because the rules judge them.
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple

from abi.definition import ALL_KINDS, KNOWN_CRITICAL, NEWEST
from abi.layout import Version
from abi.record import FaultInfo

BUS_MCEERR_AR: Final = 4
BUS_MCEERR_AO: Final = 5
SI_KERNEL: Final = 0x80

#: How a firmware record reaches the kernel; ``sea`` alone is synchronous (HEST notification type 8).
NOTIFICATIONS: Final = ("sea", "sei", "gpio", "none")


class Memslot(NamedTuple):
    """One memory slot of the VM: guest physical, host virtual, host physical address; bytes."""

    gpa: int
    size: int
    hva: int
    pa: int


class Isolated(NamedTuple):
    """A page that memory_failure() has isolated: any address in it, and log2 of its size."""

    gpa: int
    lsb: int

    def holds(self, gpa: int) -> bool:
        """Whether ``gpa`` lies in the page."""
        return gpa >> self.lsb == self.gpa >> self.lsb


class Trap(NamedTuple):
    """Registers at a trap to EL2 and what the host knows beside them (TRAP.json).

    ``walk`` is the gpa that a software walk of FAR_EL2 found, ``walk_level`` the level of the guest's
    stage-1 descriptor that a walk access touched. ``memslots`` is None where they are not known.
    ``esr_el2`` 0 stands for no trap: memory_failure() found the error in the background.
    """

    esr_el2: int
    far_el2: int
    hpfar_el2: int
    pfar_el2: int | None = None
    disr_el1: int | None = None
    mpidr: int | None = None
    walk: int | None = None
    walk_level: int | None = None
    memslots: tuple[Memslot, ...] | None = None
    isolated: tuple[Isolated, ...] = ()
    host_ras: bool = True
    vm_ras: bool = True
    hyp_context: bool = False
    nested: bool = False
    protected: bool = False
    notify: str = NOTIFICATIONS[0]
    version: Version = NEWEST
    kinds: int = ALL_KINDS
    critical: int = KNOWN_CRITICAL


class Signal(NamedTuple):
    """A SIGBUS as the VMM gets it today. ``si_addr_lsb`` is 0 where the kernel gives no address."""

    si_code: int
    si_addr: int = 0
    si_addr_lsb: int = 0


class End(enum.Enum):
    """The ends that rule ``host.never_silent`` allows, and the one of a trap that is no error."""

    RECORD = "record"
    SIGNAL = "kernel signal"
    INJECTED = "exception injected by the host"
    PANIC = "host panic"
    RESUMED = "logged resume"
    NO_ERROR = "no hardware error"


class Emission(NamedTuple):
    """What became of a trap: a record, or none and the rule that says why.

    ``signal`` is what the host sends beside or instead of the record, ``legacy`` what Linux 7.3.4
    would have sent without the capability. ``injected`` is the ESR_EL1 of an SError that the host
    injects by itself. ``memory_failure``: whether the kernel queues it.
    """

    record: FaultInfo | None
    rule: str | None
    end: End
    memory_failure: bool = False
    signal: Signal | None = None
    legacy: Signal | None = None
    injected: int | None = None
