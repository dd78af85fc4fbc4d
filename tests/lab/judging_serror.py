# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Judge and table of the virtual SErrors: what waited masked the CPU itself delivers, and so it is the yardstick."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from abi.esr_fields import AET_SHIFT, DFSC_ASYNC, EC_SERROR, EC_SHIFT, IDS, IL, ISS
from tests.lab.case import Finding, Said, Table
from tests.lab.cells import AETS, LEVELS, SERROR, SERRORS, VECTORS, SErrorCell
from tests.lab.rows import EQUAL
from tests.lab.showing import brief, differences

#: What rule ``vmm.notify`` has the reference VMM do; the rest never becomes a record (``host.serror.given``).
DECIDED: Final = {"UEU": "pend", "UEO": "log", "UER": "pend", "no syndrome": "pend"}
#: Both accesses come to the SError after their second instruction.
AFTER: Final = 8
_WAITED: Final = ", waited masked"
_COLUMNS: Final = ("SError", "must read: ESR_EL1, FAR_EL1, vector", "by KVM_SET_VCPU_EVENTS", "reference VMM")


def judge(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """Every SError reaches the guest as it was given, delivered by the kernel as by the CPU."""
    ras = "FEAT_RAS" in result["features"]
    findings: list[Finding] = []
    for name, cell in SERRORS.items():
        findings += _delivered(cell, result["cells"].get(name, {}), result["cells"], ras=ras)
    for name in (*AETS, "no syndrome"):
        findings += _decided(name, result["decided"].get(name, {}), ras=ras)
    return tuple(findings)


def show(result: Said, _others: Mapping[str, Said]) -> Table:
    """A row for each; the VMM's answer stands beside the cell that it is about."""
    rows = []
    for name, found in result["cells"].items():
        cell, seen = SERRORS[name], found.get("seen", {})
        must = placed(result["cells"].get(f"{name}{_WAITED}", {}).get("seen", seen))
        by_kernel = f"refused: {found['refused']}" if "refused" in found else differences(must, placed(seen))
        text = name.removesuffix(f" {cell.level}")
        rows.append((name, brief(must), by_kernel, _vmm(result["decided"][text], must)
                     if cell.level == "EL1h" and text in result["decided"] else ""))
    return Table(_COLUMNS, tuple(rows))


def _vmm(decided: Mapping[str, Any], must: Mapping[str, Any]) -> str:
    if "refused" in decided:
        return f"error by {decided['refused']['rule']}"
    if "decision" not in decided:
        return f"no record ({decided['rule']})"
    action, rule = decided["decision"]["action"], decided["decision"]["rule"]
    said = f", {differences(must, placed(decided['seen']))}" if action == "pend" else ""
    return f"{action} ({rule}){said}"


def placed(seen: Mapping[str, Any]) -> dict[str, Any]:
    """What was seen, with ELR_EL1 counted from the access: the two that are compared stand at different places."""
    if "access" not in seen:
        return dict(seen)
    offset = int(seen["elr_el1"], 16) - int(seen["access"], 16)
    return {name: value for name, value in seen.items() if name != "access"} | {"elr_el1": f"+{offset:#x}"}


def _delivered(cell: SErrorCell, found: Mapping[str, Any], cells: Mapping[str, Any], *, ras: bool) -> Iterator[Finding]:
    if "refused" in found and not ras and cell.iss is not None:
        yield Finding(f"{cell.name}: syndrome", f"{cell.iss:#x}", found["refused"], "vmm.notify")
        return
    seen = found.get("seen", {})
    if "vector" not in seen:
        yield Finding(cell.name, "an SError", str(found))
        return
    wanted = {
        "vector": VECTORS[cell.level] + SERROR, "elr_el1": int(seen["access"], 16) + AFTER,
        "spsr_el1": LEVELS[cell.level],
        "esr_el1": EC_SERROR << EC_SHIFT | IL | (IDS if cell.iss is None else cell.iss), "spsel": 1, "currentel": 4,
    }
    if not ras:  # without FEAT_RAS the ISS is the CPU's own
        wanted["esr_el1"] = wanted["esr_el1"] & ~ISS | int(seen["esr_el1"], 16) & ISS
    yield from (Finding(f"{cell.name}: {name}", hex(value), seen[name])
                for name, value in wanted.items() if int(seen[name], 16) != value)
    by_cpu = placed(cells.get(f"{cell.name}{_WAITED}", {}).get("seen", {}))
    if by_cpu and ras and differences(by_cpu, placed(seen)) != EQUAL:
        yield Finding(f"{cell.name}: by the CPU itself", str(by_cpu), str(placed(seen)))


def _decided(name: str, found: Mapping[str, Any], *, ras: bool) -> Iterator[Finding]:
    wanted = DECIDED.get(name)
    if wanted is None:
        if found.get("rule") != "host.serror.given":
            yield Finding(f"{name}: record", "none, by host.serror.given", str(found))
        return
    got = found.get("decision", {}).get("action")
    if got != wanted:
        yield Finding(f"{name}: decision", wanted, str(found))
        return
    aet = AETS.get(name)
    iss = IDS if aet is None or not ras else aet << AET_SHIFT | DFSC_ASYNC
    esr = int(found["seen"].get("esr_el1", "0"), 16)
    serror = EC_SERROR << EC_SHIFT | IL
    if wanted == "pend" and (esr & ~ISS != serror or (ras and esr != serror | iss)):
        yield Finding(f"{name}: ESR_EL1", hex(serror | iss), hex(esr))
    if wanted == "log" and esr & ~ISS == serror:
        yield Finding(f"{name}: ESR_EL1", "no SError", hex(esr))
