# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Where the C readers let unsigned numbers wrap or lose bits, as clang's checks report it, held against wraps.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final, NamedTuple

from tests.fuzz.own import builds

LISTED: Final = Path(__file__).parent / "wraps.toml"
EXECUTIONS: Final = 3_000_000
_REPORT: Final = re.compile(r"^(.*/(\w+\.h)):(\d+):\d+: runtime error: (.*)$", re.MULTILINE)
#: What a report says of the two checks that are off in the long runs; any other is a finding.
_KINDS: Final = ("unsigned integer overflow", "negation of", "left shift of")


class Wrap(NamedTuple):
    """A line that wraps."""

    file: str
    line: str


def entries() -> list[dict[str, str]]:
    """What wraps.toml has; each with a reason."""
    found: list[dict[str, str]] = tomllib.loads(LISTED.read_text(encoding="utf-8"))["wraps"]
    assert all(entry["why"] for entry in found)
    return found


def listed() -> set[Wrap]:
    """The lines."""
    return {Wrap(entry["file"], entry["line"]) for entry in entries()}


def measured(folder: Path, headers: Path = builds.SOURCES[0]) -> set[Wrap]:
    """What is reported of the headers. Raises ToolError where anything else is reported."""
    said = builds.loop("wraps", folder, 2, EXECUTIONS, headers=headers, ASAN_OPTIONS="detect_leaks=0")
    found = set()
    for path, name, number, what in _REPORT.findall(said):
        assert what.startswith(_KINDS), what
        if Path(path).parent == headers:
            found.add(Wrap(name, Path(path).read_text(encoding="utf-8").splitlines()[int(number) - 1].strip()))
    return found
