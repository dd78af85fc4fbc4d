# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The headers compile without a warning wherever they are to be used, and need nothing when they are linked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from abi.definition import RECORD
from tests.c.library import HERE, SOURCES, copy_headers
from tests.generate.header import COMPILERS, STRICT
from tests.generate.tools import ToolError, run
from tests.test_checklists import edit

pytestmark = pytest.mark.check

HEADERS: Final = tuple(sorted(path.name for path in SOURCES[0].glob("*.h")))
MORE: Final = (*STRICT, "-Wconversion", "-Wshadow")
#: As the kernel compiles, where there are no headers but its own.
KERNEL: Final = (
    "-std=gnu11", "-D__KERNEL__", "-nostdinc", "-fno-strict-aliasing", "-Wall", "-Wextra", "-Wundef", "-Wvla",
    "-Wstrict-prototypes", "-Wmissing-prototypes", "-Wdeclaration-after-statement", "-Wimplicit-fallthrough",
    "-Wshadow", "-Wpadded", "-Werror", f"-I{HERE / 'kernel'}",
)
EVERY: Final = HERE / "every.c"


def includes(headers: Path = SOURCES[0]) -> tuple[str, ...]:
    return f"-I{headers}", f"-I{SOURCES[1]}"


@pytest.mark.parametrize("level", ["-O0", "-Os", "-O2", "-O3"])
@pytest.mark.parametrize("compiler", [name for name in COMPILERS if name not in {"g++", "gcc-freestanding"}])
def test_they_are_freestanding_and_leave_nothing_to_the_linker(compiler: str, level: str, tmp_path: Path) -> None:
    """Not even memcpy() or memset(), which a compiler may call for a copy that is written out."""
    command, *arguments = COMPILERS[compiler]
    made = tmp_path / "every.o"
    run(command, *arguments, *MORE, *includes(), "-ffreestanding", "-nostdlib", "-Wstrict-prototypes", level, "-c",
        EVERY, "-o", made)
    assert run("nm", "--undefined-only", made) == ""
    assert "every_fill" in run("nm", "--defined-only", made)


@pytest.mark.parametrize("standard", ["c++11", "c++17"])
@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_they_are_c_plus_plus_too(compiler: str, standard: str) -> None:
    run(compiler, "-x", "c++", f"-std={standard}", *MORE, *includes(), "-fsyntax-only", EVERY)


@pytest.mark.parametrize("compiler", ["gcc", "clang", "gcc-aarch64", "clang-aarch64"])
def test_they_compile_in_the_kernel_with_no_headers_but_its_own(compiler: str) -> None:
    run(COMPILERS[compiler][0], *COMPILERS[compiler][1:-1], *KERNEL, *includes(), "-O2", "-fsyntax-only", EVERY)


@pytest.mark.parametrize("header", HEADERS)
def test_each_is_complete_by_itself_and_may_come_twice(header: str, tmp_path: Path) -> None:
    source = tmp_path / "one.c"
    source.write_text(f'#include "{header}"\n#include "{header}"\ntypedef int not_empty;\n', encoding="utf-8")
    run("gcc", "-std=c11", *MORE, *includes(), "-fsyntax-only", source)


@pytest.mark.parametrize(("header", "old", "new", "said"), [
    ("kfi_resolve.h", "\t__u8 reserved[5];\n", "", "padd"),
    ("kfi_rules.h", "(__u64)!(kept)", "!(kept)", "shift|sign"),
    ("kfi_reader.h", "error->rule = (__u8)rule;", "error->rule = rule;", "conver"),
])
def test_what_the_warnings_are_there_for_does_not_compile(
    header: str, old: str, new: str, said: str, tmp_path: Path
) -> None:
    headers = copy_headers(tmp_path)
    edit(headers / header, old, new)
    for compiler in ("gcc", "clang"):
        with pytest.raises(ToolError, match=said):
            run(compiler, "-std=c11", *MORE, *includes(headers), "-O2", "-c", EVERY, "-o", tmp_path / "every.o")


def test_the_ring_is_ordered_on_arm64_by_acquire_release_and_one_barrier_between_loads(tmp_path: Path) -> None:
    """head and stamp are load-acquires, tail a store-release, the second look at the stamp after dmb ishld."""
    made = tmp_path / "every.s"
    run("aarch64-linux-gnu-gcc", "-std=c11", *includes(), "-O2", "-S", EVERY, "-o", made)
    text = made.read_text(encoding="utf-8")
    fetch, commit = (text.partition(f"\n{name}:\n")[2].partition(".cfi_endproc")[0] for name in
                     ("every_fetch", "every_commit"))
    assert fetch.count("ldar\t") == 2
    assert fetch.count("dmb\tishld") == 1
    assert fetch.rindex("ldar\t") < fetch.index("dmb\tishld")
    assert "stlr\t" not in fetch
    assert commit.count("stlr\t") == 1


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_a_host_may_have_lookups_of_its_own(compiler: str, tmp_path: Path) -> None:
    """Its trap has no tables: what it says of them, the functions say."""
    made = tmp_path / "lookups"
    run(compiler, "-std=c11", *MORE, *includes(), "-O2", HERE / "lookups.c", "-o", made)
    assert run(str(made)) == ""


def test_a_big_endian_processor_turns_every_number(tmp_path: Path) -> None:
    """The record is little-endian wherever it is read; that no byte is turned where none must be, too."""
    found = {}
    for target in ("aarch64", "aarch64_be"):
        made = tmp_path / f"{target}.s"
        run("clang", f"--target={target}-linux-gnu", "-I/usr/aarch64-linux-gnu/include", "-std=c11", *MORE,
            *includes(), "-O2", "-S", EVERY, "-o", made)
        reading = made.read_text(encoding="utf-8").partition("\nevery_read:")[2].partition(".cfi_endproc")[0]
        found[target] = re.findall(r"\trev(\d*)\t", reading)
    assert not found["aarch64"]
    assert len(found["aarch64_be"]) >= len([field for field in RECORD.fields if field.width > 1])
