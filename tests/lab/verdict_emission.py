# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""One cell as an emission of the kernel under test: what it was shown, what it told, what it could have told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from abi.definition import (
    ALL_KINDS,
    KIND_DATA_ABORT,
    KIND_INSTRUCTION_ABORT,
    KNOWN_CRITICAL,
    KVM_EXIT_ARM_SEA,
    KVM_RUN,
    RECORD,
    V1_0,
)
from abi.errors import InputError
from abi.esr_fields import EC_SERROR, EC_SHIFT, IDS, IL
from abi.layout import ARM_SEA, Version
from abi.record import FaultInfo, read
from abi.rules import check, host, on_emission
from abi.rules.given import Given
from abi.trap import BUS_MCEERR_AR, Emission, End, Memslot, Signal, Trap
from reference_host.emit import emit
from reference_vmm.kvm.path import RECORD as FAULT_INFO
from reference_vmm.parse import import_arm_sea
from tests.lab.case import Said
from tests.lab.cells import Cell
from tests.lab.judging import end_untold

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
#: Bits of esr, far and gpa that are told wrongly; of the rest of a record, every bit.
_LIES: Final = {"sea_flags": (0, 1, 63), "esr": range(33), "far": (0, 12, 63), "gpa": (0, 12, 40)}

_SAID: Final = ("esr", "far", "gpa")

Union = bytes


def by_emission(result: Said, found: Mapping[str, Any], cell: Cell) -> tuple[dict[str, str], frozenset[str]]:
    """The rules that the kernel broke in a cell, each with what shows it; and those that a lie would have broken."""
    if cell.isolated is not None:  # the record is the reference host's own
        return {}, frozenset()
    told = bytes.fromhex(found["union"]).ljust(_UNION, b"\0") if "union" in found else None
    trap = _trap(result, found)
    truth = _broken(result, trap, told, found)
    lies = frozenset[str]().union(*(_judged(trap, record) for record in _lied(result, trap, told)))
    ras = "FEAT_RAS" in result["features"]
    text = _told(result, told) if told is not None else end_untold(cell, found["stock"], ras=ras)[0]
    return dict.fromkeys(truth, text), lies - truth


def _trap(result: Said, found: Mapping[str, Any]) -> Trap | None:
    """As KVM was shown it; None where only the hardware knows."""
    if "trap" not in found:
        return None
    ras = "FEAT_RAS" in result["features"]
    aborts = 1 << KIND_DATA_ABORT | 1 << KIND_INSTRUCTION_ABORT
    extended = result["capability"] == FAULT_INFO
    esr, far, hpfar = (int(found["trap"][name], 16) for name in ("esr_el2", "far_el2", "hpfar_el2"))
    slots = ([int(part, 16) for part in slot] for slot in result["memslots"])
    return Trap(
        esr, far, hpfar, vm_ras=ras, host_ras=ras,
        memslots=tuple(Memslot(gpa, size, hva, 0) for gpa, size, hva in slots),
        version=Version.of(result["version"]) if extended else V1_0,
        kinds=ALL_KINDS if extended else aborts if result["capability"] else 0,
        critical=KNOWN_CRITICAL if extended else 0)


def _broken(result: Said, trap: Trap | None, told: Union | None, found: Mapping[str, Any]) -> frozenset[str]:
    if told is not None:
        return _judged(trap, _read(result, told))
    if trap is None:  # what nobody was told of, nor given, before KVM looked at it
        silent = "stock" in found and not int(found["pending"]["serror_pending"], 16) and found["stock"].get("late")
        return frozenset({"host.never_silent"} if silent else ())
    return min((_judged(trap, _end(found, reason, ras=trap.vm_ras)) for reason in _REASONS), key=len)


def _end(found: Mapping[str, Any], reason: str | None, *, ras: bool) -> Emission:
    """How it ended without a record: an SError that the guest got or that waits, or nothing at all."""
    seen, pending = found["stock"], found["pending"]
    if int(pending["serror_pending"], 16):
        return Emission(None, reason, End.INJECTED, injected=SERROR)
    esr = int(seen.get("esr_el1", "0"), 16)
    if not esr:
        return Emission(None, reason, End.RESUMED)
    # without FEAT_RAS the ISS of a virtual SError is the CPU's own
    return Emission(None, reason, End.INJECTED, injected=SERROR if not ras and esr >> EC_SHIFT == EC_SERROR else esr)


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


def _judged(trap: Trap | None, told: FaultInfo | str | Emission) -> frozenset[str]:
    """The rules that are broken if that was told of the trap; without the trap, those that the record shows."""
    if isinstance(told, str):
        return frozenset({told})
    if trap is None:
        return frozenset(check(told)) if isinstance(told, FaultInfo) else frozenset()
    emission = told if isinstance(told, Emission) else Emission(told, None, End.RECORD)
    return frozenset(on_emission.broken(Given(trap, None, emission)))


def _lied(result: Said, trap: Trap | None, told: Union | None) -> Iterator[FaultInfo | str | Emission]:
    """What the kernel could have told: one bit otherwise, or another end."""
    yield from _ENDS
    if told is None:
        if trap is not None:
            yield emit(trap._replace(kinds=ALL_KINDS, host_ras=True))
        return
    record = _read(result, told)
    if isinstance(record, FaultInfo):
        yield Emission(record, None, End.RECORD, signal=Signal(BUS_MCEERR_AR))
    for bit in _bits(len(told) if result["capability"] == FAULT_INFO else _SEA_BYTES, record):
        yield _read(result, (int.from_bytes(told, "little") ^ 1 << bit).to_bytes(len(told), "little"))


def _bits(size: int, record: FaultInfo | str) -> Iterator[int]:
    """Numbers of bits in the exit union."""
    for name, bits in _LIES.items():
        yield from (RECORD.offsets[name] * 8 + bit for bit in bits)
    end = min(size, record.size if isinstance(record, FaultInfo) else size)
    yield from range(_SEA_BYTES * 8, end * 8 if size > _SEA_BYTES else 0)


def _told(result: Said, told: Union) -> str:
    record = _read(result, told)
    if isinstance(record, str):
        return f"{told.rstrip(bytes(1)).hex()} is no record"
    said = ", ".join(f"{name} {getattr(record, name):#x}" for name in _SAID if getattr(record, name))
    return f"{said}, severity {record.severity}"
