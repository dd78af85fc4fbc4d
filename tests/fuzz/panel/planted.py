# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a planted bug is, and the headers that have it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[3]
HEADERS: Final = ROOT / "spec" / "c"
#: What a case is about.
RECORD, FIRMWARE, RING = "record", "firmware", "ring"
#: How a bug shows: an access that AddressSanitizer reports, or an answer that is not the reference's.
CRASH, WRONG = "crash", "wrong answer"


class Planted(NamedTuple):
    """One bug. ``old`` stands in ``file`` exactly once.

    ``conditions``: how many independent things must hold of an input at once beside its surface, counted from the
    nearest of the three seeds; for a ring, which no seed is, from a ring with one published record.
    """

    name: str
    what: str
    source: str
    file: str
    old: str
    new: str
    conditions: int
    shows: str
    surface: str

    def applied(self) -> str:
        """The header with the bug. ValueError unless it is found exactly once."""
        text = (HEADERS / self.file).read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: {self.file} has it {text.count(self.old)} times")
        return text.replace(self.old, self.new)

    def write(self, folder: Path) -> Path:
        """All of spec/c in a folder, with the bug; the folder."""
        shutil.copytree(HEADERS, folder, dirs_exist_ok=True)
        (folder / self.file).write_text(self.applied(), encoding="utf-8")
        return folder
