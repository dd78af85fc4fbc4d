# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``python -m abi.conformance.make``: the same as ``faultinfo vectors``."""

from __future__ import annotations

import sys

from abi.cli import main

sys.exit(main(["vectors", *sys.argv[1:]]))
