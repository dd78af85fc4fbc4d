# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the conformance vectors say of a planted bug, asked through the C adapters: their own score.

No engine is given the vectors; how many of them a bug fails stands beside what the engines find.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from abi.conformance.runner import WRONG, Runner
from abi.conformance.vectors import Vector, load
from tests.bench.readers import build
from tests.fuzz.panel.planted import FIRMWARE, ROOT, Planted

_ADAPTERS: Final = ROOT / "spec" / "adapters" / "c"
#: Each adapter with the requests that it answers.
_VMM: Final = "adapter.c", frozenset({"vmm", "check", "ring"})
_HOST: Final = "host.c", frozenset({"host", "reply"})
_SANITIZED: Final = ("-std=gnu11", "-O1", "-g", "-w", "-fsanitize=address")


@cache
def _asked(requests: frozenset[str]) -> tuple[Vector, ...]:
    return tuple(vector for vector in load() if vector.request in requests)


def killed_by(planted: Planted) -> list[str]:
    """The vectors that fail, crash the adapter or are not answered by it. Raises MissingError without clang."""
    source, requests = _HOST if planted.surface == FIRMWARE else _VMM
    with tempfile.TemporaryDirectory() as folder:
        headers = planted.write(Path(folder, "c"))
        adapter = Path(folder, "adapter")
        build("clang", *_SANITIZED, f"-I{headers}", f"-I{ROOT / 'spec' / 'uapi'}", _ADAPTERS / source, "-o", adapter)
        done = Runner([str(adapter)], _asked(requests)).run()
    return [result.vector.slug for result in done.results if result.verdict in WRONG]
