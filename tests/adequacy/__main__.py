# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``python -m tests.adequacy``: measure how well the vectors decide; ``--update`` records the result.

Ends with 0 if every mutant turns a vector red but those that are listed with a reason, else with 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.adequacy import evidence as ev
from tests.adequacy import questions, report
from tests.adequacy.measure import Measured, measure
from tests.adequacy.model import IMPLEMENTATIONS
from tests.adequacy.survivors import complaints, listed


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.adequacy", description=__doc__)
    parser.add_argument("--implementation", choices=IMPLEMENTATIONS, action="append", help="measure these alone")
    parser.add_argument("--vectors", type=Path, metavar="DIR", help="another folder of vectors")
    parser.add_argument("--update", action="store_true", help=f"write {ev.FILE.name} and {report.TABLE.name} anew")
    parser.add_argument("--json", action="store_true", help="print the evidence instead of the table")
    options = parser.parse_args(arguments)
    wanted = tuple(options.implementation or IMPLEMENTATIONS)
    every = questions.every(options.vectors)
    if options.update and (options.vectors or (wanted != IMPLEMENTATIONS and ev.read()["vectors"] != len(every))):
        parser.error("--update records what is measured of the vectors that are there, and of all"
                     " implementations if these are others")
    measured = [measure(name, every, _Progress()) for name in wanted]
    evidence = ev.made(measured, len(every))
    found = _complaints(measured)
    if options.update:
        ev.FILE.parent.mkdir(exist_ok=True)
        evidence = evidence if wanted == IMPLEMENTATIONS else ev.merged(ev.read(), evidence)
        ev.FILE.write_text(ev.text(evidence), encoding="ascii")
        report.write(evidence)
    print(ev.text(evidence) if options.json else report.terminal(evidence))
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


def _complaints(measured: list[Measured]) -> list[str]:
    findings = [finding for each in measured for finding in each.findings]
    found = complaints(findings, listed())
    for each in measured:
        found += [f"{each.implementation}: {line} turns red, but stands in tests/adequacy/outside.py"
                  for line in each.outside]
    return found


class _Progress:
    """A line that counts, where somebody looks; else a line now and then."""

    def __init__(self) -> None:
        self._start = self._said = time.monotonic()

    def __call__(self, what: str, done: int, of: int) -> None:
        now = time.monotonic()
        live = sys.stderr.isatty()
        if done == of or now - self._said > (0.2 if live else 20):
            self._said = now
            end = "\r" if live and done < of else "\n"
            print(f"{what}: {done} of {of} mutants, {now - self._start:.0f} s", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
