# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The way out of the emulated machine: JSON lines on a virtio port named ``lab``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

PORT: Final = "lab"


class Lines:
    """JSON objects, one a line, over a descriptor that is read and written."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._rest = b""

    def send(self, message: dict[str, Any]) -> None:
        """Write one line, whole."""
        data = json.dumps(message).encode() + b"\n"
        while data:
            data = data[os.write(self.fd, data):]

    def receive(self) -> dict[str, Any] | None:
        """Read one line; None at the end."""
        while b"\n" not in self._rest:
            data = os.read(self.fd, 1 << 16)
            if not data:
                return None
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        said: dict[str, Any] = json.loads(line)
        return said


class Inside:
    """What a case's function gets as its first argument; ``newest``: the newest capability that its VMM knows."""

    def __init__(self, lines: Lines, case: str, newest: str) -> None:
        self._lines = lines
        self.case = case
        self.newest = newest

    def ask(self, what: str, **facts: Any) -> dict[str, Any]:
        """Have the outside driver of this case do something. Raises RuntimeError where that could not."""
        self._lines.send({"case": self.case, "ask": what, "with": facts})
        said = self._lines.receive()
        if said is None:
            raise EOFError("the outside has gone")
        if "refused" in said:
            raise RuntimeError(said["refused"])
        answer: dict[str, Any] = said["answer"]
        return answer


def opened() -> Lines:
    """The port's device: the kernel lists ports by their names in sysfs."""
    for name in Path("/sys/class/virtio-ports").glob("*/name"):
        if name.read_text(encoding="ascii").strip() == PORT:
            return Lines(os.open(f"/dev/{name.parent.name}", os.O_RDWR | os.O_CLOEXEC))
    raise FileNotFoundError(f"no virtio port named {PORT}")
