# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Long runs, resumable: ``python -m tests.fuzz.own.run NAME... --executions N --seconds S``.

One process at a time. What has been counted stands in ``build/fuzz-own/NAME-SUM/`` and is added to by the
next run of the same sources; evidence.py reads it there. Ctrl-C and SIGTERM stop it, nothing counted is lost.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, NamedTuple

from tests.fuzz.own import bases, builds, seeds
from tests.fuzz.own.python_loop import State
from tests.generate.tools import ROOT, run

FOLDER: Final = ROOT / "build" / "fuzz-own"


class Run(NamedTuple):
    """A long run: the language of what is under test, the seed, and the tools whose versions count."""

    language: str
    seed: int
    tools: tuple[str, ...] = ("clang",)


#: By name, which is that of a build in builds.py; atheris needs none.
RUNS: Final = {
    "asan": Run("c", 20261124),
    "asan-mutate": Run("c", 20261128),
    "msan": Run("c", 20261125),
    "rust": Run("rust", 20261126, ("clang", "rustc")),
    "rust-mutate": Run("rust", 20261129, ("clang", "rustc")),
    "python": Run("python", 20261127),
    "atheris": Run("python", 20261130, ()),
}


def prepared(name: str) -> Path:
    """The folder of a run: the program, the bases, and what they are made of."""
    of = RUNS[name]
    folder = FOLDER / "-".join([name, *(one[:12] for one in builds.sums(name, of.language).values())])
    if not (folder / "about.json").exists():
        if name == "atheris":
            seeds.as_corpus(folder / "corpus")
        else:
            builds.build(name, folder)
            (folder / "bases").write_bytes(bases.dump(bases.all_bases()))
        about = {
            "name": name, "language": of.language, "seed": of.seed, "flags": list(builds.BUILDS.get(name, ())),
            "commit": run("git", "-C", ROOT, "rev-parse", "HEAD").strip(),
            "tools": {
                "python": platform.python_version(),
                **{tool: run(tool, "--version").splitlines()[0] for tool in of.tools},
            },
            "started": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
        }
        (folder / "about.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return folder


#: What libFuzzer ends with when it is told to stop.
_INTERRUPTED: Final = 72
#: Names of runs that were told to stop; none comes after them.
stopped: list[str] = []


def go(name: str, seconds: int, executions: int) -> int:
    """Run until so many executions are counted in all, or so long; the exit code of the program."""
    folder = prepared(name)
    with subprocess.Popen(_command(name, folder, seconds, executions), env=_environment(name, folder)) as loop:
        def stop(_number: int, _frame: object) -> None:
            stopped.append(name)
            loop.terminate()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        code = loop.wait()
    return 0 if stopped and code == _INTERRUPTED else code


def _command(name: str, folder: Path, seconds: int, executions: int) -> list[str]:
    limits = str(RUNS[name].seed), str(seconds), str(executions)
    if name == "python":
        return [sys.executable, "-m", "tests.fuzz.own.python_loop", str(folder), *limits]
    if name != "atheris":
        return [str(folder / "loop"), str(folder / "bases"), str(folder / "state"), *limits]
    left = executions - State(folder / "state", RUNS[name].seed).executions
    options = {
        "seed": RUNS[name].seed, "runs": max(0, left), "max_total_time": max(1, seconds), "max_len": 1024,
        "exact_artifact_path": folder / "state.finding", "print_final_stats": 1,
    }
    given = (f"-{option}={value}" for option, value in options.items())
    return [sys.executable, "-m", "tests.fuzz.own.python_fuzz", *given, str(folder / "corpus")]


def _environment(name: str, folder: Path) -> dict[str, str]:
    return os.environ | {"OWN_STATE": str(folder / "state"), "OWN_SEED": str(RUNS[name].seed)}


def main() -> int:
    """One run after another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", choices=sorted(RUNS))
    parser.add_argument("--seconds", type=int, default=60, help="of all runs together")
    parser.add_argument("--executions", type=float, nargs="+", help="of each run, with those counted before")
    given = parser.parse_args()
    end = time.monotonic() + given.seconds
    for n, name in enumerate(given.names):
        executions = given.executions[n] if given.executions else 1e18
        code = go(name, max(0, int(end - time.monotonic())), int(executions))
        if code:
            print(f"{name} ends with {code}")
            return 1
        if stopped:
            break
    return 0


if __name__ == "__main__":
    sys.exit(main())
