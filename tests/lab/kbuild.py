# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Modules for the kernel under test: its own headers and build tools, and the compiler that they ask for.

All of it is unpacked, and may be of a newer release than this machine. So each program stands beside a script of its
own name that starts it with the loader and the libraries that it came with.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from abi.errors import InputError
from tests.lab.build import CROSS, Build, Site, ran
from tests.lab.cache import digest
from tests.lab.emulator import Unpacked
from tests.lab.kernel import NAMES
from tests.lab.packages import GUEST, SUITES

#: Folders whose programs kbuild and the compiler start.
PROGRAMS: Final = ("usr/bin", "usr/libexec", "usr/lib/linux-kbuild-*")
_RECIPE: Final = 3


def module(name: str, *sources: Path) -> Build:
    """``name.ko`` of a source ``name.c`` among ``sources``, for the kernel under test."""

    def make(site: Site, target: Path) -> None:
        command = _in_tree(site.kernel.tree) if site.kernel.tree else _by_packages(prepared(site))
        work = target.parent / "work"
        work.mkdir()
        for source in sources:
            shutil.copyfile(source, work / source.name)
        (work / "Kbuild").write_text(f"obj-m := {name}.o\n", encoding="utf-8")
        ran([*command, f"M={work}", "modules"])
        (work / f"{name}.ko").rename(target)
        shutil.rmtree(work)

    return Build(f"{name}.ko", sources, make, ("kbuild", str(_RECIPE)), per_kernel=True)


def _in_tree(tree: Path) -> list[str]:
    """For an image that was built there, with the compiler of this machine."""
    return ["make", "-s", "-C", str(tree), "ARCH=arm64", f"CROSS_COMPILE={CROSS}"]


def _by_packages(root: Path) -> list[str]:
    """For a kernel of the distribution, with what it was built with."""
    (headers,) = root.glob("usr/src/linux-headers-*-common")
    (output,) = (path for path in root.glob("usr/src/linux-headers-*") if path != headers)
    return ["env", f"PATH={root / 'usr/bin'}:{os.environ['PATH']}", "make", "-s", "-C", str(headers),
            f"KBUILD_OUTPUT={output}"]


def prepared(site: Site) -> Path:
    """Headers, build tools and compiler of the kernel. Raises InputError ``lab.module`` for an image alone."""
    kernel, packages = site.kernel, site.packages
    if kernel.config is None:
        expected = f"a kernel with headers: {', '.join(NAMES)}"
        raise InputError("lab.module", kernel.name, None, expected, "an image alone",
                         "--tree DIR names the folder in which it was built")
    compiler = _compiler(kernel.config)

    def fetch(new: Path) -> None:
        suite = NAMES[kernel.name]
        headers = packages.resolve([f"linux-headers-{kernel.version}:{GUEST}"], suite, packages.host)
        headers = tuple(p for p in headers if p.name.startswith("linux-"))
        (tools,) = (p.name for p in headers if p.name.startswith("linux-kbuild-"))
        others = packages.resolve([tools, compiler, "binutils-aarch64-linux-gnu"], suite, packages.host)
        packages.unpack({*headers, *others}, new / "root")
        wrap(new / "root", site.cache.final(new) / "root")

    key = digest(_RECIPE, kernel.packages, SUITES, packages.host)
    return site.cache.entry(f"kbuild-{kernel.name}", key, fetch, only=True) / "root"


def _compiler(config: Path) -> str:
    """The package of the compiler that the kernel was built with, as its configuration has it."""
    found = re.search(r'CONFIG_CC_VERSION_TEXT="(aarch64-linux-gnu-gcc-\d+)', config.read_text(encoding="utf-8"))
    if found is None:
        raise InputError("lab.module", str(config), None, "CONFIG_CC_VERSION_TEXT with Debian's gcc", "none")
    return re.sub("(aarch64-linux-gnu)-(gcc-.*)", r"\2-\1", found[1])


def wrap(root: Path, final: Path) -> None:
    """Put a script before every program below ``root``, which will stand at ``final``."""
    loader, option, libraries, _ = Unpacked(root).command("")
    start = [part.replace(str(root), str(final)) for part in (loader, option, libraries)]
    for path in _programs(root, Path(loader).name):
        real = path.with_name(f"{path.name}.real")
        path.rename(real)
        path.write_text(
            f"#!/bin/sh\nexec {' '.join(start)} --argv0 \"$0\" {str(real).replace(str(root), str(final))} \"$@\"\n",
            encoding="utf-8",
        )
        path.chmod(0o755)


def _programs(root: Path, loader: str) -> Iterator[Path]:
    """Dynamically linked programs for this machine: ELF files that name its loader."""
    for folder in (found for pattern in PROGRAMS for found in root.glob(pattern)):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and os.access(path, os.X_OK):
                with path.open("rb") as file:
                    head = file.read(4096)
                if head.startswith(b"\x7fELF") and loader.encode() in head:
                    yield path
