# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Old and new VMM on old and new kernel: what each pair must come to.

With the capability not enabled a kernel does what it does without it: SError or SIGBUS where the VMM enabled nothing,
``arm_sea`` and no byte more where it enabled that, and SIGBUS at an isolated page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from abi.definition import RECORD as FAULT_INFO
from abi.layout import ARM_SEA as PREFIX
from abi.trap import BUS_MCEERR_AR
from reference_vmm.kvm.path import ARM_SEA, RECORD
from tests.lab.case import Finding, Said, Table
from tests.lab.cells import HARDWARE, VECTORS, Cell
from tests.lab.judging import HOST_SERROR

#: VMM -> the newest capability that it knows, and the accesses that it is tried with.
ACCESSES: Final = ("ldr EL1h", "str EL0", "fetch EL1h")
VMMS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "enables nothing": ("", ACCESSES), "enables arm_sea": (ARM_SEA, ACCESSES), "reference VMM": (RECORD, ACCESSES),
}
ISOLATED: Final = f"{ACCESSES[0]}, isolated page"
_SEA_BYTES: Final = sum(field.width for field in FAULT_INFO.upto(PREFIX))
_SEA: Final = "KVM_EXIT_ARM_SEA"
_PAGE_SHIFT: Final = 12
_EC: Final = 26
_SERROR_VECTOR: Final = 3
_COLUMNS: Final = ("VMM", "enabled", "access", "exit", "guest reads")


def judge(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """Every cell."""
    offered = result["offered"]
    findings: list[Finding] = []
    for vmm, (newest, _) in VMMS.items():
        said = result["vmms"][vmm]
        due = newest if offered.get(newest) else ARM_SEA if newest and offered[ARM_SEA] else ""
        if said["capability"] != due:
            findings.append(Finding(f"{vmm}: enabled", due or "nothing", said["capability"] or "nothing"))
        for name, found in said["cells"].items():
            pairs = _isolated(found, said) if name == ISOLATED and due != RECORD else _abort(
                HARDWARE[name.partition(",")[0]], found, due, bare=newest != RECORD)
            findings += (Finding(f"{vmm}, {name}: {field}", str(wanted), str(got))
                         for field, wanted, got in pairs if wanted != got)
    return tuple(findings)


def _abort(cell: Cell, found: Mapping[str, Any], capability: str, *, bare: bool) -> Iterator[tuple[str, Any, Any]]:
    """``bare``: the answer says that an abort is pending, and no more."""
    if not capability:
        seen = found.get("stock", {})
        yield "SError", hex(HOST_SERROR), seen.get("esr_el1", found["exit"])
        yield "vector", hex(VECTORS[cell.level] + _SERROR_VECTOR), seen.get("vector")
        return
    union = bytes.fromhex(found.get("union", ""))
    yield "exit", _SEA, found["exit"]
    yield "SIGBUS beside it", None, found.get("bus")
    if capability == ARM_SEA:
        yield "bytes behind arm_sea", "", union[_SEA_BYTES:].hex()
    fetch = cell.access == "fetch" and not bare  # a bare answer is shown as a data abort, as before
    ec = (0x20 if fetch else 0x24) + (cell.level != "EL0")
    wnr = 0x40 if cell.access == "str" and not bare else 0
    seen = found.get("vmm", {})
    yield "ESR_EL1", hex(ec << _EC | 1 << 25 | wnr | 0x10), seen.get("esr_el1", str(found.get("refused")))
    yield "FAR_EL1", hex(cell.address), seen.get("far_el1")
    yield "vector", hex(VECTORS[cell.level]), seen.get("vector")


def _isolated(found: Mapping[str, Any], said: Said) -> Iterator[tuple[str, Any, Any]]:
    """SIGBUS with the page's address in the VMM, which the capability alone replaces."""
    yield "exit", "EINTR", found["exit"]
    hva = int(said["memslots"][1][2], 16)
    yield "SIGBUS", [[BUS_MCEERR_AR, hva, _PAGE_SHIFT]], found.get("bus")


def show(result: Said, _others: Mapping[str, Said]) -> Table:
    """A row for each cell."""
    return Table(_COLUMNS, tuple(
        (vmm, said["capability"] or "nothing", name, _exit(found), _guest(found))
        for vmm, said in result["vmms"].items() for name, found in said["cells"].items()))


def _exit(found: Mapping[str, Any]) -> str:
    return f"{found['exit']}, SIGBUS" if "bus" in found else str(found["exit"])


def _guest(found: Mapping[str, Any]) -> str:
    seen = found.get("vmm") or found.get("stock") or {}
    return f"{seen['esr_el1']} {seen['far_el1']}" if "esr_el1" in seen else "nothing"
