# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the matrix is made of: configurations, and what came of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tests.lab.case import NOTHING, Said


class Configuration(NamedTuple):
    """What one row of the matrix is made of."""

    kernel: str
    qemu: str
    cpu: str

    @property
    def short(self) -> Configuration:
        """The kernel's version without the distribution's."""
        return self._replace(kernel=self.kernel.partition("+")[0])

    @property
    def named(self) -> Configuration:
        """For a sentence."""
        return self.short._replace(kernel=f"Linux {self.short.kernel}", qemu=f"QEMU {self.qemu}")

    def __str__(self) -> str:
        return f"{self.kernel}, QEMU {self.qemu}, {self.cpu}"


class Count(NamedTuple):
    """Cells of one group: equal, different by a rule, different by none, and those that this CPU cannot have."""

    equal: int
    explained: int
    findings: int
    absent: int

    def __str__(self) -> str:
        return "/".join(map(str, self))


class Absent(NamedTuple):
    """Cells of one group that this configuration cannot have, and why."""

    group: str
    why: str
    cells: tuple[str, ...]


class Differing(NamedTuple):
    """A field of cells of one group that is ``got``, not ``due``, by a rule or by none."""

    group: str
    field: str
    got: str
    due: str
    rule: str | None
    cells: tuple[str, ...]


class Row(NamedTuple):
    """One configuration: its groups, what differs, the verdicts on the rules that can be seen.

    ``absent``: the cells that it cannot have. ``run``: versions, command line and times, for the evidence. ``failing``:
    rules that the kernel breaks though it claims to keep them.
    """

    configuration: Configuration
    groups: Mapping[str, Count | str]
    differing: tuple[Differing, ...]
    verdicts: Mapping[str, str]
    absent: tuple[Absent, ...] = ()
    run: Said = NOTHING
    failing: tuple[str, ...] = ()
