# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Whole processes: ``faultinfo decode`` against its imports, and the judge that a process makes once.

Bytecode is cached, as it is after an installation or the first run: in a folder of its own, whatever
the environment says. Standard output is no terminal.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from abi.errors import InputError
from tests.bench.measure import NS_IN_US, Goal, Row, in_turns, row
from tests.bench.panel import valid

ROOT: Final = Path(__file__).resolve().parents[2]
#: What the installed console script does.
_SCRIPT: Final = "import sys; from abi.cli import main; sys.exit(main())"
_IMPORTS: Final = "import construct, argparse, json"


def environment(cache: str) -> dict[str, str]:
    """The environment of a child: it finds this clone, and keeps its bytecode in ``cache``."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPATH": path, "PYTHONPYCACHEPREFIX": cache}


def starting(pairs: int) -> Row:
    """``faultinfo decode FILE`` from nothing to its exit."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "record")
        file.write_bytes(valid()[0].raw)
        ours = _process([sys.executable, "-c", _SCRIPT, "decode", str(file)], folder)
        base = _process([sys.executable, "-c", _IMPORTS], folder)
        in_turns(ours, base, 1)  # writes the bytecode
        times = in_turns(ours, base, pairs)
    sides = ("faultinfo decode FILE", f"python -c '{_IMPORTS}'")
    return row("process", "faultinfo decode as a process", sides, times, Goal(1.5, at_least=False))


def judging(pairs: int) -> Row:
    """What it costs a process to make the straight-line judge of the rules."""
    with tempfile.TemporaryDirectory() as folder:
        found = [_first_use(folder) for _ in range(pairs + 1)][1:]
    times = [one["judge_ns"] / NS_IN_US for one in found], [one["parse_ns"] / NS_IN_US for one in found]
    sides = ("the judge made, once a process", "plain construct parse")
    return row("judge", "first use of the judge of all rules", sides, times)


def _process(command: list[str], cache: str) -> Callable[[], float]:
    env = environment(cache)

    def timed() -> float:
        start = time.perf_counter_ns()
        ended = subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=False)
        took = time.perf_counter_ns() - start
        if ended.returncode:
            raise InputError("bench.process", " ".join(command), None, "exit code 0x0", hex(ended.returncode))
        return took / NS_IN_US

    return timed


def _first_use(cache: str) -> dict[str, int]:
    command = [sys.executable, "-m", "tests.bench.first_use", valid()[0].raw.hex()]
    out = subprocess.run(command, env=environment(cache), stdout=subprocess.PIPE, check=True).stdout
    found: dict[str, int] = json.loads(out)
    return found
