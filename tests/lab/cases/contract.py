# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the kernel under test makes of replies, and of ways to enable the capability."""

from __future__ import annotations

from typing import Final

from tests.lab import contract
from tests.lab.case import Case
from tests.lab.guest_build import ABORT
from tests.lab.stage2 import ANSWERS

CASES: Final = (
    Case("contract", "replies that a kernel takes or refuses, by the rules host.reply.* and host.enable.*",
         "tests.lab.inside.contract:asked", prepare=("tests.lab.inside.contract:warm",), builds=(ABORT,),
         answers=ANSWERS, judge=contract.judged),
)
