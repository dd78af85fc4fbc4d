# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The kernel's own records in the chain of firmware's record, judged by the rules: the recorded run's, and lies."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from abi.definition import FIRMWARE_VA_VALID
from abi.record import FaultInfo, build, read
from tests.kernel import judge
from tests.lab import verdicts
from tests.lab.compact import expanded
from tests.lab.test_evidence import committed
from tests.lab.verdict_chain import by_chain

VIRTUAL, PHYSICAL, REPEATED = "firmware.virtual", "firmware.physical", "firmware.repeated"


def chain() -> dict[str, Any]:
    """What the kernel of the series told."""
    cases = committed(judge.EVIDENCE.name)["cases"]
    return {name: expanded(case["result"]) for name, case in cases.items() if name.startswith("firmware.")}


def lied(case: str, change: Callable[[FaultInfo], FaultInfo]) -> dict[str, Any]:
    told = copy.deepcopy(chain())
    run = told[case]["runs"][0]
    record = read(bytes.fromhex(run["own"]))
    assert isinstance(record, FaultInfo)
    run["own"] = build(change(record)).hex()
    return told


def broken(told: dict[str, Any]) -> dict[str, set[str]]:
    """Run -> rules."""
    return {name: set(rules) for name, rules, _seen in by_chain(told) if rules}


def test_the_recorded_run_breaks_nothing_and_each_of_its_runs_could() -> None:
    told = chain()
    shown = list(by_chain(told))
    assert len(shown) == sum(len(result["runs"]) for result in told.values()) > len(told)
    assert broken(told) == {}
    assert all(seen for _name, _rules, seen in shown)


def test_a_stock_kernel_has_no_record_of_its_own_to_judge() -> None:
    assert list(by_chain({name: result | {"capability": "KVM_CAP_ARM_SEA_TO_USER"}
                          for name, result in chain().items()})) == []


@pytest.mark.parametrize(("case", "rule", "change"), [
    (VIRTUAL, "host.firmware_va.usable", lambda r: r._replace(flags=r.flags & ~FIRMWARE_VA_VALID, firmware_va=0)),
    (VIRTUAL, "host.firmware_va.usable", lambda r: r._replace(firmware_va=r.firmware_va ^ 1 << 12)),
    (VIRTUAL, "host.firmware_severity.origin", lambda r: r._replace(firmware_severity=2)),
    (VIRTUAL, "host.far.valid", lambda r: r._replace(far=r.far ^ 1 << 12)),
    (REPEATED, "host.severity.valid", lambda r: r._replace(severity=1)),
])
def test_a_kernel_that_lies_there_breaks_the_rule_and_the_run_is_named(
    case: str, rule: str, change: Callable[[FaultInfo], FaultInfo]
) -> None:
    told = lied(case, change)
    assert rule in broken(told)[f"{case} KVM_RUN 0"]
    found = {one.rule: one for one in verdicts.verdicts(told)}[rule]
    assert (found.verdict, found.broken) == (verdicts.BROKEN, 1)
    assert found.why.startswith(f"{case} KVM_RUN 0: ")


def test_an_abort_of_which_nobody_tells_is_silent_and_one_that_is_told_twice_is_too_much() -> None:
    told = chain()
    told[PHYSICAL]["runs"][0] |= {"events": [], "bus": []}
    told[VIRTUAL]["runs"][0]["bus"] = [[4, 0, 0]]
    assert broken(told) == {f"{PHYSICAL} KVM_RUN 0": {"host.never_silent"}, f"{VIRTUAL} KVM_RUN 0": {"host.one_report"}}
