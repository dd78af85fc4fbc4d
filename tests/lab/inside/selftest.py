# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""One of the kernel tree's own selftests, run in the emulated machine as it is, with a limit of time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any, BinaryIO, Final

from tests.lab.inside.channel import Inside

#: Where the lab puts what is built for the cases.
FOLDER: Final = Path("/opt/built")
#: Of what a test prints the end is told; none was seen to print so much.
KEPT: Final = 1 << 20
_SHELL: Final = Path("/bin/sh")


def shell() -> None:
    """A few tests start programs by the shell."""
    if not _SHELL.exists():
        _SHELL.symlink_to("busybox")


def ran(_inside: Inside, program: str, arguments: list[str], seconds: float) -> dict[str, Any]:
    """How the program ended, ``exit``, ``signal`` or ``late``, and what it printed on both its outputs."""
    path = FOLDER / program
    path.chmod(0o755)
    with tempfile.TemporaryFile(dir="/tmp") as output:
        process = subprocess.Popen([path, *arguments], stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, cwd="/tmp", start_new_session=True)
        try:
            code = process.wait(seconds)
            ended: dict[str, Any] = {"signal": -code} if code < 0 else {"exit": code}
        except subprocess.TimeoutExpired:
            ended = {"late": seconds}
        with contextlib.suppress(ProcessLookupError):  # what it has started ends with it
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return ended | {"output": _end_of(output)}


def _end_of(file: BinaryIO) -> str:
    file.seek(max(0, file.seek(0, os.SEEK_END) - KEPT))
    return file.read().decode(errors="replace")
