# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Virtual SErrors: each severity, taken at once and after a wait."""

from __future__ import annotations

from typing import Final

from tests.lab import judging_exit, judging_serror
from tests.lab.case import Case
from tests.lab.cases.equality import INSIDE
from tests.lab.guest_build import ABORT
from tests.lab.live_build import SERROR
from tests.lab.live_judging import has_ras

CASES: Final = (
    Case("serror.severities", "virtual SErrors of each severity, unmasked and after a wait",
         "tests.lab.inside.serror:severities", prepare=(f"{INSIDE}warm",), builds=(ABORT,),
         judge=judging_serror.judge, show=judging_serror.show, seconds=60),
    Case("serror.exit", "SErrors of a running guest: the exit of a kernel that has one, the answer, none",
         "tests.lab.inside.serror_exit:exits", {"syndromes": dict(judging_exit.ISSES)},
         prepare=(f"{INSIDE}warm", "tests.lab.inside.serror_exit:load"), builds=(ABORT, SERROR), needs=has_ras,
         judge=judging_exit.judge, show=judging_exit.show, seconds=60),
)
