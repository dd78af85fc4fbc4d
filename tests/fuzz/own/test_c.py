# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Our own C under clang's sanitizers and coverage, for a short time; what is reached, and that errors are found.

The long runs are evidence.py's. Inputs begin with the vectors: this is about our code, not about engines.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.c.library import copy_headers
from tests.fuzz.own import builds, coverage, evidence, finding, heads, wraps
from tests.generate.tools import ToolError
from tests.test_checklists import edit

check = pytest.mark.check

#: Build, header, what becomes what, what is then said, of an input of which target.
PLANTED = [
    ("asan", "kfi_reader.h", "size >= KFI_SIZE_OLDEST", "size >= KFI_SIZE_OLDEST - 1", "heap-buffer-overflow",
     "record"),
    ("asan", "kfi_ring.h", "slots > (size - header) / slot", "slots > (size - header) / slot + 1", "AddressSanitizer",
     "ring"),
    ("asan", "kfi_cper_sections.h", "length > room || !kfi_cper_zeros", "length > room + 4 || !kfi_cper_zeros",
     "AddressSanitizer", "fill"),
    ("asan", "kfi_trap.h", "page->lsb > 63 || ", "", "shift exponent", "fill"),
    ("asan", "kfi_fill.h", "esr |= KFI_ESR_FNV;", ";", "host.far.fnv", "fill"),
    ("msan", "kfi_entry.h", "reply->pad[i] = 0;", ";", "MemorySanitizer", "record"),
    ("msan", "kfi_decide.h", "\td->serror_esr = 0;\n\td->via = KFI_WAY_NONE;\n\td->notes = kfi_fnv",
     "\td->via = KFI_WAY_NONE;\n\td->notes = kfi_fnv", "MemorySanitizer", "record"),
    ("rust", "kfi_decide.h", "machine->repeats < machine->bound", "machine->repeats <= machine->bound", "not kept",
     "record"),
]


def test_the_heads_in_c_are_those_of_python() -> None:
    assert heads.HEADER.read_text(encoding="utf-8") == heads.header()


def test_what_is_listed_and_what_is_measured_must_be_the_same() -> None:
    one = coverage.Branch("kfi_ring.h", "if (a || b)", "a", "true")
    other = one._replace(never="false")
    assert coverage.differing(Counter([one]), Counter([one])) == []
    assert coverage.differing(Counter([one, one]), Counter([one])) == [f"not reached, not listed: {one}"]
    assert coverage.differing(Counter(), Counter([other])) == [f"listed, but reached: {other}"]


def test_each_listed_line_is_in_the_readers_and_has_a_reason() -> None:
    known = [(each.file, each.line) for each in coverage.listed()] + [(each.file, each.line) for each in wraps.listed()]
    for file, line in known:
        assert line in (text.strip() for text in (builds.SOURCES[0] / file).read_text(encoding="utf-8").splitlines())


@check
def test_every_branch_is_reached_but_those_that_are_listed(tmp_path: Path) -> None:
    found = coverage.measured(tmp_path)
    assert coverage.differing(found.missed, coverage.listed()) == []
    assert {path.name for path in builds.SOURCES[0].glob("*.h")} - set(found.total) == {"kfi_base.h"}
    assert {name: all_ for name, (all_, _missed) in evidence.load()["branches"].items()} == found.total


@check
def test_a_branch_that_nothing_reaches_is_seen(tmp_path: Path) -> None:
    headers = copy_headers(tmp_path)
    edit(headers / "kfi_entry.h", "if (kfi_aarch32(vcpu))", "if (vcpu->pc == 0x1234567890abcdefULL)")
    found = coverage.measured(tmp_path, 1_000_000, headers)
    never = "vcpu->pc == 0x1234567890abcdefULL"
    assert f"if ({never})" in {each.line for each in found.missed if each.branch == never and each.never == "true"}


@check
def test_numbers_wrap_only_where_it_is_meant(tmp_path: Path) -> None:
    assert wraps.measured(tmp_path) == wraps.listed()


@check
@pytest.mark.parametrize(("name", "executions"), [
    ("asan", 4_000_000), ("msan", 4_000_000), ("rust", 4_000_000), ("asan-mutate", 500_000), ("rust-mutate", 500_000),
])
def test_nothing_is_found(name: str, executions: int, tmp_path: Path) -> None:
    assert "executions" in builds.loop(name, tmp_path, 3, executions)


@check
@pytest.mark.parametrize(("name", "header", "old", "new", "said", "target"), PLANTED, ids=lambda each: each[:12])
def test_a_planted_error_is_found(
    name: str, header: str, old: str, new: str, said: str, target: str, tmp_path: Path
) -> None:
    """By the sanitizer, by a check of the target, or by the crate; the input is kept."""
    headers = copy_headers(tmp_path)
    edit(headers / header, old, new)
    with pytest.raises(ToolError, match=said):
        builds.loop(name, tmp_path, 3, 4_000_000, headers=headers)
    told = finding.told((tmp_path / "state.finding").read_bytes())
    assert told[0] == target
    assert told[-1].startswith("  data")
