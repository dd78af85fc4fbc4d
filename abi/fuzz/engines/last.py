# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The case that a worker is at, in a file that it maps: it is there when the worker's process is gone."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import Final

from abi.fuzz.plan import MAX_CASE

#: One more than the bytes of the case that follows, 0: none.
_HEAD: Final = struct.Struct("<Q")
_SIZE: Final = _HEAD.size + MAX_CASE


class Last:
    """The file, written."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(_SIZE))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _SIZE)

    def begin(self, case: bytes) -> None:
        """A case is about to be asked."""
        self._map[_HEAD.size : _HEAD.size + len(case)] = case
        self._map[: _HEAD.size] = _HEAD.pack(len(case) + 1)

    def end(self) -> None:
        """It has been."""
        self._map[: _HEAD.size] = bytes(_HEAD.size)

    @staticmethod
    def read(path: Path) -> bytes | None:
        """The case, None if there is none."""
        try:
            data = path.read_bytes()
            (size,) = _HEAD.unpack_from(data)
        except (OSError, struct.error):
            return None
        return data[_HEAD.size : _HEAD.size + size - 1] if size else None
