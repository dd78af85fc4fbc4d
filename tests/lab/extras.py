# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Single packages of which only files are wanted: UEFI firmware, headers."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from abi.errors import InputError
from tests.lab.cache import Cache, digest
from tests.lab.packages import GUEST, SUITES, Packages

#: <linux/kvm.h> of the newest kernel, <bpf/bpf_helpers.h>.
HEADERS: Final = ("linux-libc-dev", "libbpf-dev")
UEFI: Final = "qemu-efi-aarch64"
CODE: Final = "QEMU_EFI.fd"
_TRIPLET: Final = "aarch64-linux-gnu"
_NEWEST: Final = "trixie-backports"
_RECIPE: Final = 2


def headers(cache: Cache, packages: Packages) -> tuple[str, ...]:
    """Compiler flags that find the headers of the newest kernel and of libbpf, for arm64."""
    key = digest(_RECIPE, HEADERS, _NEWEST, SUITES)
    root = cache.entry("headers", key, lambda new: _unpack(packages, HEADERS, new / "root"), only=True) / "root"
    return tuple(f"-I{root / folder}" for folder in ("usr/include", f"usr/include/{_TRIPLET}"))


def uefi(cache: Cache, packages: Packages) -> Path:
    """UEFI for the emulated board, as ``-bios`` takes it; the rest of its package, variants of 64 MB, does not stay."""

    def fetch(new: Path) -> None:
        _unpack(packages, (UEFI,), new / "root")
        found = sorted((new / "root").rglob(CODE))
        if not found:
            raise InputError("lab.package", UEFI, None, CODE, "no such file in the package")
        shutil.copyfile(found[0], new / CODE)
        shutil.rmtree(new / "root")

    return cache.entry("uefi", digest(_RECIPE, UEFI, _NEWEST, SUITES), fetch, only=True) / CODE


def _unpack(packages: Packages, names: Sequence[str], target: Path) -> None:
    """The named packages alone, without what they depend on."""
    packages.unpack((p for p in packages.resolve(names, _NEWEST, GUEST) if p.name in names), target)
