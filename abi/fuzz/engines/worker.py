# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A worker of the engine ``process``: a case after the other, mutated in Python, asked over the protocol.

What guides it is what the reference makes of a case: one whose answers are of a new kind (outcome, rules) is kept
and mutated further.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import signal
import time
from pathlib import Path
from typing import Any, Final

from abi.conformance.protocol import unpack
from abi.fuzz import findings
from abi.fuzz.asking import Asker, Exchange, Spoken, Told
from abi.fuzz.case import parse
from abi.fuzz.mutate import crossover, mutate
from abi.fuzz.plan import MAX_CASE
from abi.fuzz.random import Random
from abi.fuzz.state import Counter

#: Fields and parts of an answer by which a case is of a new kind.
_KIND: Final = ("outcome", "action", "via", "end", "found", "rule", "broken")
_JOINED: Final = 8


class Judge:
    """Asks cases, counts them, and writes the first of each group to where the campaign finds it."""

    def __init__(self, said: dict[str, Any], counter: Counter, asker: Asker) -> None:
        self.said, self.counter, self.asker = said, counter, asker
        self.kinds: set[tuple[str, ...]] = set()
        self.groups: set[tuple[str, ...]] = set()

    def once(self, case: bytes) -> bool:
        """Ask one case; whether the right answer to it is of a kind that has not been."""
        told = self.asker.ask(case)
        wrong = [one for one in told.exchanges if not one.same]
        if wrong or told.broke:
            self._found(case, told)
        kinds = {_kind(exchange) for exchange in told.exchanges}
        rules = frozenset(word for kind in kinds for text in kind for word in text.split() if "." in word)
        self.counter.count(parse(case).surface, len(wrong), rules)
        new = not kinds <= self.kinds
        self.kinds |= kinds
        return new

    def _found(self, case: bytes, told: Told) -> None:
        for finding in findings.judge(case, told):
            if finding.group not in self.groups:
                self.groups.add(finding.group)
                name = hashlib.sha256("\n".join(finding.group).encode()).hexdigest()[:16]
                folder = Path(self.said["broke" if told.broke else "raw"])
                findings.write(folder / (f"broke-{name}" if told.broke else name), case)


class Loop:
    """One worker's work."""

    def __init__(self, said: dict[str, Any], state: Path, seed: int) -> None:
        self.said, self.random = said, Random(seed)
        self.spoken = Spoken(said["command"], float(said["timeout"]))
        self.judge = Judge(said, Counter(state), self.spoken)
        self.cases = [path.read_bytes() for folder in (said["seeds"], said["corpus"])
                      for path in sorted(Path(folder).iterdir()) if path.is_file()] or [b""]

    def once(self, case: bytes) -> None:
        """Ask one case, and keep one of a new kind."""
        if self.judge.once(case):
            self.cases.append(case)
            name = hashlib.sha1(case, usedforsecurity=False).hexdigest()
            findings.write(Path(self.said["corpus"]) / name, case)

    def next(self) -> bytes:
        """A case that has not been asked."""
        draw = self.random
        one = self.cases[draw.below(len(self.cases))]
        if not draw.below(_JOINED):
            return crossover(one, self.cases[draw.below(len(self.cases))], MAX_CASE, draw.next())
        return mutate(one, MAX_CASE, draw.next()).data


def _kind(exchange: Exchange) -> tuple[str, ...]:
    message = exchange.request.message
    values = unpack(message.answer, message.answer_parts, exchange.expected)
    shown = (values.get(name, "") for name in _KIND)
    return (message.name, *(one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in shown))


def main(arguments: list[str]) -> int:
    """Work for so many seconds: CONFIGURATION STATE SEED SECONDS."""
    said = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    loop = Loop(said, Path(arguments[1]), int(arguments[2]))
    deadline = time.monotonic() + float(arguments[3])
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        for case in list(loop.cases):
            loop.once(case)
        while time.monotonic() < deadline:
            loop.once(loop.next())
    loop.spoken.close()
    return 0
