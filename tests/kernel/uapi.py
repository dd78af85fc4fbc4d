# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the kernel tree's own scripts/check-uapi.sh says of the series: whether headers of user space stay compatible.

It compiles every header of two commits and compares the types by abidiff. So a git repository is made with two commits,
before and after the series, of what ``headers_install`` reads. Of ``include/uapi`` it has the headers that the series
changes, those that include one, and what these include: no other can come out another way.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from abi.errors import InputError
from tests.kernel import build
from tests.kernel.export import BASE, git
from tests.kernel.series import put
from tests.lab.build import CROSS
from tests.lab.cache import Cache, digest
from tests.lab.emulator import Unpacked
from tests.lab.packages import SUITES, Packages

SCRIPT: Final = "scripts/check-uapi.sh"
#: What it starts, beside abidiff.
TOOLS: Final = ("git", "make", "rsync", f"{CROSS}gcc")
#: abidiff of this suite: the script wants 2.4, Debian 12 has 2.2.
SUITE: Final = "trixie"
ABIGAIL: Final = "abigail-tools"
#: Headers for user space, by where they are installed.
_HEADERS: Final = {"linux": "include/uapi/linux", "asm": "arch/arm64/include/uapi/asm"}
#: What headers_install reads beside these.
_PARTS: Final = ("Makefile", "scripts", "usr", "include/asm-generic", "include/uapi/Kbuild", "include/uapi/asm-generic",
                 "arch/arm64/Makefile", "arch/arm64/include", "arch/arm64/kernel", "arch/arm64/tools")
_INCLUDE: Final = re.compile(r"^#\s*include <((?:linux|asm)/\S+\.h)>", re.MULTILINE)
_RECIPE: Final = 1
SECONDS: Final = 1800


class Answer(NamedTuple):
    """What the script says."""

    code: int
    said: str

    @property
    def last(self) -> str:
        """The line that counts."""
        return self.said.strip().rpartition("\n")[2]


def abidiff(cache: Cache, packages: Packages) -> tuple[str, ...]:
    """The beginning of a command line: abidiff as Debian 13 has it, unpacked, run by its own loader."""

    def fetch(new: Path) -> None:
        wanted = packages.resolve([ABIGAIL], SUITE, packages.host)
        packages.unpack([one for one in wanted if one.name == ABIGAIL or one.name.startswith("lib")], new / "root")

    folder = cache.entry("abigail", digest(_RECIPE, ABIGAIL, SUITE, SUITES, packages.host), fetch, only=True)
    return Unpacked(folder / "root").command("abidiff")


def judged(source: Path, files: Mapping[str, str], command: tuple[str, ...], folder: Path) -> Answer:
    """The script's answer to what ``files`` make of the tree. Raises InputError ``kernel.uapi`` where it cannot run."""
    build.require(TOOLS)
    tree = folder / "tree"
    repository(source, files, tree)
    wrapper = folder / "abidiff"
    wrapper.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)
    environment = {"ABIDIFF": str(wrapper), "CROSS_COMPILE": CROSS, "ARCH": "arm64", "TMPDIR": str(folder),
                   "LC_ALL": "C"}
    try:
        done = subprocess.run([str(tree / SCRIPT), "-b", "HEAD", "-p", BASE], cwd=tree, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS,
                              env=os.environ | environment)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError("kernel.uapi", SCRIPT, None, "an answer", str(error)) from None
    if "backwards compatible" not in done.stdout:
        raise InputError("kernel.uapi", SCRIPT, None, "an answer", done.stdout.strip()[-600:])
    return Answer(done.returncode, done.stdout)


def repository(source: Path, files: Mapping[str, str], tree: Path) -> None:
    """Two commits in the folder ``tree``, which is made: before, by the tag ``kernel-base``, and after."""
    for part in (*_PARTS, *sorted(concerned(source, files))):
        _linked(source / part, tree / part)
    git(tree, "init", "-q", "-b", "series")
    git(tree, "add", "-f", ".")
    git(tree, "commit", "-q", "-m", "Before the series")
    git(tree, "tag", BASE)
    put(tree, {path: text for path, text in files.items() if "/uapi/" in path})
    git(tree, "add", "-f", ".")
    git(tree, "commit", "-q", "-m", "The series")


def _linked(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, copy_function=os.link, dirs_exist_ok=True)
    elif not target.exists():
        target.hardlink_to(source)


def concerned(source: Path, files: Mapping[str, str]) -> set[str]:
    """Headers that these files can make others: those, who includes one; and all that these include."""
    used = {}
    for name, folder in _HEADERS.items():
        for path in (source / folder).rglob("*.h"):
            text = path.read_text(encoding="utf-8")
            used[f"{name}/{path.relative_to(source / folder)}"] = set(_INCLUDE.findall(text))
    found = {name for name in used if _path(name) in files}
    while more := {name for name in used if used[name] & found} - found:
        found |= more
    found |= {name for path, text in files.items() if "/uapi/" in path for name in _INCLUDE.findall(text)} & set(used)
    while more := {name for one in found for name in used[one]} & set(used) - found:
        found |= more
    return {_path(name) for name in found}


def _path(name: str) -> str:
    folder, _, rest = name.partition("/")
    return f"{_HEADERS[folder]}/{rest}"
