# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The measurement: every mutant of an implementation is asked every vector of a role, until one turns red.

A mutant counts in each role whose vectors come to it, and in each of them a vector must turn red. What is not asked
when vectors run (a constant by its definition, a label of a case, a bound) counts where it turns one red, or else in
the role of its file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from tests.adequacy import forked, off, targets
from tests.adequacy.languages import LANGUAGES, Asked, Language, asked
from tests.adequacy.model import RULE, Finding, Mutant, Progress
from tests.adequacy.outside import OUTSIDE, function
from tests.adequacy.python_mutants import ONE_ROLE
from tests.adequacy.questions import Question


class BaselineError(AssertionError):
    """An implementation is red without any change."""


class MeasureError(RuntimeError):
    """A mutant could not be asked at all, which says nothing of the vectors."""


class Measured(NamedTuple):
    """What came of one implementation; ``unbuilt`` are mutants that no compiler takes, which cannot be wrong."""

    implementation: str
    findings: tuple[Finding, ...]
    unbuilt: tuple[str, ...]
    outside: tuple[str, ...]


def measure(name: str, questions: Sequence[Question], progress: Progress = lambda *_: None) -> Measured:
    """Measure one implementation; BaselineError if it is wrong already, MeasureError if a mutant cannot be asked."""
    language = LANGUAGES[name]()
    mutants = language.find()
    by_role = asked(language, questions)
    language.prepare(mutants)
    _baseline(name, language, by_role)
    reached = _reached(language, by_role)
    rules = off.mutants(language.table, language.checks())
    jobs = [_Job(mutant, role, counts=True) for role in by_role for mutant in rules[role]]
    for mutant in mutants:
        only = mutant.path.startswith(ONE_ROLE)
        roles = [role for role in by_role if mutant.name in reached[role]]
        roles = [role for role in roles if not only or role == language.files[mutant.path]]
        jobs += [_Job(mutant, role, counts=bool(roles)) for role in roles or by_role]
    ends: dict[_Job, forked.Done] = {}
    for number, end in forked.each(jobs, lambda job, place: _ask(language, by_role, job, place)):
        ends[jobs[number]] = end
        progress(name, len(ends), len(jobs))
    unbuilt = {job.mutant.name for job, end in ends.items() if end.value == _UNBUILT}
    found = [_finding(name, by_role, job, end) for job, end in ends.items() if job.mutant.name not in unbuilt]
    found = _counted(found, {job.mutant.name for job in jobs if not job.counts}, language.files)
    outside = [f for f in found if f.mutant.kind != RULE and function(f.mutant.name) in OUTSIDE]
    findings = [f for f in found if f not in outside] + targets.findings(name, by_role)
    wrongly = sorted(f"{f.mutant.name}: {f.killer}" for f in outside if f.killer)
    return Measured(name, tuple(sorted(findings, key=_order)), tuple(sorted(unbuilt)), tuple(wrongly))


#: What a child says of a change that no compiler takes.
_UNBUILT: Final = "unbuilt"


class _Job(NamedTuple):
    """A mutant in a role; ``counts`` unless it is not known before whether it is in that role at all."""

    mutant: Mutant
    role: str
    counts: bool


def _counted(found: list[Finding], unknown: set[str], files: dict[str, str]) -> list[Finding]:
    """Of mutants in unknown roles those that count: where one turned red, or else in the role of the file."""
    killed = {f.mutant.name for f in found if f.killer}
    return [
        f for f in found
        if f.mutant.name not in unknown or f.killer or (
            f.mutant.name not in killed and f.role == files[f.mutant.path])
    ]


def _order(finding: Finding) -> tuple[str, bool, str]:
    return finding.role, finding.mutant.kind != RULE, finding.mutant.name


def _baseline(name: str, language: Language, by_role: Asked) -> None:
    for number, end in forked.each(list(by_role), lambda role, place: language.red(None, by_role[role], place)):
        role = list(by_role)[number]
        if end.how != "done" or end.value is not None:
            raise BaselineError(f"{name}, {role}: {by_role[role][end.at].vector.slug} is red without any change")


def _reached(language: Language, by_role: Asked) -> dict[str, frozenset[str]]:
    found = {}
    for number, end in forked.each(list(by_role), lambda role, _place: language.reached(by_role[role])):
        assert isinstance(end.value, list), end
        found[list(by_role)[number]] = frozenset(end.value)
    return found


def _questions(by_role: Asked, job: _Job) -> list[Question]:
    """The role's questions; those that are about the mutant's rule come first."""
    rule, questions = job.mutant.rule, by_role[job.role]
    return sorted(questions, key=lambda q: rule not in q.vector.rules) if rule else questions


def _ask(language: Language, by_role: Asked, job: _Job, place: forked.Place) -> int | str | None:
    """The child's work: the first red question, None if there is none."""
    try:
        return language.red(job.mutant, _questions(by_role, job), place)
    except AssertionError:  # of tests.generate.tools: the compiler says no
        return _UNBUILT


def _finding(name: str, by_role: Asked, job: _Job, end: forked.Done) -> Finding:
    if end.how != "done" and end.at == forked.NOWHERE:
        raise MeasureError(f"{name}, {job.role}: {job.mutant.name}: {end.how} before the first question")
    red = end.value if end.how == "done" else end.at
    if not isinstance(red, int):
        return Finding(job.mutant, name, job.role, None)
    killer = _questions(by_role, job)[red].vector.slug
    return Finding(job.mutant, name, job.role, killer, "answer" if end.how == "done" else end.how)
