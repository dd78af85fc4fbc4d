# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The description that every engine has."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from abi.errors import InputError
from abi.fuzz.plan import Kind, Plan


class Started(NamedTuple):
    """How a worker is started."""

    command: list[str]
    environment: Mapping[str, str]


def _none(_plan: Plan) -> list[Path]:
    return []


def _nothing(_plan: Plan, _number: int, _told: bytes) -> None:
    return


class Engine(NamedTuple):
    """An engine. ``drives``: the kinds of targets that it is for.

    ``check`` raises InputError ``engine.missing`` or ``engine.old``; ``build`` compiles all that is run; ``start``
    says how worker n is started for so many seconds; ``coverage`` what the engine says of it, from the end of what
    worker n wrote; ``broken`` the cases at which the target broke, which it has written since.
    """

    name: str
    what: str
    licence: str
    drives: tuple[Kind, ...]
    check: Callable[[Plan], None]
    build: Callable[[Plan], None]
    start: Callable[[Plan, int, float], Started]
    coverage: Callable[[Plan, int, bytes], str]
    broken: Callable[[Plan], list[Path]]
    #: A worker has ended of itself; with its number and the end of what it wrote.
    ended: Callable[[Plan, int, bytes], None] = _nothing
    #: Cases in which leaks are looked for at the end, for an engine that does not look itself.
    leaky: Callable[[Plan], list[Path]] = _none


def version(engine: str, command: list[str], pattern: str, oldest: tuple[int, int], package: str) -> tuple[int, int]:
    """The version that a command tells. Raises InputError ``engine.missing``, ``engine.old``."""
    needs = f"{engine} {oldest[0]}.{oldest[1]:02} or newer" if oldest[1] else f"{engine} {oldest[0]} or newer"
    hint = f"apt-get install {package}"
    if shutil.which(command[0]) is None:
        raise InputError("engine.missing", command[0], None, needs, "no such command", hint)
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=30, stdin=subprocess.DEVNULL)
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError("engine.missing", command[0], None, needs, str(error), hint) from None
    found = re.search(pattern, said)
    if found is None:
        raise InputError("engine.old", command[0], None, needs, "no version that is known", hint)
    got = int(found[1]), int(found[2])
    if got < oldest:
        raise InputError("engine.old", command[0], None, needs, f"{got[0]}.{got[1]}", hint)
    return got


def environment(plan: Plan, number: int, **more: str) -> dict[str, str]:
    """What a worker's harness and its sanitizers find in the environment."""
    folder = plan.worker(number)
    return {
        **os.environ,
        "KFI_FUZZ_STATE": str(folder / "state"), "KFI_FUZZ_FINDINGS": str(plan.raw),
        "TMPDIR": str(folder / "scratch"),
        "UBSAN_OPTIONS": "print_stacktrace=1", **more,
    }
