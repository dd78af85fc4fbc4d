# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The C header, read by compilers for two machines, by abidiff, and by dissect.cstruct."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from abi.definition import V1_0, V1_1
from abi.generate.c_header import render
from tests.generate import by_hand
from tests.generate.header import COMPILERS, HEADER, asserts, compile_with
from tests.generate.tools import ROOT, ToolError, library, run

pytestmark = pytest.mark.check

compilers = pytest.mark.parametrize("compiler", COMPILERS)
WHERE = Path("spec") / "uapi" / HEADER.name


@pytest.fixture
def typed(tmp_path: Path) -> Path:
    """Asserts from the tables typed by hand."""
    source = tmp_path / "typed.c"
    source.write_text(asserts(), encoding="utf-8")
    return source


@compilers
def test_every_size_offset_and_number_is_the_one_typed_by_hand(compiler: str, typed: Path) -> None:
    compile_with(compiler, HEADER, typed)


@compilers
def test_the_generated_asserts_hold(compiler: str) -> None:
    compile_with(compiler, HEADER, ROOT / "tests" / "generate" / "asserts.c")


@compilers
def test_fields_in_other_places_do_not_compile(compiler: str, typed: Path, moved: Path) -> None:
    with pytest.raises(ToolError, match=r"offsetof\(struct kvm_arm_fault_info, ?esr\) == 8"):
        compile_with(compiler, moved / WHERE, typed)


@compilers
def test_the_generated_asserts_see_fields_in_other_places_both_ways(compiler: str, moved: Path) -> None:
    generated = Path("tests") / "generate" / "asserts.c"
    for header, source in ((moved / WHERE, ROOT / generated), (HEADER, moved / generated)):
        with pytest.raises(ToolError, match="esr"):
            compile_with(compiler, header, source)


@compilers
def test_other_numbers_do_not_compile(compiler: str, typed: Path, renumbered: Path) -> None:
    with pytest.raises(ToolError, match="KVM_ARM_FAULT_FLAG_NESTED == 128ULL"):
        compile_with(compiler, renumbered / WHERE, typed)


@compilers
def test_padding_does_not_compile(compiler: str, tmp_path: Path, typed: Path) -> None:
    """-Wpadded is what finds a hole that a change of the definition would make."""
    header = tmp_path / HEADER.name
    text = HEADER.read_text(encoding="utf-8")
    header.write_text(text.replace("\t__u16 kind;\n", "\t__u8 kind;\n"), encoding="utf-8")
    with pytest.raises(ToolError, match="padd"):
        compile_with(compiler, header, typed)


def test_every_macro_and_every_struct_of_the_header_is_in_the_tables() -> None:
    text = HEADER.read_text(encoding="utf-8")
    named = set(re.findall(r"^#define KVM_ARM_FAULT_(\w+)\s", text, re.MULTILINE))
    assert named == set(by_hand.NUMBERS)
    assert set(re.findall(r"^struct (\w+) \{", text, re.MULTILINE)) == set(by_hand.LAYOUTS)


PROVISIONAL = ("KVM_EXIT_ARM_SERROR", "KVM_CAP_ARM_FAULT_INFO")


@pytest.mark.parametrize("name", PROVISIONAL)
def test_a_provisional_number_exists_only_if_the_user_defines_it(name: str, tmp_path: Path) -> None:
    own = name.replace("KVM_", "KVM_ARM_FAULT_PROVISIONAL_", 1)
    source = tmp_path / "provisional.c"
    source.write_text(f"""#include <kvm_arm_fault_info.h>
#ifdef {own}
_Static_assert({name} == 77, "the user's");
#elif defined({name})
#error a default
#endif
""", encoding="utf-8")
    compile_with("gcc", HEADER, source)
    compile_with("gcc", HEADER, source, f"-D{own}=77")
    with pytest.raises(ToolError, match="the user's"):
        compile_with("gcc", HEADER, source, f"-D{own}=78")


def library_of(header: str, folder: Path) -> Path:
    """A shared library, with debug information, whose interface is every struct of a header."""
    folder.mkdir()
    (folder / HEADER.name).write_text(header, encoding="utf-8")
    uses = "\n".join(f"int use_{name}(const struct {name} *p) {{ return p != 0; }}" for name in by_hand.LAYOUTS)
    prototypes = "\n".join(f"int use_{name}(const struct {name} *p);" for name in by_hand.LAYOUTS)
    (folder / "use.c").write_text(f"#include <kvm_arm_fault_info.h>\n{prototypes}\n{uses}\n", encoding="utf-8")
    run("gcc", "-g", "-shared", "-fPIC", f"-I{folder}", folder / "use.c", "-o", folder / "use.so")
    return folder / "use.so"


def differences(before: Path, after: Path) -> str:
    """What abidiff says of two libraries; empty if it finds no change."""
    try:
        return run("abidiff", before, after)
    except ToolError as error:
        return str(error)


def assert_only_growth(said: str) -> None:
    """Every change that abidiff tells is a larger size or a member put in beyond the old end."""
    sizes = re.findall(r"type size changed from (\d+) to (\d+)", said)
    assert all(int(old) < int(new) for old, new in sizes), said
    ends = {int(old) for old, _new in sizes}
    inserted = [int(at) for at in re.findall(r"', at offset (\d+) \(in bits\)", said)]
    assert ends, said
    assert all(at >= max(ends) for at in inserted), said
    assert not re.search(r"offset changed|deletions?:|member changes?:|hasn't changed|\[D\]|\[A\]", said), said


def test_from_1_0_to_1_1_the_record_only_grows(tmp_path: Path) -> None:
    said = differences(library_of(render(V1_0), tmp_path / "old"), library_of(render(V1_1), tmp_path / "new"))
    assert_only_growth(said)
    assert "type size changed from 512 to 640 (in bits)" in said
    assert re.findall(r"'\w+ (\w+)', at offset (\d+)", said) == [("hva", "512"), ("firmware_va", "576")]
    assert "1 Changed" in said


def test_the_same_version_twice_has_no_difference(tmp_path: Path) -> None:
    assert not differences(library_of(render(V1_1), tmp_path / "old"), library_of(render(V1_1), tmp_path / "new"))


def test_abidiff_sees_that_fields_in_other_places_are_no_growth(tmp_path: Path, moved: Path) -> None:
    other = (moved / WHERE).read_text(encoding="utf-8")
    said = differences(library_of(render(V1_0), tmp_path / "old"), library_of(other, tmp_path / "new"))
    assert "'__u64 esr' offset changed from 64 to 128" in said
    with pytest.raises(AssertionError):
        assert_only_growth(said)


def dissected(header: Path) -> Any:
    """The header as dissect.cstruct reads it."""
    cstruct = library("dissect.cstruct").cstruct(endian="<")
    cstruct.load(header.read_text(encoding="utf-8"))
    return cstruct


def judge(cstruct: Any) -> None:
    """Read records made by hand; the values must be those that were put in."""
    for record in (by_hand.records.abort(reserved0=7, hva=8, firmware_va=9, hpfar=10), by_hand.records.notice()):
        read = cstruct.kvm_arm_fault_info(record)
        assert {name: getattr(read, name) for name in by_hand.records.FIELDS} == by_hand.values(record, 1)
    for name, fields in by_hand.LAYOUTS.items():
        struct = getattr(cstruct, name)
        assert len(struct) == by_hand.SIZES[name]
        assert {f.name: f.offset for f in struct.__fields__} == {n: offset for n, (offset, _kind) in fields.items()}


def test_dissect_reads_records_through_the_header() -> None:
    cstruct = dissected(HEADER)
    judge(cstruct)
    assert {name: cstruct.consts[f"KVM_ARM_FAULT_{name}"] for name in by_hand.NUMBERS} == by_hand.NUMBERS


def test_dissect_sees_fields_in_other_places(moved: Path) -> None:
    with pytest.raises(AssertionError, match="esr"):
        judge(dissected(moved / WHERE))
