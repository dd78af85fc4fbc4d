# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The rules that the live emitter's records show: of the committed evidence, and of an emitter that lies."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from abi.definition import ORIGIN_FIRMWARE
from abi.record import FaultInfo, build, read
from tests.lab import live_rules
from tests.lab.compact import expanded

EVIDENCE: Final = Path(__file__).parents[2] / "spec/evidence/lab.json"
Results = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def results() -> Results:
    cases = json.loads(EVIDENCE.read_text(encoding="utf-8"))["cases"]
    return {name: expanded(case["result"]) for name, case in cases.items() if "result" in case}


def test_the_emitter_breaks_none_and_shows_what_the_exit_cannot(results: Results) -> None:
    found = live_rules.shown(results)
    assert found.broken == {}
    assert found.kept["host.esr.isolated"] == ("live.poison", "firmware.physical", "firmware.poisoned")
    assert found.kept["host.claim.queued"] == ("firmware.physical",)
    assert "firmware.virtual" in found.kept["host.firmware_va.usable"]
    assert "host.byte_order" not in found.kept


def changed(records: list[dict[str, Any]], lie: Callable[[FaultInfo], FaultInfo]) -> None:
    record = read(bytes.fromhex(records[0]["record"]))
    assert isinstance(record, FaultInfo)
    records[0]["record"] = build(lie(record)).hex()


@pytest.mark.parametrize(("case", "rule", "lie"), [
    ("live.poison", "host.origin.kind", lambda r: r._replace(origin=ORIGIN_FIRMWARE)),
    ("live.poison", "host.esr.isolated", lambda r: r._replace(esr=r.esr ^ 0x7)),
    ("live.notice", "host.hva.valid", lambda r: r._replace(hva=r.hva ^ 0x1000)),
])
def test_a_record_that_lies_is_told_by_its_rule_and_case(
    results: Results, case: str, rule: str, lie: Callable[[FaultInfo], FaultInfo]
) -> None:
    lied = {case: copy.deepcopy(results[case])}
    changed(lied[case]["records"], lie)
    assert live_rules.shown(lied).broken[rule] == (case,)


def test_a_record_where_there_must_be_none_is_told(results: Results) -> None:
    lied = {"firmware.physical": copy.deepcopy(results["firmware.physical"])}
    runs = lied["firmware.physical"]["runs"]
    runs[0]["emitted"] = copy.deepcopy(results["firmware.virtual"]["runs"][0]["emitted"])
    assert live_rules.shown(lied).broken["host.claim.queued"] == ("firmware.physical",)


def test_a_record_that_is_missing_is_told(results: Results) -> None:
    lied = {"firmware.virtual": copy.deepcopy(results["firmware.virtual"])}
    lied["firmware.virtual"]["runs"][0]["emitted"] = []
    assert live_rules.shown(lied).broken["host.never_silent"] == ("firmware.virtual",)
