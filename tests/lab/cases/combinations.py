# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Old and new VMM on the kernel under test."""

from __future__ import annotations

from typing import Final

from tests.lab import combinations
from tests.lab.case import Case
from tests.lab.guest_build import ABORT
from tests.lab.live_judging import has_ras
from tests.lab.stage2 import ANSWERS

CASES: Final = (
    Case("combinations", "a VMM that enables nothing, one that enables arm_sea, the reference VMM: each on this kernel",
         "tests.lab.inside.combinations:ages", prepare=("tests.lab.inside.equality:warm",), builds=(ABORT,),
         answers=ANSWERS, needs=has_ras, judge=combinations.judge, show=combinations.show, seconds=30),
)
