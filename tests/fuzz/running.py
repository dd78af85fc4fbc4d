# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo fuzz`` as a process, and what it leaves behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, NamedTuple

from abi.fuzz.workers import children

ROOT: Final = Path(__file__).parents[2]
FUZZ: Final = ROOT / "spec" / "fuzz"
FAULTY: Final = Path(__file__).parent / "faulty.c"
ADAPTER: Final = (sys.executable, str(ROOT / "spec" / "adapters" / "python" / "adapter.py"))
#: The readers of spec/c as a target.
READERS: Final = (str(FUZZ / "readers_vmm.c"), str(FUZZ / "readers_host.c"))
AS_TARGET: Final = "--cflags=-DKFI_READERS=kfi_target -DKFI_AS_TARGET"
PATIENCE: Final = 240


class Done(NamedTuple):
    """How it ended, and what it printed."""

    code: int
    said: dict[str, Any]
    err: str

    @property
    def symptoms(self) -> list[str]:
        """Of the findings."""
        return [str(one["symptom"]) for one in self.said["findings"]]


def command(*arguments: object) -> list[str]:
    """The command line."""
    return [sys.executable, "-c", "import sys; from abi.cli import main; sys.exit(main())", "fuzz", "--json",
            *map(str, arguments)]


def fuzz(*arguments: object, env: dict[str, str] | None = None) -> Done:
    """Run it to its end; nothing that it has started may be left."""
    before = set(children(os.getpid()))
    done = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=ROOT,
                          env=env)
    assert "Traceback" not in done.stderr, done.stderr
    assert set(children(os.getpid())) <= before
    return Done(done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr)


def of(folder: Path) -> list[int]:
    """Processes that have a campaign's folder in their environment or on their command line."""
    mark, found = os.fsencode(folder), []
    for each in Path("/proc").iterdir():
        if each.name.isdigit() and int(each.name) != os.getpid():
            try:
                if mark in (each / "environ").read_bytes() or mark in (each / "cmdline").read_bytes():
                    found.append(int(each.name))
            except OSError:
                continue
    return found
