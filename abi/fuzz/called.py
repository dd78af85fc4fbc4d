# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A target in Python asked in this very process, as a worker of an engine asks it."""

from __future__ import annotations

import sys
import traceback

from abi.fuzz import reference
from abi.fuzz.asking import Exchange, Told
from abi.fuzz.case import parse
from abi.fuzz.endings import raised
from abi.fuzz.module import Answer, guarded
from abi.fuzz.requests import requests


class Called:
    """A function that answers; see :mod:`abi.fuzz.module`."""

    def __init__(self, function: Answer, features: frozenset[str]) -> None:
        self._call, self.features = guarded(function), features
        #: Whether the last case has left blocks of memory behind, as it also does that is new to a cache.
        self.grew = False

    def ask(self, case: bytes) -> Told:
        """Ask one case; whatever is raised is how the target broke."""
        taken, done = parse(case), []
        self.grew = False
        for request in requests(taken, self.features):
            right = reference.expected(request, taken)
            done.append(Exchange(request, right, None, None, same=False))
            blocks = sys.getallocatedblocks()
            try:
                kind, got = self._call(request.message.type, request.payload)
            except BaseException as error:  # noqa: BLE001 - any is a finding, SystemExit too
                self.grew = False
                text = "".join(traceback.format_exception(error))
                code = getattr(error, "code", None)
                broke = f"it ended with exit code {code}" if isinstance(error, SystemExit) else raised(text)
                return Told(tuple(done), broke or "crash", text.encode("utf-8", "replace"))
            self.grew = self.grew or sys.getallocatedblocks() > blocks + 1  # the answer is one, or an old object
            done[-1] = Exchange(request, right, kind, got, same=(kind, got) == (request.message.type, right))
        return Told(tuple(done))

    def close(self) -> None:
        """There is nothing to end."""

    def again(self, case: bytes) -> None:
        """The same without judging."""
        for request in requests(parse(case), self.features):
            self._call(request.message.type, request.payload)
