# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What is measured: a mutant, and what became of it in one role."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from tests.generate.tools import ROOT

IMPLEMENTATIONS: Final = ("python", "c", "rust")
ROLES: Final = ("vmm", "host")
#: What is changed: a rule switched off, a number that is compared, a mask or bit, a strict bound made loose or
#: a loose one strict.
RULE, NUMBER, MASK, BOUND = "rule", "number", "mask", "bound"
KINDS: Final = (RULE, NUMBER, MASK, BOUND)


class Edit(NamedTuple):
    """Characters ``start`` to ``end`` of a file's text, and what is put in their place."""

    start: int
    end: int
    new: str


class Mutant(NamedTuple):
    """One change of one file of an implementation.

    ``name`` tells file, function, expression and change, and no line, so that it stays the same while other lines
    move. ``rule`` is the rule that a mutant of kind ``rule`` switches off, else the one that its function checks, ""
    where it checks none: vectors that name it are asked first.
    """

    name: str
    kind: str
    path: str
    edits: tuple[Edit, ...]
    rule: str = ""

    @property
    def start(self) -> int:
        """Where it begins in the text of its file."""
        return self.edits[0].start


class Finding(NamedTuple):
    """A mutant in one role: the vector that turned red and how (``answer``, ``crash``, ``hang``), or no vector."""

    mutant: Mutant
    implementation: str
    role: str
    killer: str | None
    how: str = ""


#: How a run tells of its progress: what, done, of.
Progress = Callable[[str, int, int], None]


def numbered(mutants: list[Mutant]) -> list[Mutant]:
    """The same mutants, each with a name of its own: the second of a name has ``#2`` at its end."""
    seen: dict[str, int] = {}
    result = []
    for mutant in mutants:
        number = seen[mutant.name] = seen.get(mutant.name, 0) + 1
        result.append(mutant if number == 1 else mutant._replace(name=f"{mutant.name} #{number}"))
    return result


def changed(text: str, mutant: Mutant) -> str:
    """The text of the mutant's file with the change in it."""
    for start, end, new in sorted(mutant.edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def source(path: str) -> str:
    """The text of a file of the repository."""
    return (ROOT / path).read_text(encoding="utf-8")


def mutants_of(root: Path, paths: Mapping[str, object], find: Callable[[str, str], list[Mutant]]) -> list[Mutant]:
    """Every mutant that ``find`` makes of the files."""
    return [mutant for path in paths for mutant in find(path, (root / path).read_text(encoding="utf-8"))]
