# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Kills a producer and a consumer that run at full speed against each other, at random times."""

from __future__ import annotations

import mmap
import os
import random
import time
from collections import Counter
from typing import TYPE_CHECKING

from abi.ring.memory import Memory
from abi.ring.points import POINTS
from abi.ring.wake import notify
from tests.abi.ring.crash.shared import fork, share
from tests.abi.ring.crash.sides import Sink, Source
from tests.abi.ring.crash.stops import Report, kill
from tests.abi.ring.crash.verdict import Kills, judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from abi.ring.points import Observer, StorePoint

#: Seconds after which something that must happen has not; only a failure ever takes that long.
DEADLINE = 60
#: Offsets in the ring's header.
HEAD, TAIL = 16, 24
#: Words of the board that the processes share beside the ring.
STOP, PROGRESS, MOMENT = 0, 8, 24
PRODUCER, CONSUMER = 0, 8
#: Values of the STOP word.
RUN, STOP_PRODUCING, STOP_CONSUMING = range(3)


class Duel:
    """A producer and a consumer process on one ring; this process kills and restarts them."""

    def __init__(self, slots: int, record_size: int, seed: int, violate: str | None) -> None:
        self.shared = share(slots, record_size)
        self.slots = slots
        self.board = Memory(mmap.mmap(-1, mmap.PAGESIZE))
        self.random = random.Random(seed)
        self.violate = violate
        self.kills = Counter({PRODUCER: 0, CONSUMER: 0})
        self.pids = {PRODUCER: 0, CONSUMER: 0}  # 0: not running
        for side in self.pids:
            self.start(side)

    def start(self, side: int) -> None:
        self.board.words[(PROGRESS + side) // 8] = 0
        seed = self.random.random()
        run = (lambda: self.produce(random.Random(seed))) if side == PRODUCER else self.consume
        self.pids[side] = fork(self.shared, run)

    def produce(self, chance: random.Random) -> None:
        """Produce until told to stop; mostly wait for room, now and then overflow the ring."""
        source = Source(self.shared, os.getpid(), self.watch(PRODUCER), self.violate)
        while self.board.load(STOP) == RUN:
            source.put()
            self.board.words[(PROGRESS + PRODUCER) // 8] += 1
            while self.waiting() == self.slots and chance.random() < 0.999:
                os.sched_yield()

    def consume(self) -> None:
        """Consume, asleep while there is nothing, until told to stop."""
        sink = Sink(self.shared, self.watch(CONSUMER))
        while self.board.load(STOP) != STOP_CONSUMING:
            sink.consumer.wait()
            while sink.take():
                self.board.words[(PROGRESS + CONSUMER) // 8] += 1

    def waiting(self) -> int:
        """Records in the ring."""
        return self.shared.memory.load(HEAD) - self.shared.memory.load(TAIL)

    def watch(self, side: int) -> Observer:
        """An observer that leaves on the board where the process is."""
        words, index = self.board.words, (MOMENT + side) // 8

        def observe(point: StorePoint, after: bool) -> None:
            words[index] = point.number * 2 + after

        return observe

    def kill_one(self, report: Report) -> bool:
        """Kill one side somewhere in its work and start it again; False if one has failed by itself."""
        side = self.random.choice((PRODUCER, CONSUMER))
        goal = self.random.randrange(1, 30)
        if not self.until(lambda: self.board.load(PROGRESS + side) >= goal):
            return False
        for _ in range(self.random.randrange(2000)):
            pass
        killed = kill(self.pids[side])
        self.pids[side] = 0  # it has been waited for: its number may already be another's
        if not killed:
            return False
        self.kills[side] += 1
        number, after = divmod(self.board.load(MOMENT + side), 2)
        report.kills[f"{POINTS[number - 1].name} {'after' if after else 'before'}"] += 1
        self.start(side)
        return True

    def end(self) -> list[str]:
        """Let both finish; a consumer that sleeps while there are records has lost a wake-up."""
        self.board.words[STOP // 8] = STOP_PRODUCING
        os.waitpid(self.pids[PRODUCER], 0)
        self.pids[PRODUCER] = 0
        awake = self.until(lambda: self.waiting() == 0)
        self.board.words[STOP // 8] = STOP_CONSUMING
        notify(self.shared.channel.wake_fd)
        os.waitpid(self.pids[CONSUMER], 0)
        self.pids[CONSUMER] = 0
        found = judge(self.shared, Kills(self.kills[PRODUCER], self.kills[CONSUMER]))
        return found if awake else ["the consumer slept while there were records", *found]

    def until(self, holds: Callable[[], bool]) -> bool:
        """Give way to the others until it holds; False if one of them ends, or after too long."""
        end = time.monotonic() + DEADLINE
        while not holds():
            if time.monotonic() > end or any(pid and ended(pid) for pid in self.pids.values()):
                return False
            os.sched_yield()
        return True

    def abandon(self) -> list[str]:
        """One process failed by itself: say so, and leave none behind."""
        for pid in filter(None, self.pids.values()):
            kill(pid)
        found = self.shared.errors.bytes().decode()
        return [found or "a process ended or stood still, and did not say why"]


def ended(pid: int) -> bool:
    """True for a child that has ended; it is left to be waited for."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def campaign(kills: int, seed: int, violate: str | None = None) -> Report:
    """Small records in a ring that often fills, and records whose copy takes long enough to die in."""
    report = Report()
    for slots, record_size in ((8, 80), (4, 1 << 14)):
        duel = Duel(slots, record_size, seed, violate)
        whole = all(duel.kill_one(report) for _ in range(kills // 2))
        report.problems += duel.end() if whole else duel.abandon()
        duel.shared.close()
        duel.board.close()
    return report
