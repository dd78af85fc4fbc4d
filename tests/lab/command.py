# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo lab``: the record on the real KVM of a stock kernel, in an emulated machine.

The first run fetches what it needs into the cache folder; the next ones need no network. Exit code 0: every case holds
or differs by a rule; 1: one differs without a rule, or failed; 3: the lab could not be prepared, and why.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from abi.cli import DONE, NO, add_json
from abi.terminal import table
from tests.lab import cases, evidence, tools
from tests.lab.cache import Cache, default_root
from tests.lab.case import Case, Finding, Outcome
from tests.lab.lab import Choice, prepared
from tests.lab.platforms import platforms
from tests.lab.session import Session, last_line

#: Findings of a case that its line tells; the evidence has all.
TOLD: Final = 3
BAD: Final = ("differs", "failed")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("--kernel", default="newest", metavar="IMAGE", help="newest, release (Debian's 6.12) or an arm64 image")
    add("--qemu", default="newest", metavar="PATH", help="newest, release or a qemu-system-aarch64")
    add("--cpu", default="max", metavar="MODEL", help="as QEMU names it: max, neoverse-n1, cortex-a57, ...")
    add("--case", nargs="+", default=[], metavar="NAME", help="only these, or all whose names begin so")
    add("--list", action="store_true", help="list the cases and end")
    add("--keep", action="store_true", help="keep each machine's folder: initial file system, serial log")
    add("--cache", type=Path, default=None, metavar="DIR", help="cache folder instead of ~/.cache/kvm-fault-info")
    add("--mirror", metavar="URL", help="Debian archive to fetch from instead of the one that apt is configured with")
    add("--offline", action="store_true", help="fetch nothing; end with exit code 3 where the cache is not enough")
    add("--evidence", type=Path, metavar="FILE", help="evidence goes here; default: evidence.json in the cache")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Prepare, run, show."""
    chosen = cases.chosen(options.case)
    if options.list:
        table([(case.name, case.platform, case.what) for case in chosen.values()], ("case", "platform", "what"))
        return DONE
    tools.require((*tools.TO_RUN, *tools.TO_FETCH, *(tools.TO_BUILD if any(c.builds for c in chosen.values()) else ())))
    progress = Clock()
    cache = Cache((options.cache or default_root()).resolve())
    choice = Choice(options.kernel, options.qemu, options.cpu, options.mirror, options.offline)
    lab = prepared(cache, choice, progress.say)
    ready = progress.seconds
    session = Session(lab, progress.say, keep=options.keep)
    for platform in platforms(lab, {case.platform for case in chosen.values()}):
        session.run(platform, {n: c for n, c in chosen.items() if c.platform == platform.name})
    found = evidence.gathered(lab, session, {"prepare": ready, "run": progress.seconds - ready})
    show(found, list(session.outcomes.values()), as_json=options.json)
    evidence.write(found, options.evidence or cache.root / "evidence.json")
    return NO if any(outcome.status in BAD for outcome in session.outcomes.values()) else DONE


class Clock:
    """Says what is being done, and since when."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._start

    def say(self, text: str) -> None:
        """One line on standard error."""
        print(f"{self.seconds:6.1f} s  {text}", file=sys.stderr, flush=True)


def show(found: dict[str, Any], outcomes: list[Outcome], *, as_json: bool) -> None:
    """The table, or the evidence itself."""
    if as_json:
        print(json.dumps(found))
        return
    table([_row(outcome.case, outcome) for outcome in outcomes], ("case", "what", "status", "seconds", "why"))
    for outcome in outcomes:
        if outcome.table:
            print(f"\n{outcome.case.name}: {outcome.case.what}")
            table(outcome.table.rows, outcome.table.columns)
    print(f"\nLinux {found['kernel']['version']}, QEMU {found['qemu']}, -cpu {found['cpu']}")
    times = [f"prepare {found['seconds']['prepare']:.1f} s"]
    times += [f"{boot['platform']}: boot {boot['boot_seconds']:.1f} s, import {boot['import_seconds']:.1f} s,"
              f" cases {boot['cases_seconds']:.1f} s" for boot in found["boots"]]
    print("; ".join(times))
    for boot in found["boots"]:
        if boot["death"]:
            print(f"\n{boot['death']}\nthe serial console's last lines:\n", "\n".join(boot["serial_tail"]), sep="")


def _row(case: Case, outcome: Outcome) -> tuple[str, ...]:
    why = why_not(outcome.findings) or last_line(outcome.problem or outcome.absent or "")
    return case.name, case.what, outcome.status, f"{outcome.seconds:.2f}", why


def why_not(findings: Sequence[Finding]) -> str:
    """What differs, the unexplained first; of many the first few, and how many there are by which rule."""
    ordered = sorted(findings, key=lambda finding: finding.rule is not None)
    told = [f"{f.field}: {f.got}, not {f.expected} ({f.rule or 'no rule'})" for f in ordered[:TOLD]]
    left = Counter(finding.rule or "no rule" for finding in ordered[TOLD:])
    return "; ".join([*told, *(f"{number} more ({rule})" for rule, number in left.items())])
