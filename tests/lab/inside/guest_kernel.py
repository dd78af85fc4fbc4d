# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""This machine is the guest: its memory is told damaged, and what its own kernel makes of that is told back."""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path
from typing import Any, Final

from tests.lab.inside.channel import Inside
from tests.lab.inside.firmware import source, wait_acknowledged
from tests.lab.inside.watch import Log, Trace, field, wait_to_print

PAGE: Final = mmap.PAGESIZE
EVENTS: Final = ("ras/arm_event", "ras/memory_failure_event")
#: /proc/kpageflags, KPF_HWPOISON.
_HWPOISON: Final = 19
_PRESENT: Final = 1 << 63
_FRAME: Final = (1 << 55) - 1
_ACK_SECONDS: Final = 3
_LOG_SECONDS: Final = 2


class Pages:
    """Anonymous pages of this process, and where they are."""

    def __init__(self, number: int) -> None:
        name = f"lab-{os.getpid()}"
        fd = os.memfd_create(name)
        os.ftruncate(fd, number * PAGE)
        self.map = mmap.mmap(fd, number * PAGE, flags=mmap.MAP_PRIVATE)
        os.close(fd)
        for page in range(number):
            self.map[page * PAGE] = 0xA5  # now the page is its own
        (start,) = (int(line.partition("-")[0], 16) for line in
                    Path("/proc/self/maps").read_text(encoding="ascii").splitlines() if f"/memfd:{name}" in line)
        with open("/proc/self/pagemap", "rb") as file:  # noqa: PTH123
            file.seek(start // PAGE * 8)
            entries = struct.unpack(f"<{number}Q", file.read(8 * number))
        self.frames = [entry & _FRAME for entry in entries if entry & _PRESENT]

    def touched(self, page: int) -> str:
        """What comes of reading a page, in a process that has it too: ``read``, ``changed`` or the signal's number."""
        child = os.fork()
        if child == 0:
            os._exit(self.map[page * PAGE] != 0xA5)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            return f"signal {os.WTERMSIG(status)}"
        return "changed" if status else "read"


def told(inside: Inside, pages: int, counted: str) -> dict[str, Any]:
    """Have the outside announce a record about ``pages`` of this process; tell what the kernel did.

    ``counted`` as of ``wait_to_print``; ``""``: the record of a panic, which is printed always.
    """
    if counted:
        wait_to_print(counted)
    mine = Pages(pages)
    log, trace = Log(), Trace("told", *EVENTS)
    corrupted = field("/proc/meminfo", "HardwareCorrupted")
    said = inside.ask("inject", frames=mine.frames)
    acknowledged = wait_acknowledged(source("GPIO"), _ACK_SECONDS)
    lines = log.settled(_LOG_SECONDS)
    return {
        "frames": mine.frames, "cper": said["cper"], "acknowledged": acknowledged, "log": lines,
        "events": trace.events(),
        "corrupted_kb": field("/proc/meminfo", "HardwareCorrupted") - corrupted,
        "poisoned": [frame for frame in mine.frames if _flags(frame) >> _HWPOISON & 1],
        "touched": [mine.touched(page) for page in range(pages)],
    }


def _flags(frame: int) -> int:
    with open("/proc/kpageflags", "rb") as file:  # noqa: PTH123
        file.seek(frame * 8)
        (flags,) = struct.unpack("<Q", file.read(8))
    return int(flags)
