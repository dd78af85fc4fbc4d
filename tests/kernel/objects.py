# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Which objects a series touches: those of the C files that it changes or adds, and of all of KVM and APEI.

Compiled after each patch they show that the series can be bisected, which is kept as evidence.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from abi.errors import InputError
from tests.kernel import build, judge
from tests.kernel.patch import Patch
from tests.kernel.series import ROOT, in_tree, result
from tests.lab import evidence
from tests.lab.build import CROSS
from tests.lab.cache import Cache

EVIDENCE: Final = ROOT / "spec/evidence/lab-kernel-each.json"
#: How deep the evidence takes a line each: a patch.
LINES: Final = 2
#: Compiled whole: what includes a header that the series changes is there.
FOLDERS: Final = ("arch/arm64/kvm/", "drivers/acpi/apei/")
#: The folder of a build with W=1, which changes every command.
NAME: Final = "objects"
#: Outside of the kernel image.
_NOT_KERNEL: Final = ("tools/", "Documentation/")


class Compiled(NamedTuple):
    """What came of the tree with a patch and those before it."""

    patch: str
    warnings: tuple[str, ...]
    seconds: float


def targets(series: Iterable[Patch], tree: Path) -> list[str]:
    """Targets for make: the folders, and each object that is not in one."""
    paths = {change.path for patch in series for change in patch.changes}
    sources = {path for path in paths if path.endswith(".c") and not path.startswith((*FOLDERS, *_NOT_KERNEL))}
    return [*FOLDERS, *sorted(f"{path.removesuffix('.c')}.o" for path in sources if (tree / path).is_file())]


def compiled(cache: Cache, source: tuple[Path, str], series: Sequence[Patch], jobs: int) -> Compiled:
    """The objects after the last patch of ``series``, with W=1. Raises InputError as make does."""
    start = time.monotonic()
    work = build.workplace(cache, *source, result(series, in_tree(source[0])).files, NAME)
    build.configure(work)
    warnings = warned(work, targets(series, work.tree), jobs)
    return Compiled(series[-1].name, tuple(warnings), round(time.monotonic() - start, 1))


def warned(work: build.Work, wanted: Sequence[str], jobs: int = 2) -> list[str]:
    """What W=1 says of these targets. The fragment makes errors of warnings, so that the next run has them again."""
    try:
        return build.make(work, wanted, jobs, ["W=1"])
    except InputError as error:
        warnings = [line for line in error.got.splitlines() if "[-Werror" in line]
        if not warnings:
            raise
        return warnings


def told(each: Iterable[Compiled], version: str) -> dict[str, Any]:
    """The evidence of a run after each patch, on linux-source of this version."""
    said = subprocess.run([f"{CROSS}gcc", "--version"], capture_output=True, text=True, check=True).stdout
    return {
        "series": judge.about(), "date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "source": version,
        "compiler": said.partition("\n")[0], "host": evidence.host() | {"load": round(os.getloadavg()[0], 1)},
        "each": {one.patch: {"warnings": list(one.warnings), "seconds": one.seconds} for one in each},
    }
