# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""QEMU: a distribution's, unpacked and started by its own dynamic loader, or one that is installed here."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

from abi.errors import InputError
from tests.lab.cache import Cache, digest, read_about, write_about
from tests.lab.packages import SUITES, Packages

WANTED: Final = ("qemu-system-arm",)
#: Suites, newest QEMU first. What is installed here is a third: ``--qemu qemu-system-aarch64``.
NAMES: Final = {"newest": "trixie-backports", "release": "trixie"}
PROGRAM: Final = "qemu-system-aarch64"
_RECIPE: Final = 1


class Emulator(NamedTuple):
    """How a QEMU is started: the beginning of its command line."""

    name: str
    command: tuple[str, ...]
    version: str

    @property
    def release(self) -> tuple[int, ...]:
        """The version as numbers."""
        return tuple(int(n) for n in re.findall(r"\d+", self.version.split(" ")[0]))


class Unpacked(NamedTuple):
    """Programs of another release of the distribution, run where they were unpacked."""

    root: Path

    def command(self, program: str) -> tuple[str, ...]:
        """The beginning of a command line that runs one with its own loader and libraries."""
        (loader, *_) = sorted(self.root.glob("usr/lib*/ld-linux-*.so.*"))
        libraries = [str(path) for path in sorted(self.root.glob("usr/lib/*-linux-gnu*"))]
        return (str(loader), "--library-path", ":".join(libraries), str(self.root / "usr/bin" / program))


def prepared(cache: Cache, packages: Packages, choice: str) -> Emulator:
    """The QEMU that ``--qemu`` names: ``newest``, ``release``, or a program."""
    if choice not in NAMES:
        path = shutil.which(choice)
        if path is None:
            raise InputError("lab.qemu", choice, None, f"{', '.join(NAMES)}, or a program", "no such program",
                             "as root: apt-get install -y --no-install-recommends qemu-system-arm")
        return Emulator(choice, (path,), _version((path,)))
    suite = NAMES[choice]
    key = digest(_RECIPE, WANTED, suite, SUITES, packages.host)
    folder = cache.entry(f"qemu-{choice}", key, lambda new: _fetch(packages, suite, new), only=True)
    root = folder / "root"
    command = (*Unpacked(root).command(PROGRAM), "-L", str(root / "usr/share/qemu"))
    return Emulator(choice, command, read_about(folder)["version"])


def _fetch(packages: Packages, suite: str, new: Path) -> None:
    wanted = packages.resolve(WANTED, suite, packages.host)
    packages.unpack(wanted, new / "root")
    version = _version(Unpacked(new / "root").command(PROGRAM))
    write_about(new, {"version": version, "packages": [f"{p.name}={p.version}" for p in wanted]})


def _version(command: tuple[str, ...]) -> str:
    """What ``--version`` says. Raises InputError ``lab.qemu``."""
    try:
        done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError("lab.qemu", command[0], None, "a version", str(error)) from None
    found = re.search(r"QEMU emulator version (.+)", done.stdout)
    if found is None:
        raise InputError("lab.qemu", command[0], None, "a version", (done.stderr or done.stdout).strip()[-200:])
    return found[1].strip()
