# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The conformance protocol as other languages have it: compiled, and held against numbers typed by hand.

That adapters built with them answer rightly, and with fields in other places do not, is in
``tests/conformance/test_adapters.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from abi.conformance.codes import CODED, SETS
from abi.generate import protocol
from tests.generate.tools import SPEC, ToolError, run

HEADER = SPEC / "adapters" / "c" / "kfi_protocol.h"
WHERE = Path("spec") / "adapters" / "c" / "kfi_protocol.h"
STRICT = ("-Wall", "-Wextra", "-pedantic", "-Wpadded", "-Werror", "-fsyntax-only")
#: struct.field -> offset, then struct -> size, then numbers.
OFFSETS = {
    "frame.length": 0, "frame.id": 4, "frame.type": 8, "vmm_request.pc": 0, "vmm_request.features": 80,
    "vmm_request.pending_serror": 84, "vmm_request.ways": 96, "vmm_request.exact": 105, "vmm_answer.action": 1,
    "vmm_answer.via": 2, "vmm_answer.serror_esr": 4, "vmm_answer.esr_el1": 24, "vmm_answer.info": 64,
    "host_request.has": 64, "host_request.minor": 70, "reply_request.kind": 84, "read_answer.tail": 4,
    "read_answer.info": 8, "ring_answer.found": 24, "memslot.pa": 24, "isolated.lsb": 8,
}
SIZES = {"frame": 12, "hello_request": 2, "vmm_request": 112, "vmm_answer": 144, "host_request": 72, "host_answer": 16,
         "check_request": 2, "read_answer": 88, "ring_answer": 32, "bye_request": 2, "memslot": 32, "isolated": 16}
NUMBERS = {"PROTOCOL": 1, "FRAME_COUNTED": 8, "FRAME_MAX": 65536, "PAYLOAD_MAX": 65524, "TYPE_HELLO": 0, "TYPE_VMM": 1,
           "TYPE_BYE": 4, "TYPE_RING": 7, "TYPE_READ": 8, "TYPE_FAILED": 0xFFFE, "TYPE_UNSUPPORTED": 0xFFFF,
           "ACTION_STOP": 5, "VIA_NONE": 0, "VIA_SEI": 4, "END_NO_ERROR": 5, "FEATURES_FEAT_RAS": 0x200,
           "HAS_PROTECTED": 0x400, "NOTES_FNV_AT_ODDS": 2}


def asserts() -> str:
    """C source that compiles only if every number is the one typed by hand."""
    lines = ['#include "kfi_protocol.h"', "#ifndef __cplusplus", "#define static_assert _Static_assert", "#endif"]
    for path, offset in OFFSETS.items():
        struct, field = path.split(".")
        lines.append(f'static_assert(offsetof(struct kfp_{struct}, {field}) == {offset}, "{path}");')
    lines += [f'static_assert(sizeof(struct kfp_{name}) == {size}, "{name}");' for name, size in SIZES.items()]
    lines += [f'static_assert(KFP_{name} == {value}, "{name}");' for name, value in NUMBERS.items()]
    return "\n".join(lines) + "\n"


def compiled(folder: Path, header: Path, command: str, language: str, standard: str) -> None:
    source = folder / "asserts.c"
    source.write_text(asserts(), encoding="utf-8")
    run(command, f"-std={standard}", *STRICT, f"-I{header.parent}", "-x", language, source)


@pytest.mark.check
@pytest.mark.parametrize(("command", "language", "standard"), [
    ("gcc", "c", "c11"), ("clang", "c", "c11"), ("g++", "c++", "c++11"), ("aarch64-linux-gnu-gcc", "c", "c11"),
])
def test_sizes_offsets_and_numbers_are_those_typed_by_hand(
    command: str, language: str, standard: str, tmp_path: Path
) -> None:
    compiled(tmp_path, HEADER, command, language, standard)


@pytest.mark.check
def test_fields_in_other_places_do_not_compile(tmp_path: Path, moved: Path) -> None:
    with pytest.raises(ToolError, match=r"vmm_answer\.action"):
        compiled(tmp_path, moved / WHERE, "gcc", "c", "c11")


@pytest.mark.check
def test_a_big_endian_machine_is_refused(tmp_path: Path) -> None:
    flags = ("-D__BYTE_ORDER__=__ORDER_BIG_ENDIAN__", "-Wno-builtin-macro-redefined", "-fsyntax-only", "-x", "c")
    with pytest.raises(ToolError, match="little-endian"):
        run("gcc", *flags, HEADER)


@pytest.mark.check
def test_the_rust_module_is_as_rustfmt_leaves_it(tmp_path: Path) -> None:
    copy = tmp_path / "protocol.rs"
    copy.write_bytes((SPEC / "adapters" / "rust" / "src" / "protocol.rs").read_bytes())
    run("rustfmt", "--edition=2021", "--check", copy)


def test_every_code_and_bit_has_a_name_of_its_own() -> None:
    listed = [number.name for _, numbers in (*protocol.codes(), *protocol.sets()) for number in numbers]
    assert len(set(listed)) == len(listed) == sum(map(len, (*CODED.values(), *SETS.values())))
