# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Each job in a process of its own: one that crashes or hangs costs its own answer and no other's.

The child tells in shared memory how far it is, so that a crash has a place too. What hangs is ended by its own use of
the processor since it last told, which does not depend on what else the machine does.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import mmap
import os
import selectors
import signal
import struct
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, TypeVar

_T = TypeVar("_T")
#: Seconds of the processor between two places, and of time for a whole job.
PACE: Final = 3.0
PATIENCE: Final = 300.0
WORKERS: Final = 2
_PLACE: Final = struct.Struct("<i")
NOWHERE: Final = -1


class Place:
    """Where a child is: a number that its parent can still read when the child is dead."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, mmap.PAGESIZE)
        self.at = NOWHERE

    @property
    def at(self) -> int:
        """The number."""
        return int(_PLACE.unpack_from(self._memory)[0])

    @at.setter
    def at(self, number: int) -> None:
        _PLACE.pack_into(self._memory, 0, number)
        if number >= 0:
            signal.setitimer(signal.ITIMER_VIRTUAL, PACE)


class Done(NamedTuple):
    """How a job ended: ``how`` is ``done`` with a value, ``crash`` or ``hang`` with the place where."""

    how: str
    value: object
    at: int


class _Child(NamedTuple):
    number: int
    pid: int
    pipe: int
    place: Place
    until: float


def each(
    jobs: Sequence[_T], work: Callable[[_T, Place], object], patience: float = PATIENCE, workers: int = WORKERS
) -> Iterator[tuple[int, Done]]:
    """Number and end of each job, as they end; ``work`` returns what JSON can carry."""
    gc.collect()
    gc.freeze()  # what is there now stays shared with the children
    waiting, running = list(enumerate(jobs))[::-1], dict[int, _Child]()
    with selectors.DefaultSelector() as selector:
        while waiting or running:
            while waiting and len(running) < workers:
                child = _start(*waiting.pop(), work, patience)
                running[child.pipe] = child
                selector.register(child.pipe, selectors.EVENT_READ)
            nearest = min(child.until for child in running.values())
            ready = [int(key.fd) for key, _events in selector.select(max(0.0, nearest - time.monotonic()))]
            late = [pipe for pipe, child in running.items() if child.until <= time.monotonic()]
            for pipe in dict.fromkeys([*ready, *late]):
                selector.unregister(pipe)
                child = running.pop(pipe)
                yield child.number, _end(child, hangs=pipe not in ready)


def _start(number: int, job: _T, work: Callable[[_T, Place], object], patience: float) -> _Child:
    place = Place()
    reads, writes = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of who runs the tests do not come along
        pid = os.fork()
    if pid == 0:
        code = 1
        try:
            faulthandler.disable()  # where a wrong implementation crashes is no news
            os.close(reads)
            with os.fdopen(os.open(os.devnull, os.O_WRONLY), "wb") as nothing:
                for stream in (1, 2):  # nor what it complains of
                    os.dup2(nothing.fileno(), stream)
            with os.fdopen(writes, "wb") as pipe:
                pipe.write(json.dumps(work(job, place)).encode())
            code = 0
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            os._exit(code)
    os.close(writes)
    return _Child(number, pid, reads, place, time.monotonic() + patience)


def _end(child: _Child, *, hangs: bool) -> Done:
    if hangs:
        os.kill(child.pid, signal.SIGKILL)
    with os.fdopen(child.pipe, "rb") as pipe:
        said = b"" if hangs else pipe.read()
    _pid, status = os.waitpid(child.pid, 0)
    if hangs or os.waitstatus_to_exitcode(status) == -signal.SIGVTALRM:
        return Done("hang", None, child.place.at)
    if status or not said:
        return Done("crash", None, child.place.at)
    return Done("done", json.loads(said), child.place.at)
