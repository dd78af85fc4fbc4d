# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Cases that go wrong, each in its own way: the lab must tell how, and go on."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any, NoReturn

from tests.lab.inside.channel import Inside


def endless(_inside: Inside) -> NoReturn:
    """A guest that never exits."""
    while True:
        time.sleep(1)


def signalled(_inside: Inside) -> dict[str, Any]:
    """A VMM that SIGBUS ends."""
    os.kill(os.getpid(), signal.SIGBUS)
    return {}


def raising(_inside: Inside) -> dict[str, Any]:
    """A mistake in the case."""
    raise ValueError("a mistake")


def panicking(_inside: Inside) -> dict[str, Any]:
    """A kernel that panics."""
    Path("/proc/sysrq-trigger").write_text("c", encoding="ascii")
    return {}


def asking(inside: Inside, what: str, times: int) -> dict[str, Any]:
    """Ask the outside, again and again."""
    return {"answers": [inside.ask(what, n=n) for n in range(times)]}


def unprepared() -> None:
    """A preparation that fails."""
    raise OSError("no such thing")
