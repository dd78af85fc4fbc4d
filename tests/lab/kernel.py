# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The kernel under test: a distribution's, unpacked from its packages, or anybody's image."""

from __future__ import annotations

import lzma
import re
from pathlib import Path
from typing import Final, NamedTuple

from abi.errors import InputError
from tests.lab.cache import Cache, digest, read_about, write_about
from tests.lab.packages import GUEST, SUITES, Package, Packages

METAPACKAGE: Final = "linux-image-cloud-arm64"
#: Suites, newest kernel first: Debian's backports have the newest, the release its own.
NAMES: Final = {"newest": "trixie-backports", "release": "trixie"}
_RECIPE: Final = 2


class Kernel(NamedTuple):
    """An image to boot; ``modules`` (its folder in lib/modules) and ``config`` are None for an image alone.

    ``tree``: where such an image was built, so that modules can be built for it.
    """

    name: str
    image: Path
    version: str
    packages: tuple[str, ...] = ()
    modules: Path | None = None
    config: Path | None = None
    tree: Path | None = None

    def module(self, name: str) -> bytes:
        """A module of the kernel's own package, uncompressed. Raises InputError ``lab.module``."""
        for path in sorted(self.modules.rglob("*.ko*")) if self.modules else ():
            if path.name.partition(".")[0].replace("-", "_") == name.replace("-", "_"):
                data = path.read_bytes()
                return lzma.decompress(data) if path.suffix == ".xz" else data
        raise InputError("lab.module", name, None, "a module of this kernel", f"none in {self.modules}")


def prepared(cache: Cache, packages: Packages, choice: str, tree: Path | None = None) -> Kernel:
    """The kernel that ``--kernel`` names: ``newest``, ``release`` or a file, with the ``tree`` it was built in."""
    if choice not in NAMES:
        return _given(Path(choice), tree)
    suite = NAMES[choice]
    key = digest(_RECIPE, METAPACKAGE, suite, SUITES)
    folder = cache.entry(f"kernel-{choice}", key, lambda new: _fetch(packages, suite, new), only=True)
    about = read_about(folder)
    image, modules, config = (folder / about[part] for part in ("image", "modules", "config"))
    return Kernel(choice, image, about["version"], tuple(about["packages"]), modules, config)


def _fetch(packages: Packages, suite: str, new: Path) -> None:
    """Unpack the image, its modules and its configuration; what only an installation needs stays away."""
    wanted = [p for p in packages.resolve([METAPACKAGE], suite, GUEST) if _part_of_kernel(p)]
    root = new / "root"
    packages.unpack(wanted, root)
    images = sorted(root.rglob("vmlinuz*"))
    modules = sorted(root.glob("usr/lib/modules/*")) or sorted(root.glob("lib/modules/*"))
    configs = [path for path in sorted(root.rglob("config*")) if path.parent.name == "boot" or path.parent in modules]
    counts = [len(found) for found in (images, modules, configs)]
    if counts != [1, 1, 1]:
        raise InputError("lab.package", METAPACKAGE, None, "one image, its modules and its configuration", str(counts))
    write_about(new, {
        "version": modules[0].name, "packages": [f"{p.name}={p.version}" for p in wanted],
        "image": str(images[0].relative_to(new)), "modules": str(modules[0].relative_to(new)),
        "config": str(configs[0].relative_to(new)),
    })


def _part_of_kernel(package: Package) -> bool:
    return bool(re.match(r"linux-(image|binary|base|modules)-\d", package.name))


def _given(image: Path, tree: Path | None) -> Kernel:
    if not image.is_file():
        raise InputError("lab.kernel", str(image), None, f"{', '.join(NAMES)}, or a file", "no such file")
    if tree is not None and not (tree / ".config").is_file():
        raise InputError("lab.kernel", str(tree), None, "a folder in which a kernel was built", "no .config in it")
    with image.open("rb") as file:
        found = re.search(rb"Linux version (\S+)", file.read())
    return Kernel(image.name, image.resolve(), found[1].decode(errors="replace") if found else "unknown",
                  tree=tree.resolve() if tree else None)
