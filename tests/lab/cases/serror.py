# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Virtual SErrors: each severity, taken at once and after a wait."""

from __future__ import annotations

from typing import Final

from tests.lab import judging_serror
from tests.lab.case import Case
from tests.lab.cases.equality import INSIDE
from tests.lab.guest_build import ABORT

CASES: Final = (
    Case("serror.severities", "virtual SErrors of each severity, unmasked and after a wait",
         "tests.lab.inside.serror:severities", prepare=(f"{INSIDE}warm",), builds=(ABORT,),
         judge=judging_serror.judge, show=judging_serror.show, seconds=60),
)
