# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The runner: asks a target every vector, many at a time, and says of each what became of it.

When a target breaks (crashes, hangs, or writes what is no answer) it is started anew, and the vectors
that were not answered are asked one by one, so that the one to blame is known.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final, NamedTuple

from abi.conformance.channel import Channel, Frame, Hello, TargetError
from abi.conformance.protocol import FAILED, UNSUPPORTED, frame
from abi.conformance.vectors import Vector

#: Seconds without any answer after which a target counts as hanging; for the handshake too.
TIMEOUT: Final = 5.0
#: Requests on the way at once.
WINDOW: Final = 64
#: Breaks in a row without any answer after which the rest is not run.
IN_A_ROW: Final = 6
#: What the breaks of a run may cost in all, and what one of each kind costs: to hang takes long.
PATIENCE: Final = 100
_COST: Final = {"crashed": 1, "garbled": 1, "timeout": 5}
_TELL: Final = 0.1
#: Requests that are asked in lockstep before anything else is looked at.
_BATCH: Final = 1000


class Verdict(enum.Enum):
    """What became of a vector."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    GARBLED = "garbled"
    UNSUPPORTED = "unsupported"
    NOT_RUN = "not run"


#: Verdicts that say that the target is wrong.
WRONG: Final = frozenset({Verdict.FAIL, Verdict.CRASHED, Verdict.TIMEOUT, Verdict.GARBLED})


class Result(NamedTuple):
    """One vector: its verdict, the payload that came (None if none did), and what else there is to say."""

    vector: Vector
    verdict: Verdict
    got: bytes | None = None
    text: str = ""


class Incident(NamedTuple):
    """The target broke: how, the end of its standard error, and the vector to blame, "" if none is known."""

    kind: str
    text: str
    complaint: str
    slug: str = ""


class Run(NamedTuple):
    """All that was measured; ``results`` in the order of the vectors. ``hello`` is None if it never started."""

    hello: Hello | None
    results: tuple[Result, ...]
    incidents: tuple[Incident, ...]
    seconds: float
    interrupted: bool = False

    @property
    def unexplained(self) -> tuple[Incident, ...]:
        """Breaks that no vector is to blame for."""
        return tuple(incident for incident in self.incidents if not incident.slug)


Tell = Callable[[int, int], None]


class Runner:
    """One run of one target."""

    def __init__(
        self, command: Sequence[str], vectors: Sequence[Vector], timeout: float = TIMEOUT, window: int = WINDOW,
        tell: Tell | None = None,
    ) -> None:
        self._command, self._vectors = command, vectors
        self._timeout, self._window, self._tell = timeout, max(window, 1), tell
        self._frames = [frame(n, v.message.type, v.question()) for n, v in enumerate(vectors, 1)]
        answers = [v.answer() for v in vectors]
        self._passes = [Result(v, Verdict.PASS, a) for v, a in zip(vectors, answers, strict=True)]
        self._right = [frame(n, v.message.type, a) for n, (v, a) in enumerate(zip(vectors, answers, strict=True), 1)]
        self._results: list[Result | None] = [None] * len(vectors)
        self._incidents: list[Incident] = []
        self._hello: Hello | None = None
        self._channel: Channel | None = None
        self._complaint = ""
        self._row = self._breaks = self._cost = 0
        self._told = 0.0

    def run(self) -> Run:
        """Ask everything; KeyboardInterrupt ends it early and keeps what was measured."""
        started, interrupted = time.monotonic(), False
        try:
            self._all()
        except KeyboardInterrupt:
            interrupted = True
        finally:
            self._close()
        results = tuple(r or Result(v, Verdict.NOT_RUN) for v, r in zip(self._vectors, self._results, strict=True))
        return Run(self._hello, results, tuple(self._incidents), time.monotonic() - started, interrupted)

    def _all(self) -> None:
        todo = list(range(len(self._vectors)))
        while todo:
            if self._given_up() or not self._ready():
                return
            unanswered = self._ask(todo, self._window)
            if unanswered and not self._singly(unanswered):
                return
            todo = [n for n in todo if self._results[n] is None]
        if self._ready():
            self._goodbye()

    def _singly(self, unanswered: list[int]) -> bool:
        """Ask one by one, each that breaks the target once more in a fresh process; False to give up.

        The break that led here is kept as an incident only if no vector is found to blame for it.
        """
        incident, before = self._incidents.pop(), len(self._incidents)
        for number in unanswered:
            for fresh in (self._channel is None, True):
                if self._given_up() or not self._ready():
                    return False
                if not self._ask([number], 1):
                    break
                if fresh:
                    self._blame(number)
                    break
                self._incidents.pop()
        if len(self._incidents) == before:
            self._incidents.append(incident)
        return True

    def _given_up(self) -> bool:
        if self._row < IN_A_ROW and self._cost < PATIENCE:
            return False
        text = f"it broke {self._row} times in a row, {self._breaks} times in all"
        self._incidents.append(Incident("given up", text, ""))
        return True

    def _blame(self, number: int) -> None:
        incident = self._incidents.pop()
        self._incidents.append(incident._replace(slug=self._vectors[number].slug))
        before = self._results[number]  # what it answered before it broke, if it did
        self._settle(number, Verdict(incident.kind), before.got if before else None, incident.text)

    def _ready(self) -> bool:
        """Start the target unless it runs; False, with an incident, if that fails."""
        if self._channel is not None:
            return True
        try:
            self._channel = Channel(self._command)
            hello = self._channel.hello(self._timeout)
        except TargetError as broken:
            self._break(broken)
            return False
        self._hello = self._hello or hello
        return True

    def _ask(self, numbers: list[int], window: int) -> list[int]:
        """Ask these. If the target breaks: an incident, and those to blame perhaps are returned, else none.

        One that is asked alone is to blame also for what comes after its answer.
        """
        assert self._channel is not None
        flying: dict[int, None] = {}
        at, last = 0, time.monotonic()
        try:
            while at < len(numbers) or flying:
                came = 0
                if window == 1 and not flying:
                    asked, came = self._lockstep(numbers[at : at + _BATCH])
                    flying = dict.fromkeys(numbers[at + came : at + asked])
                    at += asked
                elif fresh := numbers[at : at + window - len(flying)]:
                    at += len(fresh)
                    flying.update(dict.fromkeys(fresh))
                    self._channel.send(b"".join([self._frames[n] for n in fresh]))
                if flying:
                    came += self._answered(flying)
                now = time.monotonic()
                if came:
                    last, self._row = now, 0
                _in_time(now - last, self._timeout)
                self._progress(now)
        except TargetError as broken:
            self._break(broken)
            return numbers if len(numbers) == 1 else list(flying)
        return []

    def _lockstep(self, numbers: list[int]) -> tuple[int, int]:
        """Ask one after the other while each answer is right: how many were asked, how many passed."""
        assert self._channel is not None
        exchanges = [(self._frames[n], self._right[n]) for n in numbers]
        passed = 0
        for index, _ in zip(numbers, self._channel.lockstep(exchanges), strict=False):
            self._results[index] = self._passes[index]
            passed += 1
        return min(passed + 1, len(numbers)), passed

    def _answered(self, flying: dict[int, None]) -> int:
        """Wait for answers and settle them; how many came."""
        assert self._channel is not None
        right, others = self._channel.answers(self._timeout / 4, map(self._right.__getitem__, flying))
        for index in list(islice(flying, right)):
            self._results[index] = self._passes[index]
            del flying[index]
        self._take(others, flying)
        return right + len(others)

    def _progress(self, now: float) -> None:
        if self._tell and now - self._told > _TELL:
            self._told = now
            self._tell(sum(result is not None for result in self._results), len(self._vectors))

    def _take(self, frames: list[Frame], flying: dict[int, None]) -> None:
        for number, kind, payload in frames:
            index = number - 1
            if index not in flying:
                raise TargetError("garbled", f"an answer to id {number:#x}, which was not asked or is answered already")
            vector = self._vectors[index]
            if kind == vector.message.type:
                right = payload == self._passes[index].got
                self._settle(index, Verdict.PASS if right else Verdict.FAIL, payload)
            elif kind == UNSUPPORTED:
                self._unsupported(index)
            elif kind == FAILED:
                self._settle(index, Verdict.FAIL, None, "it says: " + payload.decode("utf-8", "replace")[:400])
            else:
                raise TargetError("garbled", f"an answer of type {kind:#x} to a request of {vector.message.type:#x}")
            del flying[index]

    def _unsupported(self, index: int) -> None:
        feature = self._vectors[index].message.feature
        if self._hello is not None and feature in self._hello.features:
            self._settle(index, Verdict.FAIL, None, f"it names the feature {feature} and does not support the request")
        else:
            self._settle(index, Verdict.UNSUPPORTED)

    def _settle(self, index: int, verdict: Verdict, got: bytes | None = None, text: str = "") -> None:
        self._results[index] = Result(self._vectors[index], verdict, got, text)

    def _break(self, broken: TargetError) -> None:
        self._close()
        self._row += 1
        self._breaks += 1
        self._cost += _COST[broken.kind]
        self._incidents.append(Incident(broken.kind, broken.text, self._complaint))

    def _goodbye(self) -> None:
        if self._channel is not None:
            try:
                self._channel.bye(self._timeout)
            except TargetError as broken:
                self._break(TargetError(broken.kind, f"at the end: {broken.text}"))

    def _close(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._complaint = self._channel.complaint.decode("utf-8", "replace")
            self._channel = None


def _in_time(waited: float, timeout: float) -> None:
    if waited > timeout:
        raise TargetError("timeout", f"no answer in {timeout:g} s")
