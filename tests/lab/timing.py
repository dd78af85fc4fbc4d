# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a run took, step by step: of its evidence, for people and to keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from abi.terminal import table

#: How deep the kept times have lines.
LINES: Final = 2
#: What the lab may take in all, in seconds, on two cores without other work: with an empty cache folder, warm.
COLD_LIMIT, WARM_LIMIT = 240, 60
_KEPT: Final = ("date", "kernel", "qemu", "cpu", "host", "seconds")
_PARTS: Final = ("platform", "boot_seconds", "import_seconds", "cases_seconds")


def times(found: Mapping[str, Any]) -> dict[str, Any]:
    """Of the evidence of a run what it took, and how each case ended."""
    return {name: found[name] for name in _KEPT} | {
        "boots": [{part: boot[part] for part in _PARTS} for boot in found["boots"]],
        "cases": {name: case["status"] for name, case in found["cases"].items()}}


def show(runs: Mapping[str, Mapping[str, Any]]) -> None:
    """A line for each run."""
    rows = []
    for name, found in runs.items():
        boots = found["boots"]
        sums = (sum(boot[part] for boot in boots) for part in _PARTS[1:])
        prepare, build, run = (found["seconds"][part] for part in ("prepare", "build", "run"))
        shown = (f"{value:.1f}" for value in (prepare, build, *sums, prepare + run))
        rows.append((name, *shown, f"{found['host']['load']:.1f}", found["host"]["system"]))
    table(rows, ("seconds", "prepare", "build", "boot", "import", "cases", "in all", "load", "on"))
