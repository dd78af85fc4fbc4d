# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The serial console: kept, and read for what a kernel says when it dies."""

from __future__ import annotations

import re
from typing import Final

PANIC: Final = re.compile(r"Kernel panic - not syncing: (.*)")
TAIL_LINES: Final = 40
_ESCAPES: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Serial:
    """The text of a console, whole."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> None:
        """Take what the console wrote."""
        self._bytes += data

    @property
    def text(self) -> str:
        """All of it, without terminal escapes and carriage returns."""
        return _ESCAPES.sub("", self._bytes.decode(errors="replace")).replace("\r", "")

    @property
    def panic(self) -> str | None:
        """Why the kernel says that it panics."""
        found = PANIC.search(self.text)
        return found[1].strip() if found else None

    def tail(self, lines: int = TAIL_LINES) -> str:
        """The last lines."""
        return "\n".join(self.text.rstrip().splitlines()[-lines:])

    def since(self, mark: int) -> str:
        """What came after ``mark`` characters of ``text``: the log lines of one case."""
        return self.text[mark:]
