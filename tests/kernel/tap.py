# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a selftest of the kernel's tree says of itself: its exit code, and what it prints in the Test Anything Protocol.

The codes are those of tools/testing/selftests/kselftest.h (0 pass, 4 skip); KVM's TEST_ASSERT() ends with 254 and says
where. A test that ends with 0 though it has printed ``not ok``, or fewer results than it has planned, has failed: the
tree's runner looks at the code alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

PASS, FAIL, SKIP, LATE, NOT_RUN, NOT_BUILT = "pass", "fail", "skip", "no end", "not run", "not built"
VERDICTS: Final = (PASS, FAIL, SKIP, LATE, NOT_RUN, NOT_BUILT)
_SKIPPED: Final = 4
_RESULT: Final = re.compile(r"^(?P<bad>not )?ok \d+ ?(?:- )?(?P<name>[^#]*?) *(?:# *(?P<directive>\w+) *(?P<why>.*))?$")
_PLAN: Final = re.compile(r"^1\.\.(?P<count>\d+)(?: *# *SKIP[ -]*(?P<why>.*))?$")
_ASSERTION: Final = re.compile(r"==== Test Assertion Failure ====\n *(?P<where>\S.*)")
_SKIP_LINE: Final = re.compile(r"^(?P<why>.*), skipping test$", re.MULTILINE)
_BAIL: Final = re.compile(r"^Bail out! *(?P<why>.*)$", re.MULTILINE)


class Told(NamedTuple):
    """What came of one run: ``why`` it did not pass, its ``last`` line, its ``seconds``."""

    verdict: str
    why: str = ""
    subtests: tuple[str, ...] = ()
    last: str = ""
    seconds: float = 0

    @property
    def outcome(self) -> tuple[str, str, tuple[str, ...]]:
        """What must be the same again: not times, and not the last line, which may hold addresses."""
        return self.verdict, "" if self.verdict == LATE else self.why, self.subtests


def told(ended: Mapping[str, Any], seconds: float = 0) -> Told:
    """Of how a program ended, ``exit``, ``signal`` or ``late``, and its ``output``."""
    text = ended["output"].replace("\r", "")
    lines = [line for line in text.splitlines() if line.strip()]
    subtests = tuple(_subtests(lines))
    verdict, why = _verdict(ended, text, lines, subtests)
    return Told(verdict, why, subtests, lines[-1].strip() if lines else "", seconds)


def _subtests(lines: list[str]) -> Iterator[str]:
    """``pass NAME``, ``fail NAME``, ``skip NAME: WHY``."""
    for line in lines:
        if found := _RESULT.match(line):
            skipped = (found["directive"] or "").upper() == "SKIP"
            name = found["name"].strip()
            yield f"{FAIL if found['bad'] else SKIP if skipped else PASS} {name}" + (
                f": {found['why']}" if skipped and found["why"] else "")


def _verdict(ended: Mapping[str, Any], text: str, lines: list[str], subtests: tuple[str, ...]) -> tuple[str, str]:
    if "late" in ended:
        return LATE, f"within {ended['late']:g} s"
    if "signal" in ended:
        return FAIL, f"signal {ended['signal']}"
    if ended["exit"] == _SKIPPED:
        return SKIP, _skipped(text, lines, subtests)
    wrong = _wrong(text, lines, subtests)
    if ended["exit"]:
        last = f": {lines[-1].strip()}" if lines else ""
        return FAIL, wrong or f"exit {ended['exit']}{last}"
    return (FAIL, wrong) if wrong else (PASS, "")


def _skipped(text: str, lines: list[str], subtests: tuple[str, ...]) -> str:
    for line in lines:
        if (plan := _PLAN.match(line)) and plan["why"]:
            return plan["why"].strip()
    if said := _SKIP_LINE.search(text):
        return said["why"].strip()
    reasons = [one.removeprefix(f"{SKIP} ") for one in subtests if one.startswith(SKIP)]
    return reasons[0] if reasons else lines[-1].strip() if lines else "no reason given"


def _wrong(text: str, lines: list[str], subtests: tuple[str, ...]) -> str:
    """What the output says that went wrong, or nothing."""
    if found := _ASSERTION.search(text):
        return found["where"].strip()
    if bad := next((one for one in subtests if one.startswith(FAIL)), None):
        return f"not ok: {bad.removeprefix(FAIL).strip()}"
    if bail := _BAIL.search(text):
        return f"bail out: {bail['why'].strip()}"
    planned = next((int(plan["count"]) for line in lines if (plan := _PLAN.match(line))), len(subtests))
    return "" if planned in (0, len(subtests)) else f"{planned} results planned, {len(subtests)} given"
