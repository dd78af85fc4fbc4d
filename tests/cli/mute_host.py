# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A host for the demo that says that it has delivered a record and never wakes the VMM."""

from __future__ import annotations

import json
import sys


def main() -> None:
    """Claim a delivery for every request."""
    for _ in sys.stdin:
        print(json.dumps({"record": None, "fields": None, "rule": None, "injected": None, "by": "ring"}), flush=True)


if __name__ == "__main__":
    main()
