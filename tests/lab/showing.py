# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The equality tables for people: one row an access.

Columns: the access, the guest's level with its stack pointer, and what is special; what the guest must read (by the
hardware, or by the architecture where the hardware cannot show it): ESR_EL1, FAR_EL1, offset of the vector; whether it
read that after the reference VMM's answer, or what differs and by which rule; the same after the kernel's own injection
alone, which is what every VMM gets today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from abi.syndrome import as_dict
from tests.lab.case import Said, Table
from tests.lab.cells import ARCHITECTURE, HARDWARE, NOT_SHOWN, Cell
from tests.lab.judging import Seen, expected, explained, shown_by_hardware

HEAD: Final = ("access", "must read: ESR_EL1, FAR_EL1, vector", "reference VMM", "kernel's own injection")
EQUAL: Final = "equal"
_VECTOR: Final = 0x80
_CONTAINERS: Final = ("ISS", "ISS2")
_FSC: Final = ("DFSC", "IFSC")


def hardware(result: Said, others: Mapping[str, Said]) -> Table:
    """Against what the CPU delivered; then what it could not."""
    cells = {name: HARDWARE[name] for name in result["cells"]}
    rows = _rows(result, cells, lambda cell: result["cells"][cell.name].get("hardware", {}))
    return Table(HEAD, (*rows, *((name, "not shown", "", why) for name, why in NOT_SHOWN.items())))


def table(result: Said, others: Mapping[str, Said]) -> Table:
    """The same, against the hardware's cells of the case before."""
    cells = {name: HARDWARE[name] for name in result["cells"]}
    return Table(HEAD, tuple(_rows(result, cells, lambda cell: shown_by_hardware(others, cell.name))))


def architecture(result: Said, others: Mapping[str, Said]) -> Table:
    """Against the architecture's table."""
    return Table(HEAD, tuple(_rows(result, ARCHITECTURE, lambda cell: expected(cell, others))))


def _rows(
    result: Said, cells: Mapping[str, Cell], wanted: Callable[[Cell], Seen]
) -> Iterator[tuple[str, ...]]:
    for name, found in result["cells"].items():
        must = wanted(cells[name])
        if "absent" in found:
            yield name, "not shown", "", found["absent"]
        elif "stock" in found:
            yield name, brief(must), "was not told", differences(must, found["stock"])
        else:
            yield name, brief(must), _vmm(cells[name], must, found), _kernel(cells[name], must, found)


def brief(seen: Seen) -> str:
    """ESR_EL1, FAR_EL1 and the vector's offset."""
    if "vector" not in seen:
        return str(seen.get("exit", "?"))
    return f"{seen['esr_el1']} {seen['far_el1']} +{int(seen['vector'], 16) * _VECTOR:#x}"


def differences(must: Seen, got: Seen, cell: Cell | None = None) -> str:
    """What differs, ESR_EL1 field by field, as "got, not wanted", each with its rule; or that nothing does."""
    if "vector" not in got:
        return f"no entry: {got.get('exit', 'nothing')}"
    parts = []
    for field, wanted in must.items():
        if field not in got or got[field] == wanted:
            continue
        rule = explained(cell, field, wanted, got[field]) if cell else None
        text = _syndrome(wanted, got[field]) if field == "esr_el1" else f"{field} {got[field]}, not {wanted}"
        parts.append(f"{text} ({rule})" if rule else text)
    return "; ".join(parts) or EQUAL


def _vmm(cell: Cell, must: Seen, found: Seen) -> str:
    if "refused" in found:
        return f"error by {found['refused']['rule']}"
    return differences(must, found["vmm"], cell)


def _kernel(cell: Cell, must: Seen, found: Seen) -> str:
    got = found.get("kernel", {})
    if got.get("exit") == "KVM_EXIT_ARM_SEA":
        return "nothing injected, and told as success"
    return differences(must, got, cell)


def _syndrome(wanted: str, got: str) -> str:
    one, other = _fields(wanted), _fields(got)
    return ", ".join(
        f"{name} {other.get(name, 0):#x}, not {one.get(name, 0):#x}" for name in dict.fromkeys((*one, *other))
        if one.get(name, 0) != other.get(name, 0))


def _fields(esr: str) -> dict[str, int]:
    """The fields of a syndrome; data and instruction aborts call their fault status alike."""
    fields = as_dict(int(esr, 16))
    return {"FSC" if name in _FSC else name: value for name, value in fields.items() if name not in _CONTAINERS}
