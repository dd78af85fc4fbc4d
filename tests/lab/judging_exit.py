# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Judge and table of the SErrors that a running guest has: the exit, the answer, and KVM_RUN without one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from abi.esr_fields import EC_SERROR, EC_SHIFT, IDS, IL, ISS
from abi.trap import Trap
from reference_host.emit import emit
from tests.lab.case import Finding, Said, Table
from tests.lab.cells import SERROR, VECTORS
from tests.lab.judging import claims

#: ISS by name: a corrected error, those that a VMM is given, one without an architected syndrome.
ISSES: Final[Mapping[str, int]] = {
    "CE": 0x1811, "UEO": 0x811, "UER": 0xC11, "UEU": 0x411, "UER, EA": 0xE11, "IDS": IDS,
    "UER, VFV": 0xC11 | 1 << 15,
}
#: What the VMM does (rule ``vmm.notify``), and what the host does by itself (rule ``host.reply.none``).
LOGGED: Final = ("CE", "UEO")
_PEND, _LOG = "pend", "log"
#: The guest goes on, and comes to its SVC.
_SVC: Final = 0x56000000
_SERROR: Final = EC_SERROR << EC_SHIFT | IL
#: The guest is told no address: VFV, and what the host does not know.
_SHOWN: Final = ISS & ~(1 << 15)
_COLUMNS: Final = ("SError", "exit", "answer", "guest reads", "without an answer")


def judge(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """Of a kernel that claims the exit each cell; of another what it does by itself, by ``host.enabled.only``."""
    findings: list[Finding] = []
    for name in ISSES:
        for cell in (name, f"{name}, deferred"):
            findings += _cell(result, cell, name, result["cells"].get(cell, {}))
    if not claims(result) and result["cells"]:
        findings.append(Finding("exit", "KVM_EXIT_ARM_SERROR", "none", "host.enabled.only"))
    return tuple(findings)


def _cell(result: Said, cell: str, name: str, found: Mapping[str, Any]) -> Iterator[Finding]:
    given = claims(result) and emit(Trap(_SERROR | ISSES[name], 0, 0)).record is not None
    alone = _SVC if name in LOGGED else _SERROR | IDS
    if not given:
        yield from _read(f"{cell}: by the host", alone, found.get("stock", found))
        return
    if found.get("exit") != "KVM_EXIT_ARM_SERROR":
        yield Finding(f"{cell}: exit", "KVM_EXIT_ARM_SERROR", str(found.get("exit")))
        return
    action = _LOG if name in LOGGED else _PEND
    if found.get("decision", {}).get("action") != action:
        yield Finding(f"{cell}: answer", action, str(found.get("decision") or found.get("refused")))
        return
    told = _SVC if action == _LOG else _SERROR | ISSES[name] & _SHOWN
    yield from _read(f"{cell}: answered", told, found["vmm"])
    yield from _read(f"{cell}: without an answer", alone, found.get("unanswered", {}))


def _read(field: str, esr: int, seen: Mapping[str, Any]) -> Iterator[Finding]:
    """The syndrome that the guest read, and at an SError the vector."""
    vector = VECTORS["EL1h"] + (0 if esr == _SVC else SERROR)
    got = {name: seen.get(name) for name in ("esr_el1", "vector", "registers_kept")}
    wanted = {"esr_el1": hex(esr), "vector": hex(vector)} | ({} if esr == _SVC else {"registers_kept": True})
    yield from (Finding(f"{field}: {each}", str(wanted[each]), str(got[each] or seen))
                for each in wanted if got[each] != wanted[each])


def show(result: Said, _others: Mapping[str, Said]) -> Table:
    """A row for each."""
    return Table(_COLUMNS, tuple(_row(name, found) for name, found in result["cells"].items()))


def _row(name: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    if "stock" in found:
        return name, "none", "", "", found["stock"].get("esr_el1", "?")
    answer = found.get("decision") or found.get("refused") or {}
    return (name, found["exit"], " by ".join(answer.get(each, "") for each in ("action", "rule")).removeprefix(" by "),
            found.get("vmm", {}).get("esr_el1", "?"), found.get("unanswered", {}).get("esr_el1", "?"))
