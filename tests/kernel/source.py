# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The distribution's kernel source: the newest linux-source of the backports, unpacked once."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from abi.errors import InputError
from tests.lab.cache import Cache, digest, read_about, telling, write_about
from tests.lab.packages import GUEST, SUITES, Packages

SUITE: Final = "trixie-backports"
METAPACKAGE: Final = "linux-source"
#: What no configuration of ours compiles, and is a third of the tree.
_LEFT_OUT: Final = ("drivers/gpu/drm/*.[ch]", "sound/*.[ch]", "arch/*/boot/dts/*.dts*")
_RECIPE: Final = 1
SECONDS: Final = 600


def prepared(cache: Cache, packages: Packages, say: Callable[[str], None]) -> tuple[Path, str]:
    """The tree, which nobody changes, and its version as the package has it. Raises InputError as apt does."""
    key = digest(_RECIPE, METAPACKAGE, SUITE, SUITES, _LEFT_OUT)

    def fetch(new: Path) -> None:
        say(f"{METAPACKAGE} of {SUITE}")
        (package,) = (p for p in packages.resolve([METAPACKAGE], SUITE, GUEST) if re.match(r"linux-source-\d", p.name))
        packages.unpack([package], new / "deb")
        (archive,) = (new / "deb").rglob("linux-source-*.tar.xz")
        say(f"unpack {archive.name}")
        (new / "tree").mkdir()
        _unpack(archive, new / "tree")
        archive.unlink()
        write_about(new, {"version": package.version})

    folder = cache.entry("linux-source", key, fetch, only=True)
    return folder / "tree", read_about(folder)["version"]


def copied(tree: Path, target: Path) -> None:
    """A tree that anybody may change. Raises InputError ``kernel.tree`` for a folder that is there."""
    if target.exists():
        raise InputError("kernel.tree", str(target), None, "a folder that is not there yet", "one that is")
    with telling():
        shutil.copytree(tree, target, symlinks=True)


def _unpack(archive: Path, target: Path) -> None:
    command = ["tar", "-xJf", str(archive), "--strip-components=1", "-C", str(target),
               *(f"--exclude={pattern}" for pattern in _LEFT_OUT)]
    with telling():
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    if done.returncode:
        raise InputError("lab.disk" if "No space" in done.stderr else "kernel.source", archive.name, None, "an archive",
                         done.stderr.strip()[-300:])
