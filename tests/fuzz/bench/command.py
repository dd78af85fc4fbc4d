# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo bench fuzz``: the panel through every engine, one run after the other; it goes on where it stopped.

The order makes what is there useful at any time: with the first seed the kit and libFuzzer on all bugs, then AFL++,
then hypothesis; then the next seed. Timings are never pass or fail: the exit code is 0 whenever all was measured, 1
where it was interrupted.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from abi.cli import DONE, NO, add_json
from abi.errors import InputError
from tests.fuzz.bench import evidence, report
from tests.fuzz.bench.builds import Shop, fingerprint, mutator_mark
from tests.fuzz.bench.engines import ENGINES, PAIRS, Engine, Outcome
from tests.fuzz.bench.mutators import cost
from tests.fuzz.bench.state import State
from tests.fuzz.panel import PANELS
from tests.fuzz.panel.planted import ROOT, Planted
from tests.fuzz.panel.vectors import killed_by
from tests.packages import MissingError

FOLDER: Final = ROOT / "build" / "bench" / "fuzz"
SEEDS: Final = 5
CAP: Final = 20
_STAGES: Final = (*PAIRS, ("hypothesis",))


class Step(NamedTuple):
    """One run that is to be made."""

    planted: Planted
    engine: Engine
    seed: int


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--panel", choices=PANELS, default="first", help="which bugs (%(default)s)")
    parser.add_argument("--bug", action="append", metavar="NAME", help="this one alone; may be repeated")
    parser.add_argument("--engine", action="append", choices=ENGINES, metavar="NAME",
                        help=f"this one alone; may be repeated: {', '.join(ENGINES)}")
    parser.add_argument("--seeds", type=_positive, default=SEEDS, metavar="N", help="runs of each (%(default)s)")
    parser.add_argument("--cap", type=_positive, default=CAP, metavar="S", help="seconds of a run (%(default)s)")
    parser.add_argument("--state", default=str(FOLDER), metavar="DIR", help="what was measured so far (%(default)s)")
    parser.add_argument("--show", action="store_true", help="measure nothing, show what is there")
    parser.add_argument("--update", action="store_true", help="write evidence and table from what is there then")
    add_json(parser)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def run(options: argparse.Namespace) -> int:
    """Measure what is missing, and show all."""
    if options.update and options.bug:
        raise InputError("bench.panel", "--update", None, "a whole panel", f"--bug {options.bug[0]}")
    panel = chosen(options.panel, options.bug)
    state = State(Path(options.state, f"{options.panel}.json"))
    engines = [ENGINES[name] for name in options.engine or ENGINES]
    interrupted = False
    if not options.show:
        try:
            measure(state, panel, engines, range(1, options.seeds + 1), options.cap)
        except KeyboardInterrupt:
            interrupted = True
        except MissingError as error:
            raise InputError("bench.process", "--engine", None, "its commands", str(error)) from None
    made = evidence.made(options.panel, panel, state, range(1, options.seeds + 1), options.cap)
    if options.update:
        evidence.write(made)
        report.write(evidence.read())
    if options.json:
        print(json.dumps(made))
    else:
        report.show(made)
    return NO if interrupted else DONE


def chosen(panel: str, names: Sequence[str] | None) -> tuple[Planted, ...]:
    """The bugs of a panel, or some of them. Raises InputError."""
    every = PANELS[panel]
    unknown = set(names or ()) - {planted.name for planted in every}
    if unknown:
        raise InputError("bench.panel", "--bug", None, ", ".join(p.name for p in every), ", ".join(sorted(unknown)))
    return tuple(planted for planted in every if not names or planted.name in names)


def steps(panel: Sequence[Planted], engines: Sequence[Engine], seeds: Sequence[int]) -> Iterator[Step]:
    """All runs in their order."""
    for seed in seeds:
        for stage in _STAGES:
            for planted in panel:
                for engine in engines:
                    if engine.name in stage:
                        yield Step(planted, engine, seed)


def measure(state: State, panel: Sequence[Planted], engines: Sequence[Engine], seeds: Sequence[int], cap: int) -> None:
    """Make the runs that are missing; each is written down when it ends."""
    for planted in panel:
        mark = fingerprint(planted, kit=False)
        if state.vectors(planted.name, mark) is None:
            _progress(f"vectors: {planted.name}")
            state.keep_vectors(planted.name, mark, len(killed_by(planted)))
    if any(engine.kit for engine in engines) and not state.mutator(mutator_mark()):
        state.keep_mutator(mutator_mark(), cost())
    todo = [step for step in steps(panel, engines, seeds) if _missing(state, step, cap)]
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Path(folder, "built"))
        for number, step in enumerate(todo, 1):
            started = time.monotonic()
            outcome = _made(shop, step, cap, Path(folder, "run"))
            state.keep(step.planted.name, step.engine.name, step.seed, cap, _mark(step), outcome)
            _progress(f"{number}/{len(todo)} {step.planted.name}, {step.engine.title}, seed {step.seed}: "
                      f"{outcome.found or 'not found'}, {outcome.executions:,} executions, {outcome.seconds:.1f} s "
                      f"({time.monotonic() - started:.0f} s in all)")


def _made(shop: Shop, step: Step, cap: int, folder: Path) -> Outcome:
    harness = shop.harness(step.engine.flavour, step.planted)
    folder.mkdir()
    with tempfile.TemporaryDirectory(dir=folder) as own:
        outcome = step.engine.run(harness, shop, step.seed, cap, Path(own))
    folder.rmdir()
    return outcome


def _mark(step: Step) -> str:
    return fingerprint(step.planted, kit=step.engine.kit)


def _missing(state: State, step: Step, cap: int) -> bool:
    return state.run(step.planted.name, step.engine.name, step.seed, cap, _mark(step)) is None


def _progress(text: str) -> None:
    """A line for each run; one that replaces itself where somebody watches."""
    live = sys.stderr.isatty()
    print(f"\r\x1b[K{text}" if live else text, end="" if live else "\n", file=sys.stderr, flush=True)
