# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The emulated machine's user space: Debian's Python for arm64 with the project's own pinned packages.

Bytecode is made here, by the same Python for this machine: compiling under emulation would take longer than all else.
"""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from abi.errors import InputError
from tests.lab import archive
from tests.lab.cache import Cache, digest
from tests.lab.child import finished
from tests.lab.emulator import Unpacked
from tests.lab.packages import GUEST, Packages

ROOT: Final = Path(__file__).parents[2]
SUITE: Final = "trixie"
#: busybox is /init's shell and tools; libbpf loads the live emitter.
WANTED: Final = ("python3", "busybox-static", "libbpf1")
#: The project's own dependencies that run in there: their pins are in pyproject.toml.
PINNED: Final = ("construct", "cffi", "pycparser")
#: Where the project and its packages are inside.
PROJECT: Final = "opt/lab"
SITE: Final = "opt/site"
_LINKS: Final = ("bin", "sbin", "lib")
_EMPTY: Final = ("dev", "proc", "sys", "tmp", "run", "root")
#: Nothing in there reads these.
_USELESS: Final = (
    "usr/share", "usr/include", "usr/lib/systemd", "usr/lib/*-linux-gnu/gconv", "usr/lib/*-linux-gnu/perl*",
    "usr/lib/python3*/test", "usr/lib/python3*/idlelib", "usr/lib/python3*/ensurepip", "usr/lib/python3*/lib2to3",
    "var", "etc/[!p]*",
)
_RECIPE: Final = 1


def prepared(cache: Cache, packages: Packages) -> Path:
    """The archive of the user space, without the project."""
    key = digest(_RECIPE, WANTED, SUITE, pins(), _USELESS, packages.host)
    python = compiler(cache, packages)
    return cache.entry("userland", key, lambda new: _make(python, packages, new), only=True) / "image.cpio"


def compiler(cache: Cache, packages: Packages) -> Unpacked:
    """Python for this machine, of the release that the emulated one has."""
    key = digest(_RECIPE, SUITE, packages.host)

    def fetch(new: Path) -> None:
        packages.unpack(packages.resolve(["python3"], SUITE, packages.host), new / "root")

    return Unpacked(cache.entry("python", key, fetch, only=True) / "root")


def compile_all(python: Unpacked, folders: Iterable[Path]) -> None:
    """Bytecode for every module below the folders, believed without a look at the source."""
    command = [*python.command("python3"), "-m", "compileall", "-q",
               "--invalidation-mode", "unchecked-hash", *map(str, folders)]
    environment = {"PYTHONHOME": str(python.root / "usr"), "LC_ALL": "C.UTF-8"}
    done = finished(command, 120, environment=environment)
    if done.returncode:
        raise InputError("lab.compile", command[0], None, "bytecode", (done.stderr or done.stdout).strip()[-400:])


def pins(path: Path = ROOT / "pyproject.toml") -> dict[str, str]:
    """Package -> requirement, of the packages that run inside, as pyproject.toml has them."""
    project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    listed = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    return {name: item for item in listed if (name := re.split(r"[=\[]", item)[0]) in PINNED}


def _make(python: Unpacked, packages: Packages, new: Path) -> None:
    root = new / "root"
    packages.unpack(packages.resolve(WANTED, SUITE, GUEST), root)
    for pattern in _USELESS:
        for path in root.glob(pattern):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    for link in _LINKS:
        if not (root / link).exists():
            (root / link).symlink_to(f"usr/{link}")
    for folder in _EMPTY:
        (root / folder).mkdir()
    (version,) = (path.name for path in root.glob("usr/lib/python3.*"))
    _install(version.removeprefix("python"), root / SITE)
    compile_all(python, (root / "usr/lib" / version, root / SITE))
    archive.pack(root, new / "image.cpio")
    shutil.rmtree(root)


def _install(version: str, target: Path) -> None:
    """The pinned packages as wheels for the emulated machine, unpacked; nothing of them runs here."""
    platforms = [f"--platform=manylinux_2_{minor}_aarch64" for minor in (17, 26, 28)]
    command = [
        sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-cache-dir", "--no-compile",
        "--target", str(target), "--only-binary=:all:", "--implementation=cp", f"--python-version={version}",
        *platforms, *pins().values(),
    ]
    done = finished(command, 180)
    if done.returncode:
        raise InputError("lab.package", "pip", None, "success", done.stderr.strip()[-300:])
