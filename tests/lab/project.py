# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The project itself as the emulated machine gets it: the packages and the lab's inner side, with bytecode."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.lab import archive
from tests.lab.cache import Cache, digest
from tests.lab.packages import Packages
from tests.lab.userland import PROJECT, ROOT, compile_all, compiler

#: Folders of the repository that go in.
PARTS: Final = ("abi", "reference_host", "reference_vmm", "tests/lab")
INIT: Final = Path(__file__).parent / "inside" / "init"
_RECIPE: Final = 1


def sources() -> Iterator[Path]:
    """Every file that goes in, in the order of their names."""
    for part in PARTS:
        yield from sorted(p for p in (ROOT / part).rglob("*") if p.is_file() and "__pycache__" not in p.parts)


def prepared(cache: Cache, packages: Packages) -> Path:
    """The archive of the project as it is now; the one before it goes."""
    hashes = [(str(p.relative_to(ROOT)), hashlib.sha256(p.read_bytes()).hexdigest()) for p in sources()]
    python = compiler(cache, packages)

    def make(new: Path) -> None:
        root = new / "root"
        for path in sources():
            target = root / PROJECT / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        compile_all(python, [root / PROJECT])
        shutil.copyfile(INIT, root / "init")
        (root / "init").chmod(0o755)
        archive.pack(root, new / "image.cpio")
        shutil.rmtree(root)

    kind = f"project-{digest(str(ROOT))}"  # each clone has its own, so that two can share a cache folder
    return cache.entry(kind, digest(_RECIPE, hashes), make, only=True) / "image.cpio"
