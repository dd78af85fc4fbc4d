# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The emitter's C: it compiles for BPF without a warning, and says the same as its user space in Python."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from abi.generate.c_tables import rules
from reference_host.live import layouts
from reference_host.live.hooks import EMIT, EMIT_AT, HOOKS, Hook
from reference_host.live.program import MAPS
from tests.generate.tools import ROOT, ToolError, run
from tests.lab.live_build import FLAGS, HEADERS, SOURCE

#: Where Debian has <asm/types.h>.
ASM: Final = f"-I/usr/include/{platform.machine()}-linux-gnu"
STRICT: Final = ("-target", "bpf", "-mcpu=v3", "-g", "-Wall", "-Wextra", "-Wshadow", "-Wno-unused-parameter", "-Werror")
TEXT: Final = "".join(path.read_text(encoding="utf-8") for path in (SOURCE, *sorted(SOURCE.parent.glob("*.h"))))
#: Functions -> section and the name and arguments of the program there.
PROGRAMS: Final = {
    name: (section, arguments.count(",")) for section, name, arguments in re.findall(
        r'SEC\("([^"]+)"\)\nint (?:BPF_PROG\()?(\w+)((?:,[^)]*)?|\([^)]*)\)', TEXT)
}


def compiled(source: Path, *more: object) -> str:
    return run("clang", *STRICT, ASM, *FLAGS, *more, source)


@pytest.mark.check
def test_it_compiles_without_a_warning(tmp_path: Path) -> None:
    compiled(SOURCE, "-O2", "-c", "-o", tmp_path / "emit.o")


@pytest.mark.check
def test_no_constant_data_stands_in_a_section_that_breaks_the_btf_of_clang_14(tmp_path: Path) -> None:
    """Without BTF libbpf goes on, the verifier takes no function by itself, and the emitter is too large for it."""
    made = tmp_path / "emit.o"
    compiled(SOURCE, "-O2", "-c", "-o", made)
    assert ".rodata.cst" not in run("readelf", "-SW", made)


def asserted() -> Iterator[str]:
    """Every offset, size and number that Python has, as the compiler has to agree to it."""
    sizes = {"live_record": layouts.RECORD.size + 80}
    for layout in (layouts.VM, layouts.FIRMWARE, layouts.EMISSION, layouts.TRAP, layouts.RECORD):
        yield f"sizeof(struct {layout.name}) == {sizes.get(layout.name, layout.size)}"
        for field in layout.fields:
            place = f"struct {layout.name}, {field.name}"
            yield f"__builtin_offsetof({place}) == {layout.offsets[field.name]}"
            yield f"sizeof(((struct {layout.name} *)0)->{field.name}) == {field.width}"
    yield f"__builtin_offsetof(struct live_record, info) == {layouts.RECORD.size}"
    for name in ("MEMSLOTS", "PAGES", "PAS", "CLAIM", "HANDLED", "SIGNAL", "KEEP"):
        yield f"LIVE_{name} == {getattr(layouts, name)}"
    for name in ("PA_MEMORY", "PA_QUEUED", "PA_LOST", "FIRMWARE_PRESENT", "FIRMWARE_CORRUPT", "FIRMWARE_VA_MPIDR"):
        yield f"KFI_{name} == {getattr(layouts, name)}"
    known = (name.removesuffix("_el2").removesuffix("_el1") for name in layouts.KNOWN)
    for bit, name in enumerate((*known, *layouts.TRUTHS)):
        yield f"KFI_TRAP_{name.upper()} == 1 << {bit}"
    for number, rule in enumerate(rules()):
        yield f"{rule} == {number}"


def held(lines: list[str], folder: Path) -> None:
    source = folder / "asserts.c"
    lines = [f'_Static_assert({line}, "{line}");' for line in lines]
    source.write_text("\n".join(['#include "live.h"', *lines, ""]), encoding="utf-8")
    compiled(source, f"-I{SOURCE.parent}", "-fsyntax-only")


@pytest.mark.check
def test_python_has_the_layouts_and_numbers_of_the_header(tmp_path: Path) -> None:
    held(list(asserted()), tmp_path)


@pytest.mark.check
def test_another_offset_is_noticed(tmp_path: Path) -> None:
    wrong = [line.replace("claim) == ", "claim) == 1") for line in asserted()]
    with pytest.raises(ToolError, match="live_trap, claim"):
        held(wrong, tmp_path)


@pytest.mark.check
def test_registers_that_are_not_those_of_the_fill_function_do_not_compile(tmp_path: Path) -> None:
    text = (SOURCE.parent / "live.h").read_text(encoding="utf-8")
    swapped = text.replace("\t__u64 mpidr;\n\t__u64 walk;", "\t__u64 walk;\n\t__u64 mpidr;")
    (tmp_path / "live.h").write_text(swapped, encoding="utf-8")
    source = tmp_path / "one.c"
    source.write_text('#include "live.h"\n', encoding="utf-8")
    with pytest.raises(ToolError, match="mpidr"):
        compiled(source, f"-I{tmp_path}", "-fsyntax-only")


def test_every_program_is_a_hook_and_every_hook_a_program() -> None:
    assert PROGRAMS[EMIT] == (f"raw_tp/{EMIT_AT[0]}", 0)
    assert {hook.program for hook in HOOKS} == set(PROGRAMS) - {EMIT}


@pytest.mark.parametrize("hook", HOOKS, ids=[hook.program for hook in HOOKS])
def test_a_hook_says_what_its_program_attaches_to(hook: Hook) -> None:
    section, arguments = PROGRAMS[hook.program]
    kind, _, target = section.partition("/")
    assert target == hook.target
    assert (kind == "tp_btf") is hook.tracepoint
    # At its end a function has one more, what it returns; at its beginning the last ones may be of no interest.
    assert arguments <= hook.arguments + (kind == "fexit")


def test_the_maps_are_there() -> None:
    assert set(MAPS) == set(re.findall(r"^} (\w+) SEC\(\"\.maps\"\);", TEXT, re.MULTILINE))


def test_the_fill_function_is_that_of_the_specification() -> None:
    """No header of spec/c has a twin here."""
    assert "fault_info_fill(&trap" in SOURCE.read_text(encoding="utf-8")
    assert ROOT / "spec/c/kfi_fill.h" in HEADERS
    assert not list(SOURCE.parent.glob("kfi_*"))


@pytest.mark.parametrize("hook", HOOKS, ids=[hook.program for hook in HOOKS])
def test_the_page_names_every_hook_and_what_is_missing_without_it(hook: Hook) -> None:
    page = (ROOT / "spec/live.rst").read_text(encoding="utf-8")
    name = f"``ras:{hook.target}``" if hook.tracepoint else f"``{hook.target}``"
    assert name in page
    assert f"     - {hook.without}\n" in page
