# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The reference VMM with little patience, so that a test of a silent host is quick."""

from __future__ import annotations

from reference_vmm import process

if __name__ == "__main__":
    process.PATIENCE = 0.05
    process.main()
