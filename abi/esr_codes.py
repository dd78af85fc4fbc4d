# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the values of ESR_ELx fields mean: exception classes, fault status codes, severities.

Source: Arm ARM, ESR_ELx and the pseudocode functions ExceptionClass, EncodeLDFSC and
EncodeSyncErrorSyndrome; names of exception classes as in Linux arch/arm64/include/asm/esr.h,
where it has one. Sets of fault status codes are bitmaps: bit n stands for code n.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class ExceptionClass(NamedTuple):
    """One value of EC [31:26]; ``il_set`` where the architecture has IL=1 whatever was executed."""

    value: int
    name: str
    meaning: str
    il_set: bool = False


EXCEPTION_CLASSES: Final = (
    ExceptionClass(0x00, "UNKNOWN", "unknown reason", il_set=True),
    ExceptionClass(0x01, "WFx", "trapped WFI, WFE, WFIT or WFET"),
    ExceptionClass(0x03, "CP15_32", "trapped MCR or MRC, coproc 0b1111 (AArch32)"),
    ExceptionClass(0x04, "CP15_64", "trapped MCRR or MRRC, coproc 0b1111 (AArch32)"),
    ExceptionClass(0x05, "CP14_MR", "trapped MCR or MRC, coproc 0b1110 (AArch32)"),
    ExceptionClass(0x06, "CP14_LS", "trapped LDC or STC (AArch32)"),
    ExceptionClass(0x07, "FP_ASIMD", "trapped access to SVE, Advanced SIMD or floating-point"),
    ExceptionClass(0x08, "CP10_ID", "trapped VMRS of an ID register (AArch32)"),
    ExceptionClass(0x09, "PAC", "trapped pointer authentication"),
    ExceptionClass(0x0A, "OTHER", "trapped LD64B or ST64B* instruction, or another"),
    ExceptionClass(0x0C, "CP14_64", "trapped MRRC, coproc 0b1110 (AArch32)"),
    ExceptionClass(0x0D, "BTI", "Branch Target Exception (BTI)"),
    ExceptionClass(0x0E, "ILL", "Illegal Execution state", il_set=True),
    ExceptionClass(0x11, "SVC32", "SVC in AArch32 state"),
    ExceptionClass(0x12, "HVC32", "HVC in AArch32 state"),
    ExceptionClass(0x13, "SMC32", "SMC in AArch32 state"),
    ExceptionClass(0x14, "SYSREG128", "trapped MSRR, MRRS or SYSP"),
    ExceptionClass(0x15, "SVC64", "SVC in AArch64 state"),
    ExceptionClass(0x16, "HVC64", "HVC in AArch64 state"),
    ExceptionClass(0x17, "SMC64", "SMC in AArch64 state"),
    ExceptionClass(0x18, "SYS64", "trapped MSR, MRS or System instruction"),
    ExceptionClass(0x19, "SVE", "trapped access to SVE"),
    ExceptionClass(0x1A, "ERET", "trapped ERET, ERETAA or ERETAB"),
    ExceptionClass(0x1B, "TSTART", "trapped TSTART (FEAT_TME)"),
    ExceptionClass(0x1C, "FPAC", "pointer authentication failure (FPAC)"),
    ExceptionClass(0x1D, "SME", "trapped access to SME"),
    ExceptionClass(0x1E, "GPC", "Granule Protection Check exception"),
    ExceptionClass(0x1F, "IMP_DEF", "IMPLEMENTATION DEFINED exception to EL3"),
    ExceptionClass(0x20, "IABT_LOW", "Instruction Abort from a lower Exception level", il_set=True),
    ExceptionClass(0x21, "IABT_CUR", "Instruction Abort from the same Exception level", il_set=True),
    ExceptionClass(0x22, "PC_ALIGN", "PC alignment fault", il_set=True),
    ExceptionClass(0x24, "DABT_LOW", "Data Abort from a lower Exception level"),
    ExceptionClass(0x25, "DABT_CUR", "Data Abort from the same Exception level"),
    ExceptionClass(0x26, "SP_ALIGN", "SP alignment fault", il_set=True),
    ExceptionClass(0x27, "MOPS", "Memory Copy and Set exception"),
    ExceptionClass(0x28, "FP_EXC32", "trapped floating-point exception (AArch32)"),
    ExceptionClass(0x2C, "FP_EXC64", "trapped floating-point exception (AArch64)"),
    ExceptionClass(0x2D, "GCS", "Guarded Control Stack check failure"),
    ExceptionClass(0x2F, "SERROR", "SError exception", il_set=True),
    ExceptionClass(0x30, "BREAKPT_LOW", "Breakpoint from a lower Exception level", il_set=True),
    ExceptionClass(0x31, "BREAKPT_CUR", "Breakpoint from the same Exception level", il_set=True),
    ExceptionClass(0x32, "SOFTSTP_LOW", "Software Step from a lower Exception level", il_set=True),
    ExceptionClass(0x33, "SOFTSTP_CUR", "Software Step from the same Exception level", il_set=True),
    ExceptionClass(0x34, "WATCHPT_LOW", "Watchpoint from a lower Exception level", il_set=True),
    ExceptionClass(0x35, "WATCHPT_CUR", "Watchpoint from the same Exception level", il_set=True),
    ExceptionClass(0x38, "BKPT32", "BKPT instruction (AArch32)"),
    ExceptionClass(0x3A, "VECTOR32", "Vector Catch (AArch32)", il_set=True),
    ExceptionClass(0x3C, "BRK64", "BRK instruction (AArch64)"),
    ExceptionClass(0x3D, "PROFILING", "profiling exception"),
)
CLASS_BY_VALUE: Final = {c.value: c for c in EXCEPTION_CLASSES}
CLASS_BY_NAME: Final = {c.name: c for c in EXCEPTION_CLASSES}


class Fault(StrEnum):
    """The class of a fault status code."""

    ADDRESS_SIZE = "address size"
    TRANSLATION = "translation"
    ACCESS_FLAG = "access flag"
    PERMISSION = "permission"
    EXTERNAL_ABORT = "external abort"
    PARITY = "parity"
    ASYNCHRONOUS_PARITY = "asynchronous parity"
    TAG_CHECK = "tag check"
    ALIGNMENT = "alignment"
    GRANULE_PROTECTION = "granule protection"
    TLB_CONFLICT = "TLB conflict"
    ATOMIC = "atomic"
    IMPLEMENTATION_DEFINED = "implementation defined"
    RESERVED = "reserved"


class FaultStatus(NamedTuple):
    """One value of DFSC or IFSC [5:0]; ``level`` of the table walk (-2 to 3) where the code has one."""

    value: int
    fault: Fault
    level: int | None
    text: str


def _one(value: int, fault: Fault, text: str) -> FaultStatus:
    return FaultStatus(value, fault, None, text)


def _walk(first: int, fault: Fault, text: str, levels: range = range(4)) -> tuple[FaultStatus, ...]:
    """Consecutive codes from ``first``, one for each level."""
    return tuple(
        FaultStatus(first + n, fault, level, f"{text}, level {level}") for n, level in enumerate(levels)
    )


_ADDRESS_SIZE: Final = "address size fault"
_TRANSLATION: Final = "translation fault"
_ON_WALK: Final = "on a translation table walk"
_SIX_LEVELS: Final = range(-2, 4)

FAULT_STATUS: Final = (
    FaultStatus(0x00, Fault.ADDRESS_SIZE, 0, f"{_ADDRESS_SIZE}, level 0 or TTBR"),
    *_walk(0x01, Fault.ADDRESS_SIZE, _ADDRESS_SIZE, range(1, 4)),
    *_walk(0x04, Fault.TRANSLATION, _TRANSLATION),
    *_walk(0x08, Fault.ACCESS_FLAG, "access flag fault"),
    *_walk(0x0C, Fault.PERMISSION, "permission fault"),
    _one(0x10, Fault.EXTERNAL_ABORT, "synchronous external abort, not " + _ON_WALK),
    _one(0x11, Fault.TAG_CHECK, "synchronous tag check fault"),
    *_walk(0x12, Fault.EXTERNAL_ABORT, "synchronous external abort " + _ON_WALK, _SIX_LEVELS),
    _one(0x18, Fault.PARITY, "synchronous parity or ECC error, not " + _ON_WALK),
    _one(0x19, Fault.ASYNCHRONOUS_PARITY, "asynchronous parity or ECC error (AArch32)"),
    *_walk(0x1A, Fault.PARITY, "synchronous parity or ECC error " + _ON_WALK, _SIX_LEVELS),
    _one(0x21, Fault.ALIGNMENT, "alignment fault"),
    *_walk(0x22, Fault.GRANULE_PROTECTION, "granule protection fault " + _ON_WALK, _SIX_LEVELS),
    _one(0x28, Fault.GRANULE_PROTECTION, "granule protection fault, not " + _ON_WALK),
    *_walk(0x29, Fault.ADDRESS_SIZE, _ADDRESS_SIZE, range(-1, 0)),
    *_walk(0x2A, Fault.TRANSLATION, _TRANSLATION, range(-2, 0)),
    *_walk(0x2C, Fault.ADDRESS_SIZE, _ADDRESS_SIZE, range(-2, -1)),
    _one(0x30, Fault.TLB_CONFLICT, "TLB conflict abort"),
    _one(0x31, Fault.ATOMIC, "unsupported atomic hardware update fault"),
    _one(0x34, Fault.IMPLEMENTATION_DEFINED, "IMPLEMENTATION DEFINED fault (lockdown)"),
    _one(0x35, Fault.IMPLEMENTATION_DEFINED,
         "IMPLEMENTATION DEFINED fault (unsupported exclusive or atomic access)"),
)
STATUS_BY_VALUE: Final = {s.value: s for s in FAULT_STATUS}
#: Text of each of the 64 codes, "" where reserved.
FAULT_TEXTS: Final = tuple(STATUS_BY_VALUE[n].text if n in STATUS_BY_VALUE else "" for n in range(64))


def fault_bitmap(*faults: Fault, levels: tuple[int | None, ...] = (*_SIX_LEVELS, None)) -> int:
    """Give the codes of these classes and levels (None: without one), bit n for code n."""
    return sum(1 << s.value for s in FAULT_STATUS if s.fault in faults and s.level in levels)


#: SAIL and Arm ARM IsExternalSyncAbort: 0x10, 0x12-0x18, 0x1A-0x1F.
EXTERNAL_ABORT: Final = fault_bitmap(Fault.EXTERNAL_ABORT, Fault.PARITY)
#: The codes with which SET, WU and PFV are defined (FEAT_RAS has no parity codes): 0x10, 0x12-0x17.
RAS_EXTERNAL_ABORT: Final = fault_bitmap(Fault.EXTERNAL_ABORT)
#: The one code with which FnV is defined: 0x10.
NOT_ON_WALK: Final = fault_bitmap(Fault.EXTERNAL_ABORT, levels=(None,))
PERMISSION: Final = fault_bitmap(Fault.PERMISSION)
#: The codes with which LST and Xs are defined.
LOAD_STORE_TYPE: Final = fault_bitmap(Fault.TRANSLATION, Fault.ACCESS_FLAG, Fault.PERMISSION)
#: The codes with which HDBSSF is defined: permission, and external abort or GPF on a walk.
DIRTY_STATE: Final = PERMISSION | fault_bitmap(
    Fault.EXTERNAL_ABORT, Fault.GRANULE_PROTECTION, levels=(*_SIX_LEVELS,)
)

#: DFSC of an SError exception; every other code is reserved there.
DFSC_ASYNC: Final = 0x11
SERROR_TEXTS: Final = tuple(
    {0: "uncategorized error", DFSC_ASYNC: "asynchronous SError exception"}.get(n, "") for n in range(64)
)

# Texts by value; "" and what lies beyond the end is reserved.
AET_TEXTS: Final = (
    "Uncontainable (UC)", "Unrecoverable state (UEU)", "Restartable state (UEO)", "Recoverable state (UER)",
    "", "", "Corrected (CE)", "",
)
SET_TEXTS: Final = ("Recoverable state (UER)", "", "Uncontainable (UC)", "Restartable state (UEO)")
LST_TEXTS: Final = ("not specified", "ST64BV", "LD64B or ST64B", "ST64BV0")
WU_TEXTS: Final = (
    "not a store, or unknown whether it updated the location", "",
    "store that did not update the location", "store that updated the location",
)
SAS_TEXTS: Final = ("byte", "halfword", "word", "doubleword")
