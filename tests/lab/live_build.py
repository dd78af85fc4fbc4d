# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The live emitter as it is and broken on purpose, and the module that makes SErrors, to build; outside only."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.lab import build, kbuild
from tests.lab.build import Build, Site

ROOT: Final = Path(__file__).parents[2]
LIVE: Final = ROOT / "reference_host/live"
INCLUDES: Final = (ROOT / "spec/c", ROOT / "spec/uapi")
SOURCE: Final = LIVE / "emit.bpf.c"
FLAGS: Final = ("-D__TARGET_ARCH_arm64", *(f"-I{folder}" for folder in INCLUDES))
HEADERS: Final = tuple(header for folder in (LIVE, *INCLUDES) for header in sorted(folder.glob("*.h")))
EMITTER: Final = build.bpf("emit.o", SOURCE, *HEADERS, flags=FLAGS)


def altered(name: str, header: str, old: str, new: str) -> Build:
    """The emitter with one piece of a header replaced, to see that it is noticed."""

    def make(site: Site, target: Path) -> None:
        for path in (SOURCE, *HEADERS):
            text = path.read_text(encoding="utf-8")
            if path.name == header:
                if text.count(old) != 1:
                    raise ValueError(f"{header} has {old!r} {text.count(old)} times")
                text = text.replace(old, new)
            (target.parent / path.name).write_text(text, encoding="utf-8")
        folder = target.parent
        build.bpf(name, folder / SOURCE.name, flags=("-D__TARGET_ARCH_arm64", f"-I{folder}")).make(site, target)

    return Build(name, (SOURCE, *HEADERS), make, (header, old, new, build.version("clang")))


#: A record that is wrong: the level of a walk.
WRONG: Final = altered("wrong.o", "kfi_fill.h", "(__u64)(0x14 + trap->walk_level)", "(__u64)(0x15 + trap->walk_level)")
#: A program that no verifier takes: an index without bound.
UNBOUND: Final = altered("unbound.o", "lookup.bpf.h", "return i & (size - 1);", "return i + size * size;")
SERROR: Final = kbuild.module("serror", Path(__file__).parent / "modules/serror.c")
