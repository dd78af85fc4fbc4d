# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The three implementations, each by the same few functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from tests.adequacy import c_mutants, c_run, off, off_c, off_python, off_rust, python_run, rust_mutants, rust_run
from tests.adequacy import python_mutants as py
from tests.adequacy.forked import Place
from tests.adequacy.model import ROLES, Mutant, changed, mutants_of, source
from tests.adequacy.questions import Question
from tests.generate.tools import ROOT

#: By role, what a language is asked.
Asked = dict[str, list[Question]]
#: By role, the number of the first vector that turns red; None for the whole where the change cannot be built.
Red = dict[str, int | None]


class Language(Protocol):
    """An implementation, and how it is asked with a change in it."""

    files: dict[str, str]
    requests: tuple[str, ...]
    table: off.Table

    def checks(self) -> dict[str, Mutant]:
        """By rule, the mutant that takes its check out of the judge."""

    def find(self) -> list[Mutant]:
        """Its mutants but for rules."""

    def answers(self, _question: Question) -> bool:
        """Whether it answers such a question."""

    def prepare(self, _mutants: Sequence[Mutant]) -> None:
        """Build what is built once."""

    def reached(self, questions: Sequence[Question]) -> list[str]:
        """Names of the mutants that the questions come to; called in a child."""

    def red(self, mutant: Mutant | None, questions: Sequence[Question], place: Place) -> int | None:
        """The first question that is answered wrongly; called in a child, once for each of its questions."""


class Python:
    """The reference host and the reference VMM."""

    files, table = py.FILES, off_python.TABLE
    requests: tuple[str, ...] = python_run.REQUESTS

    def checks(self) -> dict[str, Mutant]:
        return off.python_checks()

    def find(self) -> list[Mutant]:
        self.mutants = mutants_of(ROOT, self.files, py.find)
        return self.mutants

    def answers(self, _question: Question) -> bool:
        return True

    def prepare(self, _mutants: Sequence[Mutant]) -> None:
        self._answers: python_run.Answers | None = None

    def reached(self, questions: Sequence[Question]) -> list[str]:
        lines = python_run.reached(python_run.fresh(), questions)
        texts = {path: source(path) for path in self.files}
        return [m.name for m in self.mutants if texts[m.path].count("\n", 0, m.start) + 1 in lines.get(m.path, ())]

    def red(self, mutant: Mutant | None, questions: Sequence[Question], place: Place) -> int | None:
        if self._answers is None:
            place.at = 0
            try:
                text = changed(source(mutant.path), mutant) if mutant else ""
                self._answers = python_run.fresh(mutant.path if mutant else "", text)
            except Exception:  # noqa: BLE001 - a change may make a module that cannot be imported
                return 0
        return python_run.first_red(self._answers, questions, place)


class C:
    """The headers of spec/c."""

    files, table = c_mutants.FILES, off_c.TABLE
    requests: tuple[str, ...] = c_run.REQUESTS

    def checks(self) -> dict[str, Mutant]:
        return off.c_checks()

    def find(self) -> list[Mutant]:
        return mutants_of(ROOT, self.files, c_mutants.find)

    def answers(self, _question: Question) -> bool:
        return c_run.answerable(_question)

    def prepare(self, _mutants: Sequence[Mutant]) -> None:
        self._build = c_run.Build(_mutants, self.checks())
        self._answers: c_run.Answers | None = None

    def reached(self, questions: Sequence[Question]) -> list[str]:
        return self._build.asked(questions)

    def red(self, mutant: Mutant | None, questions: Sequence[Question], place: Place) -> int | None:
        if self._answers is None:
            self._answers = self._build.answers(mutant) if mutant else self._build.whole
        return python_run.first_red(self._answers, questions, place)


class Rust:
    """The crate of spec/rust."""

    files, table = rust_mutants.FILES, off_rust.TABLE
    requests: tuple[str, ...] = rust_run.REQUESTS

    def checks(self) -> dict[str, Mutant]:
        return off.rust_checks()

    def find(self) -> list[Mutant]:
        return mutants_of(ROOT, self.files, rust_mutants.find)

    def answers(self, _question: Question) -> bool:
        return True

    def prepare(self, _mutants: Sequence[Mutant]) -> None:
        self._build = rust_run.Build(_mutants, self.checks())

    def reached(self, questions: Sequence[Question]) -> list[str]:
        return self._build.asked(questions)

    def red(self, mutant: Mutant | None, questions: Sequence[Question], place: Place) -> int | None:
        program, chosen = self._build.program_of(mutant) if mutant else (self._build.program, -1)
        return rust_run.first_red(program, questions, place, chosen)


LANGUAGES: Final[dict[str, type[Language]]] = {"python": Python, "c": C, "rust": Rust}


def asked(language: Language, questions: Sequence[Question]) -> Asked:
    """By role, what the language answers; a role that it has not is not there."""
    wanted = frozenset(language.requests)
    found = {
        role: [q for q in questions
               if q.message.role == role and q.message.name in wanted and language.answers(q)]
        for role in ROLES
    }
    return {role: those for role, those in found.items() if those}
