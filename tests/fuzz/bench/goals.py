# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the runs of all seeds come to, and whether the goals are reached. Goals are told, never passed or failed.

Seconds are those of the CPU: a busy machine makes no engine slower than another.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from tests.fuzz.bench.engines import ENGINES, PAIRS, Outcome

#: Seconds within which the kit on libFuzzer is to find each bug, and executions within which it is to on AFL++.
SECONDS: Final = 10.0
EXECUTIONS: Final = 200_000
#: How many times fewer executions than the better plain engine, of bugs for which that needs more than so many.
FEWER: Final = 10.0
MORE_THAN: Final = 1000
#: Seconds by which the kit may be slower without counting as slower, and on how many bugs it may be.
SLOWER_BY: Final = 0.5
SLOWER_ON: Final = 2
#: What a mutation by the kit may cost, in mutations by libFuzzer.
COST: Final = 2.0

#: Outcomes of all seeds by bug and engine; a bug or an engine that was not run yet is not there.
Runs = Mapping[str, Mapping[str, Sequence[Outcome]]]


class Cell(NamedTuple):
    """One bug on one engine: in how many runs it was found, and the medians of all.

    A run that found nothing counts with what it did in its time, so a median of such runs is a lower bound.
    """

    found: int
    runs: int
    executions: float
    cpu: float

    @property
    def bounded(self) -> bool:
        """Whether the median is that of runs that found it."""
        return 2 * self.found > self.runs


class Goal(NamedTuple):
    """A goal: what is wanted, what was measured, and what to say of those that miss it. None: not measured."""

    what: str
    got: str
    reached: bool | None
    missed: tuple[str, ...] = ()


def cell(outcomes: Sequence[Outcome]) -> Cell:
    """Sum up the seeds; those that found it come first in a median."""
    ordered = sorted(outcomes, key=lambda o: (not o.found, o.executions))
    middle = ordered[(len(ordered) - 1) // 2] if len(ordered) % 2 else ordered[len(ordered) // 2]
    return Cell(sum(bool(o.found) for o in outcomes), len(outcomes), middle.executions,
                statistics.median(o.cpu for o in outcomes))


def better_plain(engines: Mapping[str, Sequence[Outcome]]) -> Cell | None:
    """The better of the plain engines: that finds it in fewer executions; if none does, that which tried more often."""
    cells = [cell(engines[plain]) for _, plain in PAIRS if plain in engines]
    finding = [c for c in cells if c.bounded]
    if finding:
        return min(finding, key=lambda c: c.executions)
    return max(cells, key=lambda c: c.executions, default=None)


def fewer(runs: Runs, kit: str) -> dict[str, float]:
    """By bug, how many times fewer executions the kit needs than the better plain engine, where that is not quick.

    0 where the kit does not find it.
    """
    found = {}
    for name, engines in runs.items():
        plain = better_plain(engines)
        if kit in engines and plain is not None and plain.executions > MORE_THAN:
            own = cell(engines[kit])
            found[name] = plain.executions / own.executions if own.bounded else 0.0
    return found


def slower(runs: Runs, kit: str, plain: str) -> list[str]:
    """The bugs that the kit finds later than its own engine without it."""
    both = {name: (cell(e[kit]), cell(e[plain])) for name, e in runs.items() if kit in e and plain in e}
    return [f"{name} ({own.cpu:.1f} s, {other.cpu:.1f} s)" for name, (own, other) in both.items()
            if own.cpu > other.cpu + SLOWER_BY]


def judged(runs: Runs, mutator: Mapping[str, float]) -> list[Goal]:
    """All goals."""
    on_libfuzzer, on_afl = (kit for kit, _ in PAIRS)
    late = _missed(runs, on_libfuzzer, lambda o: bool(o.found) and o.cpu <= SECONDS)
    long = _missed(runs, on_afl, lambda o: bool(o.found) and o.executions <= EXECUTIONS)
    goals = [
        _all_of(f"{_title(on_libfuzzer)}: found within {SECONDS:g} s in every run", runs, on_libfuzzer, late),
        _all_of(f"{_title(on_afl)}: found within {EXECUTIONS:,} executions in every run", runs, on_afl, long),
    ]
    for kit, plain in PAIRS:
        ratios = fewer(runs, kit)
        middle = statistics.median(ratios.values()) if ratios else 0.0
        goals.append(Goal(
            f"{_title(kit)}: {FEWER:g} times fewer executions than the better plain engine, in the median where that "
            f"needs more than {MORE_THAN:,}", f"{middle:.1f} times, of {len(ratios)}" if ratios else "-",
            middle >= FEWER if ratios else None, tuple(name for name, ratio in ratios.items() if ratio < 1),
        ))
        late = slower(runs, kit, plain)
        there = any(kit in e and plain in e for e in runs.values())
        what = f"{_title(kit)}: more than {SLOWER_BY:g} s slower than {_title(plain)} on at most {SLOWER_ON}"
        reached = len(late) <= SLOWER_ON if there else None
        goals.append(Goal(what, str(len(late)) if there else "-", reached, tuple(late)))
    goals.append(Goal(f"a mutation costs at most {COST:g} of libFuzzer's own", f"{mutator['ratio']:.2f}" if mutator
                      else "-", mutator["ratio"] <= COST if mutator else None))
    return goals


def _title(engine: str) -> str:
    return ENGINES[engine].title


def _missed(runs: Runs, engine: str, kept: Callable[[Outcome], bool]) -> list[str]:
    found = []
    for name, engines in runs.items():
        outcomes = engines.get(engine, ())
        missed = sum(not kept(outcome) for outcome in outcomes)
        if missed:
            found.append(f"{name} ({missed} of {len(outcomes)})")
    return found


def _all_of(what: str, runs: Runs, engine: str, missed: Iterable[str]) -> Goal:
    there = sum(engine in engines for engines in runs.values())
    missed = tuple(missed)
    return Goal(what, f"{there - len(missed)} of {there}" if there else "-", not missed if there else None, missed)
