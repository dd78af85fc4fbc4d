# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Which address is valid when, against tables typed by hand from the Arm ARM, and against a real kernel."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi import address
from tests.abi.strategies import syndromes

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "captures" / "kvm-linux-7.3.4.json").read_text()
)["cases"]

DABT = (0x24 << 26, 0x25 << 26)
IABT = (0x20 << 26, 0x21 << 26)
SERROR = 0x2F << 26
FNV, S1PTW, VNCR, PFV, FNP, VFV, BIT24 = 1 << 10, 1 << 7, 1 << 13, 1 << 14, 1 << 15, 1 << 15, 1 << 24

#: Classes of the 64 fault status codes, by hand.
ADDRESS_SIZE = {0x00, 0x01, 0x02, 0x03, 0x29, 0x2C}
TRANSLATION = {0x04, 0x05, 0x06, 0x07, 0x2A, 0x2B}
ACCESS_FLAG = {0x08, 0x09, 0x0A, 0x0B}
PERMISSION = {0x0C, 0x0D, 0x0E, 0x0F}
EXTERNAL = {0x10, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F}
#: HPFAR_EL2 is written, with S1PTW=0 and with S1PTW=1: a row a code, 0x00 first, as the manual's table has it.
HPFAR_WRITTEN = {
    0: "1111 1111 1111 0000  0000 0000 0000 0000  0000 0000 0111 1000  0000 0000 0000 0000",
    1: "1111 1111 1111 1111  0000 0000 0000 0000  0000 0000 0111 1000  0000 0000 0000 0000",
}


def row(text: str) -> list[bool]:
    return [digit == "1" for digit in text if digit in "01"]


def test_kinds_follow_from_the_exception_class_alone() -> None:
    by_hand = {0x20: 2, 0x21: 2, 0x24: 1, 0x25: 1, 0x2F: 3}
    for ec, rest in product(range(64), (0, (1 << 26) - 1, (1 << 64) - (1 << 32))):
        assert address.kind_of(ec << 26 | rest) == by_hand.get(ec, 0), hex(ec)


def test_external_aborts_are_the_codes_of_the_architecture() -> None:
    assert {fsc for fsc in range(64) if address.is_external_abort(fsc)} == EXTERNAL


def test_stage_2_faults_are_the_four_that_can_be_handled() -> None:
    handled = ADDRESS_SIZE | TRANSLATION | ACCESS_FLAG | PERMISSION
    assert {fsc for fsc in range(64) if address.is_stage2_fault(fsc)} == handled


@pytest.mark.parametrize("s1ptw", [0, 1])
@pytest.mark.parametrize("ec", [*DABT, *IABT], ids=hex)
def test_hpfar_is_written_for_the_codes_of_the_manuals_table(ec: int, s1ptw: int) -> None:
    """Rule host.hpfar.valid: all 64 codes, with S1PTW and without."""
    for noise in (0, FNV, VNCR, BIT24, FNP):
        got = [address.hpfar_valid(ec | s1ptw << 7 | noise | fsc) for fsc in range(64)]
        assert got == row(HPFAR_WRITTEN[s1ptw])


def test_the_two_rows_differ_in_permission_faults_alone() -> None:
    rows = [row(HPFAR_WRITTEN[s1ptw]) for s1ptw in (0, 1)]
    assert {fsc for fsc in range(64) if rows[0][fsc] != rows[1][fsc]} == PERMISSION
    assert {fsc for fsc in range(64) if rows[1][fsc]} == ADDRESS_SIZE | TRANSLATION | ACCESS_FLAG | PERMISSION


@pytest.mark.parametrize("s1ptw", [0, S1PTW])
def test_hpfar_is_never_written_by_an_external_abort_or_another_exception(s1ptw: int) -> None:
    for ec, fsc in product(range(64), range(64)):
        if ec not in {0x20, 0x21, 0x24, 0x25} or fsc in EXTERNAL:
            assert not address.hpfar_valid(ec << 26 | s1ptw | fsc), (hex(ec), hex(fsc))


@pytest.mark.parametrize("fnv", [0, FNV])
@pytest.mark.parametrize("ec", [*DABT, *IABT], ids=hex)
def test_far_is_unknown_only_with_fsc_0x10_and_fnv(ec: int, fnv: int) -> None:
    """Rule host.far.valid: FnV is RES0 with every other code."""
    for fsc in range(64):
        assert address.far_valid(ec | fnv | fsc) is not (fsc == 0x10 and fnv == FNV), hex(fsc)


@pytest.mark.parametrize("fsc", range(64))
def test_with_vncr_far_is_an_address_of_the_host_in_data_aborts_alone(fsc: int) -> None:
    """Rule host.far.valid; bit 13 of an instruction abort is RES0."""
    assert [address.far_valid(ec | VNCR | fsc) for ec in DABT] == [False, False]
    assert [address.far_valid(ec | VNCR | fsc) for ec in IABT] == [True, True]
    assert [address.is_vncr(ec | VNCR | fsc) for ec in (*DABT, *IABT, SERROR)] == [True, True, False, False, False]
    assert not any(address.is_vncr(ec | fsc) for ec in DABT)


@pytest.mark.parametrize("ids", [0, BIT24])
@pytest.mark.parametrize("vfv", [0, VFV])
def test_far_of_an_serror_is_valid_with_vfv_in_a_syndrome_that_says_something(ids: int, vfv: int) -> None:
    """Rule host.far.valid: never from DISR_EL1, which has no VFV."""
    for dfsc, noise in product(range(64), (0, FNV, VNCR, PFV)):
        esr = SERROR | ids | vfv | noise | dfsc
        assert address.far_valid(esr) is (ids == 0 and vfv == VFV and dfsc == 0x11), hex(esr)
        assert not address.far_valid(esr, deferred=True)
        assert address.syndrome_is_async(esr) is (ids == 0 and dfsc == 0x11)


VALIDITIES = (address.far_valid, address.hpfar_valid, address.pfar_valid, address.far_imprecise, address.is_vncr)


def test_no_bit_makes_an_address_valid_outside_the_five_classes() -> None:
    others = set(range(64)) - {0x20, 0x21, 0x24, 0x25, 0x2F}
    for ec, fsc, noise in product(others, range(64), (0, 0xFF_FFC0, 0x1FF_FFC0)):
        assert not any(valid(ec << 26 | noise | fsc) for valid in VALIDITIES), (hex(ec), hex(fsc))


@given(esr=syndromes())
def test_no_address_is_valid_for_another_exception(esr: int) -> None:
    other = esr >> 26 & 0x3F not in {0x20, 0x21, 0x24, 0x25, 0x2F}
    if other:
        assert not any(valid(esr) for valid in VALIDITIES)
    if not address.far_valid(esr):
        assert not address.far_imprecise(esr)


@pytest.mark.parametrize("isv", [0, BIT24])
@pytest.mark.parametrize("fnp", [0, FNP])
def test_fnp_is_bit_15_of_an_abort_without_isv(isv: int, fnp: int) -> None:
    """Rule host.far.imprecise: with ISV=1 bit 15 is SF; an instruction abort has no ISV."""
    for fsc in range(64):
        assert [address.far_imprecise(ec | isv | fnp | fsc) for ec in DABT] == [bool(fnp) and not isv] * 2
        assert [address.far_imprecise(ec | isv | fnp | fsc) for ec in IABT] == [bool(fnp)] * 2
        assert not address.far_imprecise(SERROR | isv | fnp | fsc)
    assert not any(address.far_imprecise(ec | fnp | FNV | 0x10) for ec in (*DABT, *IABT))


@pytest.mark.parametrize("isv", [0, BIT24])
@pytest.mark.parametrize("pfv", [0, PFV])
def test_pfar_is_valid_with_pfv_in_an_external_abort_without_isv(isv: int, pfv: int) -> None:
    """Rule host.pa.valid: with ISV=1 bit 14 is AR; parity codes have no PFV."""
    codes = {0x10, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17}
    for fsc in range(64):
        assert [address.pfar_valid(ec | isv | pfv | fsc) for ec in DABT] == [bool(pfv) and not isv and fsc in codes] * 2
        assert [address.pfar_valid(ec | isv | pfv | fsc) for ec in IABT] == [bool(pfv) and fsc in codes] * 2
        assert address.pfar_valid(SERROR | isv | pfv | fsc) is (bool(pfv) and not isv and fsc == 0x11)


@pytest.mark.parametrize(
    ("status", "addr", "expected"),
    [
        (1 << 31, 0x1234_5000, 0x1234_5000),  # AV
        (0, 0x1234_5000, None),
        (~(1 << 31) & 0xFFFF_FFFF, 0x1234_5000, None),  # all but AV
        (1 << 31, 1 << 61 | 0x1000, None),  # AI
        (1 << 31, 1 << 60 | 0x1000, None),  # VA
        (1 << 31, 1 << 63 | 1 << 62 | 1 << 59 | 7 << 56 | 0x1000, 0x1000),  # NS, SI, NSE and RES0 are no address
        (1 << 31, (1 << 56) - 1, (1 << 56) - 1),
        (1 << 31, 0, 0),
    ],
)
def test_err_addr_is_a_physical_address_with_av_and_neither_ai_nor_va(
    status: int, addr: int, expected: int | None
) -> None:
    """Rule host.pa.valid; Arm RAS System Architecture, ERR<n>STATUS.AV and ERR<n>ADDR."""
    assert address.err_addr(status, addr) == expected


@pytest.mark.parametrize(
    ("hpfar", "page"),
    [
        (0x0000_0000_0000_0010, 0x1000),
        (0x0000_0000_0050_0000, 0x5000_0000),
        (0x0000_FFFF_FFFF_FFF0, 0x00FF_FFFF_FFFF_F000),
        (0x8000_0000_0050_0000, 0x5000_0000),  # the mark that KVM sets
        (0xFFFF_0000_0000_000F, 0),  # NS and what is RES0
    ],
)
def test_fipa_names_the_page(hpfar: int, page: int) -> None:
    """Arm ARM, HPFAR_EL2.FIPA [47:4] is IPA [55:12]."""
    assert address.ipa_of(hpfar) == page


@given(hpfar=st.integers(0, (1 << 64) - 1))
def test_a_page_comes_from_fipa_alone(hpfar: int) -> None:
    assert address.ipa_of(hpfar) == sum((hpfar >> bit & 1) << bit + 8 for bit in range(4, 48))


def test_the_mark_of_kvm_is_no_part_of_fipa() -> None:
    assert address.KVM_MARK == 0x8000_0000_0000_0000
    assert address.FIPA & address.KVM_MARK == 0
    assert address.FIPA == 0x0000_FFFF_FFFF_FFF0


def test_a_page_of_the_record_has_4_kib_and_a_physical_address_56_bits() -> None:
    assert (address.PAGE_SHIFT, address.IN_PAGE, address.PADDR) == (12, 0xFFF, 0x00FF_FFFF_FFFF_FFFF)


EXITS = [case for case in CASES if "exit" in case]


@pytest.mark.parametrize("case", EXITS, ids=lambda case: str(case["name"]))
def test_a_real_kernel_gives_gva_where_far_is_valid_and_marks_hpfar_where_it_walked(case: dict[str, Any]) -> None:
    registers = {view["view"]: {k: int(v, 16) for k, v in view.items() if k != "view"}
                 for view in case["trap_registers"]}
    taken, handled = registers["as_taken"], registers["as_handled"]
    gva, gpa = int(case["exit"]["gva"], 16), int(case["exit"]["gpa"], 16)
    assert address.far_valid(handled["esr_el2"]) is (gva != 0)
    assert gva in (0, handled["far_el2"])
    assert address.hpfar_valid(taken["esr_el2"])
    assert not address.hpfar_valid(handled["esr_el2"])
    assert bool(handled["hpfar_el2"] & address.KVM_MARK) is (int(case["exit"]["flags"], 16) == 1)
    assert address.ipa_of(handled["hpfar_el2"]) == gpa


def test_the_captures_hold_both_a_valid_and_an_unknown_far() -> None:
    assert {int(case["exit"]["gva"], 16) != 0 for case in EXITS} == {True, False}
