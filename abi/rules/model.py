# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a rule is, and how a check is tied to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

#: A rule's name, where it stands in a text.
NAME: Final = re.compile(r"\b(?:host|vmm)(?:\.[a-z0-9_]+)+")
#: How sure the source of a rule is.
READ: Final = "read in the source named"
INFERRED: Final = "inferred from the source named"
DECIDED: Final = "decided here"


class Rule(NamedTuple):
    """One normative statement: a dotted name, one idea, one role."""

    name: str
    text: str
    reason: str
    source: str
    confidence: str = DECIDED

    @property
    def role(self) -> str:
        """Who has to keep it: ``host`` or ``vmm``."""
        return self.name.partition(".")[0]


class Check(NamedTuple):
    """One executable form of a rule; ``kept`` takes the subject and says whether the rule is kept."""

    rule: str
    kept: Callable[[Any], bool]


class Checks:
    """The checks on one kind of subject, in the order in which they are judged and reported."""

    def __init__(self) -> None:
        self.all: list[Check] = []

    def __call__(self, rule: str) -> Callable[[Callable[[Any], bool]], Callable[[Any], bool]]:
        """Decorator: the function is the check of ``rule`` on this kind of subject."""

        def tie(kept: Callable[[Any], bool]) -> Callable[[Any], bool]:
            self.all.append(Check(rule, kept))
            return kept

        return tie

    def broken(self, subject: object) -> tuple[str, ...]:
        """Names of the rules that the subject breaks, each once."""
        return tuple(dict.fromkeys(check.rule for check in self.all if not check.kept(subject)))
