# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Stops one side at every single store of a script, lets the other side run, kills or continues it.

The moments of a script are found by running it once and noting each call of the observer; then the
script is run in a process once for each moment and stopped there.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from abi.errors import InputError
from abi.ring.points import POINTS
from tests.abi.ring.crash.shared import fork, share
from tests.abi.ring.crash.sides import Sink, Source
from tests.abi.ring.crash.verdict import Kills, judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from abi.ring.points import Observer, StorePoint
    from tests.abi.ring.crash.shared import Shared

SLOTS = 4
RECORD_SIZE = 80
#: Records put into the ring and taken from it before the script: empty, wrapped, nearly full, full.
STATES = ((0, 0), (4, 4), (7, 5), (3, 0), (4, 0))
#: Two deaths in a row: moments of the first process (its start and one record), and of the second.
TWICE_FIRST, TWICE_SECOND = 14, 8


class Script(NamedTuple):
    """What the victim does and what the other side does while the victim stands still."""

    side: str
    run: Callable[[Shared, Observer | None], None]
    other: Callable[[Shared], None]


class Moment(NamedTuple):
    """One call of the observer in a script."""

    number: int
    point: StorePoint
    after: bool

    @property
    def name(self) -> str:
        return f"{self.point.name} {'after' if self.after else 'before'}"


class Outcome(NamedTuple):
    """How often the victim was stopped, and what was wrong after."""

    stops: int
    problems: list[str]


class Report:
    """What a campaign has done and found."""

    def __init__(self) -> None:
        self.kills = Counter({f"{p.name} {when}": 0 for p in POINTS for when in ("before", "after")})
        self.continued = 0
        self.problems: list[str] = []

    def note(self, killed: Moment | None, where: str, outcome: Outcome) -> None:
        """Count the episode at the moment where the victim was killed, None if it was continued."""
        if outcome.stops and killed:
            self.kills[killed.name] += 1
        elif outcome.stops:
            self.continued += 1
        self.problems += [f"{where}: {problem}" for problem in outcome.problems]


def scripts(violate: str | None) -> tuple[Script, Script]:
    """Six records, two more than fit; and all that is there, then a wait."""

    def produce(shared: Shared, observe: Observer | None) -> None:
        source = Source(shared, os.getpid(), observe, violate)
        for _ in range(SLOTS + 2):
            source.put()

    def consume(shared: Shared, observe: Observer | None) -> None:
        sink = Sink(shared, observe)
        sink.drain()
        sink.consumer.wait(0)
        sink.drain()

    def drain(shared: Shared) -> None:
        Sink(shared).drain()

    def fill(shared: Shared) -> None:
        source = Source(shared, os.getpid(), None, violate)
        while source.put():
            pass

    return Script("producer", produce, drain), Script("consumer", consume, fill)


def prepare(state: tuple[int, int]) -> Shared:
    """A ring with history, written and read by this process."""
    shared = share(SLOTS, RECORD_SIZE)
    puts, takes = state
    source, sink = Source(shared, 0), Sink(shared)
    for number in range(puts):
        if number >= SLOTS:
            sink.take()
            takes -= 1
        source.put()
    for _ in range(takes):
        sink.take()
    return shared


def moments(script: Script, state: tuple[int, int]) -> list[Moment]:
    """Every moment of the script from this state."""
    found: list[Moment] = []
    shared = prepare(state)
    script.run(shared, lambda point, after: found.append(Moment(len(found), point, after)))
    shared.close()
    return found


def stop_at(index: int) -> Observer:
    """An observer that stops its own process at its index-th call."""
    calls = iter(range(index + 1))

    def observe(_point: StorePoint, _after: bool) -> None:
        if next(calls, None) == index:
            os.kill(os.getpid(), signal.SIGSTOP)

    return observe


def stopped(shared: Shared, script: Script, index: int) -> int | None:
    """Run the script in a process until it stops at the index-th call; None if it ended before."""
    pid = fork(shared, lambda: script.run(shared, stop_at(index)))
    _, status = os.waitpid(pid, os.WUNTRACED)
    return pid if os.WIFSTOPPED(status) else None


def let_go(pid: int) -> None:
    os.kill(pid, signal.SIGCONT)
    os.waitpid(pid, 0)


def kill(pid: int) -> bool:
    """Kill a child; False if it had ended by itself."""
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


def finish(shared: Shared, script: Script, kills: int) -> list[str]:
    """Start the side again, let it run its script, drain the ring and judge."""
    pid = fork(shared, lambda: script.run(shared, None))
    os.waitpid(pid, 0)
    Sink(shared).drain()
    producer = script.side == "producer"
    return judge(shared, Kills(kills if producer else 0, 0 if producer else kills))


def episode(script: Script, state: tuple[int, int], indices: tuple[int, ...], go_on: bool = False) -> Outcome:
    """Stop at each index in turn, the second in the restarted process."""
    shared = prepare(state)
    stops = 0
    try:
        for index in indices:
            pid = stopped(shared, script, index)
            if pid is None:
                break
            stops += 1
            try:
                script.other(shared)
            finally:
                let_go(pid) if go_on else kill(pid)
        return Outcome(stops, finish(shared, script, 0 if go_on else stops))
    except InputError as error:
        return Outcome(stops, [f"seen by the other side: {error}"])
    finally:
        shared.close()


def campaign(violate: str | None = None) -> Report:
    """Every moment of both scripts from every state, killed and continued; then two deaths in a row."""
    report = Report()
    for script in scripts(violate):
        for state in STATES:
            for moment in moments(script, state):
                where = f"{script.side} {state} {moment.number} {moment.name}"
                report.note(moment, where, episode(script, state, (moment.number,)))
                report.note(None, f"{where}, continued", episode(script, state, (moment.number,), go_on=True))
        for first in moments(script, STATES[1])[:TWICE_FIRST]:
            for second in range(TWICE_SECOND):
                where = f"{script.side} {first.number} {first.name}, then {second}"
                report.note(first, where, episode(script, STATES[1], (first.number, second)))
    return report
