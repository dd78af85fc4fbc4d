# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Compiling a target and a harness; what the compiler says is told whole, as bad input."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from abi import home
from abi.errors import InputError
from abi.fuzz.plan import LINKED, SOURCES, Plan, includes

#: Seconds after which a compiler hangs.
_PATIENCE: Final = 300
_FLAGS: Final = ("-O2", "-g", "-fno-omit-frame-pointer")
#: The oracle, beside the target in every harness.
_ORACLE: Final = ("readers_vmm.c", "readers_host.c")


#: What makes the compiler of AFL++ take a sanitizer.
UNSANITIZED: Final = ("AFL_USE_ASAN", "AFL_USE_UBSAN")


def sanitizers(plan: Plan, *more: str) -> list[str]:
    """Flags for the sanitizers, and others that clang takes in the same list."""
    wanted = [*more, *(() if plan.sanitize == "none" else (plan.sanitize,))]
    return [f"-fsanitize={','.join(wanted)}", "-fno-sanitize-recover=all"] if wanted else []


def harness(
    plan: Plan, name: str, compilers: dict[str, str], flags: Sequence[str], guided: Sequence[str],
    link: Sequence[str], into: Path, environment: dict[str, str] | None = None,
) -> None:
    """Build a program: an entry point of ``spec/fuzz``, the oracle, and the target. Raises InputError ``fuzz.build``.

    ``compilers``: a compiler for c and one for c++. A target may have a main() of its own, which is renamed. The
    oracle guides an engine, too, so that it finds its way through a target that was compiled without coverage; it needs
    no sanitizer, but MemorySanitizer must see all that is written.
    """
    work = into.parent / f"{into.name}.o"
    work.mkdir(parents=True, exist_ok=True)
    objects, language = [], "c"
    bare = {key: value for key, value in (environment or os.environ).items() if key not in UNSANITIZED}
    for source in (name, *_ORACLE):
        objects.append(work / f"kit-{source}.o")
        as_target = source == name or "memory" in plan.sanitize
        run([compilers["c"], "-std=gnu11", *_FLAGS, *(flags if as_target else guided), *includes(), "-c",
             str(home.spec() / "fuzz" / source), "-o", str(objects[-1])], environment if as_target else bare)
    linked = [word for word in plan.target if Path(word).suffix in LINKED]
    for number, source in enumerate(word for word in plan.target if Path(word).suffix in SOURCES):
        kind = SOURCES[Path(source).suffix]
        language = "c++" if kind == "c++" else language
        objects.append(work / f"target-{number}.o")
        run([compilers[kind], *_FLAGS, *flags, "-Dmain=kfi_target_main", *plan.cflags, *includes(), "-c", source,
             "-o", str(objects[-1])], environment)
    paths = sorted({f"-Wl,-rpath,{Path(word).parent}" for word in linked if word.endswith(".so")})
    run([compilers[language], *flags, *link, *map(str, objects), *linked, *paths, "-rdynamic", "-lpthread", "-ldl",
         "-lm", "-o", str(into)], environment)


def replay(plan: Plan, compilers: dict[str, str]) -> None:
    """Build the program that asks a case again."""
    harness(plan, "replay.c", compilers, sanitizers(plan), (), (), plan.replay)


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> str:
    """Run a compiler and return what it wrote. Raises InputError with the end of it unless it ends with 0."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False,
                              timeout=_PATIENCE, env=environment)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError("fuzz.build", command[0], None, "a compiler", str(error)) from None
    if done.returncode:
        told = "\n".join((done.stdout + done.stderr).strip().splitlines()[-20:])
        raise InputError("fuzz.build", command[-1] if command[-2] == "-o" else command[0], None,
                         "a target that can be compiled and linked", f"exit code {done.returncode}", told)
    return done.stdout
