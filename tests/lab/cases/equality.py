# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Equality with hardware: what the guest reads at its handler after the reference VMM's injection."""

from __future__ import annotations

from typing import Final

from tests.lab import judging, showing
from tests.lab.case import Case
from tests.lab.guest_build import ABORT, RELABEL
from tests.lab.stage2 import ANSWERS

INSIDE: Final = "tests.lab.inside.equality:"
_MODULE: Final = (f"{INSIDE}warm_with_module",)
_FIRST: Final = "equality.hardware"
_SECONDS: Final = 120

CASES: Final = (
    Case(_FIRST, "the guest cannot tell the VMM's injection from the CPU's own abort", f"{INSIDE}hardware",
         prepare=_MODULE, builds=(ABORT, RELABEL), answers=ANSWERS, judge=judging.hardware,
         show=showing.by_cells, seconds=_SECONDS),
    Case("equality.table", "the same through a broken stage-2 table, no module", f"{INSIDE}table",
         prepare=(f"{INSIDE}warm",), builds=(ABORT,), answers=ANSWERS, judge=judging.table,
         show=showing.by_cells, seconds=_SECONDS),
    Case("equality.architecture", "FnV, SET, EA, CM, walks, EASE: by the architecture's table",
         f"{INSIDE}architecture", prepare=_MODULE, builds=(ABORT, RELABEL), after=(_FIRST,),
         judge=judging.architecture, show=showing.by_cells, seconds=_SECONDS),
)
