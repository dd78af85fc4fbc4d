# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""libFuzzer: part of clang's run-time library. Workers are processes that share the corpus folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from abi import home
from abi.errors import InputError
from abi.fuzz import build
from abi.fuzz.engines.model import Engine, Started, environment, version
from abi.fuzz.plan import MAX_CASE, Kind, Plan

#: The oldest that the tests have run.
OLDEST: Final = (14, 0)
COMPILERS: Final = {"c": "clang", "c++": "clang++"}
#: What libFuzzer calls the files of cases at which the target broke.
_BROKEN: Final = ("crash-*", "timeout-*", "oom-*", "leak-*")
_PULSE: Final = re.compile(rb"cov: (\d+) ft: (\d+)")
DICTIONARY: Final = "formats/kvm_arm_fault_info.dict"


def _check(_plan: Plan) -> None:
    version("libFuzzer of clang", ["clang", "--version"], r"clang version (\d+)\.(\d+)", OLDEST,
            "clang libclang-rt-dev")
    library = build.run(["clang", "--print-runtime-dir"]).strip()
    if not list(Path(library).glob("libclang_rt.fuzzer*.a")) and not list(
            Path(library).parent.glob("*/libclang_rt.fuzzer*.a")):
        raise InputError("engine.missing", "clang", None, "clang's run-time library with libFuzzer",
                         f"none in {library}", "apt-get install libclang-rt-dev, or that of clang's own version")


def _build(plan: Plan) -> None:
    build.replay(plan, COMPILERS)
    guided = build.sanitizers(plan, "fuzzer-no-link")
    plain = () if plan.kit else ("-DKFI_PLAIN",)
    build.harness(plan, "libfuzzer.c", COMPILERS, [*guided, *plain], ["-fsanitize=fuzzer-no-link"],
                  build.sanitizers(plan, "fuzzer"), plan.build / "libfuzzer")


def _start(plan: Plan, number: int, seconds: float) -> Started:
    command = [
        str(plan.build / "libfuzzer"), str(plan.corpus), str(plan.seeds), f"-artifact_prefix={plan.broke}/",
        f"-max_len={MAX_CASE}", f"-timeout={plan.timeout}", f"-rss_limit_mb={plan.memory}",
        f"-max_total_time={max(1, round(seconds))}", "-close_fd_mask=3", "-reload=1", "-len_control=0",
        f"-seed={(plan.seed + number) % 0xFFFF_FFFF + 1 if plan.seed else 0}",
    ]
    if not plan.kit:
        command.append(f"-dict={home.spec() / DICTIONARY}")
    return Started(command, environment(plan, number, ASAN_OPTIONS="symbolize=0"))


def _coverage(_plan: Plan, _number: int, told: bytes) -> str:
    pulses = _PULSE.findall(told)
    return f"cov {pulses[-1][0].decode()} ft {pulses[-1][1].decode()}" if pulses else ""


def _broken(plan: Plan) -> list[Path]:
    return [path for pattern in _BROKEN for path in plan.broke.glob(pattern)]


ENGINE: Final = Engine(
    "libfuzzer", "libFuzzer of clang, in process", "Apache-2.0 WITH LLVM-exception", drives=(Kind.NATIVE,),
    check=_check, build=_build, start=_start, coverage=_coverage, broken=_broken,
)
