# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Each selftest on the kernel without the series and with it: whether it came out the same."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from tests.kernel.tap import LATE, NOT_BUILT, PASS, SKIP, VERDICTS, Told
from tests.lab.printing import WIDTH

SIDES: Final = ("unpatched", "patched")
SAME, UNSTEADY, DIFFERS, OWN = "same", "unsteady", "differs", "the series' own"
STATES: Final = (SAME, UNSTEADY, OWN, DIFFERS)


class Row(NamedTuple):
    """A selftest, and what each run of it told; ``own``: the series brings it, so that it must skip, and pass."""

    name: str
    own: bool
    unpatched: tuple[Told, ...]
    patched: tuple[Told, ...]

    @property
    def state(self) -> str:
        """``unsteady``: it came out in several ways without the series too, and with it in no other."""
        before, after = ({told.outcome for told in _known(runs)} for runs in (self.unpatched, self.patched))
        if self.own:
            verdicts = [{told.verdict for told in _known(runs)} for runs in (self.unpatched, self.patched)]
            return OWN if verdicts == [{SKIP}, {PASS}] else DIFFERS
        if before == after and len(before) == 1:
            return SAME
        return UNSTEADY if after <= before else DIFFERS

    @property
    def wanted(self) -> bool:
        """Whether another run may tell more: it did not come out the same in one."""
        return self.state in (UNSTEADY, DIFFERS)


def _known(runs: tuple[Told, ...]) -> tuple[Told, ...]:
    """Runs that came to an end, where one did: of another nothing is known but that its time was short."""
    return tuple(told for told in runs if told.verdict != LATE) or runs


def row(name: str, own: bool, runs: Iterable[Mapping[str, Mapping[str, Told]]]) -> Row:
    """Of what each run told, by side and name."""
    given = [{side: run[side][name] for side in SIDES if name in run.get(side, {})} for run in runs]
    return Row(name, own, *(tuple(run[side] for run in given if side in run) for side in SIDES))


def described(one: Row) -> dict[str, Any]:
    """For the evidence: the first run of each side, and those after it where there were any."""
    found: dict[str, Any] = {"state": one.state}
    for side, runs in zip(SIDES, (one.unpatched, one.patched), strict=True):
        found[side] = _told(runs[0]) | ({"again": [_told(told) for told in runs[1:]]} if runs[1:] else {})
    return found


def _told(told: Told) -> dict[str, Any]:
    return {name: value for name, value in told._asdict().items() if value not in ("", ())} | {
        "subtests": list(told.subtests)}


def counts(tests: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """How many selftests have which verdict, on each side; of one that ran again, by its last run: it had more time."""
    found = {side: Counter([one[side], *one[side].get("again", [])][-1]["verdict"] for one in tests.values())
             for side in SIDES}
    return {side: {verdict: found[side][verdict] for verdict in VERDICTS if found[side][verdict]} for side in SIDES}


def shown(tests: Mapping[str, Any]) -> Iterator[str]:
    """The table, as the evidence has the tests: a line each, and below it why it did not pass."""
    columns = ("selftest", *SIDES, "")
    lines = [columns, *((name, *(_cell(one[side]) for side in SIDES), "" if one["state"] == SAME else one["state"])
                        for name, one in tests.items())]
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    whys = ["", *(_why(one) for one in tests.values())]
    for line, why in zip(lines, whys, strict=True):
        yield "  ".join((*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[3])).rstrip()
        if why:
            yield textwrap.fill(why, WIDTH, initial_indent="    ", subsequent_indent="    ", max_lines=3,
                                placeholder=" ...", break_on_hyphens=False)
    yield "; ".join(f"{side}: " + ", ".join(f"{count} {verdict}" for verdict, count in found.items())
                    for side, found in counts(tests).items())
    states = Counter(one["state"] for one in tests.values())
    yield f"{len(tests)} selftests: " + ", ".join(f"{states[state]} {state}" for state in STATES if states[state])


def _cell(side: Mapping[str, Any]) -> str:
    of = len(side["subtests"])
    passed = sum(one.startswith(PASS) for one in side["subtests"])
    verdicts = [side["verdict"], *(told["verdict"] for told in side.get("again", []))]
    return "/".join(dict.fromkeys(verdicts)) + (f" ({passed} of {of})" if of else "")


def _why(one: Mapping[str, Any]) -> str:
    """Once where both sides say the same."""
    whys = {side: "; ".join(dict.fromkeys(told["why"] for told in (one[side], *one[side].get("again", []))
                                          if told.get("why"))) for side in SIDES}
    if one["unpatched"]["verdict"] == NOT_BUILT or whys["unpatched"] == whys["patched"]:
        return whys["unpatched"]
    return "; ".join(f"{side}: {why}" for side, why in whys.items() if why)
