# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo lab --matrix``: the tables on every kernel, QEMU and CPU, and what differs between them.

Each cell that differs is explained by a rule or is a finding; each finding is told once, with where it shows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any, Final

from abi.errors import InputError
from tests.lab import emulator, kernel, verdicts
from tests.lab.cache import Cache
from tests.lab.case import Case, Finding, Outcome, Said
from tests.lab.evidence import command
from tests.lab.lab import Choice, Lab, prepared
from tests.lab.matrix_rows import Absent, Configuration, Count, Differing, Row
from tests.lab.platforms import plain
from tests.lab.rows import EQUAL, rows
from tests.lab.session import Session
from tests.lab.verdicts import CELLS, UNSEEN

#: FEAT_RAS of version 1.1 and all that is new; of version 1.0; none.
CPUS: Final = ("max", "neoverse-n1", "cortex-a57")
#: Cases of the matrix -> the column of each.
SHORT: Final = {"equality.hardware": "hardware", "equality.table": "table", "equality.architecture": "architecture",
                "serror.severities": "SError", "contract": "replies", "live.hooks": "hooks",
                "live.not_told": "emitter", "live.poison": "poison"}
GROUPS: Final = tuple(SHORT)
#: Cases that it leaves out -> why; of a name that ends in a dot all whose names begin so.
LEFT_OUT: Final = {
    "live.told": "asks for KVM_EXIT_ARM_SEA, which one of the kernels and one of the CPUs have not",
    "live.serror": "asks for FEAT_RAS, which one of the CPUs has not",
    "live.deferred": "asks for FEAT_RAS, which one of the CPUs has not",
    "live.beside": "asks for a kernel that writes the record itself",
    "serror.exit": "asks for FEAT_RAS, which one of the CPUs has not",
    "combinations": "asks for FEAT_RAS, which one of the CPUs has not",
    "live.vectors": "no trap of the machine: the same program is given the same bytes everywhere",
    "live.full": "no trap of the machine: the emitter's own ring buffer",
    "live.notice": "asks for an error source that QEMU has since 10.2",
    "live.no_notice": "asks for an error source that QEMU has since 10.2",
    "firmware.": "asks for KVM_EXIT_ARM_SEA, and for an error source that QEMU has since 10.2",
    "apei.": "asks for KVM_EXIT_ARM_SEA, and for an error source that QEMU has since 10.2",
    "guest_kernel.": "asks for an error source that QEMU has since 10.2",
    "vmm.": "the reference VMM's own parts, not what a guest reads",
    "probe.": "no trap: what the machine offers",
}
#: In the place of the cells of a case that cannot be had at all.
_ALL: Final = "all"


def choices(asked: Choice) -> Iterator[Choice]:
    """Every configuration; a kernel or QEMU that the user names is one more."""
    kernels = dict.fromkeys((*kernel.NAMES, asked.kernel))
    emulators = dict.fromkeys((*emulator.NAMES, asked.qemu))
    cpus = dict.fromkeys((*CPUS, asked.cpu))
    for which, qemu, cpu in product(kernels, emulators, cpus):
        yield asked._replace(kernel=which, qemu=qemu, cpu=cpu)


def run(cache: Cache, asked: Choice, cases: Mapping[str, Case], say: Callable[[str], None]) -> list[Row]:
    """Run all; one that cannot be prepared is a row that says why."""
    found = []
    for choice in choices(asked):
        say(f"matrix: kernel {choice.kernel}, QEMU {choice.qemu}, {choice.cpu}")
        start = time.monotonic()
        try:
            lab = prepared(cache, choice, lambda _text: None)
        except InputError as error:
            configuration = Configuration(choice.kernel, choice.qemu, choice.cpu)
            found.append(Row(configuration, dict.fromkeys(GROUPS, str(error)), (), {}))
            continue
        session = Session(lab, say)
        session.run(plain(lab), {name: cases[name] for name in GROUPS})
        version = lab.emulator.version.split(" ")[0]
        one = row(Configuration(lab.kernel.version, version, choice.cpu), session.outcomes)
        found.append(one._replace(run=_ran(lab, session, time.monotonic() - start)))
    return found


def _ran(lab: Lab, session: Session, seconds: float) -> dict[str, Any]:
    """What the evidence says of how it was run; of a machine that died, the one before."""
    return {
        "packages": list(lab.kernel.packages), "emulator": lab.emulator.version,
        "command": command(lab, session.boots[0].command) if session.boots else [],
        "deaths": sum(boot.death is not None for boot in session.boots),
        "seconds": {"boot": round(sum(boot.boot_seconds for boot in session.boots), 2),
                    "import": round(sum(boot.import_seconds for boot in session.boots), 2),
                    "cases": round(sum(boot.cases_seconds for boot in session.boots), 2), "all": round(seconds, 2)},
    }


def row(configuration: Configuration, outcomes: Mapping[str, Outcome]) -> Row:
    """What came of one configuration."""
    results = {name: outcome.result for name, outcome in outcomes.items() if outcome.result is not None}
    cells: dict[tuple[str, str, str, str, str | None], list[str]] = {}
    for outcome in outcomes.values():
        for cell, field, got, due, rule in _differences(outcome, results):
            cells.setdefault((outcome.case.name, field, got, due, rule), []).append(cell)
    differing = tuple(Differing(*key, tuple(dict.fromkeys(each))) for key, each in cells.items())
    found = verdicts.verdicts(results)
    judged = {one.rule: one.verdict for one in found if one.verdict != UNSEEN}
    return Row(configuration, {name: _count(outcomes[name], results) for name in GROUPS}, differing, judged,
               tuple(absent for name in GROUPS for absent in _absent(outcomes[name])),
               failing=tuple(one.rule for one in verdicts.failing(results, found)))


def _differences(
    outcome: Outcome, results: Mapping[str, Said]
) -> Iterator[tuple[str, str, str, str, str | None]]:
    """Cell, field, got, due, rule; of the tables' cells what rules explain is read off their rows."""
    by_rows = outcome.case.name in CELLS and outcome.result is not None
    for finding in outcome.findings:
        if not by_rows or finding.rule is None:
            yield (*_where(finding), finding.got, finding.expected, finding.rule)
    for one in rows(outcome.result, results) if by_rows and outcome.result is not None else ():
        if one.vmm.word == "not told" and one.vmm.rule:
            yield one.cell.name, "exit", one.kernel.word, "KVM_EXIT_ARM_SEA", one.vmm.rule
        elif one.vmm.word and one.vmm.rule:
            yield one.cell.name, one.vmm.word, one.kernel.word, "an injection", one.vmm.rule
        yield from ((one.cell.name, each.field, each.got, each.due, each.rule)
                    for each in one.vmm.differences if each.rule)


def _where(finding: Finding) -> tuple[str, str]:
    """The cell and the field that a finding is about."""
    cell, _, field = finding.field.rpartition(": ")
    return cell or field, field if cell else "answer"


def _absent(outcome: Outcome) -> Iterator[Absent]:
    """What it has not, by the reason."""
    if outcome.absent is not None:
        yield Absent(outcome.case.name, outcome.absent, (_ALL,))
    result = outcome.result or {}
    reasons: dict[str, list[str]] = {}
    for cell, found in (result.get("cells") or result.get("replies") or {}).items():
        if "absent" in found:
            reasons.setdefault(found["absent"], []).append(cell)
    yield from (Absent(outcome.case.name, why, tuple(cells)) for why, cells in reasons.items())


def _count(outcome: Outcome, results: Mapping[str, Said]) -> Count | str:
    if outcome.absent is not None:
        return Count(0, 0, 0, 1)
    if outcome.result is None:
        return (outcome.problem or "").strip().rpartition("\n")[2]
    absent = sum(len(one.cells) for one in _absent(outcome))
    unexplained = {_where(finding)[0] for finding in outcome.findings if finding.rule is None}
    if outcome.case.name in CELLS:
        ran = [one for one in rows(outcome.result, results) if not one.absent and one.cell.name not in unexplained]
        equal = sum(one.vmm.text == EQUAL for one in ran)
        return Count(equal, len(ran) - equal, len(unexplained), absent)
    ran_at_all = _parts(outcome.result) - absent
    if ran_at_all == 1:
        unexplained = set(list(unexplained)[:1])
    explained = {_where(finding)[0] for finding in outcome.findings if finding.rule} - unexplained
    return Count(ran_at_all - len(explained) - len(unexplained), len(explained), len(unexplained), absent)


def _parts(result: Said) -> int:
    """Of how many things a case that is no table tells."""
    if "records" in result:  # of one access
        return 1
    return len(next((result[name] for name in ("cells", "replies", "hooks") if result.get(name)), result))
