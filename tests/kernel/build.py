# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The kernel with the series, configured and built: tree and output folder stay, so that little is built anew.

The tree shares with the unpacked source, by hard links, whatever the series does not touch.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from abi.errors import InputError
from tests.kernel.series import put
from tests.lab.build import CROSS
from tests.lab.cache import Cache, telling
from tests.lab.child import ASKED, finished
from tests.packages import MissingError, find

FRAGMENT: Final = Path(__file__).parent / "fragment.config"
IMAGE: Final = "arch/arm64/boot/Image"
#: What the lab needs: it builds modules beside the image.
TARGETS: Final = ("Image", "modules")
SECONDS: Final = 3600
#: What kbuild starts, beside the compiler.
TOOLS: Final = ("make", "setpriv", f"{CROSS}gcc", "flex", "bison", "bc", "pahole")
#: A line of a fragment: an option that is set, or is not.
_OPTION: Final = re.compile(r"(?:# )?(CONFIG_\w+)(?:=| is not set$)")
#: A line of a compiler's.
WARNING: Final = re.compile("warning")
#: In the tree: which files are not the source's.
_TOUCHED: Final = ".touched.json"


class Work(NamedTuple):
    """A tree and where it is built."""

    tree: Path
    out: Path

    @property
    def image(self) -> Path:
        """What boots."""
        return self.out / IMAGE


def workplace(cache: Cache, source: Path, version: str, files: dict[str, str], name: str) -> Work:
    """The tree of ``source`` with these files in it; only what differs from last time is written.

    ``name``: builds with other flags, or without the series, have folders of their own.
    """
    folder = cache.root / f"kernel-{name}"
    work = Work(folder / "tree", folder / "out")
    with cache.locked(), telling():
        mark = folder / "source"
        if not mark.is_file() or mark.read_text(encoding="utf-8") != f"{source} {version}":
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(source, work.tree, symlinks=True, copy_function=os.link)
            work.out.mkdir()
            mark.write_text(f"{source} {version}", encoding="utf-8")
        _restore(source, work.tree, files)
        put(work.tree, files)
    return work


def _restore(source: Path, tree: Path, files: dict[str, str]) -> None:
    """Put back what the series does not touch any more."""
    mark = tree / _TOUCHED
    touched = json.loads(mark.read_text(encoding="utf-8")) if mark.is_file() else []
    for path in set(touched) - set(files):
        (tree / path).unlink(missing_ok=True)
        if (source / path).is_file():
            shutil.copyfile(source / path, tree / path)  # a new file, so that make sees it
    mark.write_text(json.dumps(sorted(files)), encoding="utf-8")


def configure(work: Work, *fragments: Path) -> None:
    """``.config`` of FRAGMENT and those after it, which may take back what it says, over allnoconfig.

    Raises InputError ``kernel.config`` for what did not hold.
    """
    require()
    config = work.out / ".config"
    old = config.read_text(encoding="utf-8") if config.is_file() else ""
    wanted = merged(path.read_text(encoding="utf-8") for path in (FRAGMENT, *fragments))
    joined = work.out / FRAGMENT.name
    joined.write_text(wanted, encoding="utf-8")
    make(work, ["allnoconfig"], environment={"KCONFIG_ALLCONFIG": str(joined)})
    new = config.read_text(encoding="utf-8")
    missing = lost(wanted, new)
    if missing:
        raise InputError("kernel.config", str((FRAGMENT, *fragments)[-1]), None, ", ".join(missing), "not in .config",
                         "something that it depends on is not set")
    if old == new:
        config.write_text(old, encoding="utf-8")


def merged(fragments: Iterable[str]) -> str:
    """One fragment of several: of each option what is said last."""
    said = {found[1]: line for fragment in fragments for line in fragment.splitlines()
            if (found := _OPTION.match(line))}
    return "".join(f"{line}\n" for line in said.values())


def require(commands: Sequence[str] = TOOLS) -> None:
    """Raise InputError ``lab.tools`` for the first command that is missing, with what installs it."""
    for command in commands:
        try:
            find(command)
        except MissingError as error:
            raise InputError("lab.tools", "PATH", None, command, "not found", str(error)) from None


def lost(fragment: str, config: str) -> list[str]:
    """Lines of a fragment that the configuration has not."""
    have = set(config.splitlines())
    return [line for line in fragment.splitlines() if line.startswith("CONFIG_") and line not in have]


def make(work: Work, targets: Sequence[str], jobs: int = 2, variables: Iterable[str] = (),
         environment: dict[str, str] | None = None, say: Callable[[str], None] | None = None,
         warning: re.Pattern[str] = WARNING) -> list[str]:
    """Run make; what it warns of. Raises InputError ``kernel.build`` with the end of its complaint, ``lab.time``."""
    command = ["make", "-s", f"-j{jobs}", "-C", str(work.tree), f"O={work.out}", "ARCH=arm64", f"CROSS_COMPILE={CROSS}",
               "LOCALVERSION=", *variables, *targets]
    if say:
        say(f"make {' '.join(targets)}")
    done = finished(command, SECONDS, environment=os.environ | {"LC_ALL": "C", **(environment or {})}, tied=ASKED)
    if done.returncode:
        worst = [line for line in done.stderr.splitlines() if re.search(r"error|Error|No rule|not found", line)]
        code, hint = ("lab.disk", "") if "No space left" in done.stderr else ("kernel.build", " ".join(command[:7]))
        raise InputError(code, targets[0], None, "success", "\n".join(worst[:12]) or done.stderr[-1500:], hint)
    return [line for line in done.stderr.splitlines() if warning.search(line)]
