# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``python -m tests.conformance.slugs`` adds new slugs of vectors to the list of those that stay for good.

The list, ``slugs.txt`` beside this, only grows: nothing here takes a line away, and the tests look at every commit
that touched it. A slug that ends in a digest of its bytes goes when the bytes change, so it stands there once for
all of its kind, with a star in the digest's place.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from abi.conformance.vectors import load

LIST: Final = Path(__file__).with_name("slugs.txt")
#: A slug that ends in a digest of the record, as :mod:`abi.conformance.make` names it.
DIGESTED: Final = re.compile(r"((?:check-breaks|read(?:er)?-(?:breaks|cut-in))-.*-)([0-9a-f]{6})")
_HEAD: Final = (
    "# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause",
    "# Slugs that were given once. To add new ones: python -m tests.conformance.slugs. No line ever goes.",
)


def lasting(slugs: Iterable[str]) -> set[str]:
    """What stays of these slugs: each itself, or its kind where it ends in a digest."""
    return {DIGESTED.sub(r"\1*", slug) if DIGESTED.fullmatch(slug) else slug for slug in slugs}


def given(path: Path = LIST) -> list[str]:
    """The lines of the list."""
    return [line for line in path.read_text(encoding="ascii").splitlines() if not line.startswith("#")]


def gone(slugs: Iterable[str], path: Path = LIST) -> list[str]:
    """What was given once and is among these no more."""
    return sorted(set(given(path)) - lasting(slugs))


def add(slugs: Iterable[str], path: Path = LIST) -> int:
    """Add those that are new; how many they are."""
    old = set(given(path)) if path.exists() else set()
    lines = sorted(old | lasting(slugs))
    path.write_text("\n".join((*_HEAD, *lines)) + "\n", encoding="ascii")
    return len(lines) - len(old)


def taken_away(path: Path = LIST) -> list[str]:
    """The lines that a commit of the list's history, or what is not committed yet, has taken away."""
    found = ""
    for command in (["log", "--format=", "-m", "-p"], ["diff", "HEAD"]):
        found += subprocess.run(
            ["git", "-C", str(path.parent), *command, "--no-color", "--no-ext-diff", "--", path.name],
            check=True, capture_output=True, text=True,
        ).stdout
    return sorted({line[1:] for line in found.splitlines() if re.match(r"-[a-z0-9]", line)})


if __name__ == "__main__":
    print(add(vector.slug for vector in load()), "added")
