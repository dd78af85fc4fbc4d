# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Single traps and firmware records, made by hand for one test at a time."""

from __future__ import annotations

from typing import Any

from abi.cper import ArmProcessor, DataEntry, ErrorInfo, StatusBlock, bits
from abi.record import FaultInfo
from abi.trap import Trap
from reference_host.emit import emit
from tests.reference_host import strategies as s

PA = s.SLOTS[0].pa + 0x1040


def cache(virtual: int | None = None, physical: int | None = None, **more: Any) -> ErrorInfo:
    """A cache error with these addresses."""
    valid = (virtual is not None) * bits.VALID_VIRT_ADDR | (physical is not None) * bits.VALID_PHYSICAL_ADDR
    fields = {"validation_bits": valid, "type": bits.TYPE_CACHE} | more
    return ErrorInfo(virt_fault_addr=virtual or 0, physical_fault_addr=physical or 0, **fields)


def block_of(*infos: ErrorInfo, mpidr: int | None = s.MPIDR, severity: int = bits.RECOVERABLE) -> StatusBlock:
    """A record of one ARM processor section."""
    arm = ArmProcessor(infos, bits.ARM_VALID_MPIDR if mpidr is not None else 0, mpidr or 0)
    return StatusBlock((DataEntry(arm, severity),), severity)


def plain(syndrome: int = 0x9200_0010, **fields: Any) -> Trap:
    """A data abort with nothing else to it."""
    known: dict[str, Any] = {"hpfar_el2": 0, "mpidr": s.MPIDR, "memslots": s.SLOTS}
    return Trap(syndrome, 0x3_0050_0123, **known | fields)


def record_of(trap: Trap, block: StatusBlock | None = None) -> FaultInfo:
    record = emit(trap, block).record
    assert record is not None
    return record
