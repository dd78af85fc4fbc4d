# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a harness has counted, in the file that it maps: ``struct kfi_state`` of ``spec/fuzz/kfi_state.h``."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import Final, NamedTuple

from abi.fuzz.case import SURFACES
from abi.generate.c_tables import rule_order

_GROUPS: Final = 1024
_RULE_WORDS: Final = 4
#: executions; of each surface; differences, forks, undecided; rules.
_HEAD: Final = struct.Struct(f"<Q{len(SURFACES)}Q3Q{_RULE_WORDS}Q")
SIZE: Final = _HEAD.size + 8 * _GROUPS
_RULES: Final = ("", *rule_order())


class State(NamedTuple):
    """The counts of one worker, or of all."""

    executions: int = 0
    surfaces: tuple[int, ...] = (0,) * len(SURFACES)
    differences: int = 0
    forks: int = 0
    undecided: int = 0
    rules: frozenset[str] = frozenset()

    def plus(self, other: State) -> State:
        """Both together."""
        return State(
            self.executions + other.executions,
            tuple(a + b for a, b in zip(self.surfaces, other.surfaces, strict=True)),
            self.differences + other.differences, self.forks + other.forks, self.undecided + other.undecided,
            self.rules | other.rules,
        )


def read(path: Path) -> State:
    """The counts in a file; zeros if it is not there yet."""
    try:
        with path.open("rb") as file:
            data = file.read(_HEAD.size)
    except OSError:
        return State()
    if len(data) < _HEAD.size:
        return State()
    numbers = _HEAD.unpack(data)
    end = 1 + len(SURFACES)
    words = numbers[end + 3 :]
    reached = (n for n in range(1, len(_RULES)) if words[n // 64] >> n % 64 & 1)
    differences, forks, undecided = numbers[end : end + 3]
    return State(numbers[0], numbers[1:end], differences, forks, undecided, frozenset(_RULES[n] for n in reached))


class Counter:
    """The same file, written: for a harness in Python."""

    def __init__(self, path: Path) -> None:
        with path.open("ab") as file:
            file.truncate(SIZE)
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), SIZE)
        self._words = memoryview(self._map)[: _HEAD.size].cast("Q")

    def count(self, surface: int, wrong: int, rules: frozenset[str]) -> None:
        """One execution, what was wrong with it, and rules that it has reached."""
        self._words[0] += 1
        self._words[1 + surface] += 1
        self._words[1 + len(SURFACES)] += wrong
        first = _HEAD.size // 8 - _RULE_WORDS
        for rule in rules:
            if rule in _RULES:
                number = _RULES.index(rule)
                self._words[first + number // 64] |= 1 << number % 64

    def forked(self) -> None:
        """The target has started a process."""
        self._words[1 + len(SURFACES) + 1] += 1
