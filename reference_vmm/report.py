# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Step 4: what the guest's own firmware interface tells it, a CPER made from the record.

Rules ``vmm.report.address`` and ``vmm.report.severity``. The guest's kernel acts on the physical
address of a memory section; a processor section without one names the virtual address of the access,
which it prints. Where the block goes is :mod:`reference_vmm.ghes`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from abi.cper import ArmProcessor, DataEntry, ErrorInfo, PlatformMemory, Section, StatusBlock, bits
from abi.definition import (
    GPA_VALID,
    KIND_DATA_ABORT,
    KIND_INSTRUCTION_ABORT,
    KIND_MEMORY_NOTICE,
    KINDS,
    SEVERITY_CE,
    SEVERITY_UC,
    SEVERITY_UEO,
    SEVERITY_UER,
    SEVERITY_UEU,
    SEVERITY_VALID,
)
from abi.record import FaultInfo
from abi.vcpu import Machine
from reference_vmm.decide import far_source

#: PE error state -> CPER severity (rule ``vmm.report.severity``).
SHOWN: Final = {
    SEVERITY_CE: bits.CORRECTED,
    SEVERITY_UEO: bits.RECOVERABLE,
    SEVERITY_UER: bits.RECOVERABLE,
    SEVERITY_UEU: bits.FATAL,
    SEVERITY_UC: bits.FATAL,
}
_KNOWN: Final = frozenset(kind.value for kind in KINDS)
#: Actions after which the guest gets no CPER: it does not go on, or it was told before.
UNTOLD: Final = ("stop", "retry")
_ABORTS: Final = (KIND_DATA_ABORT, KIND_INSTRUCTION_ABORT)
_WORST_FIRST: Final = (bits.FATAL, bits.RECOVERABLE, bits.CORRECTED, bits.INFORMATIONAL)
#: Severity -> (the bit for one such error, the bit for several) of block_status.
_UNCORRECTABLE: Final = (bits.UNCORRECTABLE, bits.MULTIPLE_UNCORRECTABLE)
_CORRECTABLE: Final = (bits.CORRECTABLE, bits.MULTIPLE_CORRECTABLE)
_STATUS: Final = {
    bits.FATAL: _UNCORRECTABLE,
    bits.RECOVERABLE: _UNCORRECTABLE,
    bits.CORRECTED: _CORRECTABLE,
    bits.INFORMATIONAL: _CORRECTABLE,
}
_U64: Final = (1 << 64) - 1


def report(record: FaultInfo, *, mpidr: int | None = None, firmware_va: bool = True) -> StatusBlock | None:
    """A block with the one error of ``record``; see :func:`entry`."""
    return block_of((entry(record, mpidr=mpidr, firmware_va=firmware_va),))


def block_of(entries: Iterable[DataEntry | None]) -> StatusBlock | None:
    """One block with all these errors, in order; None if there are none.

    Its severity is the worst of them. InputError comes only when it is built (too many entries) or
    submitted (longer than the source's block).
    """
    told = tuple(one for one in entries if one is not None)
    if not told:
        return None
    severities = {one.error_severity for one in told}
    status = 0
    for one, several in (_UNCORRECTABLE, _CORRECTABLE):
        number = sum(_STATUS[e.error_severity] == (one, several) for e in told)
        status |= (one if number else 0) | (several if number > 1 else 0)
    return StatusBlock(told, next(s for s in _WORST_FIRST if s in severities), status)


def entry(record: FaultInfo, *, mpidr: int | None = None, firmware_va: bool = True) -> DataEntry | None:
    """The data entry that tells the guest of ``record``; None for a kind that this VMM does not know.

    ``mpidr``: the vCPU's MPIDR_EL1 as the guest sees it, None where no vCPU is concerned.
    ``firmware_va``: firmware's virtual address is good enough, as in :class:`abi.vcpu.Machine`.
    """
    if record.kind not in _KNOWN:
        return None
    return DataEntry(_section(record, mpidr, firmware_va=firmware_va), severity(record))


def severity(record: FaultInfo) -> int:
    """The CPER severity of the error (rule ``vmm.report.severity``)."""
    if record.has(SEVERITY_VALID) and record.severity in SHOWN:
        return SHOWN[record.severity]
    said = record.firmware_severity - 1
    return said if record.kind not in _ABORTS and said in _STATUS else bits.RECOVERABLE


def _section(record: FaultInfo, mpidr: int | None, *, firmware_va: bool) -> Section:
    """By what is known: the physical address, else the virtual one, else none (``vmm.report.address``)."""
    if record.sea_flags & GPA_VALID:
        return _memory(record.gpa, record.address_lsb)
    if record.kind == KIND_MEMORY_NOTICE:
        return PlatformMemory(bits.MEMORY_VALID_TYPE)
    far, has_far = far_source(record, Machine(firmware_va=firmware_va))
    info = ErrorInfo(bits.VALID_VIRT_ADDR if has_far else 0, bits.TYPE_CACHE, virt_fault_addr=far)
    return ArmProcessor((info,), 0 if mpidr is None else bits.ARM_VALID_MPIDR, mpidr or 0)


def _memory(gpa: int, lsb: int) -> PlatformMemory:
    """Error type 0 is "unknown"; the mask says which address bits count."""
    valid = bits.MEMORY_VALID_PA | bits.MEMORY_VALID_TYPE
    if not 0 < lsb < 64:
        return PlatformMemory(valid, physical_addr=gpa)
    return PlatformMemory(valid | bits.MEMORY_VALID_PA_MASK, physical_addr=gpa, physical_addr_mask=_U64 << lsb & _U64)
