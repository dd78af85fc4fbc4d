# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Step 2: what a firmware record says, reduced to what the host acts on."""

from __future__ import annotations

from typing import Final, NamedTuple

from abi.cper import ArmProcessor, DataEntry, PlatformMemory, StatusBlock
from abi.cper.bits import CORRECTED, INFORMATIONAL, RECOVERABLE

#: Generic Error Data Entry flag: the threshold of corrected errors is exceeded.
THRESHOLD_EXCEEDED: Final = 1 << 3


class Firmware(NamedTuple):
    """One firmware record.

    ``severity`` is the CPER severity of the block. ``queues``: physical addresses that the kernel
    hands to memory_failure(); ``lost``: those of them that are not only moved elsewhere
    (MF_SOFT_OFFLINE). ``physical``: all that are flagged valid. ``virtual``: the virtual
    address with the MPIDR of its section (None where not valid) for each entry that has one;
    ``addressed``: how many error information entries have an address of either kind.
    """

    severity: int
    queues: tuple[int, ...]
    lost: tuple[int, ...]
    physical: tuple[int, ...]
    virtual: tuple[tuple[int, int | None], ...]
    addressed: int
    context_corrupt: bool

    @property
    def fatal(self) -> bool:
        """Whether the kernel panics when it reads the record: fatal, or a severity it does not know."""
        return self.severity not in (RECOVERABLE, CORRECTED, INFORMATIONAL)


def read_firmware(block: StatusBlock | None) -> Firmware | None:
    """Reduce a status block; None where there is no record (block_status 0 says so too)."""
    if block is None or not (block.block_status or (block.counted and block.entries)):
        return None
    infos = [info for section in block.arm_processors for info in section.error_info]
    memory = [e.section for e in block.entries if isinstance(e.section, PlatformMemory)]
    addresses = [m.physical_address for m in memory] + [i.physical_address for i in infos]
    return Firmware(
        severity=block.error_severity,
        queues=tuple(pa for entry in block.entries for pa in _queued(entry, block.error_severity)),
        lost=tuple(
            pa
            for entry in block.entries
            if entry.error_severity == RECOVERABLE
            for pa in _queued(entry, block.error_severity)
        ),
        physical=tuple(pa for pa in addresses if pa is not None),
        virtual=tuple(
            (info.virtual_address, section.mpidr)
            for section in block.arm_processors
            for info in section.error_info
            if info.virtual_address is not None
        ),
        addressed=sum(i.virtual_address is not None or i.physical_address is not None for i in infos),
        context_corrupt=any(section.context_corrupt for section in block.arm_processors),
    )


def _queued(entry: DataEntry, severity: int) -> tuple[int, ...]:
    """What ghes_do_proc() hands on of one entry (Linux 7.3.4 drivers/acpi/apei/ghes.c)."""
    recoverable = severity == RECOVERABLE and entry.error_severity == RECOVERABLE
    section = entry.section
    if isinstance(section, PlatformMemory):
        soft_offline = entry.error_severity == CORRECTED and entry.flags & THRESHOLD_EXCEEDED
        pa = section.physical_address
        return (pa,) if pa is not None and (recoverable or soft_offline) else ()
    if isinstance(section, ArmProcessor) and recoverable:
        return tuple(
            info.physical_address
            for info in section.error_info
            if info.is_cache and info.physical_address is not None
        )
    return ()
