# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What is compiled here for the emulated machine: bare-metal guests, BPF objects, kernel modules.

Each is an entry of the cache, under a key of its sources, its command and its compiler.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Sequence
from functools import cache as once
from pathlib import Path
from typing import Final, NamedTuple

from abi.errors import InputError
from tests.lab.cache import Cache, digest
from tests.lab.child import finished
from tests.lab.extras import headers
from tests.lab.kernel import Kernel
from tests.lab.packages import Packages

CROSS: Final = "aarch64-linux-gnu-"
SECONDS: Final = 120


class Site(NamedTuple):
    """Where something is built: for which kernel, with which packages at hand."""

    cache: Cache
    packages: Packages
    kernel: Kernel


class Build(NamedTuple):
    """A file ``name``, made of ``sources`` by ``make(site, target)``; ``recipe``: what else decides what it becomes."""

    name: str
    sources: tuple[Path, ...]
    make: Callable[[Site, Path], None]
    recipe: tuple[str, ...]
    per_kernel: bool = False

    def built(self, site: Site) -> Path:
        """The file, from the cache where nothing has changed."""
        hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in self.sources]
        kernel = _identity(site.kernel) if self.per_kernel else ()
        key = digest(self.name, hashes, self.recipe, kernel)
        kind = f"built-{self.name}"
        return site.cache.entry(kind, key, lambda new: self.make(site, new / self.name)) / self.name


def _identity(kernel: Kernel) -> tuple[object, ...]:
    """What a module depends on; of an image that was built here the image itself."""
    if kernel.tree is None:
        return kernel.version, kernel.packages
    return str(kernel.tree), hashlib.sha256(kernel.image.read_bytes()).hexdigest()


def guest(name: str, *sources: Path, address: int, flags: Sequence[str] = ()) -> Build:
    """A bare-metal guest as a flat binary whose first byte is its entry, linked to run at ``address``."""
    command = [
        f"{CROSS}gcc", "-nostdlib", "-nostartfiles", "-static", "-ffreestanding", "-fno-pic", "-O2", "-Wall", "-Werror",
        f"-Wl,-Ttext={address:#x},--build-id=none,-z,max-page-size=4096", *flags, *map(str, sources),
    ]

    def make(_site: Site, target: Path) -> None:
        elf = target.with_suffix(".elf")
        ran([*command, "-o", str(elf)])
        ran([f"{CROSS}objcopy", "-O", "binary", str(elf), str(target)])

    return Build(name, sources, make, (*command, version(f"{CROSS}gcc")))


def bpf(name: str, *sources: Path, flags: Sequence[str] = ()) -> Build:
    """A BPF object with BTF; the first source is compiled, the others are what it includes."""
    command = ["clang", "-O2", "-g", "-Wall", "-Werror", "-target", "bpf", "-mcpu=v3", *flags, "-c", str(sources[0])]

    def make(site: Site, target: Path) -> None:
        ran([*command, *headers(site.cache, site.packages), "-o", str(target)])

    return Build(name, sources, make, (*command, version("clang")))


@once
def version(compiler: str) -> str:
    """The first line of ``--version``; that it is missing is told when something is built."""
    try:
        done = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "missing"
    return done.stdout.partition("\n")[0]


def ran(command: Sequence[str], where: Path | None = None) -> str:
    """What a command prints. Raises InputError ``lab.build`` with the end of its complaint."""
    done = finished(command, SECONDS, where=where)
    if done.returncode:
        raise InputError("lab.build", command[0], None, "success", (done.stderr or done.stdout).strip()[-1500:])
    return done.stdout
