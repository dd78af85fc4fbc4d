# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Fixtures of the command line: a folder for its inputs, and two ways to run a command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.files import Files, capture
from tests.cli.running import Runner, called, process


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


@pytest.fixture(scope="session")
def kvm() -> dict[str, Any]:
    return capture("kvm-linux-7.3.4.json")


@pytest.fixture(params=[called, process], ids=["main", "process"])
def run(request: pytest.FixtureRequest) -> Runner:
    runner: Runner = request.param
    return runner
