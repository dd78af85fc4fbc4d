# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The rules that a record alone can be held against, one expression each.

Every check is a single ``return`` of one expression over the fields of ``r``: ``abi.rules.fast``
makes the straight-line judge from these very expressions. They come in the order in which a reader
refuses: what is not understood first, then what is malformed, then what the host should not have said.
"""

from __future__ import annotations

from abi.address import FIPA, FIPA_TO_IPA, IN_PAGE, NOT_ON_WALK
from abi.definition import (
    ACTION_CLAIMED,
    ACTION_FAILED,
    ACTION_ISOLATED,
    ACTION_REQUIRED,
    CONTEXT_CORRUPT,
    CRITICAL,
    FAR_IMPRECISE,
    FAR_VALID,
    FIRMWARE_VA_VALID,
    GPA_HPFAR,
    GPA_REVERSE,
    GPA_VALID,
    GPA_WALK,
    HPFAR_VALID,
    HVA_VALID,
    KIND_DATA_ABORT,
    KIND_INSTRUCTION_ABORT,
    KIND_MEMORY_NOTICE,
    KIND_SERROR,
    KNOWN_CRITICAL,
    KNOWN_FLAGS,
    NESTED,
    NEWEST,
    ORIGIN_BOTH,
    ORIGIN_FIRMWARE,
    ORIGIN_ISOLATED,
    ORIGIN_TRAP,
    PA_VALID,
    SEVERITY_UC,
    SEVERITY_VALID,
    SIZES,
    STAGE1_WALK,
    VERSIONS,
)
from abi.esr_fields import (
    AET_SHIFT,
    DFSC_ASYNC,
    EA,
    EC_DABT_CUR,
    EC_IABT_CUR,
    EC_SERROR,
    EC_SHIFT,
    EXTERNAL_ABORT,
    FNV,
    FSC,
    IDS,
    IL,
    SET,
    SET_SHIFT,
)
from abi.esr_mask import KEPT_ASYNC, KEPT_DABT, KEPT_IABT, KEPT_SERROR
from abi.record import BEYOND, FaultInfo
from abi.rules.model import Checks
from abi.severity import AET_GIVEN, SEVERITY_OF_AET, SEVERITY_OF_SET

CHECKS = Checks()

ABORTS = KIND_INSTRUCTION_ABORT  # kinds 1 and 2 are the synchronous ones
SIZE_BY_MINOR = tuple(SIZES[version] for version in VERSIONS)
BEYOND_BY_MINOR = tuple(BEYOND[version] for version in VERSIONS)
UNKNOWN_CRITICAL = CRITICAL & ~KNOWN_CRITICAL
FIRST_CRITICAL = CRITICAL & -CRITICAL
UNKNOWN_FLAGS = (1 << 64) - 1 & ~KNOWN_FLAGS
FIRST_UNKNOWN = UNKNOWN_FLAGS & -UNKNOWN_FLAGS
NEWEST_MINOR = NEWEST.minor
# EC 0x20 and 0x21, 0x24 and 0x25 differ only in bit 0: from a lower EL, from the same.
PAIR_SHIFT, PAIR = EC_SHIFT + 1, 0x1F
DABT_PAIR, IABT_PAIR = EC_DABT_CUR >> 1, EC_IABT_CUR >> 1
WORD = (1 << 64) - 1
NOT_DABT, NOT_DABT_SET = WORD & ~KEPT_DABT, WORD & ~(KEPT_DABT | SET)
NOT_IABT, NOT_IABT_SET = WORD & ~KEPT_IABT, WORD & ~(KEPT_IABT | SET)
NOT_SERROR, NOT_ASYNC = WORD & ~KEPT_SERROR, WORD & ~KEPT_ASYNC
NOT_FIPA = WORD & ~FIPA
PAGE = WORD & ~IN_PAGE
WALK_FSCS = sum(1 << fsc for fsc in range(0x12, 0x18))
IDS_AND_FSC = IDS | FSC
SEA_SET = FSC | SET | EA | FNV
LSB_MAX = 55


@CHECKS("vmm.major.unknown")
def major_known(r: FaultInfo) -> bool:
    return r.major == 1


@CHECKS("vmm.size")
def size_agrees(r: FaultInfo) -> bool:
    return (
        r.size == SIZE_BY_MINOR[r.minor] and not r.flags & BEYOND_BY_MINOR[r.minor]
        if r.minor <= NEWEST_MINOR
        else r.size >= SIZE_BY_MINOR[NEWEST_MINOR] and not r.size & 7
    )


@CHECKS("vmm.critical.unknown")
def critical_known(r: FaultInfo) -> bool:
    return (r.flags < FIRST_CRITICAL or not r.flags & UNKNOWN_CRITICAL) and 1 <= r.kind <= KIND_MEMORY_NOTICE


@CHECKS("vmm.agree")
def kind_agrees(r: FaultInfo) -> bool:
    return (
        r.esr >> PAIR_SHIFT & PAIR == DABT_PAIR
        if r.kind == KIND_DATA_ABORT
        else r.esr >> PAIR_SHIFT & PAIR == IABT_PAIR
        if r.kind == KIND_INSTRUCTION_ABORT
        else r.esr >> EC_SHIFT & 0x3F == (EC_SERROR if r.kind == KIND_SERROR else 0)
        or r.kind > KIND_MEMORY_NOTICE
    )


@CHECKS("vmm.agree")
def severity_agrees(r: FaultInfo) -> bool:
    return (
        not r.flags & SEVERITY_VALID
        or (
            r.severity == SEVERITY_OF_SET[r.esr >> SET_SHIFT & 3]
            if r.kind <= ABORTS
            else r.severity == SEVERITY_OF_AET[r.esr >> AET_SHIFT & 7]
            and r.esr & IDS_AND_FSC == DFSC_ASYNC
            and r.kind == KIND_SERROR
        )
        or not 1 <= r.severity <= SEVERITY_UC
        or r.kind > KIND_MEMORY_NOTICE
    )


@CHECKS("host.record.cause")
def cause(r: FaultInfo) -> bool:
    return r.kind > ABORTS or r.esr & FSC == NOT_ON_WALK or EXTERNAL_ABORT >> (r.esr & FSC) & 1 == 1


@CHECKS("host.esr.mask")
def esr_mask(r: FaultInfo) -> bool:
    return not r.esr & (
        (NOT_DABT_SET if EXTERNAL_ABORT >> (r.esr & FSC) & 1 else NOT_DABT)
        if r.kind == KIND_DATA_ABORT
        else (NOT_IABT_SET if EXTERNAL_ABORT >> (r.esr & FSC) & 1 else NOT_IABT)
        if r.kind == KIND_INSTRUCTION_ABORT
        else (NOT_ASYNC if r.esr & IDS_AND_FSC == DFSC_ASYNC else NOT_SERROR)
        if r.kind == KIND_SERROR
        else WORD
        if r.kind == KIND_MEMORY_NOTICE
        else 0
    )


@CHECKS("host.esr.il")
def esr_il(r: FaultInfo) -> bool:
    return (
        r.esr & IL != 0
        or r.kind >= KIND_MEMORY_NOTICE
        or (r.kind == KIND_DATA_ABORT and r.origin == ORIGIN_ISOLATED)
    )


@CHECKS("host.esr.isolated")
def esr_isolated(r: FaultInfo) -> bool:
    return (
        r.origin != ORIGIN_ISOLATED
        or r.esr & SEA_SET == NOT_ON_WALK
        or (r.flags & STAGE1_WALK != 0 and WALK_FSCS >> (r.esr & SEA_SET) & 1 == 1)
        or r.kind > ABORTS
    )


@CHECKS("host.far.valid")
def far_valid(r: FaultInfo) -> bool:
    return (
        r.kind <= ABORTS
        or not r.flags & FAR_VALID
        or (r.kind == KIND_SERROR and r.esr & IDS_AND_FSC == DFSC_ASYNC)
    )


@CHECKS("host.far.fnv")
def far_fnv(r: FaultInfo) -> bool:
    return r.kind > ABORTS or (
        (r.esr & FNV == 0) is (r.flags & FAR_VALID != 0) if r.esr & FSC == NOT_ON_WALK else not r.esr & FNV
    )


@CHECKS("host.far.imprecise")
def far_imprecise(r: FaultInfo) -> bool:
    return not r.flags & FAR_IMPRECISE or (r.flags & FAR_VALID != 0 and r.kind <= ABORTS)


@CHECKS("host.hpfar.valid")
def hpfar_valid(r: FaultInfo) -> bool:
    return not r.flags & HPFAR_VALID or r.origin == ORIGIN_ISOLATED


@CHECKS("host.hpfar.fipa")
def hpfar_fipa(r: FaultInfo) -> bool:
    return r.hpfar == 0 or not r.hpfar & NOT_FIPA


@CHECKS("host.gpa.origin")
def gpa_origin(r: FaultInfo) -> bool:
    return (
        (r.gpa_origin == GPA_WALK and r.flags & FAR_VALID != 0)
        or (r.gpa_origin == GPA_HPFAR and r.flags & HPFAR_VALID != 0)
        or (r.gpa_origin == GPA_REVERSE and r.flags & PA_VALID != 0)
        if r.sea_flags & GPA_VALID
        else r.gpa_origin == 0
    )


@CHECKS("host.gpa.low")
def gpa_low(r: FaultInfo) -> bool:
    return not r.sea_flags & GPA_VALID or not (
        (r.gpa ^ r.far) & IN_PAGE
        if r.flags & (FAR_VALID | STAGE1_WALK | FAR_IMPRECISE) == FAR_VALID and 1 <= r.gpa_origin <= GPA_WALK
        else r.gpa & IN_PAGE
    )


@CHECKS("host.gpa.hpfar")
def gpa_hpfar(r: FaultInfo) -> bool:
    return r.gpa_origin != GPA_HPFAR or not r.flags & HPFAR_VALID or (r.gpa ^ r.hpfar << FIPA_TO_IPA) & PAGE == 0


@CHECKS("host.hva.valid")
def hva_valid(r: FaultInfo) -> bool:
    return not r.flags & HVA_VALID or r.sea_flags & GPA_VALID != 0


@CHECKS("host.lsb.address")
def lsb_address(r: FaultInfo) -> bool:
    return r.address_lsb == 0 or (r.address_lsb <= LSB_MAX and r.sea_flags & GPA_VALID != 0)


@CHECKS("host.pa.valid")
def pa_valid(r: FaultInfo) -> bool:
    return r.flags & PA_VALID != 0 or r.origin != ORIGIN_ISOLATED


@CHECKS("host.severity.valid")
def severity_valid(r: FaultInfo) -> bool:
    return not r.flags & SEVERITY_VALID or (
        0 < r.severity <= SEVERITY_UC
        and (r.kind > ABORTS or (r.esr & FSC == NOT_ON_WALK and r.origin != ORIGIN_ISOLATED))
        and r.kind != KIND_MEMORY_NOTICE
    )


@CHECKS("host.serror.given")
def serror_given(r: FaultInfo) -> bool:
    return (
        r.kind != KIND_SERROR
        or r.esr & IDS != 0
        or (r.esr & FSC == DFSC_ASYNC and AET_GIVEN >> (r.esr >> AET_SHIFT & 7) & 1 == 1)
    )


@CHECKS("host.action.possible")
def action_possible(r: FaultInfo) -> bool:
    return (
        r.host_action < ACTION_ISOLATED
        or (r.host_action == ACTION_CLAIMED and ORIGIN_FIRMWARE <= r.origin <= ORIGIN_BOTH)
        or (
            (r.host_action == ACTION_ISOLATED or r.host_action == ACTION_FAILED)
            and (r.origin == ORIGIN_ISOLATED or r.kind == KIND_MEMORY_NOTICE)
        )
    )


@CHECKS("host.action_required.kind")
def action_required_kind(r: FaultInfo) -> bool:
    return (r.flags & ACTION_REQUIRED != 0) is (r.kind <= ABORTS)


@CHECKS("host.origin.kind")
def origin_kind(r: FaultInfo) -> bool:
    return (
        r.origin == ORIGIN_TRAP or r.origin == ORIGIN_BOTH or (r.origin == ORIGIN_ISOLATED and r.kind <= ABORTS)
        if r.kind <= KIND_SERROR
        else r.origin in (0, ORIGIN_FIRMWARE)
    )


@CHECKS("host.firmware_severity.origin")
def firmware_severity_origin(r: FaultInfo) -> bool:
    return (
        1 <= r.firmware_severity <= 4 if ORIGIN_FIRMWARE <= r.origin <= ORIGIN_BOTH else r.firmware_severity == 0
    )


@CHECKS("host.firmware_va.usable")
def firmware_va_usable(r: FaultInfo) -> bool:
    return not r.flags & FIRMWARE_VA_VALID or (
        r.firmware_va != 0 and r.origin == ORIGIN_BOTH and r.kind <= ABORTS
    )


@CHECKS("host.context_corrupt.firmware")
def context_corrupt_firmware(r: FaultInfo) -> bool:
    return not r.flags & CONTEXT_CORRUPT or ORIGIN_FIRMWARE <= r.origin <= ORIGIN_BOTH


@CHECKS("host.nested.trap")
def nested_trap(r: FaultInfo) -> bool:
    return not r.flags & NESTED or r.kind <= KIND_SERROR


@CHECKS("host.stage1_walk.known")
def stage1_walk_known(r: FaultInfo) -> bool:
    return not r.flags & STAGE1_WALK or (r.origin == ORIGIN_ISOLATED and r.kind <= ABORTS)


@CHECKS("host.invalid.zero")
def invalid_zero(r: FaultInfo) -> bool:
    return (
        (r.far == 0 or r.flags & FAR_VALID != 0)
        and (r.gpa == 0 or r.sea_flags & GPA_VALID != 0)
        and (r.hpfar == 0 or r.flags & HPFAR_VALID != 0)
        and (r.hva == 0 or r.flags & HVA_VALID != 0)
        and (r.firmware_va == 0 or r.flags & FIRMWARE_VA_VALID != 0)
        and (r.severity == 0 or r.flags & SEVERITY_VALID != 0)
    )


@CHECKS("host.reserved.zero")
def reserved_zero(r: FaultInfo) -> bool:
    return (
        r.reserved0 == 0
        and r.sea_flags <= GPA_VALID
        and (r.flags < FIRST_UNKNOWN or not r.flags & UNKNOWN_FLAGS)
    ) or r.minor > NEWEST_MINOR
