# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Kernel modules, inserted and removed."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

#: Of the kernel's own package, and built for it.
PACKAGED: Final = Path("/opt/modules")
BUILT: Final = Path("/opt/built")


def insert(path: Path, **parameters: int | str) -> None:
    """Insert a module that is not in yet. Raises OSError with what the kernel says."""
    name = path.stem.replace("-", "_")
    if Path(f"/sys/module/{name}").exists():
        return
    command = ["busybox", "insmod", str(path), *(f"{key}={value}" for key, value in parameters.items())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.stderr.strip())


def remove(name: str) -> None:
    """Take a module out again. Raises OSError with what the kernel says."""
    done = subprocess.run(["busybox", "rmmod", name], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.stderr.strip())
