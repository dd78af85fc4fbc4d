# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A case: what runs in the emulated machine, what helps it from outside, and what is expected of it.

A module in ``tests/lab/cases`` lists its own in ``CASES``; nothing else has to know of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from abi.definition import PROVISIONAL
from tests.lab.build import Build
from tests.lab.running import Machine

#: A JSON object, as the inside sent it.
Said = Mapping[str, Any]
NOTHING: Final[Said] = MappingProxyType({})
#: What the inside is told to ask KVM of beside what <linux/kvm.h> has.
PROVISIONAL_CAPS: Final[Said] = MappingProxyType({
    "provisional": {name: number for name, number in PROVISIONAL.items() if name.startswith("KVM_CAP_")}})


class Facts(NamedTuple):
    """What is known of the machine before a case runs on it."""

    kernel: str
    cpu: str
    emulator: tuple[int, ...]
    platform: str
    capabilities: Mapping[str, int]


class Finding(NamedTuple):
    """One field that is not as expected.

    ``rule`` is the dotted name of the rule that says why, or that a kernel breaks which does not claim to keep it;
    None: unexplained.
    """

    field: str
    expected: str
    got: str
    rule: str | None = None


class Table(NamedTuple):
    """What a case shows beside its line: ``columns`` and rows of as many texts."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


#: Findings of a result, given the results of the cases that it comes after; and its table.
Judge = Callable[[Said, Mapping[str, Said]], tuple[Finding, ...]]
Show = Callable[[Said, Mapping[str, Said]], Table | None]
#: What the outside does when the inside asks; the answer is a JSON object.
Answer = Callable[[Machine, Said], dict[str, Any]]


def nothing_missing(_facts: Facts) -> str | None:
    """A case that runs everywhere."""
    return None


def nothing_expected(_result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """A case that only records."""
    return ()


def nothing_shown(_result: Said, _others: Mapping[str, Said]) -> Table | None:
    """A case without a table."""
    return None


class Ended(Exception):  # noqa: N818 - what was wanted, no error
    """Raised by the outside where a case ends its machine, as by a panic that is expected; ``result`` is the case's."""

    def __init__(self, result: Said) -> None:
        super().__init__("the machine ended, as it should")
        self.result = result


class Case(NamedTuple):
    """One case.

    ``inside`` is ``module:function``; the function gets an ``Inside`` and ``arguments`` by name, and returns a JSON
    object. ``answers``: what it may ask of the outside. ``prepare``: functions of no argument that the agent calls once
    before (imports, modules, BPF programs). ``modules``: of the kernel's package, at /opt/modules/NAME.ko inside.
    ``builds``: files made here, at /opt/built/NAME. ``needs`` says why the case cannot run on a machine, or None.
    """

    name: str
    what: str
    inside: str
    arguments: Said = NOTHING
    prepare: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    builds: tuple[Build, ...] = ()
    platform: str = "plain"
    answers: Mapping[str, Answer] = MappingProxyType({})
    needs: Callable[[Facts], str | None] = nothing_missing
    after: tuple[str, ...] = ()
    judge: Judge = nothing_expected
    show: Show = nothing_shown
    seconds: float = 10


class Outcome(NamedTuple):
    """What came of a case: a result and its findings, or the problem; ``absent``: why it cannot run here."""

    case: Case
    result: Said | None = None
    findings: tuple[Finding, ...] = ()
    problem: str | None = None
    absent: str | None = None
    seconds: float = 0
    log: str = ""
    table: Table | None = None

    @property
    def status(self) -> str:
        """``holds``, ``explained`` (differs, each time by a rule), ``differs``, ``failed`` or ``absent``."""
        if self.absent is not None:
            return "absent"
        if self.problem is not None or self.result is None:
            return "failed"
        if not self.findings:
            return "holds"
        return "explained" if all(finding.rule for finding in self.findings) else "differs"
