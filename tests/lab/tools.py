# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the lab needs of the machine that it runs on. Everything else it fetches into its cache folder.

Root is not needed, nor is QEMU: both the emulator and what is emulated are unpacked, never installed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from typing import Final

from abi.errors import InputError

#: Command -> the Debian package that brings it.
PACKAGES: Final = {
    "apt-get": "apt",
    "apt-cache": "apt",
    "dpkg": "dpkg",
    "dpkg-deb": "dpkg",
    "cpio": "cpio",
    "setpriv": "util-linux",
    "make": "make",
    "clang": "clang",
    "aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu",
    "aarch64-linux-gnu-objcopy": "binutils-aarch64-linux-gnu",
}
#: To prepare a machine, and to run one: what each step cannot do without.
TO_FETCH: Final = ("apt-get", "apt-cache", "dpkg", "dpkg-deb", "cpio", "setpriv")
TO_RUN: Final = ("cpio", "setpriv")
TO_BUILD: Final = ("make", "clang", "aarch64-linux-gnu-gcc", "aarch64-linux-gnu-objcopy")


def require(commands: Iterable[str]) -> None:
    """Raise InputError ``lab.tools`` that names every missing command and the line that installs them all."""
    missing = [command for command in dict.fromkeys(commands) if shutil.which(command) is None]
    if missing:
        packages = " ".join(sorted({PACKAGES[command] for command in missing}))
        raise InputError(
            "lab.tools", "PATH", None, ", ".join(missing), "not found",
            f"as root: apt-get install -y --no-install-recommends {packages}",
        )
