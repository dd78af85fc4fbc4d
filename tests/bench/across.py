# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""From trap to decision between two processes, against a bare eventfd there and back with the codec.

What the bare way takes depends on where the two run: on one CPU the two switches of a turn take a few
microseconds, to wake another CPU takes more, and most if it sleeps deeply. The work of the record's
way is the same everywhere. So the ratio is given as the scheduler places them, and for both placements.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Final

from abi.errors import InputError
from abi.exit_page import create_exit_page
from tests.bench.measure import NS_IN_US, Goal, Row, row
from tests.bench.processes import environment

_TURNS: Final = 288
#: Seconds after which a side that does not end is hung, and between two looks at both.
_PATIENCE: Final = 120.0
_LOOK: Final = 0.05
_OURS: Final = "emit, build, publish, wake, fetch, parse, decide, back"
_BASE: Final = "eventfd there and back, build, decode"


def as_scheduled(pairs: int) -> Row:
    """Wherever the scheduler puts the two."""
    return _crossing("across", "emit to decided, across processes", ("any", "any"), pairs)


def together(pairs: int) -> Row:
    """Both on one CPU."""
    cpu = str(min(os.sched_getaffinity(0)))
    return _crossing("together", "emit to decided, both on one CPU", (cpu, cpu), pairs)


def apart(pairs: int) -> Row | None:
    """Each on a CPU of its own; None where there is only one."""
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) == 1:
        return None
    return _crossing("apart", "emit to decided, each on its own CPU", (str(cpus[0]), str(cpus[1])), pairs)


def _crossing(name: str, what: str, cpus: tuple[str, str], pairs: int) -> Row:
    """Start both sides on shared memory that outlives them; the host measures."""
    fds = (create_exit_page(), os.eventfd(0, 0), os.eventfd(0, 0))
    try:
        with tempfile.TemporaryDirectory() as cache:
            found = measured(fds, cpus, pairs, cache)
    finally:
        for fd in fds:
            os.close(fd)
    times = [record / NS_IN_US for record, _ in found], [bare / NS_IN_US for _, bare in found]
    return row(name, what, (_OURS, _BASE), times, Goal(3, at_least=False))


def measured(fds: tuple[int, ...], cpus: tuple[str, str], rounds: int, cache: str) -> list[tuple[float, float]]:
    """Nanoseconds of a turn of both ways in every round; InputError if a side fails or hangs."""
    numbers = [*map(str, fds), str(rounds), str(_TURNS)]
    sides = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.sides", side, cpu, *numbers],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, pass_fds=fds, env=environment(cache),
        )
        for side, cpu in zip(("host", "vmm"), cpus, strict=True)
    ]
    try:
        _watch(sides)
    finally:
        for side in sides:
            side.kill()
        outputs = [side.communicate()[0] for side in sides]
    found: list[tuple[float, float]] = json.loads(outputs[0])
    return found


def _watch(sides: list[subprocess.Popen[bytes]]) -> None:
    """Wait for both: one that dies would leave the other waiting for ever."""
    end = time.monotonic() + _PATIENCE
    while any(side.poll() is None for side in sides):
        if any(side.poll() for side in sides) or time.monotonic() > end:
            break
        time.sleep(_LOOK)
    codes = [side.poll() for side in sides]
    if any(codes) or None in codes:
        got = ", ".join("none" if code is None else str(code) for code in codes)
        raise InputError("bench.process", "tests.bench.sides", None, "exit codes 0, 0", got)
