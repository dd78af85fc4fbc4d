# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What checkpatch.pl --strict says of the series, and why each complaint that stays does."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from tests.kernel.export import BASE, committed, git
from tests.kernel.patch import Patch
from tests.kernel.series import in_tree, put

_SAID: Final = re.compile(r"^(?P<patch>\d{4})-[^:]*:\d+: \w+:(?P<type>\w+): (?P<text>.*)$")
_FOR_ANY: Final = "the header is for user space, the kernel and BPF, and cannot use the kernel's own macros"
#: Patch and type -> why it stays.
REASONS: Final[dict[tuple[str, str], str]] = {
    ("0001", "PREFER_DEFINED_ATTRIBUTE_MACRO"): _FOR_ANY,
    ("0001", "COMPLEX_MACRO"): f"attributes of a function; {_FOR_ANY}",
    ("0001", "MACRO_ARG_UNUSED"): "it is pasted into a name: kfi_unaligned##bits",
    ("0001", "LONG_LINE"): "kfi_base.h and kfi_tables.h keep a macro and a generated row on one line",
    ("0001", "LONG_LINE_COMMENT"): "kfi_tables.h is generated",
    ("0001", "FILE_PATH_CHANGES"): "KVM/arm64's entry in MAINTAINERS has the folder",
    ("0002", "FILE_PATH_CHANGES"): "the APEI entry in MAINTAINERS has the folder",
    ("0003", "FILE_PATH_CHANGES"): "KVM/arm64's entry in MAINTAINERS has the folder",
    ("0006", "FILE_PATH_CHANGES"): "KVM's entry in MAINTAINERS has the folder",
    ("0007", "FILE_PATH_CHANGES"): "KVM/arm64's entry in MAINTAINERS has the folder",
    ("0007", "VOLATILE"): "sig_atomic_t that a signal handler writes",
}


class Complaint(NamedTuple):
    """One line of checkpatch."""

    patch: str
    type: str
    text: str


def complaints(series: Iterable[Patch], source: Path, work: Path) -> list[Complaint]:
    """What the tree's own checkpatch.pl says of the series as it would be posted, made in the empty folder ``work``."""
    patches = tuple(series)
    tree = work / "tree"
    read = in_tree(source)
    paths = {change.path for patch in patches for change in patch.changes if not change.new}
    put(tree, {path: text for path in paths if (text := read(path)) is not None})
    committed(tree, patches)
    git(tree, "format-patch", "-q", "-o", str(work / "mails"), BASE)
    command = ["perl", str(source / "scripts/checkpatch.pl"), "--strict", "--terse", "--show-types", "--no-summary",
               "--no-tree", *(path.name for path in sorted((work / "mails").iterdir()))]
    said = subprocess.run(command, capture_output=True, text=True, check=False, cwd=work / "mails").stdout
    return [Complaint(*found.group("patch", "type", "text"))
            for line in said.splitlines() if (found := _SAID.match(line))]
