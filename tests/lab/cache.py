# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The cache folder: entries that are whole or not there.

An entry is made in a folder of its own and renamed into place when it is complete, so that a preparation that is
killed leaves nothing that a later one believes. Its key is the recipe: whatever decides what is in it.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from abi.errors import InputError

#: For another process that prepares: longer than a whole preparation.
WAIT_SECONDS: Final = 300
#: apt-get, on a disk that is full, tries again for ever: below so much nothing is fetched.
LEAST_BYTES: Final = 128 << 20
#: The hint where the disk is the trouble.
ELSEWHERE: Final = "--cache DIR puts the cache folder elsewhere; it takes about 1 GB"
#: Of an entry's key.
DIGITS: Final = 16
#: Folders whose lock a thread of this process has.
_HELD: Final[set[tuple[Path, int]]] = set()


def default_root() -> Path:
    """``$XDG_CACHE_HOME/kvm-fault-info``, or below ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "kvm-fault-info"


def digest(*parts: object) -> str:
    """A short name for what the parts say; they are JSON values."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:DIGITS]


class Cache(NamedTuple):
    """Everything that the lab writes is below ``root``."""

    root: Path

    def entry(self, kind: str, key: str, make: Callable[[Path], None], *, only: bool = False) -> Path:
        """The folder ``kind-key``, made by ``make`` where it is not there; ``only``: others of its kind go."""
        path = self.root / f"{kind}-{key}"
        if path.is_dir():
            return path
        with self.locked():
            if path.is_dir():  # another process was quicker
                return path
            new = self.root / "new" / f"{kind}-{key}"
            shutil.rmtree(new, ignore_errors=True)
            with telling():
                new.mkdir(parents=True)
                try:
                    make(new)
                except BaseException:
                    shutil.rmtree(new, ignore_errors=True)
                    raise
                if only:
                    self.drop(kind)
                new.rename(path)
        return path

    @staticmethod
    def final(new: Path) -> Path:
        """Where an entry that is being made will stand."""
        return new.parents[1] / new.name

    def drop(self, kind: str) -> None:
        """Remove every entry of a kind."""
        for old in self.root.glob(f"{kind}-{'?' * DIGITS}"):
            shutil.rmtree(old, ignore_errors=True)

    def temporary(self) -> None:
        """From now on this process and those that it starts (apt, compilers) put their temporary files here, too."""
        folder = self.root / "tmp"
        with telling():
            folder.mkdir(parents=True, exist_ok=True)
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)

    def room(self) -> None:
        """Raise InputError ``lab.disk`` where there is too little left to fetch anything."""
        with telling():
            self.root.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.root).free
        if free < LEAST_BYTES:
            raise InputError("lab.disk", str(self.root), None, f">= {LEAST_BYTES >> 20} MiB", f"{free >> 20} MiB free",
                             ELSEWHERE)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One thread at a time prepares; the lock ends with the process. What one entry needs of another is inside."""
        held = self.root, threading.get_ident()
        if held in _HELD:
            yield
            return
        with telling():
            self.root.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _wait(lock, self.root)
            _HELD.add(held)
            shutil.rmtree(self.root / "new", ignore_errors=True)  # what a killed preparation has left
            yield
        finally:
            _HELD.discard(held)
            os.close(lock)


def _wait(lock: int, root: Path) -> None:
    """Take the lock. Raises InputError ``lab.busy`` where another process prepares for too long."""
    for _ in range(WAIT_SECONDS):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(1)
        else:
            return
    raise InputError("lab.busy", str(root), None, "the cache folder's lock", f"held by another for {WAIT_SECONDS} s",
                     "--cache DIR takes another folder")


@contextmanager
def telling() -> Iterator[None]:
    """What goes wrong with files here, as InputError ``lab.disk`` or ``lab.cache``."""
    try:
        yield
    except OSError as error:
        code = "lab.disk" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "lab.cache"
        where, got = str(error.filename or "the cache folder"), str(error.strerror or error)
        raise InputError(code, where, None, "a folder that can be written", got, ELSEWHERE) from None


def write_about(folder: Path, about: dict[str, Any]) -> None:
    """What an entry says of itself: versions, above all."""
    (folder / "about.json").write_text(json.dumps(about, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read_about(folder: Path) -> dict[str, Any]:
    """The same, read again."""
    about: dict[str, Any] = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    return about
