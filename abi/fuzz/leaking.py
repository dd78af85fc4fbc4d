# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Whether a target in Python leaks: whether each time that it is asked the same leaves something behind.

As a program it looks through cases and says in which function the memory was taken.
"""

from __future__ import annotations

import ast
import gc
import sys
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from abi.conformance.channel import python
from abi.fuzz import module
from abi.fuzz.called import Called
from abi.fuzz.endings import FOREIGN
from abi.fuzz.plan import Plan

#: How often a case is asked.
TIMES: Final = 32
#: Functions that are looked through for the target's.
_DEEP: Final = 16
#: Exit code of the program when it has found a leak, which it names on standard output.
LEAKS: Final = 3


def leaks(act: Callable[[], object], times: int = TIMES) -> bool:
    """Whether each time of doing something leaves a block of memory behind that is never freed."""
    act()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(times):
        act()
    gc.collect()
    return sys.getallocatedblocks() - before >= times


def function(act: Callable[[], object], times: int = TIMES) -> str:
    """The target's function that takes what is left behind, "" if none can be told."""
    tracemalloc.start(_DEEP)
    act()
    gc.collect()
    before = tracemalloc.take_snapshot()
    for _ in range(times):
        act()
    gc.collect()
    grown = tracemalloc.take_snapshot().compare_to(before, "traceback")
    tracemalloc.stop()
    for each in grown:
        if each.count_diff >= times - 1:
            for frame in reversed(each.traceback):
                if not FOREIGN.search(frame.filename):
                    return _around(Path(frame.filename), frame.lineno)
    return ""


def _around(path: Path, line: int) -> str:
    """The innermost function around a line."""
    try:
        nodes = list(ast.walk(ast.parse(path.read_bytes())))
    except (OSError, SyntaxError, ValueError):
        return ""
    around = [(node.lineno, node.name) for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
              and node.lineno <= line <= (node.end_lineno or node.lineno)]
    return max(around, default=(0, ""))[1]


def command(plan: Plan, cases: list[Path]) -> list[str]:
    """The command of the program for a plan's target."""
    return python(f"from {__name__} import main; sys.exit(main(sys.argv[1:]))", module.described(plan),
                  *map(str, cases))


def main(arguments: list[str]) -> int:
    """Look through cases; ends at the first that leaks."""
    apart = module.apart(arguments[0])
    called = Called(apart.function, module.features(apart.function))
    gc.freeze()
    for path in arguments[1:]:
        act = partial(called.again, Path(path).read_bytes())
        if leaks(act):
            name = function(act)
            apart.give.write(f"leak{f' in {name}()' if name else ''}".encode())
            apart.give.flush()
            return LEAKS
    return 0
