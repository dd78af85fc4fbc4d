# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Asking a target one vector after the other: functions of this process, or a command that the runner drives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from abi.conformance.protocol import FAILED, UNSUPPORTED, ProtocolError
from abi.conformance.report import described, lines
from abi.conformance.runner import TIMEOUT, Result, Run, Runner, Verdict
from abi.conformance.serve import Answers, answer
from abi.conformance.vectors import Vector


class Told(NamedTuple):
    """What is wrong with an answer, "" if nothing is, and whether the target does not support the request."""

    wrong: str
    unsupported: bool = False


class Asked:
    """A target and what it has answered. A command is asked all ``vectors`` at once, when the first is wanted."""

    def __init__(
        self, target: Answers | str | Sequence[str], vectors: Sequence[Vector], timeout: float | None = None
    ) -> None:
        self._target, self._vectors, self._timeout = target, vectors, timeout or TIMEOUT
        self._run: Run | None = None
        self._results: dict[str, Result] = {}

    @property
    def broke(self) -> str:
        """How the target broke where no vector is to blame, "" if it did not."""
        loose = self._run.unexplained if self._run else ()
        return "; ".join(f"{incident.kind}: {incident.text}" for incident in loose)

    def wrong(self, vector: Vector) -> Told:
        """Ask one vector. What a function of this process raises is not caught."""
        result = _call(self._target, vector) if isinstance(self._target, Mapping) else self._command(vector)
        if result.verdict is Verdict.PASS:
            return Told("")
        if result.verdict is Verdict.UNSUPPORTED:
            return Told("", unsupported=True)
        entry = described(result, {})
        got = "nothing" if result.got is None else result.got.hex()
        text = [*lines(entry), f"expected {entry['expected']}", f"got      {got}"]
        return Told("\n".join(text + ([self.broke] if result.verdict is Verdict.NOT_RUN else [])))

    def _command(self, vector: Vector) -> Result:
        if self._run is None:
            assert not isinstance(self._target, Mapping)
            command = [self._target] if isinstance(self._target, str) else list(self._target)
            self._run = Runner(command, self._vectors, self._timeout).run()
            self._results = {result.vector.slug: result for result in self._run.results}
            if self._run.interrupted:
                raise KeyboardInterrupt
        return self._results[vector.slug]


def _call(answers: Answers, vector: Vector) -> Result:
    try:
        kind, payload = answer("", "", answers, vector.message.type, vector.question())
    except ProtocolError as error:
        kind, payload = FAILED, str(error).encode()
    if kind == UNSUPPORTED:
        return Result(vector, Verdict.UNSUPPORTED)
    if kind == FAILED:
        return Result(vector, Verdict.FAIL, None, payload.decode())
    return Result(vector, Verdict.PASS if payload == vector.answer() else Verdict.FAIL, payload)
