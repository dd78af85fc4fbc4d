# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The kernel's own headers for arm64: this machine's, or the newest release's where those are too old."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.lab.cache import Cache, default_root, digest
from tests.lab.kernel import NAMES
from tests.lab.packages import GUEST, SUITES, Packages

INSTALLED: Final = Path("/usr/aarch64-linux-gnu/include")
NEEDED: Final = "KVM_EXIT_ARM_SEA"


def include_flags() -> list[str]:
    """Where the compiler finds <linux/kvm.h> that has all of ``numbers``."""
    if NEEDED in (INSTALLED / "linux/kvm.h").read_text(encoding="utf-8"):
        return []
    root = _fetched(Cache(default_root()))
    (asm,) = root.glob("usr/lib/linux/uapi/arm64")
    return ["-isystem", str(asm), "-isystem", str(root / "usr/include")]


def _fetched(cache: Cache) -> Path:
    packages = Packages(cache)

    def fetch(new: Path) -> None:
        wanted = packages.resolve(["linux-libc-dev"], NAMES["newest"], GUEST)
        packages.unpack((p for p in wanted if p.name == "linux-libc-dev"), new / "root")

    return cache.entry("headers-newest", digest(1, SUITES), fetch) / "root"
