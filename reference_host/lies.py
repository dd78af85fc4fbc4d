# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The lies that :mod:`reference_host.violate` can tell: one small change for each rule, in three tables."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final

from abi.address import FIPA, IN_PAGE, KVM_MARK, NOT_ON_WALK, PAGE_SHIFT
from abi.cper import StatusBlock
from abi.definition import (
    ACTION_CLAIMED,
    ACTION_ISOLATED,
    ACTION_NOT_CLAIMED,
    ACTION_REQUIRED,
    ALL_KINDS,
    CODECS,
    CONTEXT_CORRUPT,
    CRITICAL,
    FAR_IMPRECISE,
    FAR_VALID,
    FIRMWARE_VA_VALID,
    GPA_VALID,
    GPA_WALK,
    HPFAR_VALID,
    HVA_VALID,
    KIND_DATA_ABORT,
    KIND_INSTRUCTION_ABORT,
    KIND_MEMORY_NOTICE,
    KIND_SERROR,
    KNOWN_CRITICAL,
    NESTED,
    NEWEST,
    ORIGIN_BOTH,
    ORIGIN_ISOLATED,
    ORIGIN_KERNEL_FIRST,
    ORIGIN_TRAP,
    PA_VALID,
    RESERVED_VERSIONS,
    SEVERITY_CE,
    SEVERITY_UC,
    SEVERITY_UER,
    SEVERITY_VALID,
    SIZES,
    STAGE1_WALK,
)
from abi.esr_fields import (
    AET,
    AET_SHIFT,
    DFSC_ASYNC,
    EA,
    EC_DABT_LOW,
    EC_SHIFT,
    FNV,
    FSC,
    IDS,
    IL,
    S1PTW,
    SET,
    SET_SHIFT,
)
from abi.record import HEAD, FaultInfo, new
from abi.severity import SEVERITY_OF_AET, SEVERITY_OF_SET
from abi.trap import BUS_MCEERR_AR, Emission, End, Signal, Trap
from reference_host.emit import emit
from reference_host.trap import DISR_A, syndrome

_TRANSLATION_L3: Final = 0x07
_RECOVERABLE: Final = SEVERITY_OF_AET.index(SEVERITY_UER) << AET_SHIFT | DFSC_ASYNC
_UNKNOWN_CRITICAL: Final = CRITICAL & ~KNOWN_CRITICAL


def _agreed(r: FaultInfo, **fields: Any) -> FaultInfo:
    """The record with other fields, and gpa[11:0] as rule ``host.gpa.low`` then has it."""
    r = r._replace(**fields)
    from_far = r.flags & (FAR_VALID | STAGE1_WALK | FAR_IMPRECISE) == FAR_VALID and 1 <= r.gpa_origin <= GPA_WALK
    return r._replace(gpa=r.gpa & ~IN_PAGE | (r.far & IN_PAGE if from_far and r.sea_flags & GPA_VALID else 0))


def _far_valid(r: FaultInfo, trap: Trap) -> FaultInfo:
    """FAR kept back where it is valid, whatever it holds given where it is not."""
    fnv = FNV if r.kind <= KIND_INSTRUCTION_ABORT and r.esr & FSC == NOT_ON_WALK else 0
    if not r.has(FAR_VALID):
        return _agreed(r, flags=r.flags | FAR_VALID, far=trap.far_el2, esr=r.esr & ~fnv)
    r = r._replace(flags=r.flags & ~(FAR_VALID | FAR_IMPRECISE), far=0, esr=r.esr | fnv)
    if r.gpa_origin == GPA_WALK:
        r = r._replace(sea_flags=0, gpa=0, gpa_origin=0, address_lsb=0, hva=0, flags=r.flags & ~HVA_VALID)
    return _agreed(r)


def _severity_valid(r: FaultInfo, _trap: Trap) -> FaultInfo:
    """A severity that the syndrome does not give, or none where it does."""
    if r.has(SEVERITY_VALID):
        return r._replace(flags=r.flags & ~SEVERITY_VALID, severity=0)
    made_up = SEVERITY_OF_SET[(r.esr & SET) >> SET_SHIFT] if r.kind < KIND_SERROR else SEVERITY_UC + 1
    return r._replace(flags=r.flags | SEVERITY_VALID, severity=made_up or SEVERITY_UC + 1)


def _invalid_zero(r: FaultInfo, trap: Trap) -> FaultInfo:
    """What happened to be in a register, without its flag."""
    if not r.has(HPFAR_VALID):
        return r._replace(hpfar=trap.hpfar_el2 & FIPA or 1 << 4)
    return r._replace(severity=r.severity or SEVERITY_UC, flags=r.flags & ~SEVERITY_VALID)


def _cause(r: FaultInfo, _trap: Trap) -> FaultInfo:
    return r._replace(esr=r.esr & ~(FSC | FNV | SET) | _TRANSLATION_L3)


def _beyond(trap: Trap) -> int:
    """A page that is in no memslot."""
    slots = trap.memslots or ()
    ends = (0, *(slot.gpa + slot.size + IN_PAGE & ~IN_PAGE for slot in slots))
    outside = (p for p in ends if p >> 64 == 0 and not any(s.gpa <= p < s.gpa + s.size for s in slots))
    return next(outside, 0)


def _flip(flag: int) -> Callable[[FaultInfo, Trap], FaultInfo]:
    return lambda r, _trap: _agreed(r, flags=r.flags ^ flag)


def _put(**fields: Any) -> Callable[[FaultInfo, Trap], FaultInfo]:
    return lambda r, _trap: r._replace(**fields)


#: One change of fields for each rule of the record; ``_trap`` is where a lying host finds what to say.
FIELDS: Final[dict[str, Callable[[FaultInfo, Trap], FaultInfo]]] = {
    "host.esr.mask": lambda r, _trap: r._replace(esr=r.esr | S1PTW),
    "host.esr.il": lambda r, _trap: r._replace(esr=r.esr & ~IL),
    "host.esr.isolated": lambda r, _trap: r._replace(esr=r.esr | EA),
    "host.far.valid": _far_valid,
    "host.far.fnv": lambda r, _trap: r._replace(esr=r.esr ^ FNV),
    "host.far.imprecise": _flip(FAR_IMPRECISE),
    "host.hpfar.valid": lambda r, trap: r._replace(
        flags=r.flags ^ HPFAR_VALID, hpfar=0 if r.has(HPFAR_VALID) else trap.hpfar_el2 & FIPA),
    "host.hpfar.fipa": lambda r, _trap: r._replace(hpfar=r.hpfar | KVM_MARK),
    "host.gpa.origin": lambda r, _trap: _agreed(r, gpa_origin=0 if r.gpa_origin else GPA_WALK),
    "host.gpa.low": lambda r, _trap: r._replace(gpa=r.gpa ^ 8),
    "host.gpa.hpfar": lambda r, _trap: r._replace(hpfar=r.hpfar ^ 1 << 4),
    "host.gpa.space": lambda r, trap: _agreed(
        r, sea_flags=GPA_VALID, gpa=_beyond(trap), flags=r.flags & ~HVA_VALID, hva=0),
    "host.hva.valid": lambda r, _trap: r._replace(flags=r.flags | HVA_VALID, hva=r.hva ^ 1 << PAGE_SHIFT),
    "host.lsb.address": _put(address_lsb=64),
    "host.pa.valid": _flip(PA_VALID),
    "host.severity.valid": _severity_valid,
    "host.action.possible": lambda r, _trap: r._replace(
        host_action=ACTION_CLAIMED if r.origin == ORIGIN_ISOLATED or r.kind == KIND_MEMORY_NOTICE else ACTION_ISOLATED),
    "host.action_required.kind": _flip(ACTION_REQUIRED),
    "host.origin.kind": _put(origin=ORIGIN_KERNEL_FIRST),
    "host.firmware_severity.origin": lambda r, _trap: r._replace(firmware_severity=0 if r.firmware_severity else 1),
    "host.firmware_va.usable": lambda r, trap: r._replace(
        flags=r.flags ^ FIRMWARE_VA_VALID, firmware_va=0 if r.has(FIRMWARE_VA_VALID) else trap.far_el2),
    "host.context_corrupt.firmware": _flip(CONTEXT_CORRUPT),
    "host.nested.trap": _flip(NESTED),
    "host.stage1_walk.known": _flip(STAGE1_WALK),
    "host.invalid.zero": _invalid_zero,
    "host.reserved.zero": _put(reserved0=1),
    "vmm.size": lambda r, _trap: r._replace(size=r.size + 8),
    "vmm.major.unknown": _put(major=RESERVED_VERSIONS[1].major),
    "vmm.critical.unknown": lambda r, _trap: r._replace(flags=r.flags | (_UNKNOWN_CRITICAL & -_UNKNOWN_CRITICAL)),
    "vmm.agree": lambda r, _trap: r._replace(
        kind=KIND_INSTRUCTION_ABORT if r.kind == KIND_DATA_ABORT else KIND_DATA_ABORT),
}


def _reported(emission: Emission, record: FaultInfo | None) -> Emission:
    """The record given where none may be."""
    if record is None:
        return emission
    return emission._replace(record=record, rule=None, end=End.RECORD, signal=None, injected=None)


def _ordinary(emission: Emission, trap: Trap, _block: StatusBlock | None) -> Emission:
    """An abort of a stage-2 fault that is no error."""
    if emission.record:
        return emission._replace(record=_cause(emission.record, trap))
    esr = EC_DABT_LOW << EC_SHIFT | IL | _TRANSLATION_L3
    return _reported(emission, new(
        trap.version, esr=esr, far=trap.far_el2, kind=KIND_DATA_ABORT, host_action=ACTION_NOT_CLAIMED,
        origin=ORIGIN_TRAP, flags=FAR_VALID | ACTION_REQUIRED,
    ))


def _owned(emission: Emission, trap: Trap, block: StatusBlock | None) -> Emission:
    """The host's own error, as if it were the guest's."""
    guests = trap._replace(host_ras=True, hyp_context=False, esr_el2=trap.esr_el2 & ~S1PTW)
    return _reported(emission, emit(guests, block).record)


def _claim_queued(emission: Emission, trap: Trap, block: StatusBlock | None) -> Emission:
    """The record at the trap, although memory_failure() has not run."""
    record = emit(trap._replace(notify="none")).record
    if record is None or block is None:
        return emission
    claimed = record._replace(
        host_action=ACTION_CLAIMED, origin=ORIGIN_BOTH, firmware_severity=block.error_severity + 1,
        flags=record.flags | PA_VALID,
    )
    return _reported(emission, claimed)


def _serror_given(emission: Emission, trap: Trap, block: StatusBlock | None) -> Emission:
    """An SError that the host resumes from or panics of."""
    if emission.record:
        corrected = SEVERITY_OF_AET.index(SEVERITY_CE) << AET_SHIFT
        esr = emission.record.esr & ~AET | corrected
        return emission._replace(record=emission.record._replace(esr=esr, severity=SEVERITY_CE))
    esr = syndrome(trap)
    given = trap._replace(esr_el2=trap.esr_el2 & ~(IDS | AET | FSC) | _RECOVERABLE)
    if trap.disr_el1 is not None and trap.disr_el1 & DISR_A:
        given = trap._replace(disr_el1=trap.disr_el1 & ~(IDS | AET | FSC) | _RECOVERABLE)
    record = emit(given, block).record
    if record is None:
        return emission
    if esr & FSC != DFSC_ASYNC:
        return _reported(emission, record._replace(
            esr=record.esr & ~(AET | EA | FSC), severity=0, flags=record.flags & ~SEVERITY_VALID))
    severity = SEVERITY_OF_AET[(esr & AET) >> AET_SHIFT]
    return _reported(emission, record._replace(
        esr=record.esr & ~AET | esr & AET, severity=severity,
        flags=record.flags if severity else record.flags & ~SEVERITY_VALID))


def _enabled_only(emission: Emission, trap: Trap, block: StatusBlock | None) -> Emission:
    """A kind that was not enabled; else a version: the newest, or beyond that a reserved one."""
    record = emission.record
    if record is None:
        return _reported(emission, emit(trap._replace(kinds=ALL_KINDS), block).record)
    if record.version < NEWEST:
        return emission._replace(record=record._replace(size=SIZES[NEWEST], minor=NEWEST.minor))
    reserved = RESERVED_VERSIONS[0]
    return emission._replace(record=record._replace(size=record.size + 8, minor=reserved.minor, tail=bytes(8)))


def _protected(emission: Emission, trap: Trap, block: StatusBlock | None) -> Emission:
    return _reported(emission, emit(trap._replace(protected=False), block).record)


def _silent(_emission: Emission, _trap: Trap, _block: StatusBlock | None) -> Emission:
    return Emission(None, "host.record.cause", End.NO_ERROR)


def _two_reports(emission: Emission, _trap: Trap, _block: StatusBlock | None) -> Emission:
    return emission._replace(signal=emission.legacy or Signal(BUS_MCEERR_AR))


def _not_accepted(emission: Emission, _trap: Trap, _block: StatusBlock | None) -> Emission:
    """A record that says it knows from firmware."""
    record = emission.record
    return emission._replace(record=record and record._replace(origin=ORIGIN_BOTH, firmware_severity=1))


#: Rules of how a trap ends: another end, or a record where there must be none.
ENDS: Final[dict[str, Callable[[Emission, Trap, StatusBlock | None], Emission]]] = {
    "host.record.cause": _ordinary,
    "host.serror.given": _serror_given,
    "host.owned": _owned,
    "host.claim.queued": _claim_queued,
    "host.never_silent": _silent,
    "host.one_report": _two_reports,
    "host.enabled.only": _enabled_only,
    "host.cper.strict": _not_accepted,
    "host.enable.protected": _protected,
}


def _big_endian(record: FaultInfo, _raw: bytes) -> bytes:
    codec = CODECS[record.version]
    return struct.pack(codec.fast.format.replace("<", ">"), *record[: len(codec.names)])


#: Rules of the bytes: what is sent of a record that is right.
BYTES: Final[dict[str, Callable[[FaultInfo, bytes], bytes]]] = {
    "host.byte_order": _big_endian,
    "vmm.malformed": lambda _record, raw: raw[: HEAD.size - 1],
}
