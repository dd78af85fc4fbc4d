# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The kernel without the series and with it, and the KVM selftests of its tree, cross-built for arm64.

One tree is both, one after the other: with the series only what that touches is compiled again. The selftests are built
by the tree's own makefile, linked statically; one that does not compile is told with the reason.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from abi.errors import InputError
from tests.kernel import build
from tests.kernel.series import in_tree, patches, result
from tests.lab.build import CROSS, Build, Site, ran, version
from tests.lab.cache import Cache, digest, read_about, telling, write_about
from tests.lab.child import ASKED, finished

CONFIG: Final = Path(__file__).with_name("selftests.config")
FOLDER: Final = "tools/testing/selftests/kvm"
#: In the cache: the tree's folder.
NAME: Final = "selftests"
SECONDS: Final = 1800
_KEY: Final = "key"
Say = Callable[[str], None]


class Programs(NamedTuple):
    """Selftests by their names, as the makefile has them: files, and why there is none."""

    files: dict[str, Path]
    missing: dict[str, str]

    @property
    def names(self) -> list[str]:
        """All."""
        return [*self.files, *self.missing]


class Side(NamedTuple):
    """A kernel, and selftests of its tree."""

    image: Path
    programs: Programs


def both(cache: Cache, source: tuple[Path, str], jobs: int, say: Say) -> tuple[Side, Side]:
    """Without the series, with all selftests; and with it, with those that it adds. Raises InputError as make does."""
    before = _before(cache, source, jobs, say)
    say("the kernel with the series")
    work = _work(cache, source, result(patches(), in_tree(source[0])).files)
    build.make(work, ["Image"], jobs, say=say)
    out = work.out.parent / "patched"
    added = [name for name in named(work, out) if name not in before.programs.names]
    return before, Side(work.image, built(work, out, added, jobs))


def _before(cache: Cache, source: tuple[Path, str], jobs: int, say: Say) -> Side:
    """Kept: it is built once for a kernel, its configuration and the compiler."""
    kept = cache.root / f"kernel-{NAME}" / "unpatched"
    key = digest(*map(str, source), build.merged(path.read_text(encoding="utf-8") for path in (build.FRAGMENT, CONFIG)),
                 version(f"{CROSS}gcc"))
    if not (kept / "about.json").is_file() or read_about(kept)[_KEY] != key:
        say("the kernel without the series")
        work = _work(cache, source, {})
        build.make(work, ["Image"], jobs, say=say)
        with telling():
            shutil.rmtree(kept, ignore_errors=True)
            kept.mkdir()
            shutil.copyfile(work.image, kept / "Image")
        say("the selftests of its tree")
        made = built(work, kept, named(work, kept), jobs)
        write_about(kept, {_KEY: key, "files": list(made.files), "missing": made.missing})
    about = read_about(kept)
    return Side(kept / "Image", Programs({name: _out(kept) / name for name in about["files"]}, about["missing"]))


def _work(cache: Cache, source: tuple[Path, str], files: dict[str, str]) -> build.Work:
    work = build.workplace(cache, *source, files, NAME)
    build.configure(work, CONFIG)
    return work


def named(work: build.Work, out: Path) -> list[str]:
    """What the makefile builds for arm64."""
    said = _make(work, out, 1, ["--eval", "faultinfo-list: ; @echo $(TEST_GEN_PROGS) $(TEST_GEN_PROGS_EXTENDED)",
                                "faultinfo-list"])
    if said.returncode:
        raise InputError("kernel.build", FOLDER, None, "a list of selftests", said.stderr[-800:])
    return [str(Path(path).relative_to(_out(out))) for path in said.stdout.split()]


def built(work: build.Work, out: Path, names: Sequence[str], jobs: int) -> Programs:
    """Headers of the tree, then these selftests against them. Raises InputError ``kernel.build`` for the headers."""
    build.make(work, ["headers"], jobs)
    files = {name: _out(out) / name for name in names}
    for path in files.values():
        path.unlink(missing_ok=True)  # what is there afterwards is of this tree
    said = _make(work, out, jobs, ["-k", *map(str, files.values())])
    return Programs({name: path for name, path in files.items() if path.is_file()},
                    {name: reason(name, said.stderr) for name, path in files.items() if not path.is_file()})


def stripped(name: str, program: Path) -> Build:
    """A file for the emulated machine, under a name without folders."""

    def copy(_site: Site, target: Path) -> None:
        ran([f"{CROSS}objcopy", "--strip-all", str(program), str(target)])

    return Build(f"selftest-{name.replace('/', '-')}", (program,), copy, ("strip",))


def _out(folder: Path) -> Path:
    return folder / "kvm"


def _make(work: build.Work, out: Path, jobs: int, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    (_out(out) / "tools").mkdir(parents=True, exist_ok=True)
    command = ["make", "-s", f"-j{jobs}", "-C", str(work.tree / FOLDER), "ARCH=arm64", f"CROSS_COMPILE={CROSS}",
               f"OUTPUT={_out(out)}", f"abs_objdir={_out(out)}", f"KHDR_INCLUDES=-isystem {work.out / 'usr/include'}",
               *arguments]
    return finished(command, SECONDS, environment=os.environ | {"LC_ALL": "C", "LDFLAGS": "-static"}, tied=ASKED)


def reason(name: str, complaints: str) -> str:
    """The compiler's first error about a test, or else the first at all."""
    errors = [line.strip() for line in complaints.splitlines() if "rror" in line]
    return next((line for line in errors if f"{name}." in line), errors[0] if errors else "make says nothing")
