# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Settings of all tests: how long an example takes on a busy machine is no property of it; a skip is a failure."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from typing import Final

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")
# A shell that runs this in the background has it ignored, which every program that a test interrupts would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)

#: Marks of what may be skipped: one CPU is no fault, and only a CI run has made what is warm before (.ci/run).
EXCUSED: Final = ("two_cpus",) if os.environ.get("CI") else ("two_cpus", "warm")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What is skipped tests nothing: it fails, with the reason, unless its mark excuses it."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and not any(map(item.get_closest_marker, EXCUSED)):
        report.outcome = "failed"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
    return report
