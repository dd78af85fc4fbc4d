# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Step 5: write the record of what the steps before have found, or say why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from abi.address import NOT_ON_WALK, is_vncr, kind_of, syndrome_is_async
from abi.cper import StatusBlock
from abi.definition import (
    ACTION_CLAIMED,
    ACTION_FAILED,
    ACTION_ISOLATED,
    ACTION_NOT_CLAIMED,
    ACTION_REQUIRED,
    CONTEXT_CORRUPT,
    FAR_IMPRECISE,
    FAR_VALID,
    FIRMWARE_VA_VALID,
    GPA_VALID,
    HPFAR_VALID,
    HVA_VALID,
    KIND_DATA_ABORT,
    KIND_MEMORY_NOTICE,
    KIND_SERROR,
    NESTED,
    ORIGIN_BOTH,
    ORIGIN_FIRMWARE,
    ORIGIN_ISOLATED,
    ORIGIN_TRAP,
    PA_VALID,
    SEVERITY_CE,
    SEVERITY_UEO,
    SEVERITY_UNKNOWN,
    SEVERITY_VALID,
    STAGE1_WALK,
    V1_1,
)
from abi.esr_fields import (
    AET,
    AET_SHIFT,
    CM,
    EC_MASK,
    EC_SERROR,
    EC_SHIFT,
    FNV,
    FSC,
    IDS,
    IL,
    S1PTW,
    SET,
    SET_SHIFT,
    WNR,
)
from abi.esr_mask import kept
from abi.record import FaultInfo, new
from abi.severity import AET_GIVEN, SEVERITY_OF_AET, SEVERITY_OF_SET
from abi.trap import BUS_MCEERR_AO, Emission, End, Signal, Trap
from reference_host.claim import Claim, claim
from reference_host.firmware import Firmware, read_firmware
from reference_host.legacy import legacy_signal
from reference_host.resolve import Addresses, notice_addresses, resolve
from reference_host.trap import Cause, classify, syndrome

#: ESR_EL1 of the SError that a host injects by itself: IDS=1, nothing else.
INJECTED_SERROR: Final = EC_SERROR << EC_SHIFT | IL | IDS
_ACCESS: Final = WNR | CM
_SEA_ON_WALK: Final = 0x14


def emit(trap: Trap, block: StatusBlock | None = None) -> Emission:
    """The whole way of one trap: claim, resolve, write. For ``esr_el2`` 0 the first notice of the VM."""
    cause = classify(trap)
    firmware = read_firmware(block)
    if cause is Cause.NONE and trap.notify == "gpio" and firmware:
        cause = Cause.NOTICE  # the exit is nothing, the record stands for itself
    claimed = claim(trap, cause, firmware)
    if cause is Cause.NOTICE:
        return _first(tuple(notices(trap, claimed)), claimed)
    addresses = resolve(trap, cause, claimed)
    legacy = legacy_signal(trap, cause, claimed, addresses)
    refused = _no_record(trap, cause, claimed, legacy)
    if refused is not None:
        return refused
    record = _record(trap, cause, claimed, addresses)
    if not trap.kinds >> record.kind & 1:
        return _none("host.enabled.only", _today(cause, claimed, syndrome(trap)), claimed, legacy)
    return Emission(record, None, End.RECORD, bool(claimed.queued), None, legacy)


def notices(trap: Trap, claimed: Claim) -> Iterator[Emission]:
    """A memory notice for each page of the VM that memory_failure() was given."""
    if claimed.panic:
        yield _none("host.never_silent", End.PANIC, claimed)
        return
    for pa in claimed.lost:
        where = notice_addresses(trap, pa)
        if where is None:
            yield _none("host.gpa.space", End.RESUMED, claimed)
        elif trap.protected:
            yield _none("host.enable.protected", End.SIGNAL, claimed, _notice_signal(where))
        elif not trap.kinds >> KIND_MEMORY_NOTICE & 1:
            yield _none("host.enabled.only", End.SIGNAL, claimed, _notice_signal(where))
        else:
            record = _notice(trap, where, claimed.firmware)
            yield Emission(record, None, End.RECORD, True, None, _notice_signal(where))


def _first(all_notices: tuple[Emission, ...], claimed: Claim) -> Emission:
    """The first notice; failing that why there is none. Firmware's record alone is logged and done with."""
    nothing = _none("host.record.cause", End.RESUMED if claimed.firmware else End.NO_ERROR, claimed)
    told = [notice for notice in all_notices if notice.rule != "host.gpa.space"]
    return (*told, *all_notices, nothing)[0]


def _no_record(trap: Trap, cause: Cause, claimed: Claim, legacy: Signal | None) -> Emission | None:
    """Why this trap makes no record; in the order in which Linux decides."""
    esr = syndrome(trap)
    if cause is Cause.NONE:
        return _none("host.record.cause", End.NO_ERROR, claimed, legacy)
    if claimed.panic:
        return _none("host.never_silent", End.PANIC, claimed)
    if claimed.claimed and claimed.queued:
        return _none("host.claim.queued", End.RESUMED, claimed, legacy)
    if _owned(trap, cause, esr):
        return _none("host.owned", End.INJECTED, claimed, legacy)
    if cause in (Cause.SERROR, Cause.DEFERRED_SERROR) and not _given(esr):
        corrected = _serror_severity(esr) == SEVERITY_CE
        return _none("host.serror.given", End.RESUMED, claimed, legacy) if corrected else _none(
            "host.serror.given", End.PANIC, claimed
        )
    if trap.protected:
        return _none("host.enable.protected", _today(cause, claimed, esr), claimed, legacy)
    return None


def _today(cause: Cause, claimed: Claim, esr: int) -> End:
    """How a trap ends that would make a record, where none may be made: as with the capability off."""
    if cause is Cause.ISOLATED or claimed.claimed:
        return End.SIGNAL
    if cause is not Cause.EXTERNAL_ABORT and _serror_severity(esr) == SEVERITY_UEO:
        return End.RESUMED
    return End.INJECTED


def _none(rule: str, end: End, claimed: Claim, legacy: Signal | None = None) -> Emission:
    signal = legacy if end is End.SIGNAL else None
    injected = INJECTED_SERROR if end is End.INJECTED else None
    return Emission(None, rule, end, bool(claimed.queued), signal, legacy, injected)


def _owned(trap: Trap, cause: Cause, esr: int) -> bool:
    """Rule ``host.owned``."""
    if cause is Cause.ISOLATED:
        return False
    if not trap.host_ras:
        return True
    if cause is not Cause.EXTERNAL_ABORT:
        return False
    return (is_vncr(esr) and trap.hyp_context) or (0x13 <= esr & FSC <= 0x17 and bool(esr & S1PTW))


def _given(esr: int) -> bool:
    """Rule ``host.serror.given``."""
    return bool(esr & IDS) or (syndrome_is_async(esr) and bool(AET_GIVEN >> ((esr & AET) >> AET_SHIFT) & 1))


def _record(trap: Trap, cause: Cause, claimed: Claim, addresses: Addresses) -> FaultInfo:
    esr = syndrome(trap)
    kind = kind_of(esr)
    firmware = claimed.firmware
    severity = _severity(trap, cause, kind, esr)
    isolated = cause is Cause.ISOLATED
    flags = (
        (ACTION_REQUIRED if kind < KIND_SERROR else 0)
        | (SEVERITY_VALID if severity else 0)
        | (NESTED if trap.nested else 0)
        | (CONTEXT_CORRUPT & trap.critical if firmware and firmware.context_corrupt else 0)
    )
    return _with_addresses(
        new(
            trap.version,
            esr=_esr(trap, cause, kind, esr, addresses),
            kind=kind,
            host_action=ACTION_ISOLATED if isolated else ACTION_CLAIMED if claimed.claimed else ACTION_NOT_CLAIMED,
            origin=ORIGIN_ISOLATED if isolated else ORIGIN_BOTH if firmware else ORIGIN_TRAP,
            flags=flags,
            severity=severity,
            firmware_severity=firmware.severity + 1 if firmware else 0,
        ),
        addresses,
    )


def _notice(trap: Trap, where: Addresses, firmware: Firmware | None) -> FaultInfo:
    isolated = any(page.holds(where.gpa or 0) for page in trap.isolated)
    return _with_addresses(
        new(
            trap.version,
            kind=KIND_MEMORY_NOTICE,
            host_action=ACTION_ISOLATED if isolated else ACTION_FAILED,
            origin=ORIGIN_FIRMWARE,
            flags=CONTEXT_CORRUPT & trap.critical if firmware and firmware.context_corrupt else 0,
            firmware_severity=firmware.severity + 1 if firmware else 0,
        ),
        where,
    )


def _with_addresses(record: FaultInfo, addresses: Addresses) -> FaultInfo:
    """Fill in what is valid, zero what is not (rule ``host.invalid.zero``), by version."""
    newest = record.version >= V1_1
    hva = addresses.hva if newest else None
    firmware_va = addresses.firmware_va if newest else None
    flags = (
        (FAR_VALID if addresses.far is not None else 0)
        | (FAR_IMPRECISE if addresses.imprecise else 0)
        | (HPFAR_VALID if addresses.hpfar is not None else 0)
        | (PA_VALID if addresses.has_pa else 0)
        | (HVA_VALID if hva is not None else 0)
        | (FIRMWARE_VA_VALID if firmware_va is not None else 0)
        | (STAGE1_WALK if addresses.stage1_walk else 0)
    )
    return record._replace(
        sea_flags=GPA_VALID if addresses.gpa is not None else 0,
        far=addresses.far or 0,
        gpa=addresses.gpa or 0,
        flags=record.flags | flags,
        hpfar=addresses.hpfar or 0,
        address_lsb=addresses.lsb,
        gpa_origin=addresses.gpa_origin,
        hva=hva or 0,
        firmware_va=firmware_va or 0,
    )


def _esr(trap: Trap, cause: Cause, kind: int, esr: int, addresses: Addresses) -> int:
    """Rules ``host.esr.mask``, ``host.esr.il``, ``host.esr.isolated`` and ``host.far.fnv``."""
    if cause is Cause.ISOLATED:
        level = trap.walk_level if addresses.stage1_walk else None
        fsc = NOT_ON_WALK if level is None else _SEA_ON_WALK + level
        esr = esr & ~(FSC | SET | FNV) | fsc
        # EA belongs to external aborts; IL, WnR and CM still describe the access.
        esr &= kept(kind, esr, vm_ras=False) & (_ACCESS | FSC | IL | EC_MASK)
        return esr if kind == KIND_DATA_ABORT else esr | IL
    esr = esr & kept(kind, esr, vm_ras=trap.vm_ras) | IL
    if kind < KIND_SERROR:
        invalid = addresses.far is None and esr & FSC == NOT_ON_WALK
        esr = esr | FNV if invalid else esr & ~FNV
    return esr


def _severity(trap: Trap, cause: Cause, kind: int, esr: int) -> int:
    """Rule ``host.severity.valid``; 0 where the syndrome does not say."""
    if kind == KIND_SERROR:
        return _serror_severity(esr)
    visible = cause is Cause.EXTERNAL_ABORT and trap.vm_ras and esr & FSC == NOT_ON_WALK
    return SEVERITY_OF_SET[(esr & SET) >> SET_SHIFT] if visible else SEVERITY_UNKNOWN


def _serror_severity(esr: int) -> int:
    """What AET of an SError says, if the architecture defines its ISS."""
    return SEVERITY_OF_AET[(esr & AET) >> AET_SHIFT] if syndrome_is_async(esr) else SEVERITY_UNKNOWN


def _notice_signal(where: Addresses) -> Signal:
    return Signal(BUS_MCEERR_AO, where.hva or 0, where.lsb)
