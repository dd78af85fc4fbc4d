# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Judges of the equality tables: what the guest read, against what it had to read, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from abi import pstate
from abi.address import is_external_abort, kind_of
from abi.definition import KIND_DATA_ABORT, KIND_INSTRUCTION_ABORT, RECORD
from abi.esr_fields import EC_MASK, FSC, IL
from abi.syndrome import as_dict, encode
from reference_vmm.kvm.path import RECORD as FAULT_INFO
from tests.lab.case import Finding, Said
from tests.lab.cells import ARCHITECTURE, HARDWARE, SERROR, TABLE, VECTORS, Cell

#: Cells that differ in more than the address: at least so many must have been compared.
ENOUGH: Final = 24
NOT_ON_WALK: Final = 0x10
_ON_WALK: Final = range(0x13, 0x18)
_ESR: Final = slice(RECORD.offsets["esr"], RECORD.end("esr"))
_CONTAINERS: Final = ("ISS", "ISS2")
#: ESR_EL1 of the SError that a host injects where it does not tell the VMM: EC, IL, IDS.
HOST_SERROR: Final = 0xBF000000
NOTHING_INJECTED: Final = "KVM_SET_VCPU_EVENTS returned 0 and injected nothing: a bug of this kernel"
#: How an abort ends of which nobody is told, neither by an exit nor by an exception.
SILENT: Final = "enters the guest again and again, silently"
ALL: Final = HARDWARE | ARCHITECTURE
_ABORTS: Final = (KIND_DATA_ABORT, KIND_INSTRUCTION_ABORT)

Seen = Mapping[str, Any]


def hardware(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """Each cell equals what the CPU itself delivered; both of its ways agree; and there are enough cells."""
    findings = [*_untold(result, HARDWARE), *_oracle(result, HARDWARE)]
    compared = set()
    for cell, found in _told(result, HARDWARE):
        if _is_abort(found.get("hardware", {})):
            findings += _answered(cell, found, found["hardware"])
            compared.add((cell.access, cell.level, cell.bits, cell.isolated, cell.state, cell.sctlr_flipped))
    if len(compared) < ENOUGH and (compared or not findings):
        findings.append(Finding("cells", f">= {ENOUGH}", str(len(compared))))
    return tuple(findings)


def table(result: Said, others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """The same, where the CPU took the abort to EL2 by itself."""
    cells = {name: HARDWARE[name] for name in TABLE}
    findings = [*_untold(result, cells), *_oracle(result, cells)]
    for cell, found in _told(result, HARDWARE):
        findings += _answered(cell, found, found.get("hardware") or shown_by_hardware(others, cell.name))
    return tuple(findings)


def architecture(result: Said, others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """Each cell equals what the architecture's table says, also as the kernel's <asm/esr.h> takes it apart."""
    findings = list(_untold(result, ARCHITECTURE))
    for cell, found in _told(result, ARCHITECTURE):
        if not_injected(result, cell, found):
            findings.append(Finding(f"{cell.name}: injection", "an abort", NOTHING_INJECTED, cell.refused))
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


def explained(cell: Cell, field: str, wanted: str, got: str, record: str = "") -> str | None:
    """The rule by which the guest reads something else than the hardware shows.

    ``field``: a register, or a field of ESR_EL1 by its name, FSC for DFSC and IFSC. Of the whole register: the one
    rule by which every field of it that differs does. ``record``: the record that it was told by.
    """
    if field == "esr_el1":
        rules = {explained(cell, name, hex(due), hex(value), record)
                 for name, due, value in differing_fields(wanted, got)}
        return rules.pop() if len(rules) == 1 else None
    if field == "FSC" and cell.fields is None:
        return _level_lost(cell, int(wanted, 16), int(got, 16), record)
    if field == "dit" and cell.state & pstate.DIT and int(got, 16) == pstate.DIT:
        return "vmm.entry.state"  # an entry leaves PSTATE.DIT alone; QEMU up to 11.1.3 clears it
    return None


def _level_lost(cell: Cell, wanted: int, got: int, record: str) -> str | None:
    """A walk that is shown as none: whose it was is not known, or the host has not found the level."""
    if wanted not in _ON_WALK or got != NOT_ON_WALK:
        return None
    if not cell.isolated:
        return "vmm.esr.rewrite"
    said = int.from_bytes(bytes.fromhex(record)[_ESR], "little") & FSC if record else wanted
    return "host.esr.isolated" if said == NOT_ON_WALK else None


def differing_fields(wanted: str, got: str) -> Iterator[tuple[str, int, int]]:
    """Fields of ESR_ELx that are other: name, as due, as read; FSC stands for DFSC and IFSC."""
    one, other = _fields(int(wanted, 16)), _fields(int(got, 16))
    for name in dict.fromkeys((*one, *other)):
        if one.get(name, 0) != other.get(name, 0):
            yield name, one.get(name, 0), other.get(name, 0)


def _fields(esr: int) -> dict[str, int]:
    return {"FSC" if name in ("DFSC", "IFSC") else name: value
            for name, value in as_dict(esr).items() if name not in _CONTAINERS}


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
            end, rule = end_untold(cells[name], found["stock"], result)
            ends[end, rule] = ends.get((end, rule), 0) + 1
    for (end, rule), number in ends.items():
        yield Finding(f"{number} cells: exit", "KVM_EXIT_ARM_SEA", end, rule or None)


def end_untold(cell: Cell, seen: Seen, result: Said) -> tuple[str, str]:
    """How an abort ends of which the host tells nobody, and the rule by which; "": by none.

    Of a kernel that does not claim to keep the rules also the rule that such an end breaks. One that has enabled the
    exits may be silent only about what it owns.
    """
    ras = "FEAT_RAS" in result["features"]
    rule = "" if ras and result["capability"] else "host.enabled.only" if ras else "host.owned"
    if seen.get("late") and cell.state & pstate.A:
        return "repeats: the SError is masked", rule
    if seen.get("late"):
        return SILENT, "" if claims(result) else "host.never_silent"
    said = ~0 if ras else EC_MASK | IL  # rule host.owned: without FEAT_RAS the ISS is the CPU's own
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
    yield from _compared(cell.name, wanted, found["vmm"], cell, found.get("record", ""))


def _compared(name: str, wanted: Seen, got: Seen, cell: Cell | None = None, record: str = "") -> Iterator[Finding]:
    """Every field of the two."""
    for field in dict.fromkeys((*wanted, *got)):
        one, other = str(wanted.get(field)), str(got.get(field))
        if one != other:
            known = field in wanted and field in got
            rule = explained(cell, field, one, other, record) if cell and known else None
            yield Finding(f"{name}: {field}", one, other, rule)


def _oracle(result: Said, cells: Mapping[str, Cell]) -> Iterator[Finding]:
    """Whether the CPU itself delivered an abort, the same on both of its ways, whatever KVM made of the access."""
    for name, found in result["cells"].items():
        if "absent" in found and not found.get("hardware"):
            continue
        shown = found.get("hardware", {})
        if not _is_abort(shown):
            yield Finding(f"{name}: hardware", "an external abort", str(shown))
        elif "device" in found:
            yield from _compared(f"{cells[name].name}, Device memory", shown, found["device"])


def claims(result: Said) -> bool:
    """Whether the kernel under test says by its capability that it keeps the rules."""
    return bool(result.get("capability") == FAULT_INFO)


def not_injected(result: Said, cell: Cell, found: Seen) -> bool:
    """The known bug of a kernel that does not claim to keep the rules: success is returned, nothing is injected.

    The VMM saw that and said so, and the access comes again after the kernel's own injection too.
    """
    return bool(cell.refused and not claims(result) and found.get("refused", {}).get("rule") == cell.refused
                and found.get("kernel", {}).get("exit") == "KVM_EXIT_ARM_SEA")


def _is_abort(seen: Seen) -> bool:
    esr = int(seen.get("esr_el1", "0"), 16)
    return kind_of(esr) in _ABORTS and is_external_abort(esr)


def shown_by_hardware(others: Mapping[str, Said], name: str) -> Seen:
    """What the hardware showed for a cell, in the case that this one comes after."""
    cells: Mapping[str, Any] = others.get("equality.hardware", {}).get("cells", {})
    seen: Seen = cells.get(name, {}).get("hardware", {})
    return seen
