# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Which branches of the C readers no input reaches, by clang's source-based coverage, held against unreached.toml.

A branch is known by its file, the line that it stands in, its own text and the way that is never
taken; not by numbers of lines, which move.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.fuzz.own import builds
from tests.generate.tools import run

HERE: Final = Path(__file__).parent
LISTED: Final = HERE / "unreached.toml"
SEED: Final = 20261124
EXECUTIONS: Final = 12_000_000


class Branch(NamedTuple):
    """One way of a condition."""

    file: str
    line: str
    branch: str
    never: str


class Covered(NamedTuple):
    """How many branches there are by file, and those that were not taken."""

    total: dict[str, int]
    missed: Counter[Branch]


def entries() -> list[dict[str, Any]]:
    """What unreached.toml has; each with a reason."""
    found: list[dict[str, Any]] = tomllib.loads(LISTED.read_text(encoding="utf-8"))["unreached"]
    assert all(entry["why"] for entry in found)
    return found


def listed() -> Counter[Branch]:
    """Each entry as often as its ``times``."""
    found: Counter[Branch] = Counter()
    for entry in entries():
        found[Branch(*(entry[name] for name in Branch._fields))] += entry.get("times", 1)
    return found


def measured(folder: Path, executions: int = EXECUTIONS, headers: Path = builds.SOURCES[0]) -> Covered:
    """Run the loop, which starts from the bases, and ask llvm-cov. Raises ToolError."""
    raw, data = folder / "raw", folder / "data"
    builds.loop("coverage", folder, SEED, executions, headers=headers, LLVM_PROFILE_FILE=str(raw))
    run("llvm-profdata", "merge", raw, "-o", data)
    exported = json.loads(run("llvm-cov", "export", folder / "loop", f"-instr-profile={data}"))
    total, missed = {}, Counter[Branch]()
    for each in exported["data"][0]["files"]:
        path = Path(each["filename"])
        if path.parent == headers and each["summary"]["branches"]["count"]:
            found = [*_conditions(each)]
            total[path.name] = len(found)
            assert total[path.name] == each["summary"]["branches"]["count"], path
            missed.update(branch for branch, times in found if not times)
    return Covered(total, missed)


def _conditions(of: dict[str, Any]) -> Iterator[tuple[Branch, int]]:
    """Each way of each condition of a file, and how often it was taken; a macro's stands in the line that uses it."""
    path = Path(of["filename"])
    lines = path.read_text(encoding="utf-8").splitlines()
    for at in of["branches"]:
        yield from _ways(path.name, lines[at[0] - 1].strip(), lines, at)
    for expansion in of["expansions"]:
        line = lines[expansion["source_region"][0] - 1].strip()
        for at in expansion["branches"]:
            body = Path(expansion["filenames"][at[6]]).read_text(encoding="utf-8").splitlines()
            yield from _ways(path.name, line, body, at)


def _ways(file: str, line: str, text: list[str], at: list[int]) -> Iterator[tuple[Branch, int]]:
    first, column, last, end, taken, not_taken = at[:6]
    own = text[first - 1][column - 1 : end - 1 if last == first else None]
    yield Branch(file, line, own, "true"), taken
    yield Branch(file, line, own, "false"), not_taken


def differing(missed: Counter[Branch], known: Counter[Branch]) -> list[str]:
    """What is missed and not listed, and what is listed and not missed."""
    found = [f"not reached, not listed: {each}" for each in sorted((missed - known).elements())]
    return found + [f"listed, but reached: {each}" for each in sorted((known - missed).elements())]
