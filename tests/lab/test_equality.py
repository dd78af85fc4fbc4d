# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The equality tables turn red: a VMM that is wrong in one thing differs, and in that thing."""

from __future__ import annotations

from typing import Final

import pytest

from tests.lab.cache import Cache, default_root
from tests.lab.case import Case, Outcome
from tests.lab.cases.equality import CASES
from tests.lab.inside.wrong import MISTAKES, NAMES, WRITES
from tests.lab.lab import Choice, prepared
from tests.lab.machine import Platform
from tests.lab.session import Session

pytestmark = pytest.mark.check

RIGHT: Final = {case.name: case for case in CASES}
#: Mistakes -> what must be told of, in every finding.
SHOWN: Final = {name: "far_el1" if "FAR" in name else "esr_el1" for name in MISTAKES} | {
    name: "spsr_el1" if register == "spsr_el1" else "registers_kept" for name, (register, _) in WRITES.items()}
#: Those that the cells of the hardware show too; FnV, EA, SET and CM it never has.
BY_HARDWARE: Final = ("drops WnR", "always a data abort", "FAR in whole pages", "level as at EL2", *WRITES)


def wrong(case: Case, mistake: str) -> Case:
    return case._replace(name=f"{case.name}: {mistake}", arguments={"wrong": mistake})


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    """All of them on one machine, the right ones first."""
    lab = prepared(Cache(default_root()), Choice(), lambda _text: None)
    cases = dict(RIGHT)
    for mistake in NAMES:
        for name in ("equality.architecture", *(("equality.hardware",) if mistake in BY_HARDWARE else ())):
            case = wrong(RIGHT[name], mistake)
            cases[case.name] = case
    session = Session(lab, lambda _text: None)
    session.run(Platform(), cases)
    return session.outcomes


@pytest.mark.parametrize("name", RIGHT)
def test_the_reference_vmm_differs_by_rules_alone(outcomes: dict[str, Outcome], name: str) -> None:
    outcome = outcomes[name]
    assert outcome.status in ("holds", "explained"), outcome.problem or outcome.findings
    assert outcome.table is not None
    assert all(len(row) == len(outcome.table.columns) for row in outcome.table.rows)


@pytest.mark.parametrize("mistake", NAMES)
def test_a_wrong_vmm_differs(outcomes: dict[str, Outcome], mistake: str) -> None:
    outcome = outcomes[f"equality.architecture: {mistake}"]
    assert outcome.status == "differs", outcome.problem
    assert mistakes_of(outcome) <= {SHOWN[mistake], "ESR_EL1 by <asm/esr.h>"}
    assert mistakes_of(outcome)


@pytest.mark.parametrize("mistake", BY_HARDWARE)
def test_it_differs_from_the_hardware_too(outcomes: dict[str, Outcome], mistake: str) -> None:
    outcome = outcomes[f"equality.hardware: {mistake}"]
    assert outcome.status == "differs", outcome.problem
    assert mistakes_of(outcome) == {SHOWN[mistake]}


def mistakes_of(outcome: Outcome) -> set[str]:
    """The fields of the findings that no rule explains, but for the vCPU's own that are the same once more."""
    fields = {finding.field.rpartition(": ")[2] for finding in outcome.findings if finding.rule is None}
    return {field.removesuffix(" after the request") for field in fields}
