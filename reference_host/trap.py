# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Step 1: the registers of a trap (TRAP.json), and what kind of trap they make."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, Final, TypeVar

from abi.address import (
    IN_PAGE,
    far_valid,
    hpfar_valid,
    ipa_of,
    is_external_abort,
    is_stage2_fault,
    is_vncr,
    kind_of,
)
from abi.definition import KIND_SERROR, VERSIONS
from abi.errors import InputError
from abi.esr_fields import AET, EA, EC_SERROR, EC_SHIFT, FSC, IDS, IL
from abi.jsonfile import array, boolean, choice, number, only, parse_object, signed
from abi.layout import Version
from abi.trap import NOTIFICATIONS, Isolated, Memslot, Trap

_T = TypeVar("_T")

#: DISR_EL1.A: an SError was deferred. The rest has the places of ESR_ELx.
DISR_A: Final = 1 << 31
_DISR_ISS: Final = IDS | AET | EA | FSC
_REGISTERS: Final = ("esr_el2", "far_el2", "hpfar_el2")
_OPTIONAL: Final = ("pfar_el2", "disr_el1", "mpidr", "walk")
_FLAGS: Final = ("host_ras", "vm_ras", "hyp_context", "nested", "protected")
_KEYS: Final = (
    *_REGISTERS, *_OPTIONAL, "walk_level", "memslots", "isolated", *_FLAGS, "notify", "version",
)


class Cause(enum.Enum):
    """What a trap is to the host that took it."""

    NONE = "an ordinary exit, no hardware error"
    EXTERNAL_ABORT = "a synchronous external abort"
    SERROR = "an SError exception"
    DEFERRED_SERROR = "an SError deferred to DISR_EL1"
    ISOLATED = "a stage-2 fault on an isolated page"
    NOTICE = "no trap: memory_failure() in the background"


def parse_trap(text: str | bytes, name: str = "trap") -> Trap:
    """Read TRAP.json (spec/command-line.rst). Raises InputError ``json.*``."""
    value = parse_object(text, name)
    only(value, _KEYS, _REGISTERS, name)
    fields: dict[str, Any] = {key: number(value[key], f"{name}.{key}") for key in _REGISTERS}
    for key in _OPTIONAL:
        if value.get(key) is not None:
            fields[key] = number(value[key], f"{name}.{key}")
    for key in _FLAGS:
        if key in value:
            fields[key] = boolean(value[key], f"{name}.{key}")
    if value.get("walk_level") is not None:
        fields["walk_level"] = signed(value["walk_level"], f"{name}.walk_level", -2, 3)
    if value.get("memslots") is not None:
        fields["memslots"] = _each(value["memslots"], f"{name}.memslots", _memslot)
    if "isolated" in value:
        fields["isolated"] = _each(value["isolated"], f"{name}.isolated", _isolated)
    if "notify" in value:
        fields["notify"] = choice(value["notify"], f"{name}.notify", NOTIFICATIONS)
    if "version" in value:
        fields["version"] = Version.of(choice(value["version"], f"{name}.version", tuple(map(str, VERSIONS))))
    return Trap(**fields)


def syndrome(trap: Trap) -> int:
    """The syndrome to report: a deferred SError's comes first, as the host handles it first."""
    if trap.disr_el1 is not None and trap.disr_el1 & DISR_A:
        return EC_SERROR << EC_SHIFT | IL | (trap.disr_el1 & _DISR_ISS)
    return trap.esr_el2


def fault_page(trap: Trap) -> int | None:
    """The page of the VM that a stage-2 fault touched: HPFAR's, or that of a software walk.

    HPFAR_EL2 of a nested guest's trap is in that guest's space, so only a walk helps there.
    """
    if hpfar_valid(trap.esr_el2) and not trap.nested:
        return ipa_of(trap.hpfar_el2)
    if trap.walk is not None and far_valid(trap.esr_el2):
        return trap.walk & ~IN_PAGE
    return None


def isolated_page(trap: Trap) -> Isolated | None:
    """The isolated page that the fault hit, if it did."""
    page = fault_page(trap)
    return None if page is None else next((i for i in trap.isolated if i.holds(page)), None)


def classify(trap: Trap) -> Cause:
    """What the trap is (rule ``host.record.cause``)."""
    if trap.disr_el1 is not None and trap.disr_el1 & DISR_A:
        return Cause.DEFERRED_SERROR
    if trap.esr_el2 == 0:
        return Cause.NOTICE
    kind = kind_of(trap.esr_el2)
    if kind == KIND_SERROR:
        return Cause.SERROR
    if kind and is_external_abort(trap.esr_el2):
        return Cause.EXTERNAL_ABORT
    # A fault on an access through VNCR_EL2 is one of EL2's own stage 1, not of the guest's stage 2.
    if kind and is_stage2_fault(trap.esr_el2) and not is_vncr(trap.esr_el2) and isolated_page(trap):
        return Cause.ISOLATED
    return Cause.NONE


def _each(value: Any, path: str, read: Callable[[Any, str], _T]) -> tuple[_T, ...]:
    return tuple(read(item, f"{path}[{n}]") for n, item in enumerate(array(value, path)))


def _memslot(value: Any, path: str) -> Memslot:
    slot = Memslot(*_numbers(value, path, Memslot._fields))
    if slot.size == 0 or max(slot.gpa, slot.hva, slot.pa) + slot.size > 1 << 64:
        raise InputError("json.number", f"{path}.size", None, "a slot within 64 bits", hex(slot.size))
    return slot


def _isolated(value: Any, path: str) -> Isolated:
    gpa, lsb = _numbers(value, path, Isolated._fields)
    if lsb > 55:
        raise InputError("json.number", f"{path}.lsb", None, "0x0..0x37", hex(lsb))
    return Isolated(gpa, lsb)


def _numbers(value: Any, path: str, keys: tuple[str, ...]) -> list[int]:
    if not isinstance(value, dict):
        raise InputError("json.type", path, None, "a JSON object", repr(value))
    only(value, keys, keys, path)
    return [number(value[key], f"{path}.{key}") for key in keys]
