# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The C readers under AddressSanitizer and UndefinedBehaviorSanitizer, on the same inputs and on millions more.

Inputs lie in memory of just their own size, so that one byte too far is seen.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.c.agree import WHAT
from tests.c.library import RUNTIMES, SOURCES, build, copy_headers, runtime
from tests.generate.tools import ROOT
from tests.test_checklists import edit

pytestmark = pytest.mark.check

builds = pytest.mark.parametrize("name", RUNTIMES)


def run_in(name: str, module: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "LD_PRELOAD": runtime(name), "ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.run(
        [sys.executable, "-m", "tests.c.agree", str(module), *arguments], env=environment, capture_output=True,
        text=True, check=False, cwd=ROOT, timeout=900,
    )


def met(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr[-4000:]
    return dict(json.loads(done.stdout))


@builds
def test_they_agree_and_nothing_is_reported(name: str, tmp_path: Path) -> None:
    module = build(name, tmp_path)
    found = met(run_in(name, module, "11", "6000", *WHAT))
    assert found["reading"]["understood"] > 1000
    assert found["walking"]["accepted"] > 1000
    assert found["ring"]["tuple"] > 1000


@builds
def test_millions_of_changed_records_and_blocks(name: str, tmp_path: Path) -> None:
    """In one call: what is accepted is walked a second time, and every part of it lies in the block."""
    found = met(run_in(name, build(name, tmp_path), "12", "2000000", "storm"))
    assert 10_000 < found["storm"]["taken"] < 3_900_000


@builds
@pytest.mark.parametrize(("header", "old", "new", "what"), [
    ("kfi_reader.h", "size < KFI_SIZE_HEAD", "size < KFI_SIZE_HEAD - 2", "reading"),
    ("kfi_tables.h", "if (size < 80)", "if (size < 65)", "reading"),
    ("kfi_cper_sections.h", "size > room - KFI_SIZE_CONTEXT_INFO", "size > room", "walking"),
])
def test_one_byte_too_far_is_reported(
    name: str, header: str, old: str, new: str, what: str, tmp_path: Path
) -> None:
    headers = copy_headers(tmp_path)
    edit(headers / header, old, new)
    done = run_in(name, build(name, tmp_path, headers), "13", "20000", what)
    assert done.returncode != 0
    assert "ERROR: AddressSanitizer" in done.stderr


def test_the_copy_that_is_changed_is_a_copy(tmp_path: Path) -> None:
    headers = copy_headers(tmp_path)
    assert {path.name for path in headers.iterdir()} == {path.name for path in SOURCES[0].glob("*.h")}
