# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The example adapters, each built as its language builds; with no network: they need nothing but this clone."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from tests.generate.tools import BUILD, SPEC, environment, run

FOLDER: Final = SPEC / "adapters"
HEADERS: Final = (SPEC / "c", SPEC / "uapi")
#: Adapter -> the requests that it must name; everything else of its role is unsupported.
C_NAMES: Final = {"adapter": ("vmm", "vmm check ring"), "host": ("host", "host reply")}
STRICT: Final = ("-std=c11", "-O2", "-Wall", "-Wextra", "-Werror")


def copied(language: str, folder: Path, other: Path | None = None) -> Path:
    """A copy of an adapter that may be built, its generated file that of another clone."""
    sources = {"c": "kfi_protocol.h", "rust": "src/protocol.rs", "go": "protocol.go"}
    target = folder / "spec" / "adapters" / language
    shutil.copytree(FOLDER / language, target)
    if other:
        shutil.copyfile(other / "spec" / "adapters" / language / sources[language], target / sources[language])
    return target


def c(compiler: str, source: Path, output: Path, *flags: str) -> Path:
    """Compile one adapter in C."""
    run(compiler, *STRICT, *flags, *(f"-I{path}" for path in (source.parent, *HEADERS)), source, "-o", output)
    return output


def rust(crate: Path) -> Path:
    """Build the adapter in Rust, release."""
    folder = BUILD / "cargo" / f"adapter-{crate.parents[2].name}"
    run("cargo", "build", "-q", "--release", "--offline", cwd=crate, env=environment(CARGO_TARGET_DIR=str(folder)))
    return folder / "release" / "kfi-adapter"


def go(module: Path, output: Path) -> Path:
    """Build the adapter in Go."""
    run("go", "build", "-o", output, ".", cwd=module, env=environment(GOFLAGS="-mod=mod", GOPROXY="off"))
    return output
