# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo lab``: the record on the real KVM of a stock kernel, in an emulated machine.

The first run fetches what it needs into the cache folder; the next ones need no network. Exit code 0: every case holds
or differs by a rule; 1: one differs without a rule, or failed, or the kernel claims by its capability to keep the rules
and breaks one; 3: the lab could not be prepared, and why.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from abi.cli import DONE, NO, add_json
from abi.terminal import table
from reference_vmm.kvm.path import ARM_SEA, RECORD
from tests.lab import beside, cases, evidence, kernel, matrix, matrix_evidence, matrix_showing, printing, tools
from tests.lab.beside import Board
from tests.lab.cache import Cache, default_root
from tests.lab.case import Case, Outcome
from tests.lab.lab import Choice, prepared
from tests.lab.platforms import platforms
from tests.lab.printing import BAD
from tests.lab.ran import Ran
from tests.lab.verdicts import Verdict, failing


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("--kernel", default="newest", metavar="IMAGE", help="newest, release (Debian's 6.12) or an arm64 image")
    add("--tree", type=Path, metavar="DIR", help="where that image was built: the lab builds its module there")
    add("--qemu", default="newest", metavar="PATH", help="newest, release or a qemu-system-aarch64")
    add("--cpu", default="max", metavar="MODEL", help="as QEMU names it: max, neoverse-n1, cortex-a57, ...")
    add("--enable", default="fault_info", type=capability, metavar="NAME",
        help="the newest capability that the VMM knows: fault_info (the default), sea_to_user, nothing")
    add("--case", nargs="+", default=[], metavar="NAME", help="only these, or all whose names begin so")
    add("--matrix", action="store_true", help="the tables on every kernel, QEMU and CPU; slow")
    add("--rules", action="store_true", help="also which rules the kernel keeps; always for an image")
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
    cache.temporary()
    choice = Choice(options.kernel, options.qemu, options.cpu, options.tree, options.mirror, options.offline,
                    options.enable)
    if options.matrix:
        return _matrix(cache, choice, options, progress)
    found, came = ran(cache, choice, chosen, progress, keep=options.keep)
    verdicts = [Verdict(**one) for one in found["rules"].values()]
    broken = failing(came.results, verdicts)
    if options.json:
        print(json.dumps(found))
    else:
        given = options.kernel not in kernel.NAMES
        printing.show(found, list(came.outcomes.values()), verdicts if options.rules or given or broken else [])
    evidence.write(found, options.evidence or cache.root / "evidence.json")
    return answer(came.outcomes.values(), broken)


def ran(cache: Cache, choice: Choice, chosen: Mapping[str, Case], progress: Clock, *, keep: bool = False
        ) -> tuple[dict[str, Any], Ran]:
    """Prepare, and run these cases on their machines: the evidence, and what came of them."""
    return each_ran(cache, [choice], chosen, progress, keep=keep)[0]


def each_ran(cache: Cache, choices: Sequence[Choice], chosen: Mapping[str, Case], progress: Clock, *, keep: bool = False
             ) -> list[tuple[dict[str, Any], Ran]]:
    """The same for several, side by side: the times are those of all."""
    start = progress.seconds
    labs = [prepared(cache, choice, progress.say) for choice in choices]
    ready = progress.seconds
    names = {case.platform for case in chosen.values()}
    boards = [Board(lab, board, {name: case for name, case in chosen.items() if case.platform == board.name})
              for lab in labs for board in platforms(lab, names)]
    several = list(zip(boards, beside.run(boards, progress.say, keep=keep), strict=True))
    came = [beside.joined([one for board, one in several if board.lab is lab]) for lab in labs]
    built = sum(one.build_seconds for one in came)
    seconds = {"prepare": ready - start, "build": built, "run": progress.seconds - ready}
    return [(evidence.gathered(lab, one, seconds), one) for lab, one in zip(labs, came, strict=True)]


def capability(name: str) -> str:
    """A capability by what follows KVM_CAP_ARM_ in its name, "" for nothing."""
    known = {"fault_info": RECORD, "sea_to_user": ARM_SEA, "nothing": ""}
    if name not in known:
        raise argparse.ArgumentTypeError(f"{name}: not one of {', '.join(known)}")
    return known[name]


def answer(outcomes: Iterable[Outcome], broken: Sequence[Verdict]) -> int:
    """The exit code; ``broken``: rules that a kernel breaks which claims to keep them."""
    for one in broken:
        print(f"{one.rule} is broken by a kernel that claims to keep it: {one.why}", file=sys.stderr)
    return NO if broken or any(outcome.status in BAD for outcome in outcomes) else DONE


def _matrix(cache: Cache, choice: Choice, options: argparse.Namespace, progress: Clock) -> int:
    found = matrix.run(cache, choice, cases.collected(), progress.say)
    told = matrix_evidence.gathered(found, dt.datetime.now(dt.UTC))
    if options.json:
        print(json.dumps(told))
    else:
        matrix_showing.show(found)
    evidence.write(told, options.evidence or cache.root / "lab-matrix.json", matrix_evidence.LINES)
    return NO if matrix_showing.differs(found) else DONE


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
        sys.stderr.write(f"{self.seconds:6.1f} s  {text}\n")  # at once: several threads say
        sys.stderr.flush()
