# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What ``faultinfo lab`` prints: the cases, their tables, every difference with its rule, the rules of the kernel."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from abi.terminal import styled, table
from tests.lab.case import Finding, Outcome, Said, Table
from tests.lab.cells import NOT_SHOWN
from tests.lab.rows import rows
from tests.lab.session import last_line
from tests.lab.showing import BAD, style, tally, told
from tests.lab.verdicts import CELLS, KEPT, UNSEEN, Verdict, summary

#: Columns that a table keeps within.
WIDTH: Final = 130
#: Between columns; the least that a column gets; lines that one text may take.
_GAP: Final = 2
_LEAST: Final = 30
_LINES: Final = 4
#: Findings without a rule that are told of one case; the evidence has all.
TOLD: Final = 10


def show(found: dict[str, Any], outcomes: Sequence[Outcome], verdicts: Iterable[Verdict] = ()) -> None:
    """Everything, the tables first and what matters last."""
    results = {outcome.case.name: outcome.result for outcome in outcomes if outcome.result is not None}
    for outcome in outcomes:
        _case(outcome, results)
    judged = list(verdicts)
    if judged:
        rules(judged)
    print()
    shown = Table(("case", "status", "seconds", "what"), tuple(
        (outcome.case.name, outcome.status, f"{outcome.seconds:.2f}", outcome.case.what) for outcome in outcomes))
    table(list(fitted(shown)), shown.columns, style)
    print(f"\nLinux {found['kernel']['version']}, QEMU {found['qemu']}, -cpu {found['cpu']}")
    times = [f"prepare {found['seconds']['prepare']:.1f} s, build {found['seconds']['build']:.1f} s"]
    times += [f"{boot['platform']}: boot {boot['boot_seconds']:.1f} s, import {boot['import_seconds']:.1f} s,"
              f" cases {boot['cases_seconds']:.1f} s" for boot in found["boots"]]
    print(textwrap.fill("; ".join(times), WIDTH))
    for boot in found["boots"]:
        if boot["death"]:
            print(f"\n{boot['death']}\nthe serial console's last lines:\n", "\n".join(boot["serial_tail"]), sep="")


def _case(outcome: Outcome, results: dict[str, Said]) -> None:
    why = last_line(outcome.problem or outcome.absent or "")
    if not (outcome.table or outcome.findings or why):
        return
    print()
    styled(f"{outcome.case.name}: {outcome.case.what}", "bold")
    if why:
        print(textwrap.fill(f"{outcome.status}: {why}", WIDTH, subsequent_indent="  "))
    if outcome.table:
        table(list(fitted(outcome.table)), outcome.table.columns, style)
    if outcome.case.name in CELLS and outcome.result is not None:
        lines = list(told(tally(rows(outcome.result, results))))
        if outcome.case.name == CELLS[0]:
            lines.append(f"the emulated CPU shows no: {'; '.join(NOT_SHOWN)}")
    else:
        lines = list(differing(outcome.findings))
    for line in filter(None, lines):
        print(textwrap.fill(line, WIDTH, subsequent_indent="  "))
    if outcome.case.name in CELLS:
        for line in differing(outcome.findings, explained=False):
            styled(textwrap.fill(line, WIDTH, subsequent_indent="  "), "bold red")


def fitted(shown: Table) -> Iterator[tuple[str, ...]]:
    """The rows with what their last column has too much on lines below, the first few of them."""
    before = sum(max(map(len, column)) + _GAP for column in list(zip(shown.columns, *shown.rows, strict=True))[:-1])
    for row in shown.rows:
        lines = textwrap.wrap(row[-1], max(WIDTH - before, _LEAST), max_lines=_LINES, placeholder=" ...") or [""]
        yield (*row[:-1], lines[0])
        yield from ((*("",) * (len(row) - 1), line) for line in lines[1:])


def differing(findings: Sequence[Finding], *, explained: bool = True) -> Iterator[str]:
    """What differs: each that no rule explains, then how many each rule does, with the first of them."""
    unexplained = [finding for finding in findings if finding.rule is None]
    yield from (f"NO RULE: {_text(finding)}" for finding in unexplained[:TOLD])
    if len(unexplained) > TOLD:
        yield f"NO RULE: {len(unexplained) - TOLD} more"
    for rule in dict.fromkeys(f.rule for f in findings if f.rule and explained):
        of_it = [finding for finding in findings if finding.rule == rule]
        yield f"{rule}: {len(of_it)}, the first {_text(of_it[0])}"


def _text(finding: Finding) -> str:
    return f"{finding.field}: {finding.got}, not {finding.expected}"


def rules(judged: Sequence[Verdict]) -> None:
    """Kept and broken in a table, what cannot be seen in a line."""
    print()
    styled("the rules, as this kernel keeps them", "bold")
    table([(one.rule, one.verdict, f"{one.broken}/{one.cells}" if one.broken else str(one.cells),
            textwrap.shorten(one.why, WIDTH - 45, placeholder=" ...")) for one in judged if one.verdict != UNSEEN],
          ("rule", "verdict", "cells", "the first cell that breaks it"), rule_style)
    unseen = ", ".join(one.rule for one in judged if one.verdict == UNSEEN)
    print(textwrap.fill(f"{UNSEEN}: {unseen}", WIDTH, subsequent_indent="  ", break_on_hyphens=False))
    print(summary(judged))


def rule_style(cell: str) -> str:
    """How a terminal shows a verdict."""
    return "green" if cell == KEPT else "bold red" if cell == "broken" else ""


__all__ = ["BAD", "differing", "show"]
