# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Killing either side at any moment loses no published record and never shows a torn one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from abi.ring.points import CONSUMER_POINTS, POINTS, PRODUCER_POINTS, StorePoint

ROOT = Path(__file__).parents[3]


class Report(NamedTuple):
    """What the process said that did the killing."""

    kills: dict[str, int]
    continued: int
    problems: list[str]

    def at(self, *points: StorePoint) -> dict[str, int]:
        return {f"{p.name} {when}": self.kills[f"{p.name} {when}"] for p in points for when in ("before", "after")}


def campaign(*arguments: str) -> Report:
    command = [sys.executable, "-m", "tests.abi.ring.crash", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True) as process:
        try:
            output, _ = process.communicate(timeout=200)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # with the children that it started
            raise
    assert process.returncode == 0
    return Report(**json.loads(output))


def test_a_death_before_or_after_any_store_of_either_side_loses_and_tears_nothing() -> None:
    """Rules host.ring.publish, host.ring.restart, host.ring.full, host.sequence, vmm.ring.tail."""
    report = campaign("stops")
    print(json.dumps(report.kills, indent=1))
    assert report.problems == []
    assert len(report.kills) == 2 * len(POINTS)
    assert min(report.kills.values()) > 0, report.kills
    assert report.continued > 0


def test_hundreds_of_deaths_at_random_times_under_load_lose_and_tear_nothing() -> None:
    """Both sides run at full speed; the consumer sleeps on the eventfd when there is nothing."""
    report = campaign("random")
    print(json.dumps(report.kills, indent=1))
    assert report.problems == []
    assert sum(report.at(*PRODUCER_POINTS).values()) > 300
    assert sum(report.at(*CONSUMER_POINTS).values()) > 300


def test_publishing_before_writing_is_found_by_the_same_stops() -> None:
    """The planted error: every death between publishing and writing shows what was never written."""
    report = campaign("stops", "host.ring.publish")
    assert any("torn record" in problem for problem in report.problems)
    for moment in ("HEAD after", "ENVELOPE before", "ENVELOPE after", "RECORD before"):
        assert any(f" {moment}: " in problem for problem in report.problems), moment
    assert not any(f" {moment}: " in problem for problem in report.problems for moment in ("LOST after", "TAIL after"))


def test_publishing_before_writing_is_found_by_random_deaths() -> None:
    """The same planted error with both sides running."""
    assert campaign("random", "host.ring.publish").problems
