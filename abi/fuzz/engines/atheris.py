# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""atheris: libFuzzer for Python. What the target imports is instrumented; workers share the corpus folder."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from abi import home
from abi.conformance.channel import python
from abi.errors import InputError
from abi.fuzz.engines import libfuzzer, process
from abi.fuzz.engines.last import Last
from abi.fuzz.engines.model import Engine, Started, environment
from abi.fuzz.findings import write
from abi.fuzz.plan import MAX_CASE, Kind, Plan

#: The oldest that the tests have run, and the line that installs the one that they run.
OLDEST: Final = (3, 0)
INSTALL: Final = "pip install atheris==3.0.0"
#: Megabytes in which a worker with a small target has been seen to run, and some more.
LEAST: Final = 128
_VERSION: Final = re.compile(r"(\d+)\.(\d+)")
#: What libFuzzer says when it has itself written the case at which a worker ended.
_WRITTEN: Final = b"Test unit written to"


def _check(plan: Plan) -> None:
    """It must be there, and the target answer something. Raises InputError ``engine.*``, ``fuzz.*``."""
    needs = f"the Python package atheris {OLDEST[0]}.{OLDEST[1]} or newer"
    hint = f"{INSTALL}; the engine process drives such a target without it, and without coverage"
    try:
        said = importlib.metadata.version("atheris")
    except importlib.metadata.PackageNotFoundError:
        raise InputError("engine.missing", "atheris", None, needs, f"none for {sys.executable}", hint) from None
    found = _VERSION.match(said)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        raise InputError("engine.old", "atheris", None, needs, said, hint)
    done = subprocess.run([sys.executable, "-c", "import atheris"], capture_output=True, text=True, check=False)
    if done.returncode:  # a wheel of another machine
        end = (done.stderr.strip().splitlines() or ["nothing said"])[-1]
        raise InputError("engine.missing", "atheris", None, needs, f"one that cannot be imported: {end}", hint)
    if plan.memory < LEAST:
        raise InputError("fuzz.memory", "--memory", None, f"{LEAST} or more, which a worker of atheris needs itself",
                         str(plan.memory))
    process.answers(plan)


def _build(plan: Plan) -> None:
    """Nothing is compiled; what a worker needs is written down."""
    process.note(plan, _note(plan))


def _start(plan: Plan, number: int, seconds: float) -> Started:
    _last(plan, number).unlink(missing_ok=True)
    command = python(
        "from abi.fuzz.engines.atheris_worker import main; main(sys.argv[1:])", str(_note(plan)),
        str(plan.worker(number)), str(plan.corpus), str(plan.seeds), f"-artifact_prefix={plan.broke}/",
        f"-max_len={MAX_CASE}", f"-timeout={plan.timeout}", f"-rss_limit_mb={plan.memory}",
        f"-max_total_time={max(1, round(seconds))}", "-close_fd_mask=3", "-reload=1", "-len_control=0",
        f"-seed={(plan.seed + number) % 0xFFFF_FFFF + 1 if plan.seed else 0}",
        *(() if plan.kit else (f"-dict={home.spec() / libfuzzer.DICTIONARY}",)),
    )
    return Started(command, environment(plan, number))


def _ended(plan: Plan, number: int, told: bytes) -> None:
    """What a worker was at when it ended, if it did so of itself: a target may end its process unheard."""
    case = Last.read(_last(plan, number))
    if case is not None and _WRITTEN not in told:
        write(plan.broke / f"exit-{hashlib.sha1(case, usedforsecurity=False).hexdigest()}", case)


def _broken(plan: Plan) -> list[Path]:
    return [*libfuzzer.ENGINE.broken(plan), *process.ENGINE.broken(plan), *plan.broke.glob("exit-*")]


def _note(plan: Plan) -> Path:
    return plan.build / "atheris.json"


def _last(plan: Plan, number: int) -> Path:
    return plan.worker(number) / "last"


ENGINE: Final = Engine(
    "atheris", "libFuzzer for Python, in process", "Apache-2.0", drives=(Kind.MODULE,),
    check=_check, build=_build, start=_start, coverage=libfuzzer.ENGINE.coverage, broken=_broken, ended=_ended,
)
