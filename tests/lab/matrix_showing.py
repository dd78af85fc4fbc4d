# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What ``faultinfo lab --matrix`` prints: the matrix, and each thing that differs once, with where it shows."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from abi.terminal import styled, table
from tests.lab import known
from tests.lab.matrix import LEFT_OUT, SHORT
from tests.lab.matrix_rows import Absent, Configuration, Count, Differing, Row
from tests.lab.printing import WIDTH
from tests.lab.verdicts import BROKEN

#: Cells that a line names.
_NAMED: Final = 3


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
    others = set(every) - there
    return min(f"On {_in_common(there, every)}.", f"Everywhere but on {_in_common(others, every)}.", key=len)


def _in_common(there: set[Configuration], every: list[Configuration]) -> str:
    for parts in (("kernel",), ("qemu",), ("cpu",), ("kernel", "qemu"), ("kernel", "cpu"), ("qemu", "cpu")):
        common = {tuple(getattr(one.named, part) for part in parts) for one in there}
        if {one for one in every if tuple(getattr(one.named, part) for part in parts) in common} == there:
            return "; ".join(sorted(" with ".join(values) for values in common))
    return "; ".join(sorted(", ".join(one.named) for one in there))


def differs(found: Iterable[Row]) -> bool:
    """Whether anything failed, differs by no rule and is not known of that QEMU, or breaks a rule that is claimed."""
    rows = list(found)
    return any(one.failing for one in rows) or any(
        isinstance(count, str) for one in rows for count in one.groups.values()) or any(
        each.rule is None and not known.why(one.configuration.qemu, each) for one in rows for each in one.differing)
