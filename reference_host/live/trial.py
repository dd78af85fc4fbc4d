# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A trap and its firmware record as the emitter's hooks would leave them: to run the emitter on any."""

from __future__ import annotations

from typing import NamedTuple

from abi.cper import ArmProcessor, PlatformMemory, StatusBlock
from abi.cper.bits import CORRECTED, RECOVERABLE
from abi.errors import InputError
from abi.trap import NOTIFICATIONS, Trap
from reference_host.firmware import THRESHOLD_EXCEEDED, read_firmware
from reference_host.live.emitter import HAS, Vm, vm_bytes
from reference_host.live.layouts import (
    EMISSION,
    FIRMWARE,
    FIRMWARE_CORRUPT,
    FIRMWARE_PRESENT,
    FIRMWARE_VA_MPIDR,
    KEEP,
    KNOWN,
    PA_LOST,
    PA_MEMORY,
    PA_QUEUED,
    PAGES,
    PAS,
    TRAP,
    TRUTHS,
)


class Trial(NamedTuple):
    """``live_vm`` and ``live_trap``, for :meth:`Emitter.run`."""

    vm: bytes
    trap: bytes


def trial(made: Trap, block: StatusBlock | None = None) -> Trial:
    """What the emitter is given for a trap. Raises InputError ``live.*`` for tables that are too long."""
    vm = Vm(made.memslots, made.host_ras, made.vm_ras, made.protected, made.version, made.kinds, made.critical)
    known = sum(HAS[name] for name in KNOWN if name != "memslots" and getattr(made, name) is not None)
    truths = sum(HAS[name] for name in TRUTHS if getattr(made, name))
    pages = [number for page in made.isolated for number in page]
    pas = [number for pa in addresses(block) for number in pa] if block else []
    if len(pages) > 2 * PAGES or len(pas) > 2 * PAS:
        raise InputError("live.trial", "trap", None, f"at most {PAGES} isolated pages, {PAS} physical addresses",
                         f"{len(pages) // 2}, {len(pas) // 2}")
    return Trial(vm_bytes(vm), TRAP.codec.fast.pack(
        made.esr_el2, made.far_el2, made.hpfar_el2, made.pfar_el2 or 0, made.disr_el1 or 0, made.mpidr or 0,
        made.walk or 0, _words("pages", pages), _words("pas", pas), _firmware(block, len(pas) // 2),
        bytes(EMISSION.size), 0, len(made.isolated), known | truths, NOTIFICATIONS.index(made.notify),
        (made.walk_level or 0) & 0xFF, 0, 0, 0, KEEP, 0, 0,
    ))


def addresses(block: StatusBlock) -> list[tuple[int, int]]:
    """Every physical address that is flagged valid with KFI_PA_*, in the order of the record."""
    found = []
    for entry in block.entries:
        section = entry.section
        lost = block.error_severity == entry.error_severity == RECOVERABLE
        if isinstance(section, PlatformMemory) and section.physical_address is not None:
            moved = entry.error_severity == CORRECTED and entry.flags & THRESHOLD_EXCEEDED
            fate = PA_QUEUED | PA_LOST if lost else PA_QUEUED if moved else 0
            found.append((section.physical_address, PA_MEMORY | fate))
        elif isinstance(section, ArmProcessor):
            found += [(info.physical_address, PA_QUEUED | PA_LOST if lost and info.is_cache else 0)
                      for info in section.error_info if info.physical_address is not None]
    return found


def _firmware(block: StatusBlock | None, nr_pas: int) -> bytes:
    firmware = read_firmware(block)
    if firmware is None:
        return bytes(FIRMWARE.size)
    va, mpidr = firmware.virtual[0] if firmware.virtual else (0, None)
    flags = (FIRMWARE_PRESENT | (FIRMWARE_CORRUPT if firmware.context_corrupt else 0)
             | (FIRMWARE_VA_MPIDR if mpidr is not None else 0))
    return FIRMWARE.codec.fast.pack(0, va, mpidr or 0, nr_pas, len(firmware.virtual), firmware.addressed,
                                    firmware.severity, flags, 0)


def _words(name: str, numbers: list[int]) -> bytes:
    return b"".join(number.to_bytes(8, "little") for number in numbers).ljust(TRAP.field(name).width, b"\0")
