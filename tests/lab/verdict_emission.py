# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""One cell as an emission of the kernel under test: what it was shown, what it told, what it could have told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from abi.cper import StatusBlock
from abi.definition import (
    ALL_KINDS,
    FLAGS,
    KIND_DATA_ABORT,
    KIND_INSTRUCTION_ABORT,
    KNOWN_CRITICAL,
    KVM_EXIT_ARM_SEA,
    KVM_RUN,
    RECORD,
    V1_0,
)
from abi.errors import InputError
from abi.esr_fields import EC_SERROR, EC_SHIFT, IDS, IL, VFV
from abi.layout import ARM_SEA, Version
from abi.record import FaultInfo, read
from abi.rules import check, host, on_emission
from abi.rules.given import Given
from abi.trap import BUS_MCEERR_AR, Emission, End, Isolated, Memslot, Signal, Trap
from reference_host.emit import emit
from reference_vmm.kvm.path import KINDS
from reference_vmm.kvm.path import RECORD as FAULT_INFO
from reference_vmm.parse import import_arm_sea
from tests.lab.case import Said
from tests.lab.cells import Cell
from tests.lab.guest import GPA_TARGET
from tests.lab.judging import claims, end_untold

SERROR: Final = EC_SERROR << EC_SHIFT | IL | IDS
_SEA_BYTES: Final = sum(field.width for field in RECORD.upto(ARM_SEA))
_UNION: Final = KVM_RUN.field("exit").width
_REASON: Final = KVM_RUN.offsets["exit_reason"]
#: Why there may be no record: a kernel does not say; every rule is tried.
_REASONS: Final = (None, *(rule.name for rule in (*host.EMISSION_RULES, *host.RECORD_RULES)))
_ENDS: Final = (
    Emission(None, None, End.RESUMED), Emission(None, "host.owned", End.INJECTED, injected=SERROR),
    Emission(None, None, End.SIGNAL, signal=Signal(BUS_MCEERR_AR)), Emission(None, None, End.PANIC),
)
#: Bits that are told wrongly: each of a syndrome and each flag, of addresses and codes some.
_LIES: Final[Mapping[str, Iterable[int]]] = {
    "sea_flags": (0, 1, 63), "esr": range(33), "far": (0, 12, 63), "gpa": (0, 12, 40), "size": (3, 4, 7),
    "major": (0,), "minor": (0, 1), "kind": (0, 1, 2), "host_action": (0, 1, 2), "origin": (0, 1, 2),
    "flags": (*(flag.bit for flag in FLAGS), 20, 40), "hpfar": (0, 4, 63), "address_lsb": (0, 5), "gpa_origin": (0, 1),
    "severity": (0, 1, 2), "firmware_severity": (0, 2), "reserved0": (0,), "hva": (0, 12), "firmware_va": (0, 12),
}

#: EC of the guest's SVC behind an access that went well.
_SVC: Final = 0x15
_PAGE_SHIFT: Final = 12
_SAID: Final = ("esr", "far", "gpa")

Union = bytes


class Cause(NamedTuple):
    """What the kernel was given. No trap: only the hardware knows it. No block: none that APEI took."""

    trap: Trap | None
    block: StatusBlock | None = None


def by_emission(result: Said, found: Mapping[str, Any], cell: Cell) -> tuple[dict[str, str], frozenset[str]]:
    """The rules that the kernel broke in a cell, each with what shows it; and those that a lie would have broken."""
    if cell.isolated and not claims(result):  # the record is the reference host's own
        return {}, frozenset()
    trap = _trap(result, found)
    if not cell.isolated or trap is None:
        given: tuple[Cause, ...] = (Cause(trap),)
    else:  # whether a walk finds the level is the host's affair: rule host.esr.isolated
        trap = trap._replace(isolated=(Isolated(GPA_TARGET, _PAGE_SHIFT),))
        given = Cause(trap), Cause(trap._replace(walk_level=cell.walk))
    return judged(result, found, given, lambda: end_untold(cell, found["stock"], result)[0])


def by_serror(result: Said, found: Mapping[str, Any]) -> tuple[dict[str, str], frozenset[str]]:
    """The same of an SError. Whether FAR_EL2 is read where VFV vouches for it is the host's affair."""
    trap = _trap(result, found)
    assert trap is not None
    given = Cause(trap), Cause(trap._replace(esr_el2=trap.esr_el2 & ~VFV))
    return judged(result, found, given, lambda: str(found["stock"]))


def judged(
    result: Said, found: Mapping[str, Any], given: tuple[Cause, ...], untold: Callable[[], str]
) -> tuple[dict[str, str], frozenset[str]]:
    """``given``: what the kernel may have been given; it is judged by that of which it breaks the fewest rules."""
    told = bytes.fromhex(found["union"]).ljust(_UNION, b"\0") if "union" in found else None
    truth, one = min(((_broken(result, one, told, found), one) for one in given), key=lambda pair: len(pair[0]))
    lies = frozenset[str]().union(*(
        min((_judged(each, lie) for each in given), key=len) for lie in _lied(result, one, told)))
    text = _told(result, told) if told is not None else untold()
    return dict.fromkeys(truth, text), lies - truth


def _trap(result: Said, found: Mapping[str, Any]) -> Trap | None:
    """As KVM was shown it; None where only the hardware knows."""
    if "trap" not in found:
        return None
    ras = "FEAT_RAS" in result["features"]
    aborts = 1 << KIND_DATA_ABORT | 1 << KIND_INSTRUCTION_ABORT
    extended = result["capability"] == FAULT_INFO
    registers: dict[str, Any] = {name: int(value, 16) for name, value in found["trap"].items()}
    slots = ([int(part, 16) for part in slot] for slot in result["memslots"])
    return Trap(
        **registers, vm_ras=ras, host_ras=ras,
        memslots=tuple(Memslot(gpa, size, hva, 0) for gpa, size, hva in slots),
        version=Version.of(result["version"]) if extended else V1_0,
        kinds=KINDS if extended else aborts if result["capability"] else 0,
        critical=KNOWN_CRITICAL if extended else 0)


def _broken(result: Said, given: Cause, told: Union | None, found: Mapping[str, Any]) -> frozenset[str]:
    if told is not None:
        record = _read(result, told)
        signal = Signal(*found["bus"][0]) if "bus" in found else None
        return _judged(given, record if isinstance(record, str) else Emission(record, None, End.RECORD, signal=signal))
    if given.trap is None:  # what nobody was told of, nor given, before KVM looked at it
        silent = "stock" in found and not int(found["pending"]["serror_pending"], 16) and found["stock"].get("late")
        return frozenset({"host.never_silent"} if silent else ())
    return min((_judged(given, _end(found, reason)) for reason in _REASONS), key=len)


def _end(found: Mapping[str, Any], reason: str | None) -> Emission:
    """How it ended without a record: by memory_failure(), an SError that the guest got or that waits, or not at all."""
    seen, pending = found["stock"], found["pending"]
    if found.get("memory_failure"):  # which sends what signal there is
        return Emission(None, reason, End.RESUMED, memory_failure=True)
    if int(pending["serror_pending"], 16):
        return Emission(None, reason, End.INJECTED, injected=SERROR)
    if "bus" in found:
        return Emission(None, reason, End.SIGNAL, signal=Signal(*found["bus"][0]))
    esr = int(seen.get("esr_el1", "0"), 16)
    if esr >> EC_SHIFT in (0, _SVC):  # the guest goes on
        return Emission(None, reason, End.RESUMED)
    return Emission(None, reason, End.INJECTED, injected=esr)


def _read(result: Said, union: Union) -> FaultInfo | str:
    """The record that the exit stands for, or the rule by which it is none."""
    try:
        if result["capability"] == FAULT_INFO:
            record = read(union, exact=False)
            return record if isinstance(record, FaultInfo) else record.rule
        page = KVM_EXIT_ARM_SEA.to_bytes(4, "little").rjust(_REASON + 4, b"\0")
        return import_arm_sea(page.ljust(KVM_RUN.offsets["exit"], b"\0") + union)
    except InputError as error:
        return error.code


def _judged(given: Cause, told: FaultInfo | str | Emission) -> frozenset[str]:
    """The rules that are broken if that was told of the trap; without the trap, those that the record shows."""
    if isinstance(told, str):
        return frozenset({told})
    if given.trap is None:
        record = told.record if isinstance(told, Emission) else told
        return frozenset(check(record)) if record else frozenset()
    emission = told if isinstance(told, Emission) else Emission(told, None, End.RECORD)
    return frozenset(on_emission.broken(Given(given.trap, given.block, emission)))


def _lied(result: Said, given: Cause, told: Union | None) -> Iterator[FaultInfo | str | Emission]:
    """What the kernel could have told: one bit otherwise, or another end."""
    yield from _ENDS
    if told is None:
        if given.trap is not None:
            yield emit(given.trap._replace(kinds=ALL_KINDS, host_ras=True), given.block)
        return
    record = _read(result, told)
    if isinstance(record, FaultInfo):
        yield Emission(record, None, End.RECORD, signal=Signal(BUS_MCEERR_AR))
    for bit in _bits(len(told) if result["capability"] == FAULT_INFO else _SEA_BYTES, record):
        yield _read(result, (int.from_bytes(told, "little") ^ 1 << bit).to_bytes(len(told), "little"))


def _bits(size: int, record: FaultInfo | str) -> Iterator[int]:
    """Numbers of bits in the exit union, of the fields that the record has."""
    end = min(size, record.size) if isinstance(record, FaultInfo) and size > _SEA_BYTES else _SEA_BYTES
    for name, bits in _LIES.items():
        if RECORD.end(name) <= end:
            yield from (RECORD.offsets[name] * 8 + bit for bit in bits)


def _told(result: Said, told: Union) -> str:
    record = _read(result, told)
    if isinstance(record, str):
        return f"{told.rstrip(bytes(1)).hex()} is no record"
    said = ", ".join(f"{name} {getattr(record, name):#x}" for name in _SAID if getattr(record, name))
    return f"{said}, severity {record.severity}"
