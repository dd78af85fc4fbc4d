# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The Python code under atheris: ``python -m tests.fuzz.own.python_fuzz [libFuzzer options] [CORPUS]``.

An input's first byte chooses the target: those of python_targets.py, or TRAP.json as text. What is
under test is instrumented, so the engine is guided by its coverage. Needs the extra ``fuzz``. With OWN_STATE
and OWN_SEED in the environment it counts, as loop.c does; text counts as ``fill``.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from tests.generate.tools import library

atheris = library("atheris")
with atheris.instrument_imports(include=["abi", "reference_host", "reference_vmm"]):
    from tests.fuzz.own import heads
    from tests.fuzz.own.python_loop import State
    from tests.fuzz.own.python_targets import TARGETS, text

_TARGETS = [(layout.size, TARGETS[name]) for name, layout in heads.TARGETS.items()]
_FILL = list(TARGETS).index("fill")
#: Executions between two writings of the state.
_EVERY = 1000


class Counted:
    """What is under test, and how often each target was called."""

    def __init__(self, state: State | None) -> None:
        self.state = state
        self.start = time.monotonic()
        self.before = state.numbers[2] if state else 0
        self.since = 0

    def one_input(self, data: bytes) -> None:
        """One execution; any exception is a finding."""
        which = data[0] % (len(_TARGETS) + 1) if data else 0
        if which == len(_TARGETS):
            which, understood = _FILL, text(data[1:])
        else:
            size, run = _TARGETS[which]
            understood = run(data[1 : 1 + size].ljust(size, b"\0"), data[1 + size :])
        if self.state:
            self._count(self.state, which, understood=understood)

    def _count(self, state: State, which: int, *, understood: bool) -> None:
        state.count(which, int(understood), 1)
        self.since += 1
        if self.since >= _EVERY:
            self.since = 0
            state.numbers[2] = self.before + int(1000 * (time.monotonic() - self.start))
            state.write()


if __name__ == "__main__":
    place = os.environ.get("OWN_STATE")
    counted = Counted(State(Path(place), int(os.environ["OWN_SEED"])) if place else None)
    atheris.Setup(sys.argv, counted.one_input)
    atheris.Fuzz()
