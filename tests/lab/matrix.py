# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo lab --matrix``: the tables on every kernel, QEMU and CPU, and what differs between them.

Each cell that differs is explained by a rule or is a finding; each finding is told once, with where it shows.
"""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import Any, Final, NamedTuple

from abi.errors import InputError
from abi.terminal import styled, table
from tests.lab import emulator, kernel, verdicts
from tests.lab.cache import Cache
from tests.lab.case import Case, Finding, Outcome, Said
from tests.lab.lab import Choice, prepared
from tests.lab.platforms import plain
from tests.lab.printing import WIDTH
from tests.lab.rows import EQUAL, rows
from tests.lab.session import Session
from tests.lab.verdicts import BROKEN, CELLS, UNSEEN

#: FEAT_RAS of version 1.1 and all that is new; of version 1.0; none.
CPUS: Final = ("max", "neoverse-n1", "cortex-a57")
#: Cases of the matrix: all that run on the plain board and judge cells.
GROUPS: Final = (*CELLS, "serror.severities", "contract")
SHORT: Final = {"equality.hardware": "hardware", "equality.table": "table", "equality.architecture": "architecture",
                "serror.severities": "SError", "contract": "replies"}
#: How deep its evidence has lines: what differs.
LINES: Final = 4
#: Cells that a line names.
_NAMED: Final = 3


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

    ``failing``: those that the kernel breaks though it claims to keep them.
    """

    configuration: Configuration
    groups: Mapping[str, Count | str]
    differing: tuple[Differing, ...]
    verdicts: Mapping[str, str]
    failing: tuple[str, ...] = ()


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
        try:
            lab = prepared(cache, choice, lambda _text: None)
        except InputError as error:
            configuration = Configuration(choice.kernel, choice.qemu, choice.cpu)
            found.append(Row(configuration, dict.fromkeys(GROUPS, str(error)), (), {}))
            continue
        session = Session(lab, say)
        session.run(plain(lab), {name: cases[name] for name in GROUPS})
        version = lab.emulator.version.split(" ")[0]
        found.append(row(Configuration(lab.kernel.version, version, choice.cpu), session.outcomes))
    return found


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
    failing = tuple(one.rule for one in verdicts.failing(results, found))
    return Row(configuration, {name: _count(outcomes[name], results) for name in GROUPS}, differing, judged, failing)


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


def _count(outcome: Outcome, results: Mapping[str, Said]) -> Count | str:
    if outcome.result is None:
        return (outcome.problem or outcome.absent or "").strip().rpartition("\n")[2]
    unexplained = {_where(finding)[0] for finding in outcome.findings if finding.rule is None}
    if outcome.case.name in CELLS:
        every = list(rows(outcome.result, results))
        ran = [one for one in every if not one.absent and one.cell.name not in unexplained]
        equal = sum(one.vmm.text == EQUAL for one in ran)
        return Count(equal, len(ran) - equal, len(unexplained), sum(bool(one.absent) for one in every))
    cells = outcome.result.get("cells") or {
        name: found for name, found in outcome.result.get("replies", {}).items() if "absent" not in found}
    explained = {_where(finding)[0] for finding in outcome.findings} - unexplained
    return Count(len(cells) - len(explained) - len(unexplained), len(explained), len(unexplained), 0)


def evidence(found: Iterable[Row], date: dt.datetime) -> dict[str, Any]:
    """For spec/evidence."""
    return {"date": date.isoformat(timespec="seconds"), "rows": [
        {**one.configuration._asdict(),
         "groups": {name: count._asdict() if isinstance(count, Count) else count for name, count in one.groups.items()},
         "differing": [each._asdict() | {"cells": list(each.cells)} for each in one.differing],
         "verdicts": dict(one.verdicts)}
        for one in found]}


def show(found: list[Row]) -> None:
    """The matrix, each finding once, what the rules explain, what the kernels break."""
    table([(*one.configuration.short, *(str(count) if isinstance(count, Count) else "failed"
                                        for count in one.groups.values())) for one in found],
          ("kernel", "QEMU", "-cpu", *SHORT.values()))
    print("\ncells: equal/other by a rule/other by none/not on this CPU")
    for text in sorted({f"{one.configuration}: {count}" for one in found for count in one.groups.values()
                        if isinstance(count, str)}):
        styled(textwrap.fill(text, WIDTH, subsequent_indent="  "), "bold red")
    for title, lines in (("findings", told(found, explained=False)), ("by rules", told(found, explained=True)),
                         ("rules that a kernel does not keep", broken(found))):
        print(f"\n{title}:")
        for line in lines:
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
        cells = list(dict.fromkeys(cell for _, each in shown for cell in each.cells))
        first = shown[0][1]
        more = f" and {len(cells) - _NAMED} more" if len(cells) > _NAMED else ""
        yield (f"{rule}: {group}, {field} of {', '.join(cells[:_NAMED])}{more}: {first.got}, "
               f"not {first.due}. {places([configuration for configuration, _ in shown], found)}")


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
    """Whether anything differs by no rule, failed, or breaks a rule that the kernel claims to keep."""
    rows = list(found)
    return any(one.failing for one in rows) or any(
        isinstance(count, str) or count.findings for one in rows for count in one.groups.values())
