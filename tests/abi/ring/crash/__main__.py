# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``python -m tests.abi.ring.crash stops|random [RULE]``: one campaign, its report as JSON."""

from __future__ import annotations

import json
import sys

from tests.abi.ring.crash import at_random, stops

KILLS = 1000
SEED = 20170825


def main(which: str, violate: str | None = None) -> None:
    report = stops.campaign(violate) if which == "stops" else at_random.campaign(KILLS, SEED, violate)
    json.dump({"kills": report.kills, "continued": report.continued, "problems": report.problems}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
