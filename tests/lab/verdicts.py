# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Which rules the kernel under test keeps, rule by rule, computed from the cells; the judges are :mod:`abi.rules`.

A rule that no cell breaks is kept only if a cell could have shown it broken: each emission is judged again with lies in
it, one at a time (a bit of what the kernel said, another end), and a rule that no lie breaks cannot be seen. So what
KVM_EXIT_ARM_SEA has no field for cannot be seen, and no list says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from abi.rules import all_rules
from tests.lab import contract
from tests.lab.case import Said
from tests.lab.judging import claims, told_cells
from tests.lab.verdict_answer import by_guest
from tests.lab.verdict_chain import by_chain
from tests.lab.verdict_emission import by_emission, by_serror

KEPT: Final = "kept"
BROKEN: Final = "broken"
UNSEEN: Final = "cannot be seen"
#: Cases whose cells are judged.
CELLS: Final = ("equality.hardware", "equality.table", "equality.architecture")
SERRORS: Final = "serror.exit"
#: Rules of the guest's entry: what it gets where the VMM leaves injection to the kernel.
GUEST: Final = ("vmm.far.source", "vmm.esr.rewrite", "vmm.sea.vector", "vmm.entry.state")


class Shown(NamedTuple):
    """What one cell shows: rules that are broken there, and why; rules that would have been seen broken."""

    cell: str
    broken: Mapping[str, str]
    seen: frozenset[str]


class Verdict(NamedTuple):
    """``cells``: how many could show it; ``broken``: how many did; ``why``: the first of them."""

    rule: str
    verdict: str
    cells: int
    broken: int
    why: str


def verdicts(results: Mapping[str, Said]) -> tuple[Verdict, ...]:
    """Every rule of a host, then those of the guest's entry."""
    given = (*_emissions(results), *_contract(results))
    entries = tuple(_entries(results))
    hosts = [name for name, rule in all_rules().items() if rule.role == "host"]
    return (*(_verdict(rule, given) for rule in hosts), *(_verdict(rule, entries) for rule in GUEST))


def failing(results: Mapping[str, Said], found: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """The broken rules that count: those of a kernel that claims, by its capability, to keep them all."""
    return tuple(one for one in found if one.verdict == BROKEN) if any(map(claims, results.values())) else ()


def _verdict(rule: str, shown: Iterable[Shown]) -> Verdict:
    broken = [one for one in shown if rule in one.broken]
    seen = sum(rule in one.seen or rule in one.broken for one in shown)
    if broken:
        return Verdict(rule, BROKEN, seen, len(broken), f"{broken[0].cell}: {broken[0].broken[rule]}")
    return Verdict(rule, KEPT if seen else UNSEEN, seen, 0, "")


def _emissions(results: Mapping[str, Said]) -> Iterator[Shown]:
    for case in CELLS:
        for cell, found in told_cells(results.get(case)):
            yield Shown(cell.name, *by_emission(results[case], found, cell))
    for name, found in results.get(SERRORS, {}).get("cells", {}).items():
        yield Shown(f"SError {name}", *by_serror(results[SERRORS], found))
    yield from (Shown(*one) for one in by_chain(results))


def _entries(results: Mapping[str, Said]) -> Iterator[Shown]:
    for case in CELLS:
        for cell, found in told_cells(results.get(case)):
            yield Shown(cell.name, *by_guest(results[case], found, cell))


def _contract(results: Mapping[str, Said]) -> Iterator[Shown]:
    result = results.get("contract")
    for kept in (*contract.replies(result), *contract.enablings(result)) if result else ():
        yield Shown(kept.asked, {kept.rule: kept.wrong} if kept.wrong else {}, frozenset({kept.rule}))


def summary(found: Iterable[Verdict]) -> str:
    """How many of each."""
    counts = Counter(one.verdict for one in found)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in (KEPT, BROKEN, UNSEEN))
