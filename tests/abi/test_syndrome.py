# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Encode undoes decode over the whole 64-bit space, refuses what is no syndrome, explains what is."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from abi.errors import InputError
from abi.syndrome import as_dict, decode, encode, explain

WORDS = st.integers(0, 2**64 - 1)
#: The same space, but every class and fault status code as likely as any other.
BY_CLASS = st.builds(
    lambda rest, ec, fsc: rest & ~(0x3F << 26) & ~0x3F | ec << 26 | fsc,
    WORDS, st.integers(0, 63) | st.sampled_from([0x20, 0x21, 0x24, 0x25, 0x2F]), st.integers(0, 63),
)
NAMES = ("EC", "IL", "ISS", "ISS2", "ISV", "SET", "LST", "FnV", "DFSC", "IFSC", "AET", "IDS", "IMPDEF", "SSE",
         "TopLevel", "WnRV", "WnR", "none")


@given(WORDS | BY_CLASS)
@example(0)
@example(2**64 - 1)
def test_encode_undoes_decode(esr: int) -> None:
    assert encode(decode(esr)) == esr


@given(BY_CLASS)
def test_fields_and_reserved_bits_make_up_the_word_and_share_only_kept_fields(esr: int) -> None:
    syndrome = decode(esr)
    inner = syndrome.fields[4:] or syndrome.fields[2:4]
    covered = syndrome.reserved
    for field in (*syndrome.fields[:2], *inner):
        mask = ((1 << field.width) - 1) << field.lo
        assert field.value == (esr & mask) >> field.lo
        if field.text.startswith("RES0"):
            assert syndrome.reserved & mask == esr & mask
        else:
            assert covered & mask == 0
            covered |= mask
    assert esr & ~covered == 0
    assert syndrome.reserved & esr == syndrome.reserved


@given(BY_CLASS)
def test_encode_undoes_as_dict_up_to_bit_55(esr: int) -> None:
    assert encode(as_dict(esr)) == esr & (1 << 56) - 1


@given(BY_CLASS)
def test_fields_alone_say_everything_but_reserved_bits(esr: int) -> None:
    syndrome = decode(esr)
    named = {f.name: f.value for f in syndrome.fields}
    if len(named) > 4:
        del named["ISS"], named["ISS2"]
    kept = sum(f.value << f.lo for f in syndrome.fields if f.text.startswith("RES0"))
    assert encode(named) == esr & ~syndrome.reserved | kept


@given(BY_CLASS)
def test_names_are_unique_within_a_syndrome(esr: int) -> None:
    assert len(as_dict(esr)) == len(decode(esr).fields)


def test_get_gives_a_value_or_none() -> None:
    syndrome = decode(0x9600_0410)
    assert (syndrome.get("FnV"), syndrome.get("DFSC"), syndrome.get("AET")) == (1, 0x10, None)


def test_as_dict_has_the_word_first_and_then_the_fields_of_the_manual() -> None:
    assert as_dict(0x8200_1E10) == {
        "EC": 0x20, "IL": 1, "ISS": 0x1E10, "ISS2": 0,
        "FnP": 0, "PFV": 0, "SET": 3, "FnV": 1, "EA": 1, "S1PTW": 0, "IFSC": 0x10,
    }
    assert list(as_dict(0x8200_1E10))[:4] == ["EC", "IL", "ISS", "ISS2"]
    assert as_dict(0x1F30_0000) == {"EC": 7, "IL": 1, "ISS": 0x130_0000, "ISS2": 0}


@pytest.mark.parametrize("esr", [-1, 2**64, 2**70])
def test_a_value_that_does_not_fit_64_bits_is_an_input_error(esr: int) -> None:
    for function in (decode, as_dict, explain):
        with pytest.raises(InputError) as caught:
            function(esr)
        assert (caught.value.code, caught.value.got) == ("esr.value", hex(esr))


def test_encode_builds_what_kvm_and_qemu_inject() -> None:
    assert encode({"EC": 0x25, "FnV": 1, "DFSC": 0x10}) == 0x9600_0410
    assert encode({"EC": 0x2F, "AET": 1, "DFSC": 0x11}) == 0xBE00_0411
    assert encode({"EC": 0x24, "IL": 0, "ISV": 1, "SAS": 2, "SRT": 5, "DFSC": 7}) == 0x9185_0007
    assert encode({"EC": 0x3C, "ISS": 0x800}) == 0xF200_0800


@pytest.mark.parametrize(("fields", "path", "hint"), [
    ({"DFSC": 0x10}, "esr.EC", ""),
    ({"EC": 0x40}, "esr.EC", ""),
    ({"EC": 0x24, "DFSC": 0x40}, "esr.DFSC", ""),
    ({"EC": 0x24, "DFSC": -1}, "esr.DFSC", ""),
    ({"EC": 0x24, "IFSC": 0x10}, "esr.IFSC", ""),
    ({"EC": 0x24, "ISS": 1 << 25}, "esr.ISS", ""),
    ({"EC": 0x24, "DFSC": 0x21, "SET": 1}, "esr.SET", "an external abort"),
    ({"EC": 0x24, "DFSC": 0x10, "LST": 0}, "esr.LST", "translation"),
    ({"EC": 0x24, "DFSC": 7, "SAS": 1}, "esr.SAS", "ISV is 1"),
    ({"EC": 0x24, "DFSC": 0xF, "ISV": 1, "TopLevel": 1}, "esr.TopLevel", "ISV is 0"),
    ({"EC": 0x2F, "IDS": 1, "DFSC": 0x11}, "esr.DFSC", "IDS is 0"),
    ({"EC": 0x2F, "IDS": 1, "AET": 1}, "esr.AET", "IDS is 0"),
    ({"EC": 0x2F, "DFSC": 0x11, "WnR": 1}, "esr.WnR", "WnRV is 1"),
    ({"EC": 0x3C, "Comment": 0x800}, "esr.Comment", ""),
    ({"EC": 0x24, "ISS": 0x10, "DFSC": 0x11}, "esr.ISS", ""),
])
def test_encode_refuses_what_is_no_syndrome(fields: dict[str, int], path: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        encode(fields)
    assert (caught.value.code, caught.value.path) == ("esr.field", path)
    assert hint in caught.value.hint


@given(st.dictionaries(st.sampled_from(NAMES), st.integers(-1, 1 << 25) | st.integers(0, 63)))
def test_encode_of_any_mapping_gives_those_fields_or_an_input_error(fields: dict[str, int]) -> None:
    try:
        esr = encode(fields)
    except InputError:
        return
    assert fields.items() <= as_dict(esr).items()


def read_line(line: str) -> tuple[int, str, str, int, str]:
    """Indentation, name, bits, value and text of a line of explain."""
    found = re.fullmatch(r"( +)(\w+) +(\[[\d:]+\]) +0x([0-9a-f]+)(?: 0b([01]+))?  (\S.*)", line)
    assert found, line
    value = int(found[4], 16)
    assert found[5] is None or int(found[5], 2) == value
    return len(found[1]), found[2], found[3], value, found[6]


@given(BY_CLASS)
def test_explain_has_one_line_a_field_nested_in_iss_or_iss2(esr: int) -> None:
    head, *lines = explain(esr)
    assert int(head.removeprefix("ESR "), 16) == esr
    syndrome = decode(esr)
    if syndrome.reserved:
        assert f"{syndrome.reserved:#x}: reserved, but set: bits " in lines.pop()
    container = ""
    seen = []
    for indent, name, bits, value, text in map(read_line, lines):
        container = name if indent == 2 else container
        high = int(bits[1:-1].partition(":")[0])
        assert indent == 2 or container == ("ISS2" if high >= 32 else "ISS")
        seen.append((name, bits, value, text))
    assert sorted(seen) == sorted((f.name, f.bits, f.value, f.text) for f in syndrome.fields)


def test_explain_reads_as_the_manual_does() -> None:
    lines = explain(0x8000_0000_9600_0C10)
    assert lines[:4] == [
        "ESR 0x8000000096000c10",
        "  EC          [31:26]  0x25 0b100101  Data Abort from the same Exception level",
        "  IL          [25]     0x1  32-bit instruction, or not tied to one",
        "  ISS         [24:0]   0x0000c10  Instruction Specific Syndrome",
    ]
    assert "  ISS2        [55:32]  0x000000  Instruction Specific Syndrome 2" in lines
    assert "    SET         [12:11]  0x1 0b01  reserved" in lines
    assert "    FnV         [10]     0x1  FAR_ELx not valid" in lines
    assert lines[-1] == "  RES0   0x8000000000000000: reserved, but set: bits 63"
