# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Two things timed in turns, and the ratio of each pair: what else the machine does hits both alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

NS_IN_US: Final = 1000

#: A function and its argument: one item of work.
Call = tuple[Callable[[Any], object], Any]


class Goal(NamedTuple):
    """``limit`` times: at least (how much quicker we are), or at most (how much we may cost)."""

    limit: float
    at_least: bool

    def __str__(self) -> str:
        return f"{'at least' if self.at_least else 'at most'} {self.limit:g}"


class Row(NamedTuple):
    """One comparison: medians of both sides in microseconds, and the ratio of every pair.

    The ratio is base/ours where the goal is a speed-up, else ours/base.
    """

    name: str
    what: str
    ours: str
    base: str
    ours_us: float
    base_us: float
    ratios: tuple[float, ...]
    goal: Goal | None

    @property
    def ratio(self) -> float:
        """The median."""
        return statistics.median(self.ratios)

    @property
    def reached(self) -> bool | None:
        """Whether the median is as the goal has it; None without a goal."""
        if self.goal is None:
            return None
        return self.ratio >= self.goal.limit if self.goal.at_least else self.ratio <= self.goal.limit


def in_turns(ours: Callable[[], float], base: Callable[[], float], pairs: int) -> tuple[list[float], list[float]]:
    """Microseconds of both sides, one after the other; each goes first in every second pair."""
    times: tuple[list[float], list[float]] = ([], [])
    for n in range(pairs):
        for side in (0, 1) if n % 2 else (1, 0):
            times[side].append((ours, base)[side]())
    return times


def row(
    name: str, what: str, sides: tuple[str, str], times: tuple[Sequence[float], Sequence[float]],
    goal: Goal | None = None, *, speed_up: bool = False,
) -> Row:
    """Make a row of the times of ours and base; ``speed_up``: how much quicker ours is."""
    ours, base = times
    pairs = zip(ours, base, strict=True)
    ratios = tuple(b / a if speed_up else a / b for a, b in pairs)
    return Row(name, what, *sides, statistics.median(ours), statistics.median(base), ratios, goal)


def each(calls: Iterable[Call], passes: int = 1) -> Callable[[], float]:
    """A timer of ``passes`` times over all calls: microseconds of one call, the collector held.

    It counts the time of this thread alone, so that a process that takes the CPU meanwhile is not in it.
    """
    work = tuple(calls)

    def timed() -> float:
        gc.collect()
        gc.disable()
        try:
            start = time.thread_time_ns()
            for _ in range(passes):
                for function, argument in work:
                    function(argument)
            took = time.thread_time_ns() - start
        finally:
            gc.enable()
        return took / (passes * len(work) * NS_IN_US)

    return timed
