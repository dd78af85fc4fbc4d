# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a host's rules are held against: what went into it, and what came out."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from abi.cper import StatusBlock
from abi.record import FaultInfo
from abi.rules import facts
from abi.rules.facts import Sort
from abi.rules.model import Checks
from abi.trap import Emission, Trap


class Given(NamedTuple):
    """What went into the host and what came out; ``block`` is None without an acceptable firmware record."""

    trap: Trap
    block: StatusBlock | None
    emission: Emission

    @property
    def event(self) -> tuple[Trap, StatusBlock | None]:
        """What went in."""
        return self.trap, self.block

    @property
    def sort(self) -> Sort:
        """What kind of event it is."""
        return facts.sort(*self.event)

    @property
    def esr(self) -> int:
        """The syndrome of the error."""
        return facts.syndrome(self.trap)


Kept = Callable[[Given, FaultInfo], bool]


def on_record(checks: Checks, rule: str) -> Callable[[Kept], Callable[[Given], bool]]:
    """Decorator: a check among these that is kept where there is no record."""

    def tie(kept: Kept) -> Callable[[Given], bool]:
        return checks(rule)(lambda given: given.emission.record is None or kept(given, given.emission.record))

    return tie
