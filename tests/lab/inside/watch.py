# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a kernel logs and traces, from a moment on."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

TRACING: Final = Path("/sys/kernel/tracing")
_KMSG: Final = "/dev/kmsg"
_RECORD: Final = 8192
#: A kernel that has said nothing so many times so long, on a processor that had nothing else to do, is done.
_QUIET_SECONDS: Final = 0.1
_QUIET_TIMES: Final = 3
#: So many blocks are printed in so many seconds, those of each kind counted apart.
_PRINT_NUMBER: Final = 2
_PRINT_SECONDS: Final = 5.2
_PRINTED: Final = {
    "corrected": re.compile("event severity: (corrected|info)"),
    "uncorrected": re.compile("event severity: recoverable"),
}


class Log:
    """The kernel's log from now on."""

    def __init__(self) -> None:
        self._fd = os.open(_KMSG, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        os.lseek(self._fd, 0, os.SEEK_END)

    def lines(self) -> list[str]:
        """What has come since the last call, without facility, time and continuation."""
        return list(self._read())

    def settled(self, seconds: float) -> list[str]:
        """The same, once nothing more comes, or after so long."""
        found: list[str] = []
        quiet = 0
        deadline = time.monotonic() + seconds
        while quiet < _QUIET_TIMES and time.monotonic() < deadline:
            time.sleep(_QUIET_SECONDS)
            new = self.lines()
            quiet = 0 if new else quiet + 1
            found += new
        return found

    def _read(self) -> Iterator[str]:
        return (text for _, text in _records(self._fd))


def wait_to_print(counted: str) -> None:
    """Wait until Linux will print one more error status block (ghes_print_estatus()).

    ``counted``: with which others, ``corrected`` or ``uncorrected``.
    """
    fd = os.open(_KMSG, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        printed = [at for at, text in _records(fd) if _PRINTED[counted].search(text)]
    finally:
        os.close(fd)
    if len(printed) >= _PRINT_NUMBER:
        time.sleep(max(0, printed[-_PRINT_NUMBER] + _PRINT_SECONDS - time.monotonic()))


def _records(fd: int) -> Iterator[tuple[float, str]]:
    """Time and text of each: ``priority,sequence,microseconds,flags;text``."""
    while True:
        try:
            head, _, text = os.read(fd, _RECORD).decode(errors="replace").partition(";")
        except BlockingIOError:
            return
        yield int(head.split(",")[2]) / 1e6, text.partition("\n")[0]


class Trace:
    """Tracepoints and probes in a trace instance of its own, from now on."""

    def __init__(self, name: str, *events: str) -> None:
        self._root = TRACING / "instances" / name
        self._root.mkdir(exist_ok=True)
        for event in events:
            (self._root / "events" / event / "enable").write_text("1", encoding="ascii")
        self._clear()

    def events(self) -> list[tuple[str, str]]:
        """Name and fields of each since the last call, in order."""
        text = (self._root / "trace").read_text(encoding="ascii")
        self._clear()
        return [_event(line) for line in text.splitlines() if line and not line.startswith("#")]

    def _clear(self) -> None:
        (self._root / "trace").write_text("", encoding="ascii")


def _event(line: str) -> tuple[str, str]:
    """``comm-pid [cpu] flags time: name: fields``"""
    name, _, fields = line.partition(": ")[2].partition(": ")
    return name, fields


def field(path: str, name: str) -> int:
    """A number of a file of ``Name: value`` lines, as /proc/meminfo has them."""
    for line in Path(path).read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise KeyError(f"{path} has no {name}")
