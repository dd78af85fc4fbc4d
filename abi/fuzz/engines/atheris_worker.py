# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A worker of the engine ``atheris``: the target in the process of the fuzzer, beside the mutator and the reference.

A target that raises has broken, and the worker goes on; a target that hangs, or ends the process, has it started anew.
"""

from __future__ import annotations

import gc
import hashlib
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any, Final

from abi.fuzz import findings, module, reference
from abi.fuzz.called import Called
from abi.fuzz.engines.last import Last
from abi.fuzz.engines.worker import Judge
from abi.fuzz.leaking import TIMES, leaks
from abi.fuzz.mutate import crossover, mutate
from abi.fuzz.state import Counter

#: Of cases that have left memory behind one of so many is looked at again, at most: of twice as many after each that
#: was no leak.
_MOST: Final = 1 << 12
#: What Python says before a process is started.
_STARTS: Final = frozenset({"os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen"})


class Harness:
    """What the engine calls."""

    def __init__(self, said: dict[str, Any], folder: Path, called: Called) -> None:
        self._said, self._called = said, called
        self._counter = Counter(folder / "state")
        self._judge = Judge(said, self._counter, called)
        self._last = Last(folder / "last")
        self._every = self._grown = 1

    def one(self, data: bytes) -> None:
        """One execution."""
        case = bytes(data)
        self._last.begin(case)
        begun = time.monotonic()
        self._judge.once(case)
        slow = TIMES * (time.monotonic() - begun) > self._said["timeout"] / 2  # to ask it so often would be a hang
        if self._called.grew and not slow:
            self._grown += 1
            if self._grown >= self._every:
                self._grown = 0
                self._look_for_leak(case)
        self._last.end()

    def hear(self, event: str, _arguments: object) -> None:
        """What Python does, of which the processes are counted that the target starts."""
        if event in _STARTS:
            self._counter.forked()

    def _look_for_leak(self, case: bytes) -> None:
        found = leaks(lambda: self._called.again(case))
        if found:
            mark = hashlib.sha1(case, usedforsecurity=False).hexdigest()
            findings.write(Path(self._said["broke"]) / f"leak-{mark}", case)
        self._every = _MOST if found else min(2 * self._every, _MOST)


def _mutator(data: bytes, room: int, seed: int) -> bytes:
    return mutate(bytes(data), room, seed).data


def _crossover(one: bytes, other: bytes, room: int, seed: int) -> bytes:
    return crossover(bytes(one), bytes(other), room, seed)


def main(arguments: list[str]) -> None:
    """Work as the engine's options say: CONFIGURATION FOLDER CORPUS SEEDS [libFuzzer options]; never returns."""
    import atheris  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra, asked for only here

    said, folder = json.loads(Path(arguments[0]).read_text(encoding="utf-8")), Path(arguments[1])
    reference.answers()
    with atheris.instrument_imports():  # what the kit has loaded by now is not guided by
        function = module.load(said["target"])
    called = Called(function, module.features(function))
    harness = Harness(said, folder, called)
    module.bounded(said["memory"], said["file"])
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the engine's to take, not an exception in the midst of the target
    sys.addaudithook(harness.hear)
    gc.freeze()  # what there is by now stays, and need not be gone through when leaks are looked for
    own = {"custom_mutator": _mutator, "custom_crossover": _crossover} if said["kit"] else {}
    atheris.Setup(["faultinfo-fuzz", *arguments[2:]], harness.one, **own)
    atheris.Fuzz()
