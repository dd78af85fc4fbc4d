# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Initial file systems: cpio archives, of which the kernel takes several in one file."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from abi.errors import InputError
from tests.lab.child import TIED, late

SECONDS: Final = 120


def pack(root: Path, target: Path) -> None:
    """Every file below ``root``, owned by root, in the order of their names."""
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))
    command = ("cpio", "-o", "-0", "-H", "newc", "-R", "0:0", "--quiet", "--reproducible")
    try:
        with target.open("wb") as out:
            done = subprocess.run([*TIED, *command], input="\0".join(names).encode(), stdout=out,
                                  stderr=subprocess.PIPE, cwd=root, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise late(command, SECONDS) from None
    if done.returncode:
        complaint = done.stderr.decode(errors="replace").strip()[-200:]
        raise InputError("lab.disk", str(target), None, "an archive", complaint)


def join(parts: Iterable[Path], target: Path) -> None:
    """One file of several archives; of two files of one name the later wins."""
    with target.open("wb") as out:
        for part in parts:
            with part.open("rb") as source:
                shutil.copyfileobj(source, out, 1 << 20)
