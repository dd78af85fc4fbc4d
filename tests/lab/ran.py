# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What came of machines and cases: for whoever shows, judges or keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tests.lab.case import Outcome, Said


class Boot(NamedTuple):
    """One machine as it was: for the evidence."""

    platform: str
    command: tuple[str, ...]
    hello: Said
    boot_seconds: float
    import_seconds: float
    cases_seconds: float
    death: str | None
    tail: str


class Ran(NamedTuple):
    """What came of cases. ``load``: how busy this machine was before the first boot."""

    boots: tuple[Boot, ...]
    outcomes: Mapping[str, Outcome]
    build_seconds: float
    load: float

    @property
    def results(self) -> dict[str, Said]:
        """What each case told that came to its end."""
        return {name: one.result for name, one in self.outcomes.items() if one.result is not None}
