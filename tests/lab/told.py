# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Errors as a host has them, as the reference VMM tells its guest of them: trap -> record -> decision -> CPER."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from abi.cper import DataEntry, PlatformMemory, StatusBlock, bits
from abi.decode import Decoded
from abi.record import build
from abi.trap import Isolated, Memslot, Trap
from abi.vcpu import Machine, Vcpu
from reference_host.emit import emit
from reference_vmm.decide import decide
from reference_vmm.parse import parse
from reference_vmm.report import UNTOLD, block_of, entry

PAGE: Final = 0x1000
#: Of the guest's page where the error is: somewhere in the VMM, and in the host.
_HVA: Final = 0xFFFF_8000_0000
_PA: Final = 0x20_0000_0000
_MPIDR: Final = 0x8000_0000
#: As Linux 7.3.4 took it (tests/captures/kvm-linux-7.3.4.json, poisoned_page): a load on a page that is gone.
_FAR: Final = 0x3_0050_0128
_FAULT: Final = 0x93C1_8005
#: A load's abort on the walk, level 3; its external abort, SET = UC, EA; an SError with AET = UER, EA, DFSC = 0x11; one
#: without an architected syndrome.
_ABORT_ON_WALK: Final = 0x9200_0017
_UNCONTAINABLE: Final = 0x9200_1210
_SERROR: Final = 0xBE00_0E11
_SERROR_IDS: Final = 0xBF00_0000
_VCPU: Final = Vcpu(pc=0xFFFF_8000_0801_0000, pstate=0x6000_0005, vbar_el1=0xFFFF_8000_0802_0800, sctlr_el1=0xC5_0079)

#: A host's trap and firmware's record on the page at a guest physical address; None: no firmware record.
Error = Callable[[int], tuple[Trap, StatusBlock | None]]


def isolated(gpa: int) -> tuple[Trap, StatusBlock | None]:
    """A load on a page that memory_failure() took away: guest physical address, origin 5."""
    return _trap(_FAULT, gpa)._replace(isolated=(Isolated(gpa, 12),)), None


def on_walk(gpa: int) -> tuple[Trap, StatusBlock | None]:
    """An abort on a walk: virtual address only."""
    return _trap(_ABORT_ON_WALK, gpa), None


def uncontainable(gpa: int) -> tuple[Trap, StatusBlock | None]:
    """An abort with SET = UC whose address a walk in software has resolved: fatal."""
    return _trap(_UNCONTAINABLE, gpa)._replace(walk=gpa), None


def unlocated(gpa: int) -> tuple[Trap, StatusBlock | None]:
    """An SError with AET = UER: no address at all."""
    return _trap(_SERROR, gpa), None


def said(severity: int) -> Error:
    """An SError of whose severity and place firmware alone knows."""

    def error(gpa: int) -> tuple[Trap, StatusBlock | None]:
        memory = PlatformMemory(bits.MEMORY_VALID_PA, physical_addr=_PA)
        block = StatusBlock((DataEntry(memory, severity),), severity, bits.CORRECTABLE)
        return _trap(_SERROR_IDS, gpa)._replace(notify="sei"), block

    return error


def told(errors: Sequence[Error], gpas: Sequence[int]) -> StatusBlock:
    """The block by which the VMM tells of these errors, one on each page. Raises ValueError where one is not told."""
    entries = [_entry(*error(gpa)) for error, gpa in zip(errors, gpas, strict=True)]
    block = block_of(entries)
    assert block is not None
    return block


def _trap(esr: int, gpa: int) -> Trap:
    return Trap(esr, _FAR, gpa >> 8, mpidr=_MPIDR, memslots=(Memslot(gpa, PAGE, _HVA, _PA),))


def _entry(trap: Trap, firmware: StatusBlock | None) -> DataEntry:
    """Emit, parse, decide, report."""
    emission = emit(trap, firmware)
    if emission.record is None:
        raise ValueError(f"no record: {emission.rule}")
    parsed = parse(build(emission.record))
    assert isinstance(parsed, Decoded)
    decision = decide(parsed, _VCPU, Machine())
    if decision.action in UNTOLD:
        raise ValueError(f"not told: {decision.action} by {decision.rule}")
    made = entry(parsed.record, mpidr=_MPIDR)
    assert made is not None
    return made
