# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Our own code as it is built for fuzzing: which sanitizers, and a sum that says of what."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

from tests.fuzz.own import bases
from tests.generate.tools import PATIENCE, ROOT, ToolError, run
from tests.rust.crate import cargo

HERE: Final = Path(__file__).parent
SOURCES: Final = (ROOT / "spec" / "c", ROOT / "spec" / "uapi")
#: Language -> folders of the code under test, and which files of them by their path; and the kit's mutator.
READERS: Final = {
    "c": (("spec/c", "spec/uapi"), re.compile(r".*\.h")),
    "rust": (("spec/rust/src",), re.compile(r".*\.rs")),
    "python": (
        ("abi", "reference_host", "reference_vmm"),
        re.compile(r"abi/((cper|ring|rules)/.*|(?!cli|home|terminal|captures)\w+)\.py|reference_\w+/\w+\.py"),
    ),
    "mutator": (("spec/fuzz",), re.compile(r"spec/fuzz/kfi_mutate\w*\.h")),
}
#: Comments as each is written here: what looks like one in a text counts as one.
_IN_C: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_COMMENT: Final = {
    "c": _IN_C, "mutator": _IN_C, "rust": re.compile(r"//[^\n]*"),
    "python": re.compile(r"^\s*#[^\n]*", re.MULTILINE),
}
#: Where cargo builds; git ignores it.
TARGET: Final = ROOT / "build" / "fuzz-own" / "cargo"
#: What readers do on purpose, where C defines it: numbers wrap, bits are shifted out. wraps.toml has the places.
WRAPS: Final = ("unsigned-integer-overflow", "unsigned-shift-base")
CHECKED: Final = ("-fsanitize=address,undefined,integer,nullability",)
#: The kit's mutator makes the inputs.
MUTATE: Final = "-DOWN_MUTATE"
STRICT: Final = ("-fno-sanitize-recover=all",)
#: Inputs of a batch for Python, which is slower.
PYTHON_BATCH: Final = 2048
#: Name of a build -> flags of clang beside the warnings.
BUILDS: Final = {
    "asan": ("-O2", "-g1", *CHECKED, f"-fno-sanitize={','.join(WRAPS)}", *STRICT),
    "asan-mutate": ("-O2", "-g1", MUTATE, *CHECKED, f"-fno-sanitize={','.join(WRAPS)}", *STRICT),
    "msan": ("-O2", "-g1", "-fsanitize=memory", *STRICT),
    "coverage": ("-O1", "-g1", "-fprofile-instr-generate", "-fcoverage-mapping"),
    "wraps": ("-O1", "-g1", *CHECKED),
    "rust": ("-O2", "-g1", "-DOWN_RUST"),
    "rust-mutate": ("-O2", "-g1", "-DOWN_RUST", MUTATE),
    "python": ("-O2", f"-DOWN_BATCH={PYTHON_BATCH}"),
}
WARNINGS: Final = ("-std=gnu11", "-Wall", "-Wextra", "-Wconversion", "-Werror")


def includes(headers: Path = SOURCES[0]) -> tuple[str, ...]:
    """Where the readers are; ``headers`` in the place of ``spec/c``."""
    return tuple(f"-I{path}" for path in (HERE, headers, SOURCES[1], ROOT / "spec" / "fuzz"))


def crate(target: Path) -> Path:
    """The Rust crate behind flat calls, as a static library. Raises ToolError."""
    cargo("build", "-q", "--release", "--locked", crate=HERE / "rust", target=target)
    return target / "release" / "libown.a"


def build(name: str, folder: Path, headers: Path = SOURCES[0]) -> Path:
    """The loop, built. Raises ToolError."""
    folder.mkdir(parents=True, exist_ok=True)
    source = HERE / ("stream.c" if name == "python" else "loop.c")
    program = folder / source.stem
    objects: list[str | Path] = []
    if "-DOWN_RUST" in BUILDS[name]:
        objects += [crate(TARGET), "-lpthread", "-ldl", "-lm"]
    if MUTATE in BUILDS[name]:
        objects.append(folder / "mutator.o")
        run("clang", *WARNINGS, "-O2", *includes(), "-c", HERE / "mutator.c", "-o", objects[-1])
    run("clang", *WARNINGS, *BUILDS[name], *includes(headers), source, *objects, "-o", program)
    return program


def loop(name: str, folder: Path, seed: int, executions: int, *, headers: Path = SOURCES[0], **variables: str) -> str:
    """Build, and run so many executions from nothing; what was written. Raises ToolError at a finding."""
    program = build(name, folder, headers)
    (folder / "bases").write_bytes(_bases())
    state = folder / "state"
    state.unlink(missing_ok=True)
    command: list[str | Path] = ["nice", program, folder / "bases", state, str(seed), "600", str(executions)]
    done = subprocess.run(
        command, env=os.environ | variables, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )
    if done.returncode:
        raise ToolError(f"the loop ends with {done.returncode}:\n{done.stdout}{done.stderr}")
    return str(done.stdout + done.stderr)


@cache
def _bases() -> bytes:
    return bases.dump(bases.all_bases())


def sums(name: str, language: str, commit: str = "") -> dict[str, str]:
    """What a run of that name depends on: the sum of the code under test, and of the mutator where it is the kit's."""
    mutator = {"mutator": readers("mutator", commit)} if MUTATE in BUILDS.get(name, ()) else {}
    return {"readers": readers(language, commit)} | mutator


def readers(language: str, commit: str = "") -> str:
    """The sum of the code under test, without comments and blanks; of the files as they are, or of a commit."""
    total = hashlib.sha256()
    for name in _files(language, commit):
        text = run("git", "-C", ROOT, "show", f"{commit}:{name}") if commit else (ROOT / name).read_text("utf-8")
        total.update(f"{name}\0{''.join(_COMMENT[language].sub('', text).split())}\0".encode())
    return total.hexdigest()


def _files(language: str, commit: str) -> list[str]:
    """Paths from the root of the repository."""
    folders, wanted = READERS[language]
    if commit:
        names = run("git", "-C", ROOT, "ls-tree", "-r", "--name-only", commit, *folders).splitlines()
    else:
        names = [path.relative_to(ROOT).as_posix() for folder in folders for path in (ROOT / folder).rglob("*")]
    return sorted(filter(wanted.fullmatch, names))
