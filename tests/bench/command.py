# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo bench``: ratios of speed, both sides of each measured in turns in one run.

Timings are never pass or fail: the exit code is 0 whenever they were measured. ``--json`` prints
``{"python", "machine", "cpus", "quick", "rows": [{"name", "what", "ratio" (median), "low", "high", "pairs",
"goal" (text or null), "reached" (true, false or null), "ours", "ours_us", "base", "base_us"}],
"missing": [{"name", "why"}]}``; ``missing`` are the rows that need a command which is not there, and how to get it.
``faultinfo bench fuzz`` is another measurement: see :mod:`tests.fuzz.bench.command`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from abi.cli import DONE, add_json
from abi.terminal import table
from tests.bench.across import apart, as_scheduled, together
from tests.bench.codec import breaking, building, checking, decoding
from tests.bench.conforming import echoed, lockstep, windowed
from tests.bench.measure import Row
from tests.bench.processes import judging, starting
from tests.bench.readers import READERS
from tests.fuzz.bench import command as fuzz
from tests.packages import MissingError


class Bench(NamedTuple):
    """What measures one row (None where it cannot be), and its pairs in a full and in a quick run."""

    measure: Callable[[int], Row | None]
    pairs: int
    quick: int


BENCHES: Final = {
    "decode": Bench(decoding, 101, 5),
    "check": Bench(checking, 101, 5),
    "build": Bench(building, 101, 5),
    "broken": Bench(breaking, 101, 5),
    "judge": Bench(judging, 9, 1),
    "process": Bench(starting, 25, 2),
    "across": Bench(as_scheduled, 25, 2),
    "together": Bench(together, 25, 2),
    "apart": Bench(apart, 25, 2),
    "windowed": Bench(windowed, 25, 2),
    "echo": Bench(echoed, 25, 2),
    "lockstep": Bench(lockstep, 25, 2),
    **{name: Bench(measure, 101, 5) for name, measure in READERS.items()},
}
#: Microseconds below which nanoseconds say more.
_SHORT: Final = 0.1
_REACHED: Final = {True: "yes", False: "no", None: "-"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    more = parser.add_subparsers(dest="more", metavar="fuzz")
    panel = more.add_parser("fuzz", help="how soon fuzzing engines find planted bugs, with the kit and without (hours)",
                            description=fuzz.__doc__)
    fuzz.configure(panel)
    parser.add_argument("--quick", action="store_true", help="few pairs: seconds, and ratios that say little")
    parser.add_argument("--only", choices=BENCHES, metavar="NAME", help=f"one of {', '.join(BENCHES)}")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Measure and show."""
    if options.more:
        return fuzz.run(options)
    rows: list[Row] = []
    missing: dict[str, str] = {}
    chosen = [options.only] if options.only else list(BENCHES)
    for n, name in enumerate(chosen, 1):
        _progress(f"{n}/{len(chosen)} {name}")
        bench = BENCHES[name]
        try:
            row = bench.measure(bench.quick if options.quick else bench.pairs)
        except MissingError as error:
            missing[name] = str(error)
        else:
            rows += [row] if row else []
    _progress("")
    if options.json:
        described = [_described(row) for row in rows], [{"name": name, "why": why} for name, why in missing.items()]
        print(json.dumps(_where() | {"quick": options.quick} | dict(zip(("rows", "missing"), described, strict=True))))
    else:
        _show(rows, missing)
    return DONE


def _show(rows: list[Row], missing: dict[str, str]) -> None:
    unmeasured = [(f"{name}: {why}", "-", "-", "-", "-") for name, why in missing.items()]
    table([*map(_cells, rows), *unmeasured], ("what", "ratio", "range", "goal", "reached"))
    print()
    times = [(_time(side_us), f"{row.name}: {side}")
             for row in rows for side_us, side in ((row.ours_us, row.ours), (row.base_us, row.base))]
    table(times, ("median", "of"))
    where = _where()
    print(f"\nPython {where['python']}, {where['machine']}, {where['cpus']} CPUs")


def _cells(row: Row) -> tuple[str, ...]:
    limits = f"{min(row.ratios):.2f} to {max(row.ratios):.2f}"
    return row.what, f"{row.ratio:.2f}", limits, str(row.goal or "-"), _REACHED[row.reached]


def _time(us: float) -> str:
    if us < _SHORT:
        return f"{us * 1000:.1f} ns"
    return f"{us / 1000:.2f} ms" if us >= 1000 else f"{us:.2f} us"


def _described(row: Row) -> dict[str, Any]:
    return {
        "name": row.name, "what": row.what, "ratio": row.ratio, "low": min(row.ratios), "high": max(row.ratios),
        "pairs": len(row.ratios), "goal": str(row.goal) if row.goal else None, "reached": row.reached,
        "ours": row.ours, "ours_us": row.ours_us, "base": row.base, "base_us": row.base_us,
    }


def _where() -> dict[str, Any]:
    return {"python": platform.python_version(), "machine": platform.machine(), "cpus": os.cpu_count()}


def _progress(text: str) -> None:
    """One line that replaces itself, where somebody watches."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
