# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Judges of the equality tables: what the guest read, against what it had to read, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from abi import pstate
from abi.address import is_external_abort, kind_of
from abi.definition import KIND_DATA_ABORT, KIND_INSTRUCTION_ABORT
from abi.esr_fields import EC_MASK, FSC, IL
from abi.syndrome import encode
from tests.lab.case import Finding, Said
from tests.lab.cells import ARCHITECTURE, HARDWARE, SERROR, TABLE, VECTORS, Cell

#: Cells that differ in more than the address: at least so many must have been compared.
ENOUGH: Final = 24
NOT_ON_WALK: Final = 0x10
#: ESR_EL1 of the SError that a host injects where it does not tell the VMM: EC, IL, IDS.
HOST_SERROR: Final = 0xBF000000
ALL: Final = HARDWARE | ARCHITECTURE
_ABORTS: Final = (KIND_DATA_ABORT, KIND_INSTRUCTION_ABORT)

Seen = Mapping[str, Any]


def hardware(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """Each cell equals what the CPU itself delivered; both of its ways agree; and there are enough cells."""
    findings = list(_untold(result, HARDWARE))
    compared = set()
    for cell, found in _told(result, HARDWARE):
        shown = found["hardware"]
        if not _is_abort(shown):
            findings.append(Finding(f"{cell.name}: hardware", "an external abort", str(shown)))
            continue
        if "device" in found:
            findings += _compared(f"{cell.name}, Device memory", shown, found["device"])
        findings += _answered(cell, found, shown)
        compared.add((cell.access, cell.level, cell.bits, cell.isolated, cell.state, cell.sctlr_flipped))
    if len(compared) < ENOUGH and not findings:
        findings.append(Finding("cells", f">= {ENOUGH}", str(len(compared))))
    return tuple(findings)


def table(result: Said, others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """The same, where the CPU took the abort to EL2 by itself."""
    findings = list(_untold(result, {name: HARDWARE[name] for name in TABLE}))
    for cell, found in _told(result, HARDWARE):
        findings += _answered(cell, found, shown_by_hardware(others, cell.name))
    return tuple(findings)


def architecture(result: Said, others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """Each cell equals what the architecture's table says, also as the kernel's <asm/esr.h> takes it apart."""
    findings = list(_untold(result, ARCHITECTURE))
    for cell, found in _told(result, ARCHITECTURE):
        if cell.refused:
            findings += _refused(cell, found)
            continue
        seen = dict(found.get("vmm", {}))
        by_header = seen.pop("by_kernel_header", {})
        findings += _answered(cell, found | {"vmm": seen}, expected(cell, others))
        fields = {"FSC" if name in ("DFSC", "IFSC") else name: value for name, value in (cell.fields or {}).items()}
        wanted = {name: fields.get(name, 0) for name in by_header}
        if not by_header or by_header != wanted:
            findings.append(Finding(f"{cell.name}: ESR_EL1 by <asm/esr.h>", str(wanted), str(by_header)))
    return tuple(findings)


def expected(cell: Cell, others: Mapping[str, Said]) -> dict[str, Any]:
    """What the guest must read: the hardware's state of the same access, with syndrome and FAR by the architecture."""
    fields = dict(cell.fields or {})
    seen = dict(shown_by_hardware(others, cell.like))
    if not seen:
        return {}
    vector = int(seen["vector"], 16) + (SERROR if cell.ease else 0)
    return seen | {
        "esr_el1": hex(encode(fields)), "far_el1": hex(0 if fields.get("FnV") else cell.address), "vector": hex(vector),
    }


def explained(cell: Cell, field: str, wanted: str, got: str) -> str | None:
    """The rule by which the guest reads something else than the hardware shows."""
    if field == "esr_el1" and cell.isolated is None and cell.fields is None:
        esr = int(wanted, 16)
        if 0x13 <= esr & FSC <= 0x17 and int(got, 16) == esr & ~FSC | NOT_ON_WALK:
            return "vmm.esr.rewrite"
    if field == "dit" and cell.state & pstate.DIT and int(got, 16) == pstate.DIT:
        return "vmm.entry.state"  # an entry leaves PSTATE.DIT alone; QEMU up to 11.1.3 clears it
    return None


def told_cells(result: Said | None) -> Iterator[tuple[Cell, dict[str, Any]]]:
    """Cells that were run on KVM, also those of which it told nobody."""
    return ((ALL[name], found) for name, found in (result or {}).get("cells", {}).items() if "exit" in found)


def _told(result: Said, cells: Mapping[str, Cell]) -> Iterator[tuple[Cell, dict[str, Any]]]:
    """Cells of which the VMM was told."""
    return ((cells[name], found) for name, found in result["cells"].items()
            if "stock" not in found and "absent" not in found)


def _untold(result: Said, cells: Mapping[str, Cell]) -> Iterator[Finding]:
    """Cells that are not there at all, and those where the kernel told nobody: one finding for each of its ends."""
    yield from (Finding(name, "a result", "none") for name in cells if name not in result["cells"])
    ends: dict[tuple[str, str], int] = {}
    for name, found in result["cells"].items():
        if "stock" in found:
            end, rule = end_untold(cells[name], found["stock"], ras="FEAT_RAS" in result["features"])
            ends[end, rule] = ends.get((end, rule), 0) + 1
    for (end, rule), number in ends.items():
        yield Finding(f"{number} cells: exit", "KVM_EXIT_ARM_SEA", end, rule or None)


def end_untold(cell: Cell, seen: Seen, *, ras: bool) -> tuple[str, str]:
    """How an abort ends of which the host tells nobody, and the rule by which, or which that breaks; "": neither."""
    rule = "host.enabled.only" if ras else "host.owned"
    if seen.get("late") and cell.state & pstate.A:
        return "repeats: the SError is masked", rule
    if seen.get("late") and cell.on_walk and not ras:
        return "repeats: no IPA (erratum 834220)", "host.never_silent"
    said = ~0 if ras else EC_MASK | IL  # without FEAT_RAS the ISS of a virtual SError is the CPU's own
    esr = int(seen.get("esr_el1", "0"), 16)
    if not (esr ^ HOST_SERROR) & said and seen["vector"] == hex(VECTORS[cell.level] + SERROR):
        return f"SError {esr:#x}", rule
    return str(seen), ""


def _answered(cell: Cell, found: Seen, wanted: Seen) -> Iterator[Finding]:
    if "refused" in found:
        yield Finding(f"{cell.name}: refused", "an injection", found["refused"]["why"])
        return
    if not wanted:
        yield Finding(f"{cell.name}: expected", "what the hardware shows", "nothing to compare with")
        return
    for name, (entry, got) in found["entry"].items():
        yield Finding(f"{cell.name}: {name} after the request", entry, got)
    yield from _compared(cell.name, wanted, found["vmm"], cell)


def _compared(name: str, wanted: Seen, got: Seen, cell: Cell | None = None) -> Iterator[Finding]:
    """Every field of the two."""
    for field in dict.fromkeys((*wanted, *got)):
        one, other = str(wanted.get(field)), str(got.get(field))
        if one != other:
            known = field in wanted and field in got
            rule = explained(cell, field, one, other) if cell and known else None
            yield Finding(f"{name}: {field}", one, other, rule)


def _refused(cell: Cell, found: Seen) -> Iterator[Finding]:
    """Nothing was injected, and that was an error by its rule."""
    rule = found.get("refused", {}).get("rule", "an injection")
    if rule != cell.refused:
        yield Finding(f"{cell.name}: refused", cell.refused, rule)
    if found.get("kernel", {}).get("exit") != "KVM_EXIT_ARM_SEA":
        yield Finding(f"{cell.name}: kernel", "the access again", str(found.get("kernel")))


def _is_abort(seen: Seen) -> bool:
    esr = int(seen.get("esr_el1", "0"), 16)
    return kind_of(esr) in _ABORTS and is_external_abort(esr)


def shown_by_hardware(others: Mapping[str, Said], name: str) -> Seen:
    """What the hardware showed for a cell, in the case that this one comes after."""
    cells: Mapping[str, Any] = others.get("equality.hardware", {}).get("cells", {})
    seen: Seen = cells.get(name, {}).get("hardware", {})
    return seen
