# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo fuzz``: fuzz a reader of records, firmware records or rings against the reference."""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

from abi.cli import BAD_USAGE, DONE, NO, add_json
from abi.errors import InputError
from abi.fuzz import findings, folder, plan
from abi.fuzz.campaign import Campaign, Progress
from abi.fuzz.engines import ENGINES, choose, passed_over
from abi.fuzz.engines.model import Engine
from abi.fuzz.state import State

_OUT: Final = "fuzz-out"
#: Seconds between two lines of progress where there is no terminal.
_PLAIN: Final = 10.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--target", nargs="+", metavar="T", help="C or C++ sources, objects or libraries that have "
                        "kfp_answer(), Python files of which the first has answer(), or the command of a process that "
                        "speaks the conformance protocol")
    parser.add_argument("--time", type=_seconds, default=60.0, metavar="S", help="seconds (%(default)g)")
    parser.add_argument("--engine", choices=ENGINES, help="the first of these that is there if not given")
    parser.add_argument("--out", type=Path, default=Path(_OUT), metavar="DIR",
                        help="where all is kept; a campaign goes on with what is there (%(default)s)")
    parser.add_argument("--workers", type=_number(64), default=1, metavar="N", help="processes of the engine (1)")
    parser.add_argument("--seeds", type=Path, metavar="DIR",
                        help="cases to start from, beside the three seeds; without --target: write the seeds there")
    parser.add_argument("--timeout", type=_number(3600), default=2, metavar="S",
                        help="seconds after which a case counts as hanging (%(default)s)")
    parser.add_argument("--sanitize", choices=plan.SANITIZERS, default=plan.SANITIZERS[0],
                        help="sanitizers of a target that is compiled (%(default)s)")
    parser.add_argument("--cflags", default="", metavar="FLAGS", help="flags to compile the target with, in one word")
    parser.add_argument("--disk", type=_number(1 << 20), default=1024, metavar="MB",
                        help="megabytes that DIR may have (%(default)s)")
    parser.add_argument("--memory", type=_number(1 << 20), default=2048, metavar="MB",
                        help="megabytes that a worker may use (%(default)s)")
    parser.add_argument("--seed", type=_number(1 << 32), default=0, metavar="N", help="of the engine's random numbers")
    parser.add_argument("--plain", action="store_true", help="the engine's own mutator and the dictionary, to compare")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Run a campaign; exit 1 if anything was found, or it did not come to its end. Raises InputError."""
    if not options.target:
        return _seeds(options)
    wanted = plan.Plan(
        plan.target(options.target), options.out.resolve(), options.time, options.workers, options.timeout,
        tuple(shlex.split(options.cflags)), options.sanitize, not options.plain, options.disk << 20,
        memory=options.memory, seed=options.seed,
    )
    engine = choose(wanted, options.engine)
    again = folder.open_(wanted, engine.name)
    taken, left = folder.feed(wanted, options.seeds)
    with _interrupts() as interrupted:
        _say(options, f"engine: {engine.name} ({engine.what})\n{'goes on with' if again else 'begins'} {wanted.out}, "
             f"{taken} cases to start from", *(f"left out: {text}" for text in left))
        _build(engine, wanted, interrupted)
        campaign = Campaign(engine, wanted, _teller(options), interrupted)
        campaign.notes += [] if options.engine else passed_over(wanted, engine)
        done = campaign.run()
    said = _document(campaign, done, interrupted=interrupted())
    findings.write(wanted.out / "summary.json", json.dumps(said, indent=1).encode() + b"\n")
    _report(options, said)
    return DONE if said["ok"] else NO


def _build(engine: Engine, wanted: plan.Plan, interrupted: Callable[[], bool]) -> None:
    """Ctrl-C ends the compiler too, and then that is no fault of the target."""
    try:
        engine.build(wanted)
    except InputError:
        if interrupted():
            raise KeyboardInterrupt from None
        raise


def _seeds(options: argparse.Namespace) -> int:
    if options.seeds is None:
        print("faultinfo fuzz: --target is needed, or --seeds to write the seeds", file=sys.stderr)
        return BAD_USAGE
    written = list(map(str, folder.seeds(options.seeds)))
    print(json.dumps({"written": written}) if options.json else "\n".join(written))
    return DONE


def _document(campaign: Campaign, done: Progress, *, interrupted: bool) -> dict[str, Any]:
    counts = done.counts
    found = campaign.store.documents()
    return {
        "ok": not (found or interrupted or campaign.cut_short), "engine": campaign.engine.name,
        "target": list(campaign.plan.target),
        "out": str(campaign.plan.out), "seconds": round(done.seconds, 3), "interrupted": interrupted,
        "executions": counts.executions, "surfaces": list(counts.surfaces), "coverage": done.coverage,
        "differences": counts.differences, "forks": counts.forks, "undecided": counts.undecided,
        "restarts": done.restarts, "rules": sorted(counts.rules), "findings": found, "notes": _notes(campaign, counts),
    }


def _notes(campaign: Campaign, counts: State) -> list[str]:
    """What is said beside the findings."""
    forks = [f"the target has started {counts.forks} processes"] if counts.forks else []
    undecided = [f"{counts.undecided} differences may be due to another order of loads"] if counts.undecided else []
    return [*campaign.notes, *forks, *undecided]


def _report(options: argparse.Namespace, said: dict[str, Any]) -> None:
    if options.json:
        print(json.dumps(said))
        return
    for one in said["findings"]:
        print("\n".join(findings.lines(one)))
    for note in said["notes"]:
        print(f"note: {note}")
    print(f"{'interrupted; the same --out goes on; ' * said['interrupted']}{_counted(said)}; "
          f"{said['seconds']:.1f} s: {'ok' if said['ok'] else 'NOT OK'}")


def _counted(said: dict[str, Any]) -> str:
    rules, found = len(said["rules"]), len(said["findings"])
    coverage = said["coverage"] or "no coverage"
    return f"{said['executions']} executions, {coverage}, {rules} rules reached, {found} findings"


def _say(options: argparse.Namespace, *lines: str) -> None:
    if not options.json:
        print("\n".join(lines), flush=True)


def _teller(options: argparse.Namespace) -> Callable[[Progress], None]:
    """Live on a terminal, a line now and then elsewhere, nothing with --json and no terminal."""
    live = sys.stderr is not None and sys.stderr.isatty()
    last = [0.0]

    def tell(at: Progress) -> None:
        if live or (not options.json and at.seconds - last[0] >= _PLAIN):
            last[0] = at.seconds
            rate = at.counts.executions / max(at.seconds, 0.1)
            text = (f"{at.seconds:.0f} s: {at.counts.executions} executions ({rate:.0f}/s), "
                    f"{at.coverage or 'no coverage'}, {len(at.counts.rules)} rules reached, {at.findings} findings")
            print(f"\r{text}\033[K" if live else text, end="" if live else "\n", file=sys.stderr, flush=True)

    return tell


@contextmanager
def _interrupts() -> Iterator[Callable[[], bool]]:
    """From here on Ctrl-C asks to stop, and all that was found is kept; the second one stops at once."""
    came = [0]

    def note(_number: int, _frame: FrameType | None) -> None:
        came[0] += 1
        if came[0] > 1:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: came[0] > 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= 30 * 86400:
        raise ValueError(text)
    return value


def _number(most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text, 0)
        if not 0 < value <= most:
            raise ValueError(text)
        return value

    return number
