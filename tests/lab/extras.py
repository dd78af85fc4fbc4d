# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Single packages of which only files are wanted: UEFI firmware, headers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from abi.errors import InputError
from tests.lab.cache import Cache, digest
from tests.lab.packages import GUEST, SUITES, Packages

#: <linux/kvm.h> of the newest kernel, <bpf/bpf_helpers.h>.
HEADERS: Final = ("linux-libc-dev", "libbpf-dev")
UEFI: Final = "qemu-efi-aarch64"
_TRIPLET: Final = "aarch64-linux-gnu"
_NEWEST: Final = "trixie-backports"
_RECIPE: Final = 1


def headers(cache: Cache, packages: Packages) -> tuple[str, ...]:
    """Compiler flags that find the headers of the newest kernel and of libbpf, for arm64."""
    root = _unpacked(cache, packages, "headers", HEADERS)
    return tuple(f"-I{root / folder}" for folder in ("usr/include", f"usr/include/{_TRIPLET}"))


def uefi(cache: Cache, packages: Packages) -> Path:
    """UEFI for the emulated board, as ``-bios`` takes it."""
    found = sorted(_unpacked(cache, packages, "uefi", (UEFI,)).rglob("QEMU_EFI.fd"))
    if not found:
        raise InputError("lab.package", UEFI, None, "QEMU_EFI.fd", "no such file in the package")
    return found[0]


def _unpacked(cache: Cache, packages: Packages, kind: str, names: Sequence[str]) -> Path:
    """The named packages alone, without what they depend on."""

    def fetch(new: Path) -> None:
        resolved = packages.resolve(names, _NEWEST, GUEST)
        packages.unpack((p for p in resolved if p.name in names), new / "root")

    return cache.entry(kind, digest(_RECIPE, names, _NEWEST, SUITES), fetch, only=True) / "root"
