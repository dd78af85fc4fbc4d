# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The C mutator gives the bytes that Python gives, under sanitizers, and the comparison notices if it does not."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

import pytest

from abi.generate import ARTEFACTS
from tests.fuzz.c_side import HEADERS, NAMES, SANITIZED, build, copy_headers, counted, disagreements, questions
from tests.generate.tools import run
from tests.test_checklists import edit

pytestmark = pytest.mark.check

TABLES: Final = Path(ARTEFACTS["fuzz-tables"].path).name
STRICT: Final = ("-Wall", "-Wextra", "-Wconversion", "-Wstrict-overflow=2", "-Werror")
#: What a freestanding program has too (GCC manual, 2.1 Language Standards).
FREE: Final = {"memcpy", "memmove", "memset"}
MANY: Final = 12_000
FEW: Final = 1200


@pytest.mark.parametrize(("seed", "compiler", "sanitizers"), [
    (1, "gcc", "address,undefined"), (2, "clang", "address,undefined"), (3, "clang", "memory"),
])
def test_c_and_python_make_the_same_of_the_same(seed: int, compiler: str, sanitizers: str, tmp_path: Path) -> None:
    """Also the parse of each case; a sanitizer ends the program."""
    asked = questions(seed, MANY)
    program = build(tmp_path, compiler, *SANITIZED, f"-fsanitize={sanitizers}")
    assert disagreements(program, asked) == []
    met = counted(asked)
    assert set(met) == set(NAMES)
    assert min(met.values()) > MANY // 500, met


@pytest.mark.parametrize(("name", "old", "new"), [
    (TABLES, "KFI_MUTATE_GOLDEN\t\t\t0x9e3779b97f4a7c15ULL", "KFI_MUTATE_GOLDEN\t\t\t0x9e3779b97f4a7c13ULL"),
    (TABLES, "kfi_mutate_plans[][3] = {\n\t{ 1, 0, 0 }", "kfi_mutate_plans[][3] = {\n\t{ 2, 0, 0 }"),
    (TABLES, "kfi_mutate_deltas[] = {\n\t1,", "kfi_mutate_deltas[] = {\n\t3,"),
    (TABLES, "KFI_MUTATE_AET_UER\t\t\t0xc00U", "KFI_MUTATE_AET_UER\t\t\t0x400U"),
    (TABLES, "kfi_mutate_free_at[] = {\n\t24,", "kfi_mutate_free_at[] = {\n\t32,"),
    (TABLES, "kfi_mutate_info[] = {\n\t0,", "kfi_mutate_info[] = {\n\t1,"),
    (TABLES, "kfi_mutate_validity[][3] = {\n\t{ 0, 4, 4 }", "kfi_mutate_validity[][3] = {\n\t{ 0, 4, 9 }"),
    (TABLES, "kfi_mutate_marks[] = {\n\t{ 0, 0 }", "kfi_mutate_marks[] = {\n\t{ 0, 7 }"),
    (TABLES, "kfi_mutate_measures[] = {\n\t{ 12, 4 }", "kfi_mutate_measures[] = {\n\t{ 12, 2 }"),
    (TABLES, "kfi_mutate_alone[][16] = {\n\t{ 0,", "kfi_mutate_alone[][16] = {\n\t{ 1,"),
    (TABLES, "kfi_mutate_seeds[] = {\n\t8,", "kfi_mutate_seeds[] = {\n\t9,"),
    ("kfi_mutate_base.h", "8 * (place->width - 1U)", "8 * (place->width / 2U)"),
    ("kfi_case.h", "KFI_CASE_DEALT\t\t\t\t8", "KFI_CASE_DEALT\t\t\t\t7"),
    ("kfi_case.h", "\t__u32 after;\n\t__u32 word;", "\t__u32 word;\n\t__u32 after;"),
    ("kfi_mutate_ring.h", "done = 2 * position + 2", "done = 2 * position + 4"),
])
def test_a_number_that_is_another_is_noticed(name: str, old: str, new: str, tmp_path: Path) -> None:
    folder = copy_headers(tmp_path)
    edit(folder / name, old, new)
    program = build(tmp_path, "gcc", "-O0", headers=(folder, *HEADERS[1:]))
    assert disagreements(program, questions(3, FEW))


def test_the_tables_of_another_definition_are_noticed(moved: Path, tmp_path: Path) -> None:
    """Fields have changed places."""
    folder = copy_headers(tmp_path)
    shutil.copyfile(moved / ARTEFACTS["fuzz-tables"].path, folder / TABLES)
    program = build(tmp_path, "gcc", "-O0", headers=(folder, *HEADERS[1:]))
    assert disagreements(program, questions(3, FEW))


def test_unchanged_headers_agree_where_changed_ones_do_not(tmp_path: Path) -> None:
    program = build(tmp_path, "gcc", "-O0", headers=(copy_headers(tmp_path), *HEADERS[1:]))
    assert disagreements(program, questions(3, FEW)) == []


@pytest.mark.parametrize("language", [
    ("gcc", "-std=c11"), ("clang", "-std=c11"), ("g++", "-std=c++11", "-xc++"), ("clang++", "-std=c++11", "-xc++"),
], ids=lambda language: str(language[0]))
@pytest.mark.parametrize("optimized", ["-O0", "-O2"])
def test_it_compiles_without_a_warning_as_c_and_as_cplusplus(
    language: tuple[str, ...], optimized: str, tmp_path: Path,
) -> None:
    source = tmp_path / "use.c"
    source.write_text(
        '#include "kfi_mutate.h"\nsize_t use(__u8 *p, size_t n);\n'
        "size_t use(__u8 *p, size_t n)\n"
        "{\n\treturn kfi_mutate(p, n, 2 * n, 1) + kfi_crossover(p, n, p, n, p + n, n, 1);\n}\n",
        encoding="ascii",
    )
    out = tmp_path / "use.o"
    run(*language, "-ffreestanding", optimized, *STRICT, *(f"-I{path}" for path in HEADERS), "-c", source, "-o", out)
    needed = set(re.findall(r"^ +U (\w+)$", run("nm", out), re.MULTILINE))
    assert needed - {"__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_"} <= FREE
