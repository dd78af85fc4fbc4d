# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The runner with the adapter in C, against bare pipes that carry frames of the same sizes (``pong.c``).

A time is that of one vector. That of the runner holds all of a run, from starting the target to its end; the
other end of the bare pipes runs already, and looks at nothing but lengths.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from abi.conformance.protocol import FRAME, frame
from abi.conformance.runner import WINDOW, Runner, Verdict
from abi.conformance.vectors import Vector, load
from abi.errors import InputError
from tests.bench.measure import NS_IN_US, Goal, Row, in_turns, row
from tests.bench.processes import ROOT
from tests.bench.readers import build

#: How often the vectors are asked in one run, so that what a process costs at its start is little of it.
_TIMES: Final = 5
_REQUESTS: Final = frozenset({"vmm", "check", "ring"})
_COMPILER: Final = "gcc"
_CHUNK: Final = 1 << 18
#: 100,000 vectors a second, as microseconds of one.
_GOAL_US: Final = 10.0


class Pipes(NamedTuple):
    """Where the other end reads, and where it writes."""

    sink: int
    source: int


def windowed(pairs: int) -> Row:
    """Vectors a second with many on the way, against the goal."""
    sides = f"conform --window {WINDOW}", "100,000 vectors a second"
    goal = Goal(1, at_least=True)
    with _compiled() as (adapter, _pong):
        times = in_turns(_conform(adapter, WINDOW), lambda: _GOAL_US, pairs)
    return row("windowed", "conform, windowed, to 100,000 a second", sides, times, goal, speed_up=True)


def echoed(pairs: int) -> Row:
    """The same against bare pipes."""
    return _against(f"conform --window {WINDOW}", WINDOW, "echo", "conform, windowed, to bare pipes", None, pairs)


def lockstep(pairs: int) -> Row:
    """One vector at a time, against a bare ping-pong."""
    goal = Goal(0.7, at_least=True)
    return _against("conform --window 1", 1, "lockstep", "conform, lockstep, to a bare ping-pong", goal, pairs)


def _against(side: str, window: int, name: str, what: str, goal: Goal | None, pairs: int) -> Row:
    with _compiled() as (adapter, pong), _started(pong) as pipes:
        times = in_turns(_conform(adapter, window), _bare(pipes, window), pairs)
    return row(name, what, (side, "bare pipes"), times, goal, speed_up=True)


@cache
def _vectors() -> tuple[Vector, ...]:
    return tuple(v for v in load() if v.request in _REQUESTS) * _TIMES


@contextmanager
def _compiled() -> Iterator[tuple[Path, Path]]:
    """The adapter and the other end of bare pipes. Raises MissingError without a compiler."""
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder, "adapter"), Path(folder, "pong")
        sources = ROOT / "spec" / "adapters" / "c" / "adapter.c", ROOT / "tests" / "bench" / "pong.c"
        headers = (f"-I{ROOT / 'spec' / 'c'}", f"-I{ROOT / 'spec' / 'uapi'}")
        for source, output in zip(sources, built, strict=True):
            build(_COMPILER, "-std=gnu11", "-O2", *headers, source, "-o", output)
        yield built


@contextmanager
def _started(command: Path) -> Iterator[Pipes]:
    """A process in the group that the runner would start it in."""
    with subprocess.Popen([command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Pipes(process.stdin.fileno(), process.stdout.fileno())
        finally:
            process.kill()


def _conform(adapter: Path, window: int) -> Callable[[], float]:
    def timed() -> float:
        done = Runner([str(adapter)], _vectors(), window=window).run()
        wrong = sum(result.verdict is not Verdict.PASS for result in done.results)
        if wrong:
            raise InputError("bench.process", "spec/adapters/c/adapter.c", None, "all vectors pass", f"{wrong} do not")
        return done.seconds * 1e6 / len(done.results)

    return timed


def _bare(pipes: Pipes, window: int) -> Callable[[], float]:
    """So many frames are written at once, and the answers to all of them read."""
    sizes = [FRAME.size + len(vector.answer()) for vector in _vectors()]
    asked = [frame(size, v.message.type, v.question()) for size, v in zip(sizes, _vectors(), strict=True)]
    starts = range(0, len(asked), window)
    turns = [(b"".join(asked[n : n + window]), sum(sizes[n : n + window])) for n in starts]

    def timed() -> float:
        start = time.perf_counter_ns()
        for data, size in turns:
            os.write(pipes.sink, data)
            left = size
            while left:
                left -= len(os.read(pipes.source, min(left, _CHUNK)))
        return (time.perf_counter_ns() - start) / NS_IN_US / len(asked)

    return timed
