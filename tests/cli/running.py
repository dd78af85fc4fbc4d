# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Running a command, within this process and as one of its own, and what came of it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from abi.cli import main

ROOT = Path(__file__).parents[2]
#: Seconds after which a command hangs.
PATIENCE = 60

#: What every complaint looks like: code, field path, offset if there is one, expected, got.
COMPLAINT = re.compile(
    r"^faultinfo: (?P<code>[a-z_.]+): (?P<path>[ -~]+?)( at offset (?P<offset>0x[0-9a-f]+))?:"
    r" expected (?P<expected>.+), got (?P<got>.+)$",
    re.MULTILINE,
)


class Ran(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be one JSON value and nothing else."""
        return json.loads(self.out)

    @property
    def complaint(self) -> dict[str, str | None]:
        """The parts of the one complaint on standard error, which must be all that is there."""
        found = COMPLAINT.fullmatch(self.err.strip())
        assert found, self.err
        return found.groupdict()


Runner = Callable[..., Ran]


def called(*arguments: object) -> Ran:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:  # argparse: bad usage, --help
            code = int(end.code or 0)
    return Ran(code, out.getvalue(), err.getvalue())


def environment(**more: str) -> dict[str, str]:
    """The environment of a process that finds the packages wherever it runs, its output buffered as usual."""
    usual = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    return usual | {"PYTHONPATH": str(ROOT)} | more


def process_raw(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a process; ``options`` are subprocess.run's. Standard input is empty if not given."""
    if "stdin" not in options:
        options.setdefault("input", b"")
    options.setdefault("env", environment())
    if "stdout" not in options:
        options |= {"stdout": subprocess.PIPE}
    return subprocess.run(
        [sys.executable, "-m", "abi.cli", *map(str, arguments)],
        stderr=subprocess.PIPE, timeout=PATIENCE, check=False, **options,
    )


def process(*arguments: object, **options: Any) -> Ran:
    """Run a command as a process whose output is text."""
    done = process_raw(*arguments, **options)
    return Ran(done.returncode, (done.stdout or b"").decode(), done.stderr.decode())
