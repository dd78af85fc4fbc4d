# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What values mean: every exception class, every fault status code, and what hangs on them.

The tables here are written by hand from the Arm ARM (ESR_ELx; pseudocode ExceptionClass,
EncodeLDFSC, IsExternalSyncAbort, EncodeSyncErrorSyndrome) and share nothing with the tables under
test.
"""

from __future__ import annotations

import pytest

from abi import esr_fields as ef
from abi.errors import InputError
from abi.esr_codes import EXCEPTION_CLASSES, FAULT_STATUS
from abi.syndrome import DecodedField, decode, fsc_class, fsc_level, is_external_abort

#: EC values without a class.
UNALLOCATED = {0x02, 0x0B, 0x0F, 0x10, 0x23, 0x29, 0x2A, 0x2B, 0x2E, 0x36, 0x37, 0x39, 0x3B, 0x3E, 0x3F}
CLASS_WORDS = {
    0x00: "unknown", 0x01: "WFI", 0x03: "MCR", 0x04: "MCRR", 0x05: "1110", 0x06: "LDC", 0x07: "floating-point",
    0x08: "VMRS", 0x09: "pointer authentication", 0x0A: "LD64B", 0x0C: "MRRC", 0x0D: "Branch Target",
    0x0E: "Illegal Execution", 0x11: "SVC in AArch32", 0x12: "HVC in AArch32", 0x13: "SMC in AArch32",
    0x14: "MRRS", 0x15: "SVC in AArch64", 0x16: "HVC in AArch64", 0x17: "SMC in AArch64", 0x18: "MRS",
    0x19: "SVE", 0x1A: "ERET", 0x1B: "TSTART", 0x1C: "FPAC", 0x1D: "SME", 0x1E: "Granule Protection",
    0x1F: "IMPLEMENTATION DEFINED", 0x20: "Instruction Abort from a lower",
    0x21: "Instruction Abort from the same", 0x22: "PC alignment", 0x24: "Data Abort from a lower",
    0x25: "Data Abort from the same", 0x26: "SP alignment", 0x27: "Memory Copy", 0x28: "AArch32", 0x2C: "AArch64",
    0x2D: "Guarded Control Stack", 0x2F: "SError", 0x30: "Breakpoint from a lower",
    0x31: "Breakpoint from the same", 0x32: "Step from a lower", 0x33: "Step from the same",
    0x34: "Watchpoint from a lower", 0x35: "Watchpoint from the same", 0x38: "BKPT", 0x3A: "Vector Catch",
    0x3C: "BRK", 0x3D: "profiling",
}
#: IL is 1 for these whatever was executed; 0x24 and 0x25 only with ISV=0.
IL_IS_ONE = {0x00, 0x0E, 0x20, 0x21, 0x22, 0x26, 0x2F, *range(0x30, 0x36), 0x3A, 0x24, 0x25}

WALK = range(4)
#: Fault status code to class and level.
FAULTS: dict[int, tuple[str, int | None]] = {
    **{0x00 + n: ("address size", n) for n in WALK},
    **{0x04 + n: ("translation", n) for n in WALK},
    **{0x08 + n: ("access flag", n) for n in WALK},
    **{0x0C + n: ("permission", n) for n in WALK},
    0x10: ("external abort", None), 0x11: ("tag check", None),
    0x12: ("external abort", -2), 0x13: ("external abort", -1), 0x14: ("external abort", 0),
    0x15: ("external abort", 1), 0x16: ("external abort", 2), 0x17: ("external abort", 3),
    0x18: ("parity", None), 0x19: ("asynchronous parity", None),
    0x1A: ("parity", -2), 0x1B: ("parity", -1), **{0x1C + n: ("parity", n) for n in WALK},
    0x21: ("alignment", None),
    0x22: ("granule protection", -2), 0x23: ("granule protection", -1),
    **{0x24 + n: ("granule protection", n) for n in WALK}, 0x28: ("granule protection", None),
    0x29: ("address size", -1), 0x2A: ("translation", -2), 0x2B: ("translation", -1), 0x2C: ("address size", -2),
    0x30: ("TLB conflict", None), 0x31: ("atomic", None),
    0x34: ("implementation defined", None), 0x35: ("implementation defined", None),
}
WORDS = {
    "address size": "address size fault", "translation": "translation fault", "access flag": "access flag fault",
    "permission": "permission fault", "external abort": "synchronous external abort",
    "parity": "synchronous parity", "asynchronous parity": "asynchronous parity",
    "tag check": "tag check fault", "alignment": "alignment fault",
    "granule protection": "granule protection fault", "TLB conflict": "TLB conflict", "atomic": "atomic",
    "implementation defined": "IMPLEMENTATION DEFINED", "reserved": "reserved",
}
EXTERNAL = {0x10, *range(0x12, 0x19), *range(0x1A, 0x20)}
RAS_EXTERNAL = {0x10, *range(0x12, 0x18)}
PERMISSION = {0x0C, 0x0D, 0x0E, 0x0F}
STAGE_FAULT = {*range(0x04, 0x10), 0x2A, 0x2B}
ON_WALK = {*range(0x12, 0x18), *range(0x22, 0x28)}

ALL_CODES = pytest.mark.parametrize("fsc", range(64), ids=hex)


def field(esr: int, name: str) -> DecodedField:
    """The decoded field; StopIteration where the syndrome does not have it."""
    return next(f for f in decode(esr).fields if f.name == name)


@pytest.mark.parametrize("ec", range(64), ids=hex)
def test_every_class_is_named_or_unallocated(ec: int) -> None:
    text = field(ec << 26, "EC").text
    if ec in UNALLOCATED:
        assert text == "unallocated"
    else:
        assert CLASS_WORDS[ec] in text


@pytest.mark.parametrize("ec", range(64), ids=hex)
def test_il_0_is_called_impossible_where_the_architecture_has_1(ec: int) -> None:
    assert ("not possible" in field(ec << 26, "IL").text) == (ec in IL_IS_ONE)
    assert "not possible" not in field(ec << 26 | 1 << 25, "IL").text


def test_il_0_is_possible_for_a_data_abort_with_a_valid_syndrome() -> None:
    assert field(0x9100_0007, "IL").text == "16-bit instruction"


@ALL_CODES
def test_every_fault_status_code_has_its_class_level_and_text(fsc: int) -> None:
    fault, level = FAULTS.get(fsc, ("reserved", None))
    assert fsc_class(fsc) == fault
    assert fsc_level(fsc) == level
    assert is_external_abort(fsc) == (fsc in EXTERNAL)
    for esr, name in ((0x9600_0000 | fsc, "DFSC"), (0x8200_0000 | fsc, "IFSC")):
        decoded = field(esr, name)
        assert decoded.value == fsc
        assert WORDS[fault] in decoded.text
        assert (f"level {level}" in decoded.text) == (level is not None)
        if fault in ("external abort", "parity", "granule protection"):
            assert ("not on a translation table walk" in decoded.text) == (level is None)


def test_the_tables_hold_each_value_once_and_in_order() -> None:
    assert [s.value for s in FAULT_STATUS] == sorted(FAULTS)
    assert [c.value for c in EXCEPTION_CLASSES] == sorted(set(range(64)) - UNALLOCATED)


@ALL_CODES
def test_which_fields_a_fault_status_code_brings(fsc: int) -> None:
    abort = {f.name for f in decode(0x9200_0000 | fsc).fields}
    fetch = {f.name for f in decode(0x8200_0000 | fsc).fields}
    assert ("SET" in abort, "LST" in abort) == (fsc in RAS_EXTERNAL, fsc in STAGE_FAULT)
    assert ("PFV" in abort) == ("WU" in abort) == ("PFV" in fetch) == (fsc in RAS_EXTERNAL)
    assert ("TopLevel" in abort) == ("TopLevel" in fetch) == (fsc in PERMISSION)
    assert ("Xs" in abort) == (fsc in STAGE_FAULT)
    assert ("HDBSSF" in abort) == (fsc in PERMISSION | ON_WALK)
    for name in ("AssuredOnly", "Overlay", "DirtyBit"):
        assert (name in abort) == (name in fetch) == (fsc in PERMISSION)
    for name in ("TnD", "TagAccess"):
        assert (name in abort) == (fsc in PERMISSION)
    assert "LST" not in fetch
    assert "WU" not in fetch


@ALL_CODES
def test_fnv_is_res0_unless_the_code_is_0x10(fsc: int) -> None:
    for base in (0x9200_0000, 0x8200_0000):
        esr = base | 1 << 10 | fsc
        assert decode(esr).reserved == (0 if fsc == 0x10 else 1 << 10)
        assert field(esr, "FnV").text.startswith("RES0") == (fsc != 0x10)


@ALL_CODES
def test_an_serror_has_two_codes_and_only_0x11_brings_a_severity(fsc: int) -> None:
    texts = {0x00: "uncategorized error", 0x11: "asynchronous SError exception"}
    esr = 0xBE00_0C00 | fsc
    assert field(esr, "DFSC").text == texts.get(fsc, "reserved")
    assert field(esr, "AET").text == ("Recoverable state (UER)" if fsc == 0x11 else
                                      "RES0 unless IDS is 0 and DFSC is 0x11")


def test_an_implementation_defined_serror_is_not_taken_apart() -> None:
    assert [f.name for f in decode(0xBF40_C011).fields][4:] == ["IDS", "IMPDEF"]
    assert field(0xBF40_C011, "IMPDEF").value == 0x40_C011


@pytest.mark.parametrize(("base", "name", "shift", "texts"), [
    (0xBE00_0011, "AET", 10, ["UC", "UEU", "UEO", "UER", "reserved", "reserved", "CE", "reserved"]),
    (0x9600_0010, "SET", 11, ["UER", "reserved", "UC", "UEO"]),
    (0x9600_0014, "SET", 11, ["UER", "reserved", "UC", "UEO"]),
    (0x8600_0010, "SET", 11, ["UER", "reserved", "UC", "UEO"]),
    (0x9600_0007, "LST", 11, ["not specified", "ST64BV", "LD64B or ST64B", "ST64BV0"]),
    (0x9600_0010, "WU", 16, ["not a store", "reserved", "did not update", "that updated"]),
    (0xBE00_0011, "WU", 16, ["not a store", "reserved", "did not update", "that updated"]),
    (0x9700_0007, "SAS", 22, ["byte", "halfword", "word", "doubleword"]),
    (0x9600_0010, "WnR", 6, ["read", "write"]),
    (0xBE00_0091, "WnR", 6, ["read", "write"]),
    (0x9600_0010, "FnV", 10, ["FAR_ELx valid", "not valid"]),
    (0xBE00_0011, "VFV", 15, ["FAR_ELx not valid", "FAR_ELx valid"]),
    (0x9600_0010, "PFV", 14, ["PFAR_ELx not valid", "PFAR_ELx valid"]),
    (0xBE00_0011, "PFV", 14, ["PFAR_ELx not valid", "PFAR_ELx valid"]),
])
def test_texts_of_values(base: int, name: str, shift: int, texts: list[str]) -> None:
    for value, text in enumerate(texts):
        decoded = field(base | value << shift, name)
        assert decoded.value == value
        assert text in decoded.text


def test_corrected_is_binary_110_not_hexadecimal() -> None:
    """An older public decoder had AET of CE as 0x110 and refused 0b110."""
    assert field(0xBE00_1811, "AET").text == "Corrected (CE)"


def test_set_is_as_arm_has_it_not_as_a_firmware_header_has_it() -> None:
    """TF-A's ras_arch.h once had UEO=1, UC=2, CE=3; Arm has UER=0, UC=2, UEO=3."""
    assert [field(0x9600_0010 | n << 11, "SET").text[-4:-1] for n in (0, 3)] == ["UER", "UEO"]


@pytest.mark.parametrize("esr", [0x9600_4010, 0x9600_8010, 0x9603_0010, 0xBE00_C011])
def test_bits_of_newer_features_are_fields_and_not_reserved(esr: int) -> None:
    assert decode(esr).reserved == 0


def test_0x25_is_a_granule_protection_fault_and_0x29_the_address_size_fault() -> None:
    """An older kernel header had ADDRSZ_nL(-1) as 0x25."""
    assert (fsc_class(0x25), fsc_level(0x25)) == ("granule protection", 1)
    assert (fsc_class(0x29), fsc_level(0x29)) == ("address size", -1)


def test_a_tag_check_fault_is_no_external_abort_though_its_type_bits_are() -> None:
    """``(esr & ESR_ELx_FSC_TYPE) == ESR_ELx_FSC_EXTABT`` takes 0x11 along."""
    assert 0x11 & 0x3C == 0x10
    assert not is_external_abort(0x11)


def test_the_bitmap_of_external_aborts_is_what_the_function_says() -> None:
    assert sum(1 << n for n in EXTERNAL) == ef.EXTERNAL_ABORT


@pytest.mark.parametrize("fsc", [-1, 64, 1 << 64])
def test_a_code_out_of_range_is_an_input_error(fsc: int) -> None:
    for function in (fsc_class, fsc_level, is_external_abort):
        with pytest.raises(InputError, match=r"esr\.fsc"):
            function(fsc)
