# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a trap and its firmware record say, restated from the registers for the rules to judge by.

The host finds the same out in its own modules, step by step; nothing here is shared with them but the
tables of the architecture. A firmware record is the parsed Generic Error Status Block, None where
there is none or where it was refused (rule ``host.cper.strict``).
"""

from __future__ import annotations

import enum
from typing import Final

from abi.address import FIPA, FIPA_TO_IPA, IN_PAGE, KVM_MARK, PADDR
from abi.cper import ArmProcessor, ErrorInfo, PlatformMemory, StatusBlock
from abi.cper.bits import CORRECTED, INFORMATIONAL, RECOVERABLE, SECTION_FLAGS
from abi.definition import (
    KIND_DATA_ABORT,
    KIND_INSTRUCTION_ABORT,
    KIND_MEMORY_NOTICE,
    KIND_SERROR,
    SEVERITY_UEO,
    SEVERITY_UER,
    SEVERITY_UEU,
    SEVERITY_UNKNOWN,
)
from abi.esr_codes import Fault, fault_bitmap
from abi.esr_fields import (
    AET,
    AET_SHIFT,
    DFSC_ASYNC,
    EA,
    EC_DABT_CUR,
    EC_DABT_LOW,
    EC_IABT_CUR,
    EC_IABT_LOW,
    EC_SERROR,
    EC_SHIFT,
    EXTERNAL_ABORT,
    FNV,
    FSC,
    IDS,
    IL,
    ISV,
    PFV,
    S1PTW,
    VFV,
    VNCR,
)
from abi.severity import SEVERITY_OF_AET
from abi.trap import Memslot, Trap

_KINDS: Final = {
    EC_DABT_LOW: KIND_DATA_ABORT,
    EC_DABT_CUR: KIND_DATA_ABORT,
    EC_IABT_LOW: KIND_INSTRUCTION_ABORT,
    EC_IABT_CUR: KIND_INSTRUCTION_ABORT,
    EC_SERROR: KIND_SERROR,
}
_HPFAR: Final = fault_bitmap(Fault.TRANSLATION, Fault.ACCESS_FLAG, Fault.ADDRESS_SIZE)
_PERMISSION: Final = fault_bitmap(Fault.PERMISSION)
_PFAR: Final = fault_bitmap(Fault.EXTERNAL_ABORT)
_DISR_A: Final = 1 << 31
_THRESHOLD: Final = next(f.mask for f in SECTION_FLAGS if f.name == "ERROR_THRESHOLD_EXCEEDED")
_SURVIVED: Final = (RECOVERABLE, CORRECTED, INFORMATIONAL)


class Sort(enum.Enum):
    """What kind of event it is."""

    ORDINARY = "no hardware error"
    ABORT = "an external abort was taken"
    SERROR = "an SError was taken"
    DEFERRED = "an SError was deferred to DISR_EL1"
    ISOLATED = "a stage-2 fault hit a page isolated before"
    NOTICE = "firmware told by itself"


def sort(trap: Trap, block: StatusBlock | None) -> Sort:
    """Sort the event; an exit that is no error leaves the word to a record that came by interrupt."""
    taken = _sort_of_trap(trap)
    if taken is Sort.ORDINARY and trap.notify == "gpio" and present(block):
        return Sort.NOTICE
    return taken


def _sort_of_trap(trap: Trap) -> Sort:
    if (trap.disr_el1 or 0) & _DISR_A:
        return Sort.DEFERRED
    kind = _KINDS.get(trap.esr_el2 >> EC_SHIFT & 0x3F)
    if kind == KIND_SERROR:
        return Sort.SERROR
    if kind is None:
        return Sort.ORDINARY
    if EXTERNAL_ABORT >> (trap.esr_el2 & FSC) & 1:
        return Sort.ABORT
    page = stage2_page(trap)
    hit = page is not None and any(i.gpa >> i.lsb == page >> i.lsb for i in trap.isolated)
    return Sort.ISOLATED if hit else Sort.ORDINARY


def syndrome(trap: Trap) -> int:
    """The syndrome of the error: a deferred SError comes before the trap that was taken with it."""
    disr = trap.disr_el1 or 0
    return EC_SERROR << EC_SHIFT | IL | disr & (IDS | AET | EA | FSC) if disr & _DISR_A else trap.esr_el2


def kind(trap: Trap, block: StatusBlock | None) -> int:
    """The kind that a record of the event has, 0 for none."""
    which = sort(trap, block)
    if which is Sort.NOTICE:
        return KIND_MEMORY_NOTICE
    return 0 if which is Sort.ORDINARY else _KINDS[syndrome(trap) >> EC_SHIFT & 0x3F]


def vncr(esr: int) -> bool:
    """A data abort on an access through VNCR_EL2."""
    return _KINDS.get(esr >> EC_SHIFT & 0x3F) == KIND_DATA_ABORT and esr & VNCR != 0


def async_serror(esr: int) -> bool:
    """An SError whose ISS the architecture defines."""
    return esr & IDS == 0 and esr & FSC == DFSC_ASYNC


def serror_severity(esr: int) -> int:
    """What AET says, SEVERITY_UNKNOWN where it is reserved or no field."""
    return SEVERITY_OF_AET[(esr & AET) >> AET_SHIFT] if async_serror(esr) else SEVERITY_UNKNOWN


def given(trap: Trap, block: StatusBlock | None) -> bool:
    """Rule ``host.serror.given``: no SError, or one that the VMM is given."""
    esr = syndrome(trap)
    if sort(trap, block) not in (Sort.SERROR, Sort.DEFERRED) or esr & IDS:
        return True
    return serror_severity(esr) in (SEVERITY_UEO, SEVERITY_UER, SEVERITY_UEU)


def far(trap: Trap, block: StatusBlock | None) -> bool:
    """Rule ``host.far.valid``, by its text."""
    esr = syndrome(trap)
    which = sort(trap, block)
    if which in (Sort.ABORT, Sort.ISOLATED):
        return not vncr(esr) and (esr & FSC != 0x10 or esr & FNV == 0)
    return which is Sort.SERROR and async_serror(esr) and esr & VFV != 0


def hpfar_written(esr: int) -> bool:
    """Whether a stage-2 fault with this syndrome writes HPFAR_EL2 (Arm ARM, HPFAR_EL2)."""
    return bool((_HPFAR | (_PERMISSION if esr & S1PTW else 0)) >> (esr & FSC) & 1)


def stage2_page(trap: Trap) -> int | None:
    """The page of the VM that a stage-2 fault touched; a nested guest's HPFAR_EL2 is in its own space."""
    esr = trap.esr_el2
    if vncr(esr) or not (_HPFAR | _PERMISSION) >> (esr & FSC) & 1:
        return None
    if hpfar_written(esr) and not trap.nested:
        return (trap.hpfar_el2 & FIPA) << FIPA_TO_IPA
    return None if trap.walk is None else trap.walk & ~IN_PAGE


def walk_page(trap: Trap, block: StatusBlock | None) -> int | None:
    """The page that a software walk of FAR_EL2 found. Of an abort on a walk, FAR leads elsewhere."""
    if not far(trap, block) or (sort(trap, block) is Sort.ABORT and trap.esr_el2 & FSC not in (0x10, 0x18)):
        return None
    if trap.walk is not None:
        return trap.walk & ~IN_PAGE
    marked = trap.hpfar_el2 & KVM_MARK and sort(trap, block) is Sort.ABORT and not trap.nested
    return (trap.hpfar_el2 & FIPA) << FIPA_TO_IPA if marked else None


def slot_of_pa(trap: Trap, pa: int) -> Memslot | None:
    """The memslot that has the physical address of the host."""
    return next((s for s in trap.memslots or () if s.pa <= pa < s.pa + s.size), None)


def reverse_page(trap: Trap, pa: int) -> int | None:
    """The guest's page behind a physical address of the host."""
    slot = slot_of_pa(trap, pa)
    return None if slot is None else slot.gpa + pa - slot.pa & ~IN_PAGE


def owned(trap: Trap, block: StatusBlock | None) -> bool:
    """Rule ``host.owned``, by its text."""
    esr = syndrome(trap)
    which = sort(trap, block)
    if not trap.host_ras and which in (Sort.ABORT, Sort.SERROR, Sort.DEFERRED):
        return True
    on_host_walk = 0x13 <= esr & FSC <= 0x17 and esr & S1PTW != 0
    return which is Sort.ABORT and (on_host_walk or (vncr(esr) and trap.hyp_context))


def present(block: StatusBlock | None) -> bool:
    """Whether there is a firmware record: block_status, with its entry count, is not 0."""
    return block is not None and bool(block.block_status or (block.counted and block.entries))


def told(trap: Trap, block: StatusBlock | None) -> StatusBlock | None:
    """The firmware record, where it tells of this very error: SEA of an abort, SEI of an SError, else by itself."""
    which = {
        Sort.ABORT: "sea", Sort.SERROR: "sei", Sort.DEFERRED: "sei", Sort.NOTICE: "gpio",
    }.get(sort(trap, block))
    return block if present(block) and which == trap.notify else None


def claimed(trap: Trap, block: StatusBlock | None) -> bool:
    """APEI takes an external abort as its own if a record was notified as SEA."""
    return sort(trap, block) is Sort.ABORT and told(trap, block) is not None


def fatal(trap: Trap, block: StatusBlock | None) -> bool:
    """The host panics: a fatal or unknown severity in a record that it reads."""
    read = told(trap, block) or (block if trap.notify == "gpio" and present(block) else None)
    return read is not None and read.error_severity not in _SURVIVED


def handed_over(trap: Trap, block: StatusBlock | None) -> tuple[tuple[int, bool], ...]:
    """What the kernel queues of a record that it reads: physical address, and whether the page is lost.

    Linux 7.3.4 ghes_do_proc(): a corrected memory error beyond its threshold only moves the page.
    """
    read = trap.notify == "gpio" or claimed(trap, block)
    if block is None or not read or not present(block) or fatal(trap, block):
        return ()
    queue: list[tuple[int, bool]] = []
    for entry in block.entries:
        lost = block.error_severity == entry.error_severity == RECOVERABLE
        if isinstance(entry.section, PlatformMemory):
            moved = entry.error_severity == CORRECTED and bool(entry.flags & _THRESHOLD)
            candidates = [entry.section.physical_address] if lost or moved else []
        elif isinstance(entry.section, ArmProcessor) and lost:
            candidates = [i.physical_address for i in entry.section.error_info if i.is_cache]
        else:
            candidates = []
        queue += [(pa, lost) for pa in candidates if pa is not None]
    return tuple(queue)


def lost_pages(trap: Trap, block: StatusBlock | None) -> tuple[int, ...]:
    """Physical addresses of pages that are gone."""
    return tuple(pa for pa, lost in handed_over(trap, block) if lost)


def error_infos(block: StatusBlock) -> tuple[tuple[ErrorInfo, int | None], ...]:
    """Every error information with the MPIDR of its section."""
    return tuple((info, section.mpidr) for section in block.arm_processors for info in section.error_info)


def physical_addresses(trap: Trap, block: StatusBlock | None) -> tuple[int, ...]:
    """Rule ``host.pa.valid``, by its text but for origin 5."""
    which = sort(trap, block)
    if which is Sort.NOTICE:
        return lost_pages(trap, block)
    found: list[int | None] = []
    if trap.pfar_el2 is not None and trap.esr_el2 & PFV and which in (Sort.ABORT, Sort.SERROR):
        described = which is Sort.ABORT and trap.esr_el2 & ISV and kind(trap, block) == KIND_DATA_ABORT
        architected = async_serror(trap.esr_el2) if which is Sort.SERROR else _PFAR >> (trap.esr_el2 & FSC) & 1
        found += [trap.pfar_el2 & PADDR] if architected and not described else []
    record = told(trap, block)
    if record is not None:
        found += [e.section.physical_address for e in record.entries if isinstance(e.section, PlatformMemory)]
        found += [info.physical_address for info, _ in error_infos(record)]
    return tuple(pa for pa in found if pa is not None)


def firmware_va(trap: Trap, block: StatusBlock | None) -> int | None:
    """Rule ``host.firmware_va.usable``, by its text."""
    if block is None or not claimed(trap, block):
        return None
    addressed = [
        (info.virtual_address, mpidr)
        for info, mpidr in error_infos(block)
        if info.virtual_address is not None or info.physical_address is not None
    ]
    if len(addressed) != 1 or addressed[0][1] is None or addressed[0][1] != trap.mpidr:
        return None
    return addressed[0][0] or None
