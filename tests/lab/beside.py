# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Several machines at a time: each has one CPU, so as many run side by side as there are CPUs here."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from functools import partial
from typing import Final, NamedTuple

from tests.lab.case import Case
from tests.lab.lab import Lab
from tests.lab.machine import Platform
from tests.lab.ran import Ran
from tests.lab.session import Progress, Session

_LOOK_SECONDS: Final = 0.5


class Board(NamedTuple):
    """A platform of a lab, and what is to run there; no case comes after one of another board."""

    lab: Lab
    platform: Platform
    cases: Mapping[str, Case]


def run(boards: Sequence[Board], progress: Progress, *, keep: bool = False) -> list[Ran]:
    """Build what all need, then run all; what came of each is in the order given. Interrupted, end every machine."""
    named = len({board.lab.kernel.version for board in boards}) > 1
    sessions = [Session(board.lab, partial(_say, progress, _name(board, named)), keep=keep) for board in boards]
    made = [session.made(board.cases) for session, board in zip(sessions, boards, strict=True)]
    with ThreadPoolExecutor(min(len(boards), len(os.sched_getaffinity(0)))) as pool:
        try:
            left = {pool.submit(session.boot, board.platform, cases)
                    for session, board, cases in zip(sessions, boards, made, strict=True)}
            while left:  # a signal is seen between two waits
                done, left = wait(left, _LOOK_SECONDS, FIRST_COMPLETED)
                for one in done:
                    one.result()
        except BaseException:
            for session in sessions:
                session.stop()
            raise
    return [session.ran for session in sessions]


def joined(several: Sequence[Ran]) -> Ran:
    """What came of them as of one."""
    return Ran(
        tuple(boot for one in several for boot in one.boots),
        {name: outcome for one in several for name, outcome in one.outcomes.items()},
        sum(one.build_seconds for one in several), several[0].load)


def _name(board: Board, named: bool) -> str:
    return f"{board.lab.kernel.version} {board.platform.name}" if named else board.platform.name


def _say(progress: Progress, name: str, text: str) -> None:
    progress(f"{name}: {text}")
