# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Settings of all tests: how long an example takes on a busy machine is no property of it; a skip is a failure."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What is skipped tests nothing: it fails, with the reason, unless the machine has but one CPU."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and not item.get_closest_marker("two_cpus"):
        report.outcome = "failed"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
    return report
