# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A prepared lab: one kernel, one QEMU, the archives; and the machines that are started of them."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

from reference_vmm.kvm.path import RECORD
from tests.lab import archive, emulator, kernel, project, userland
from tests.lab.build import Build, Site
from tests.lab.cache import Cache, telling
from tests.lab.case import Case
from tests.lab.machine import Platform
from tests.lab.packages import Packages
from tests.lab.running import Machine

#: Where inside the machine modules and built files are.
MODULES, BUILT = "opt/modules", "opt/built"
#: In a kept machine's folder: its console.
KEPT: Final = "serial.log"
#: Numbers the machines of this process: of the same platform several may run.
_STARTED: Final = count(1)


class Choice(NamedTuple):
    """What the user asked for."""

    kernel: str = "newest"
    qemu: str = "newest"
    cpu: str = "max"
    tree: Path | None = None
    mirror: str | None = None
    offline: bool = False
    newest: str = RECORD


class Lab(NamedTuple):
    """Everything that a boot needs, in the cache; ``newest``: the newest capability that the VMM knows."""

    site: Site
    emulator: emulator.Emulator
    userland: Path
    project: Path
    cpu: str
    newest: str = RECORD

    @property
    def kernel(self) -> kernel.Kernel:
        """The kernel under test."""
        return self.site.kernel

    def make(self, case: Case) -> None:
        """Build what a case needs. Raises InputError ``lab.build``; ``lab.module``: this kernel has no such thing."""
        for name in case.modules:
            self.kernel.module(name)
        for build in case.builds:
            build.built(self.site)

    @contextmanager
    def machine(self, platform: Platform, cases: Iterable[Case], keep: bool = False) -> Iterator[Machine]:
        """A machine that has what the cases need, started; it is gone afterwards, and its folder unless kept."""
        folder = self.site.cache.root / "runs" / f"{platform.name}-{next(_STARTED)}-{os.getpid()}"
        with telling():
            initrd = self._initrd(folder, cases)
        try:
            with Machine(self.emulator, self.kernel, initrd, platform) as machine:
                yield machine
            if keep:
                (folder / KEPT).write_text(machine.serial.text, encoding="utf-8")
        finally:
            if not keep:
                shutil.rmtree(folder, ignore_errors=True)

    def _initrd(self, folder: Path, cases: Iterable[Case]) -> Path:
        """The archives joined with one of what only these cases need."""
        shutil.rmtree(folder, ignore_errors=True)
        own = folder / "own"
        chosen = list(cases)
        for name in sorted({name for case in chosen for name in case.modules}):
            _put(own / MODULES / f"{name}.ko", self.kernel.module(name))
        for build in _builds(chosen):
            _put(own / BUILT / build.name, build.built(self.site).read_bytes())
        (own / BUILT).mkdir(parents=True, exist_ok=True)
        archive.pack(own, folder / "own.cpio")
        archive.join((self.userland, self.project, folder / "own.cpio"), folder / "initrd")
        shutil.rmtree(own)
        return folder / "initrd"


def prepared(cache: Cache, choice: Choice, progress: Callable[[str], None]) -> Lab:
    """Fetch or find everything. Raises InputError that says what is missing."""
    packages = Packages(cache, choice.mirror, offline=choice.offline)
    clean(cache)
    progress("prepare the kernel")
    image = kernel.prepared(cache, packages, choice.kernel, choice.tree)
    progress("prepare QEMU")
    program = emulator.prepared(cache, packages, choice.qemu)
    progress("prepare the user space")
    base = userland.prepared(cache, packages)
    own = project.prepared(cache, packages)
    return Lab(Site(cache, packages, image), program, base, own, choice.cpu, choice.newest)


def clean(cache: Cache) -> None:
    """Remove what runs that were killed have left; kept ones stay a day."""
    for folder in (cache.root / "runs").glob("*-*"):
        pid = folder.name.rpartition("-")[2]
        kept = (folder / KEPT).exists() and time.time() - folder.stat().st_mtime < 86400
        if pid.isdigit() and not Path(f"/proc/{pid}").exists() and not kept:
            shutil.rmtree(folder, ignore_errors=True)


def _builds(cases: Iterable[Case]) -> list[Build]:
    """Each build of the cases once, by its name."""
    return list({build.name: build for case in cases for build in case.builds}.values())


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
