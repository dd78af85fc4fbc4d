# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The C of spec/fuzz and its templates: no warning of either compiler; what a harness maps is what Python reads."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from abi.fuzz import state
from abi.fuzz.plan import includes
from abi.fuzz.seeds import SEEDS
from tests.fuzz.running import FUZZ, ROOT
from tests.generate.tools import ToolError, environment, run

WARNINGS = ("-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-warning-option", "-Wno-attributes", "-O2")
#: Of the readers.
HEADERS = sorted(path.name for path in (ROOT / "spec" / "c").glob("*.h"))
SOURCES = sorted(path for path in (*FUZZ.glob("*.c"), *(FUZZ / "templates").glob("*.c")) if path.name != "afl.c")


def test_all_files_are_compiled_here_or_by_afl() -> None:
    assert {path.name for path in SOURCES} == {
        "afl_mutator.c", "function.c", "library.c", "libfuzzer.c", "readers_host.c", "readers_vmm.c", "replay.c",
    }


@pytest.mark.check
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_there_is_no_warning(source: Path, compiler: str, tmp_path: Path) -> None:
    run(compiler, *WARNINGS, *includes(), "-c", source, "-o", tmp_path / "x.o")


@pytest.mark.check
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_mutator_readers_and_adapters_stand_in_one_translation_unit(compiler: str, tmp_path: Path) -> None:
    """A harness of somebody else may include all of them; no name is taken twice."""
    headers = ("kfi_shared.h", *HEADERS, "kfi_mutate.h", "kfi_case.h", "kfi_serve.h")  # what is loaded is said first
    source = tmp_path / "all.c"
    source.write_text("".join(f'#include "{name}"\n' for name in headers), encoding="utf-8")
    run(compiler, *WARNINGS, *includes(), "-c", source, "-o", tmp_path / "x.o")
    source.write_text("static inline void kfi_set(void) { }\n" + source.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(ToolError, match="kfi_set"):
        run(compiler, *WARNINGS, *includes(), "-c", source, "-o", tmp_path / "x.o")


@pytest.mark.check
def test_python_reads_what_the_harness_counts(tmp_path: Path) -> None:
    target = ("-DKFI_READERS=kfi_target", "-DKFI_AS_TARGET")
    objects: list[Path] = []
    none: tuple[str, ...] = ()
    for name, flags in (("replay", none), ("readers_vmm", none), ("readers_host", none), ("readers_vmm", target),
                        ("readers_host", target)):
        objects.append(tmp_path / f"{len(objects)}.o")
        run("gcc", *WARNINGS, *flags, *includes(), "-c", FUZZ / f"{name}.c", "-o", objects[-1])
    run("gcc", *objects, "-o", tmp_path / "replay")
    for name, case in SEEDS.items():
        (tmp_path / name).write_bytes(case)
    path = tmp_path / "state"
    command = [tmp_path / "replay", *(tmp_path / name for name in SEEDS)]
    done = subprocess.run(command, env=environment(KFI_FUZZ_STATE=str(path)), capture_output=True, text=True,
                          check=False)
    assert (done.returncode, done.stdout.count(": same\n")) == (0, len(SEEDS))
    found = state.read(path)
    assert path.stat().st_size == state.SIZE
    assert (found.executions, found.surfaces, found.differences, found.forks) == (3, (2, 1, 0), 0, 0)
    assert "vmm.notify" in found.rules
    assert state.read(tmp_path / "none") == state.State()
    counter = state.Counter(path)
    counter.count(2, 1, frozenset({"vmm.size", "no.rule"}))
    again = state.read(path)
    assert (again.executions, again.surfaces, again.differences) == (4, (2, 1, 1), 1)
    assert again.rules == found.rules | {"vmm.size"}
    assert again.plus(found).executions == 7
