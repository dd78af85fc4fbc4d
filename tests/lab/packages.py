# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Debian packages of any release and architecture: resolved and fetched by apt with a state of its own, unpacked.

Nothing is installed, no script of a package runs, and apt's state on this machine is neither read nor changed,
apart from its configuration (mirror, proxies).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from abi.errors import InputError
from tests.lab.cache import ELSEWHERE, Cache
from tests.lab.child import finished
from tests.lab.mirror import configured, keyring

SUITES: Final = ("trixie", "trixie-backports")
GUEST: Final = "arm64"
UPDATE_SECONDS: Final = 180
FETCH_SECONDS: Final = 180
_INSTALL: Final = re.compile(r"^Inst (?P<name>[^ :]+)(?::\w+)? \((?P<version>\S+) .*\[(?P<arch>\w+)\]\)")
_TAIL: Final = 3


class Package(NamedTuple):
    """One package, as apt resolved it."""

    name: str
    version: str
    arch: str


class Packages:
    """apt with lists of its own below the cache folder; the lists are fetched once, when first needed."""

    def __init__(self, cache: Cache, mirror: str | None = None, *, offline: bool = False) -> None:
        self.cache = cache
        self.mirror = mirror
        self.offline = offline
        self.host = _said(["dpkg", "--print-architecture"]).strip()
        self._fresh = False

    def resolve(self, names: Sequence[str], suite: str, arch: str) -> tuple[Package, ...]:
        """What installing ``names`` of a suite on an empty machine would install. Raises InputError ``lab.package``."""
        self._update()
        said = self._apt(arch, ["-s", "-y", "--no-install-recommends", "-t", suite, "install", *names])
        return tuple(Package(*found.group("name", "version", "arch")) for line in said.splitlines()
                     if (found := _INSTALL.match(line)))

    def unpack(self, packages: Iterable[Package], target: Path) -> None:
        """Fetch the packages, check them against the signed lists, unpack them into ``target``."""
        self._update()
        fetched = target.with_name(f"{target.name}.debs")
        fetched.mkdir(parents=True)
        names = [f"{p.name}:{p.arch}={p.version}" if p.arch != "all" else f"{p.name}={p.version}" for p in packages]
        self._apt(self.host, ["-q", "download", *names], FETCH_SECONDS, fetched)
        target.mkdir(parents=True, exist_ok=True)
        for deb in sorted(fetched.iterdir()):
            _said(["dpkg-deb", "-x", str(deb), str(target)])
            deb.unlink()
        fetched.rmdir()

    def _update(self) -> None:
        if self.offline:
            raise InputError("lab.cold", str(self.cache.root), None, "everything in the cache folder",
                             "something that must be fetched", "faultinfo lab fetches it")
        self.cache.room()
        if not self._fresh:
            self._apt(self.host, ["-q", "update"], UPDATE_SECONDS)
            self._fresh = True

    def _apt(self, arch: str, command: Sequence[str], seconds: float = 60, where: Path | None = None) -> str:
        options = [part for option in self._options(arch) for part in ("-o", option)]
        return _said(["apt-get", *options, *command], seconds, where)

    def _options(self, arch: str) -> list[str]:
        root = self._state()
        nothing = os.devnull
        return [
            f"Dir::Etc::SourceList={root}/sources.list", f"Dir::Etc::SourceParts={nothing}",
            f"Dir::Etc::Preferences={nothing}", f"Dir::Etc::PreferencesParts={nothing}",
            f"Dir::State={root}", f"Dir::State::lists={root}/lists", f"Dir::State::status={root}/status",
            f"Dir::Cache={root}", f"Dir::Cache::archives={root}/archives", "APT::Sandbox::User=",
            f"APT::Architecture={arch}", f"APT::Architectures::={GUEST}", f"APT::Architectures::={self.host}",
            "Acquire::Languages=none", "Acquire::Retries=2", "Acquire::http::Timeout=30", "Acquire::https::Timeout=30",
            "APT::Update::Error-Mode=any", "Acquire::GzipIndexes=false",
        ]

    def _state(self) -> Path:
        """apt's folders; the sources name the mirror anew each time, so that another one is followed."""
        root = self.cache.root / "apt"
        for folder in ("lists/partial", "archives/partial"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        (root / "status").touch()
        self.mirror = self.mirror or configured()
        arches = ",".join(sorted({GUEST, self.host}))
        sources = [f"deb [signed-by={keyring()} arch={arches} target=Packages] {self.mirror} {suite} main\n"
                   for suite in SUITES]
        (root / "sources.list").write_text("".join(sources), encoding="utf-8")
        return root


def _said(command: Sequence[str], seconds: float = 120, where: Path | None = None) -> str:
    """What a command prints. Raises InputError ``lab.package`` with the end of its complaint, ``lab.time``."""
    environment = os.environ | {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    done = finished(command, seconds, where=where, environment=environment)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or [f"exit {done.returncode}"]
        worst = [line for line in lines if line.startswith("E:")] or lines
        code, hint = "lab.package", ""
        if "No space left" in done.stderr:
            code, hint = "lab.disk", ELSEWHERE
        elif command[0] == "apt-get":
            hint = "--mirror URL names another mirror of the Debian archive"
        raise InputError(code, command[0], None, "success", "; ".join(worst[-_TAIL:]), hint)
    return done.stdout
