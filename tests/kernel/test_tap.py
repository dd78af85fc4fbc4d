# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Texts are as tools/testing/selftests/kselftest.h, kvm/lib/assert.c and kvm/lib/test_util.c print them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernel.tap import FAIL, LATE, PASS, SKIP, told

GOOD = "TAP version 13\n1..2\nok 1 enable\nok 2 off\n# Totals: pass:2 fail:0 xfail:0 xpass:0 skip:0 error:0\n"
ASSERTION = """Random seed: 0x6b8b4567
==== Test Assertion Failure ====
  arm64/sea_to_user.c:123: region->mmap_start != MAP_FAILED
  pid=61 tid=61 errno=12 - Cannot allocate memory
     1\t0x40212b: main at sea_to_user.c:321
  mmap() failed, rc: -1 errno: 12 (Cannot allocate memory)
"""


@pytest.mark.parametrize(("ended", "output", "verdict", "why", "subtests"), [
    ({"exit": 0}, GOOD, PASS, "", ("pass enable", "pass off")),
    ({"exit": 0}, "anything\n", PASS, "", ()),
    ({"exit": 0}, "", PASS, "", ()),
    # The code says that all is well, the text that it is not.
    ({"exit": 0}, GOOD.replace("ok 2 off", "not ok 2 off"), FAIL, "not ok: off", ("pass enable", "fail off")),
    ({"exit": 0}, GOOD.replace("ok 2 off\n", ""), FAIL, "2 results planned, 1 given", ("pass enable",)),
    ({"exit": 0}, "Bail out! No memory\n", FAIL, "bail out: No memory", ()),
    ({"exit": 1}, GOOD.replace("ok 2 off", "not ok 2 off"), FAIL, "not ok: off", ("pass enable", "fail off")),
    ({"exit": 254}, ASSERTION, FAIL,
     "arm64/sea_to_user.c:123: region->mmap_start != MAP_FAILED", ()),
    ({"exit": 3}, "nobody knows\n", FAIL, "exit 3: nobody knows", ()),
    ({"signal": 11}, GOOD, FAIL, "signal 11", ("pass enable", "pass off")),
    ({"late": 120.0}, "ok 1 enable\n", LATE, "within 120 s", ("pass enable",)),
    ({"exit": 4}, "1..0 # SKIP Requirement not met: has_cap(240)\n", SKIP, "Requirement not met: has_cap(240)", ()),
    ({"exit": 4}, "1..0 # SKIP - No EL2\n", SKIP, "No EL2", ()),
    ({"exit": 4}, "__vm_disable_nx_huge_pages not supported, skipping test\n", SKIP,
     "__vm_disable_nx_huge_pages not supported", ()),
    ({"exit": 4}, "1..1\nok 1 at # SKIP no NV\n", SKIP, "at: no NV", ("skip at: no NV",)),
    ({"exit": 4}, "", SKIP, "no reason given", ()),
])
def test_what_a_selftest_told(
    ended: dict[str, Any], output: str, verdict: str, why: str, subtests: tuple[str, ...]
) -> None:
    found = told(ended | {"output": output}, 1.5)
    assert (found.verdict, found.why, found.subtests, found.seconds) == (verdict, why, subtests, 1.5)
    assert found.last == (output.splitlines()[-1].strip() if output else "")


def test_a_result_line_is_read_whole() -> None:
    lines = "ok 1\nok 2 - two words\nok 3 x # SKIP\nnot ok 4 y # TODO later\n# ok 5 no\n ok 6 no\n"
    assert told({"exit": 0, "output": lines}).subtests == ("pass ", "pass two words", "skip x", "fail y")


def test_times_and_the_last_line_are_no_outcome_and_no_end_is_the_same_whatever_the_limit() -> None:
    first, second = (told({"exit": 0, "output": f"{GOOD}took {n} s"}, n) for n in (1, 2))
    assert first != second
    assert first.outcome == second.outcome
    assert told({"late": 1, "output": ""}).outcome == told({"late": 4, "output": ""}).outcome
