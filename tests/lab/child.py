# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Programs that the lab starts and waits for: each ends in time, or is ended, and dies with this process."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from abi.errors import InputError

#: What stands before a command: SIGKILL for it where this process ends, by whatever means.
TIED: Final = ("setpriv", "--pdeathsig", "KILL", "--")
#: The same for what ends its own children when it is asked to end, as make does.
ASKED: Final = ("setpriv", "--pdeathsig", "TERM", "--")


def finished(
    command: Sequence[str], seconds: float, *, where: Path | None = None, environment: Mapping[str, str] | None = None,
    tied: Sequence[str] = TIED,
) -> subprocess.CompletedProcess[str]:
    """Run to its end, whatever that is. Raises InputError ``lab.time`` where there is none."""
    try:
        return subprocess.run(
            [*tied, *command], capture_output=True, text=True, check=False, timeout=seconds, cwd=where,
            env=environment, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        raise late(command, seconds) from None


def late(command: Sequence[str], seconds: float) -> InputError:
    """It did not end."""
    return InputError("lab.time", command[0], None, f"an end within {seconds:g} s", "none")
