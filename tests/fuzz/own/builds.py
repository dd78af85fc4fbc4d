# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Our own code as it is built for fuzzing: which sanitizers, and a sum that says of what."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from tests.generate.tools import ROOT, run

HERE: Final = Path(__file__).parent
SOURCES: Final = (ROOT / "spec" / "c", ROOT / "spec" / "uapi")
#: What readers do on purpose, where C defines it: numbers that wrap, bits that are shifted out. wraps.toml has the places.
WRAPS: Final = ("unsigned-integer-overflow", "unsigned-shift-base")
CHECKED: Final = ("-fsanitize=address,undefined,integer,nullability",)
STRICT: Final = ("-fno-sanitize-recover=all",)
#: Name of a build -> flags of clang beside the warnings.
BUILDS: Final = {
    "asan": ("-O2", "-g1", *CHECKED, f"-fno-sanitize={','.join(WRAPS)}", *STRICT),
    "msan": ("-O2", "-g1", "-fsanitize=memory", *STRICT),
    "coverage": ("-O1", "-g1", "-fprofile-instr-generate", "-fcoverage-mapping"),
    "wraps": ("-O1", "-g1", *CHECKED),
}
WARNINGS: Final = ("-std=gnu11", "-Wall", "-Wextra", "-Wconversion", "-Werror")
LIBFUZZER: Final = ("-fsanitize=fuzzer", "-DOWN_TARGET=own_{target}", "-DOWN_HEAD=own_{target}_head")


def includes(headers: Path = SOURCES[0]) -> tuple[str, ...]:
    """Where the readers are; ``headers`` in the place of ``spec/c``."""
    return tuple(f"-I{path}" for path in (HERE, headers, SOURCES[1]))


def build(name: str, folder: Path, headers: Path = SOURCES[0]) -> Path:
    """The loop, built. Raises ToolError."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "loop"
    run("clang", *WARNINGS, *BUILDS[name], *includes(headers), HERE / "loop.c", "-o", program)
    return program


def digest() -> str:
    """The sum of all that is built: readers, targets and what makes the inputs."""
    total = hashlib.sha256()
    for path in sorted([*SOURCES[0].glob("*.h"), *SOURCES[1].glob("*.h"), *HERE.glob("*.[ch]"), HERE / "bases.py"]):
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()
