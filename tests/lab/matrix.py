# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo lab --matrix``: the tables on every kernel, QEMU and CPU, and what differs between them.

Each cell that differs is explained by a rule or is a finding; each finding is told once, with where it shows.
"""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import Any, Final, NamedTuple

from abi.errors import InputError
from abi.terminal import styled, table
from tests.lab import emulator, kernel, known, verdicts
from tests.lab.cache import Cache
from tests.lab.case import NOTHING, Case, Finding, Outcome, Said
from tests.lab.evidence import command
from tests.lab.lab import Choice, Lab, prepared
from tests.lab.platforms import plain
from tests.lab.printing import WIDTH
from tests.lab.rows import EQUAL, rows
from tests.lab.session import Session
from tests.lab.verdicts import BROKEN, CELLS, UNSEEN

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
    "live.vectors": "no trap of the machine: the same program is given the same bytes everywhere",
    "live.full": "no trap of the machine: the emitter's own ring buffer",
    "live.notice": "asks for an error source that QEMU has since 10.2",
    "live.no_notice": "asks for an error source that QEMU has since 10.2",
    "firmware.": "asks for KVM_EXIT_ARM_SEA, and for an error source that QEMU has since 10.2",
    "guest_kernel.": "asks for an error source that QEMU has since 10.2",
    "vmm.": "the reference VMM's own parts, not what a guest reads",
    "probe.": "judges nothing",
}
#: Cells that a line names.
_NAMED: Final = 3
#: In the place of the cells of a case that cannot be had at all.
_ALL: Final = "all"


class Configuration(NamedTuple):
    """What one row of the matrix is made of."""

    kernel: str
    qemu: str
    cpu: str

    @property
    def short(self) -> Configuration:
        """The kernel's version without the distribution's."""
        return self._replace(kernel=self.kernel.partition("+")[0])

    @property
    def named(self) -> Configuration:
        """For a sentence."""
        return self.short._replace(kernel=f"Linux {self.short.kernel}", qemu=f"QEMU {self.qemu}")

    def __str__(self) -> str:
        return f"{self.kernel}, QEMU {self.qemu}, {self.cpu}"


class Count(NamedTuple):
    """Cells of one group: equal, different by a rule, different by none, and those that this CPU cannot have."""

    equal: int
    explained: int
    findings: int
    absent: int

    def __str__(self) -> str:
        return "/".join(map(str, self))


class Absent(NamedTuple):
    """Cells of one group that this configuration cannot have, and why."""

    group: str
    why: str
    cells: tuple[str, ...]


class Differing(NamedTuple):
    """A field of cells of one group that is ``got``, not ``due``, by a rule or by none."""

    group: str
    field: str
    got: str
    due: str
    rule: str | None
    cells: tuple[str, ...]


class Row(NamedTuple):
    """One configuration: its groups, what differs, the verdicts on the rules that can be seen.

    ``absent``: the cells that it cannot have. ``run``: versions, command line and times, for the evidence.
    """

    configuration: Configuration
    groups: Mapping[str, Count | str]
    differing: tuple[Differing, ...]
    verdicts: Mapping[str, str]
    absent: tuple[Absent, ...] = ()
    run: Said = NOTHING


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
    judged = {one.rule: one.verdict for one in verdicts.verdicts(results) if one.verdict != UNSEEN}
    return Row(configuration, {name: _count(outcomes[name], results) for name in GROUPS}, differing, judged,
               tuple(absent for name in GROUPS for absent in _absent(outcomes[name])))


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
    return len(next((result[name] for name in ("cells", "replies", "hooks") if name in result), result))


def show(found: list[Row]) -> None:
    """The matrix, each finding once, what the rules explain, what the kernels break."""
    table([(*one.configuration.short, *(str(count) if isinstance(count, Count) else "failed"
                                        for count in one.groups.values())) for one in found],
          ("kernel", "QEMU", "-cpu", *SHORT.values()))
    print("\ncells: equal/other by a rule/other by none/not in this configuration")
    for text in sorted({f"{one.configuration}: {count}" for one in found for count in one.groups.values()
                        if isinstance(count, str)}):
        styled(textwrap.fill(text, WIDTH, subsequent_indent="  "), "bold red")
    parts = {
        "findings": told(found, explained=False), "by rules": told(found, explained=True),
        "not in a configuration": missing(found), "rules that a kernel does not keep": broken(found),
        "cases that are left out": (f"{name}{'*' * name.endswith('.')}: {why}" for name, why in LEFT_OUT.items()),
    }
    for title, lines in parts.items():
        print(f"\n{title}:")
        for line in list(lines) or ["none"]:
            print(textwrap.fill(line, WIDTH, subsequent_indent="  ", break_on_hyphens=False))


def told(found: list[Row], *, explained: bool) -> Iterator[str]:
    """Each difference once: its rule, the field, its cells, the first of them, and where it shows."""
    groups: dict[tuple[str, str, str, str], list[tuple[Configuration, Differing]]] = {}
    for one in found:
        for each in one.differing:
            if (each.rule is not None) is explained:
                key = each.rule or "NO RULE", SHORT[each.group], each.field, each.got if each.field == "exit" else ""
                groups.setdefault(key, []).append((one.configuration, each))
    for (rule, group, field, _), shown in groups.items():
        cells = [cell for _, each in shown for cell in each.cells]
        configuration, first = shown[0]
        why = "" if explained else known.why(configuration.qemu, first)
        yield (f"{rule}: {group}, {field} of {_named(cells)}: {first.got}, "
               f"not {first.due}. {places([configuration for configuration, _ in shown], found)}{why and f' {why}'}")


def _named(cells: Iterable[str]) -> str:
    """The first few, and how many more."""
    each = list(dict.fromkeys(cells))
    return ", ".join(each[:_NAMED]) + (f" and {len(each) - _NAMED} more" if len(each) > _NAMED else "")


def missing(found: list[Row]) -> Iterator[str]:
    """Each reason for which cells were not run, the cells, and where."""
    reasons: dict[tuple[str, str], list[tuple[Configuration, Absent]]] = {}
    for one in found:
        for each in one.absent:
            reasons.setdefault((each.why, each.group), []).append((one.configuration, each))
    for (why, group), shown in reasons.items():
        cells = [cell for _, each in shown for cell in each.cells]
        yield f"{SHORT[group]}, {_named(cells)}: {why}. {places([configuration for configuration, _ in shown], found)}"


def broken(found: list[Row]) -> Iterator[str]:
    """Each rule that some kernel breaks, and where."""
    for rule in dict.fromkeys(rule for one in found for rule in one.verdicts):
        where = [one.configuration for one in found if one.verdicts.get(rule) == BROKEN]
        if where:
            yield f"{rule}{' (its own injection)' * rule.startswith('vmm.')}: {places(where, found)}"


def places(shown: list[Configuration], found: list[Row]) -> str:
    """Where something shows, by what those configurations have in common and the others have not."""
    there, every = set(shown), [one.configuration for one in found]
    if there == set(every):
        return "Everywhere."
    for parts in (("kernel",), ("qemu",), ("cpu",), ("kernel", "qemu"), ("kernel", "cpu"), ("qemu", "cpu")):
        common = {tuple(getattr(one.named, part) for part in parts) for one in there}
        if {one for one in every if tuple(getattr(one.named, part) for part in parts) in common} == there:
            return f"On {'; '.join(sorted(' with '.join(values) for values in common))}."
    return f"On {'; '.join(sorted(', '.join(one.named) for one in there))}."


def differs(found: Iterable[Row]) -> bool:
    """Whether anything failed, or differs by no rule and is not known of that QEMU."""
    return any(isinstance(count, str) for one in found for count in one.groups.values()) or any(
        each.rule is None and not known.why(one.configuration.qemu, each) for one in found for each in one.differing)
