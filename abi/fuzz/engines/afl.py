# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""AFL++: persistent mode, the kit's mutator as a library. Workers are its own -M and -S, which share their queues."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from abi import home
from abi.fuzz import build
from abi.fuzz.engines.libfuzzer import DICTIONARY
from abi.fuzz.engines.model import Engine, Started, environment, version
from abi.fuzz.plan import MAX_CASE, Kind, Plan, includes

#: The oldest that the tests have run.
OLDEST: Final = (4, 4)
COMPILERS: Final = {"c": "afl-clang-fast", "c++": "afl-clang-fast++"}
#: What is compiled without AFL++: a case is asked again without its coverage.
_PLAIN: Final = {"c": "clang", "c++": "clang++"}
_SANITIZERS: Final = {"address": "AFL_USE_ASAN", "undefined": "AFL_USE_UBSAN", "memory": "AFL_USE_MSAN"}


def _check(_plan: Plan) -> None:
    version("AFL++", ["afl-fuzz", "-h"], r"afl-fuzz\+\+(\d+)\.(\d+)", OLDEST, "afl++")
    version("the compiler of AFL++", ["afl-clang-fast", "--version"], r"clang version (\d+)\.(\d+)", (11, 0),
            "afl++ clang")


def _build(plan: Plan) -> None:
    build.replay(plan, _PLAIN)
    wanted = {name: "1" for kind, name in _SANITIZERS.items() if kind in plan.sanitize.split(",")}
    build.harness(plan, "afl.c", COMPILERS, (), (), (), plan.build / "afl",
                  {**os.environ, "AFL_QUIET": "1", **wanted})
    if plan.kit:
        build.run(["clang", "-O2", "-shared", "-fPIC", *includes(),
                   str(home.spec() / "fuzz" / "afl_mutator.c"), "-o", str(_mutator(plan))])


def _start(plan: Plan, number: int, seconds: float) -> Started:
    there = (_queues(plan) / f"w{number}" / "fuzzer_stats").is_file()
    command = [
        "afl-fuzz", "-i", "-" if there else str(plan.seeds), "-o", str(_queues(plan)),
        "-S" if number or plan.workers == 1 else "-M", f"w{number}", "-V", str(max(1, round(seconds))),
        "-t", str(1000 * plan.timeout), "-m", "none", "-G", str(MAX_CASE),
        *(("-s", str(plan.seed + number)) if plan.seed else ()),
        *(() if plan.kit else ("-x", str(home.spec() / DICTIONARY))), "--", str(plan.build / "afl"),
    ]
    kit = {"AFL_CUSTOM_MUTATOR_LIBRARY": str(_mutator(plan)), "AFL_CUSTOM_MUTATOR_ONLY": "1"} if plan.kit else {}
    return Started(command, environment(
        plan, number, AFL_NO_UI="1", AFL_SKIP_CPUFREQ="1", AFL_NO_AFFINITY="1", AFL_SKIP_CRASHES="1",
        AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES="1", AFL_DISABLE_TRIM="1", AFL_TESTCACHE_SIZE="50",
        ASAN_OPTIONS=f"abort_on_error=1:symbolize=0:detect_leaks=0:hard_rss_limit_mb={plan.memory}", **kit,
    ))


def _mutator(plan: Plan) -> Path:
    return plan.build / "afl_mutator.so"


def _queues(plan: Plan) -> Path:
    return plan.out / "afl"


def _coverage(plan: Plan, number: int, _told: bytes) -> str:
    try:
        text = (_queues(plan) / f"w{number}" / "fuzzer_stats").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    said = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    said = {key.strip(): value.strip() for key, value in said.items()}
    return f"edges {said['edges_found']} of {said['total_edges']}" if "edges_found" in said else ""


def _broken(plan: Plan) -> list[Path]:
    return [path for kind in ("crashes", "hangs") for path in _queues(plan).glob(f"*/{kind}/id*")]


def _leaky(plan: Plan) -> list[Path]:
    """Its queues: in persistent mode nobody looks for leaks."""
    return sorted(_queues(plan).glob("*/queue/id*")) if "address" in plan.sanitize else []


ENGINE: Final = Engine(
    "afl", "AFL++, persistent mode", "Apache-2.0", drives=(Kind.NATIVE,),
    check=_check, build=_build, start=_start, coverage=_coverage, broken=_broken,
    leaky=_leaky,
)
