# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The result for people: a table for a terminal, and ``spec/tables/adequacy.rst`` for the specification."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from abi.rules import all_rules
from tests.adequacy import evidence as ev
from tests.adequacy.model import IMPLEMENTATIONS, KINDS, ROLES, RULE
from tests.adequacy.rules import ELSEWHERE, why_not
from tests.adequacy.survivors import Key, listed
from tests.generate.tools import ROOT

TABLE: Final = ROOT / "spec" / "tables" / "adequacy.rst"
_NAMES: Final = {"python": "Python", "c": "C", "rust": "Rust"}
_KINDS: Final = {RULE: "rules, targets", "number": "numbers", "mask": "masks", "bound": "bounds"}
_RULE_NAME: Final = re.compile("|".join(sorted(map(re.escape, all_rules()), key=len, reverse=True)))
_HEAD: Final = (
    ".. SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause",
    f".. Do not edit: made from spec/evidence/adequacy.json by {ev.REFRESH}",
    "",
)


def terminal(evidence: ev.Evidence) -> str:
    """One line for each role of each implementation."""
    lines = [f"{'role':6}{'':8}{'mutants':>9}{'killed':>9}{'survivors':>11}"]
    for implementation, roles in evidence["counts"].items():
        for role, kinds in roles.items():
            all_, alive = (sum(kind[n] for kind in kinds.values()) for n in (0, 1))
            lines.append(f"{role:6}{implementation:8}{all_:9}{all_ - alive:9}{alive:11}")
    return "\n".join(lines)


def rst(evidence: ev.Evidence, reasons: dict[Key, str] | None = None) -> str:
    """The whole of the included file."""
    reasons = listed() if reasons is None else reasons
    parts = (
        ("The figures", _counts(evidence)), ("Rules switched off", _rules(evidence)),
        ("Mutants that no vector can tell apart", _survivors(reasons)),
    )
    lines = [*_HEAD]
    for title, part in parts:
        lines += [title, "-" * len(title), "", *part, ""]
    return "\n".join(lines).rstrip() + "\n"


def write(evidence: ev.Evidence, path: Path = TABLE) -> None:
    """Write the included file."""
    path.write_text(rst(evidence), encoding="utf-8")


def _table(rows: Iterator[tuple[str, ...]], widths: tuple[int, ...]) -> Iterator[str]:
    yield ".. list-table::"
    yield "   :header-rows: 1"
    yield f"   :widths: {' '.join(map(str, widths))}"
    yield ""
    for row in rows:
        for n, cell in enumerate(row):
            yield f"   {'* -' if n == 0 else '  -'} {cell}".rstrip()


def _counts(evidence: ev.Evidence) -> Iterator[str]:
    tools = ", ".join(f"{name} {said.removeprefix(name).strip()}" for name, said in evidence["tools"].items())
    yield f"Measured on {evidence['date']} with {evidence['vectors']} vectors; {tools}."
    yield ""

    def rows() -> Iterator[tuple[str, ...]]:
        yield "role", "implementation", *(f"{_KINDS[kind]}" for kind in KINDS), "all", "killed", "survivors"
        for role in ROLES:
            for implementation in IMPLEMENTATIONS:
                kinds = evidence["counts"].get(implementation, {}).get(role)
                if kinds:
                    all_, alive = (sum(kind[n] for kind in kinds.values()) for n in (0, 1))
                    each = (str(kinds.get(kind, [0])[0]) for kind in KINDS)
                    yield role, _NAMES[implementation], *each, str(all_), str(all_ - alive), str(alive)

    yield from _table(rows(), (2, 3, 3, 2, 2, 2, 2, 2, 2))


def _rules(evidence: ev.Evidence) -> Iterator[str]:
    """Each rule, and the vector that turns red where it is switched off."""
    killers: dict[tuple[str, str], dict[str, str]] = {}
    for (implementation, role, name), killer in ev.flat(evidence).items():
        rule = rule_of(name)
        if rule:  # switched off in more than one place: that of the reader itself says more than the judge's check
            place = killers.setdefault((rule, role), {})
            if place.get(implementation, "-") == "-":
                place[implementation] = killer.partition(" ")[0]

    def rows() -> Iterator[tuple[str, ...]]:
        yield "rule", "role", *(_NAMES[each] for each in IMPLEMENTATIONS)
        for rule in all_rules():
            if rule in ELSEWHERE:
                yield f"``{rule}``", "", f"no vector can ask: ``{ELSEWHERE[rule][0]}``", "", ""
            for role in ROLES:
                found = killers.get((rule, role))
                if found:
                    yield f"``{rule}``", role, *(_cell(rule, role, each, found) for each in IMPLEMENTATIONS)

    yield from _table(rows(), (4, 1, 4, 4, 4))


def _cell(rule: str, role: str, implementation: str, found: dict[str, str]) -> str:
    """The vector, or why there is none; KeyError where neither is known."""
    return f"``{found[implementation]}``" if implementation in found else why_not(rule, role, implementation)


def rule_of(name: str) -> str:
    """The rule that a mutant of that name switches off, "" for others."""
    rest = name.partition(" ")[2]
    if rest.startswith("check of "):
        return rest.removeprefix("check of ").partition(" ")[0]
    return rest.removeprefix("without ").partition(" ")[0] if rest.startswith("without ") else ""


def _survivors(reasons: dict[Key, str]) -> Iterator[str]:
    by_reason: dict[str, list[Key]] = {}
    for key, reason in reasons.items():
        by_reason.setdefault(reason, []).append(key)
    for reason, keys in by_reason.items():
        yield "* " + _RULE_NAME.sub(r"``\g<0>``", reason)
        yield ""
        yield "  ::"
        yield ""
        for implementation, role, name in keys:
            yield f"    {_NAMES[implementation]}, {role}: {name}"
        yield ""
