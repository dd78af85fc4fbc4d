# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Which address is valid when: one decision function for each of FAR, HPFAR, PFAR and ERR<n>ADDR.

Each takes the syndrome as trapped, not as masked for the record. Sources: Arm ARM, FAR_ELx,
HPFAR_EL2, PFAR_EL2 and AArch64.ReportException(); Arm RAS System Architecture, ERR<n>ADDR.
"""

from __future__ import annotations

from typing import Final

from abi.definition import KIND_DATA_ABORT, KIND_INSTRUCTION_ABORT, KIND_SERROR
from abi.esr_codes import Fault, fault_bitmap
from abi.esr_fields import (
    DFSC_ASYNC,
    EC_DABT_LOW,
    EC_IABT_LOW,
    EC_SERROR,
    EC_SHIFT,
    EXTERNAL_ABORT,
    FNP,
    FNV,
    FSC,
    IDS,
    ISV,
    PFV,
    S1PTW,
    VFV,
    VNCR,
)

#: HPFAR_EL2.FIPA, and the bit that Linux sets in its own copy to mean that a walk gave it.
FIPA: Final = 0x0000_FFFF_FFFF_FFF0
KVM_MARK: Final = 1 << 63
#: FIPA [47:4] is IPA [55:12].
FIPA_TO_IPA: Final = 8
#: PFAR_EL2.PA and ERR<n>ADDR.PADDR.
PADDR: Final = (1 << 56) - 1
PAGE_SHIFT: Final = 12
IN_PAGE: Final = (1 << PAGE_SHIFT) - 1

NOT_ON_WALK: Final = 0x10
_HPFAR_ALWAYS: Final = fault_bitmap(Fault.TRANSLATION, Fault.ACCESS_FLAG, Fault.ADDRESS_SIZE)
_PERMISSION: Final = fault_bitmap(Fault.PERMISSION)
_STAGE2: Final = _HPFAR_ALWAYS | _PERMISSION
_PFAR: Final = fault_bitmap(Fault.EXTERNAL_ABORT)

_AV: Final = 1 << 31  # ERR<n>STATUS
_AI: Final = 1 << 61  # ERR<n>ADDR
_VA: Final = 1 << 60


def kind_of(esr: int) -> int:
    """The record's kind of a trap with this syndrome, 0 for any other exception."""
    ec = esr >> EC_SHIFT & 0x3F
    if ec == EC_SERROR:
        return KIND_SERROR
    return {EC_DABT_LOW: KIND_DATA_ABORT, EC_IABT_LOW: KIND_INSTRUCTION_ABORT}.get(ec & ~1, 0)


def is_external_abort(esr: int) -> bool:
    """Whether FSC is 0x10, 0x12-0x18 or 0x1A-0x1F."""
    return bool(EXTERNAL_ABORT >> (esr & FSC) & 1)


def is_stage2_fault(esr: int) -> bool:
    """Whether FSC is a translation, access flag, address size or permission fault."""
    return bool(_STAGE2 >> (esr & FSC) & 1)


def is_vncr(esr: int) -> bool:
    """A data abort on an access through VNCR_EL2; bit 13 means nothing in an instruction abort."""
    return kind_of(esr) == KIND_DATA_ABORT and bool(esr & VNCR)


def syndrome_is_async(esr: int) -> bool:
    """An SError whose ISS the architecture defines: IDS=0 and DFSC=0x11."""
    return esr & (IDS | FSC) == DFSC_ASYNC


def far_valid(esr: int, *, deferred: bool = False) -> bool:
    """Whether FAR_EL2 holds the faulting virtual address (rule ``host.far.valid``).

    ``deferred``: the syndrome is DISR_EL1's; FAR_EL2 then belongs to another trap.
    """
    kind = kind_of(esr)
    if kind == KIND_SERROR:
        return syndrome_is_async(esr) and bool(esr & VFV) and not deferred
    if kind == 0 or is_vncr(esr):
        return False
    return esr & FSC != NOT_ON_WALK or not esr & FNV


def far_imprecise(esr: int) -> bool:
    """Whether FnP says that FAR_EL2 is any address in the faulting granule."""
    if not far_valid(esr) or not esr & FNP:
        return False
    return kind_of(esr) == KIND_INSTRUCTION_ABORT or (kind_of(esr) == KIND_DATA_ABORT and not esr & ISV)


def hpfar_valid(esr: int) -> bool:
    """Whether HPFAR_EL2 was written by a stage-2 fault with this syndrome (rule ``host.hpfar.valid``)."""
    if kind_of(esr) not in (KIND_DATA_ABORT, KIND_INSTRUCTION_ABORT):
        return False
    faults = _STAGE2 if esr & S1PTW else _HPFAR_ALWAYS
    return bool(faults >> (esr & FSC) & 1)


def pfar_valid(esr: int) -> bool:
    """Whether PFAR_EL2 holds the faulting physical address (rule ``host.pa.valid``)."""
    kind = kind_of(esr)
    if not esr & PFV or kind == 0:
        return False
    if kind == KIND_SERROR:
        return syndrome_is_async(esr)
    # Bit 24 is ISV of a data abort alone; with it bit 14 is AR.
    return bool(_PFAR >> (esr & FSC) & 1) and not (kind == KIND_DATA_ABORT and esr & ISV)


def err_addr(status: int, addr: int) -> int | None:
    """The physical address of an error record (ERR<n>STATUS, ERR<n>ADDR), None unless AV=1, AI=0, VA=0."""
    return addr & PADDR if status & _AV and not addr & (_AI | _VA) else None


def ipa_of(hpfar: int) -> int:
    """The page that HPFAR_EL2.FIPA names, IPA[55:12]."""
    return (hpfar & FIPA) << FIPA_TO_IPA
