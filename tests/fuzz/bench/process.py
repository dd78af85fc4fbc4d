# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""An engine as a process: bounded in time, its CPU counted with that of all that it starts, none of which stays behind.

While one runs, this process adopts what an engine leaves (PR_SET_CHILD_SUBREAPER): AFL++'s targets are in sessions of
their own, so no signal to a group reaches them, and nobody else would count their time.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

#: Seconds after its time is up in which an engine must have ended.
_GRACE: Final = 10
_PR_SET_CHILD_SUBREAPER: Final = 36
_KEPT: Final = 1 << 16


class Ended(NamedTuple):
    """What a process took, by the clock and of the CPU, in seconds; and the end of what it said."""

    seconds: float
    cpu: float
    said: bytes


def ended(command: Sequence[object], cap: float, folder: Path, variables: Mapping[str, str], given: Path) -> Ended:
    """Run a command in a folder, with a file as its input, until it ends or its time is up."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    said = folder / "said"
    started, before = time.perf_counter(), _cpu()
    with said.open("wb") as out, given.open("rb") as read:
        process = subprocess.Popen(
            list(map(str, command)), stdin=read, stdout=out, stderr=subprocess.STDOUT, env=os.environ | dict(variables),
            cwd=folder, start_new_session=True,
        )
        try:
            with suppress(subprocess.TimeoutExpired):
                process.wait(cap + _GRACE)
        finally:
            seconds = time.perf_counter() - started
            process.kill()
            process.wait()
            _reap()
    return Ended(seconds, _cpu() - before, said.read_bytes()[-_KEPT:])


def _cpu() -> float:
    """Seconds of the CPU of all processes that were waited for."""
    times = os.times()
    return times.children_user + times.children_system


def _reap() -> None:
    """End and count what was left to us, and what that leaves."""
    while True:
        for child in Path("/proc/self/task", str(os.getpid()), "children").read_text(encoding="ascii").split():
            os.kill(int(child), signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return
