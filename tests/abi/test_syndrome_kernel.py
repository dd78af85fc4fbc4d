# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A second judge: the kernel's own masks, class numbers and fault tests.

Every number here is as in Linux 7.3.4, arch/arm64/include/asm/esr.h, except the list of
external aborts, which is kvm_vcpu_abt_issea() of asm/kvm_emulate.h. Where kernel and architecture
differ, the difference is listed, and must be one.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi import esr_fields as ef
from abi.esr_codes import CLASS_BY_NAME
from abi.syndrome import decode, fsc_class, fsc_level, is_external_abort

#: ESR_ELx_EC_*: the order and gaps are the header's.
KERNEL_CLASSES = {
    "UNKNOWN": 0x00, "WFx": 0x01, "CP15_32": 0x03, "CP15_64": 0x04, "CP14_MR": 0x05, "CP14_LS": 0x06,
    "FP_ASIMD": 0x07, "CP10_ID": 0x08, "PAC": 0x09, "OTHER": 0x0A, "CP14_64": 0x0C, "BTI": 0x0D, "ILL": 0x0E,
    "SVC32": 0x11, "HVC32": 0x12, "SMC32": 0x13, "SVC64": 0x15, "HVC64": 0x16, "SMC64": 0x17, "SYS64": 0x18,
    "SVE": 0x19, "ERET": 0x1A, "FPAC": 0x1C, "SME": 0x1D, "IMP_DEF": 0x1F, "IABT_LOW": 0x20, "IABT_CUR": 0x21,
    "PC_ALIGN": 0x22, "DABT_LOW": 0x24, "DABT_CUR": 0x25, "SP_ALIGN": 0x26, "MOPS": 0x27, "FP_EXC32": 0x28,
    "FP_EXC64": 0x2C, "GCS": 0x2D, "SERROR": 0x2F, "BREAKPT_LOW": 0x30, "BREAKPT_CUR": 0x31,
    "SOFTSTP_LOW": 0x32, "SOFTSTP_CUR": 0x33, "WATCHPT_LOW": 0x34, "WATCHPT_CUR": 0x35, "BKPT32": 0x38,
    "VECTOR32": 0x3A, "BRK64": 0x3C,
}
#: Unallocated in that header; named by the Arm ARM.
NEWER_CLASSES = {"SYSREG128": 0x14, "TSTART": 0x1B, "GPC": 0x1E, "PROFILING": 0x3D}

#: Constant, the header's mask as (bits << shift), the field, and a syndrome that has it.
KERNEL_MASKS = [
    (ef.EC_MASK, 0x3F << 26, "EC", 0x9200_0000),
    (ef.IL, 1 << 25, "IL", 0x9200_0000),
    (ef.ISS, (1 << 25) - 1, "ISS", 0x9200_0000),
    (ef.ISS2, 0xFF_FFFF << 32, "ISS2", 0x9200_0000),
    (ef.WNR, 1 << 6, "WnR", 0x9200_0010),
    (ef.IDS, 1 << 24, "IDS", 0xBE00_0000),
    (ef.AET, 7 << 10, "AET", 0xBE00_0011),
    (ef.VNCR, 1 << 13, "VNCR", 0x9600_0007),
    (ef.SET, 3 << 11, "SET", 0x9200_0010),
    (ef.FNV, 1 << 10, "FnV", 0x9200_0010),
    (ef.EA, 1 << 9, "EA", 0x9200_0010),
    (ef.S1PTW, 1 << 7, "S1PTW", 0x9200_0010),
    (ef.FSC, 0x3F, "DFSC", 0x9200_0000),
    (ef.FSC, 0x3F, "IFSC", 0x8200_0000),
    (ef.ISV, 1 << 24, "ISV", 0x9200_0007),
    (ef.SAS, 3 << 22, "SAS", 0x9300_0007),
    (ef.SSE, 1 << 21, "SSE", 0x9300_0007),
    (ef.SRT, 0x1F << 16, "SRT", 0x9300_0007),
    (ef.SF, 1 << 15, "SF", 0x9300_0007),
    (ef.AR, 1 << 14, "AR", 0x9300_0007),
    (ef.CM, 1 << 8, "CM", 0x9200_0010),
    (None, 1 << 11 + 32, "HDBSSF", 0x9200_000F),
    (None, 1 << 10 + 32, "TnD", 0x9200_000F),
    (None, 1 << 9 + 32, "TagAccess", 0x9200_000F),
    (None, 1 << 8 + 32, "GCS", 0x9200_000F),
    (None, 1 << 6 + 32, "Overlay", 0x9200_000F),
    (None, 1 << 5 + 32, "DirtyBit", 0x9200_000F),
    (None, 0x1F << 32, "Xs", 0x9200_000F),
]

KERNEL_FAULTS = {
    "translation": {0x04, 0x05, 0x06, 0x07, 0x2B},
    "permission": {0x0C, 0x0D, 0x0E, 0x0F},
    "access flag": {0x08, 0x09, 0x0A, 0x0B},
    "address size": {0x00, 0x01, 0x02, 0x03, 0x29},
}
#: esr_fsc_is_sea_ttw() and esr_fsc_is_secc_ttw(): codes from level -1 to 3.
KERNEL_WALKS = {"external abort": range(0x13, 0x18), "parity": range(0x1B, 0x20)}
KERNEL_ISSEA = {0x10, *range(0x13, 0x18), 0x18, *range(0x1B, 0x20)}
#: The header has no level -2; the Arm ARM has it, for 56-bit addresses.
LEVEL_MINUS_2 = {"translation": 0x2A, "address size": 0x2C, "external abort": 0x12, "parity": 0x1A}


def codes(fault: str) -> set[int]:
    return {n for n in range(64) if fsc_class(n) == fault}


def test_class_names_and_numbers_are_the_kernels_and_the_rest_is_newer() -> None:
    assert {n: c.value for n, c in CLASS_BY_NAME.items()} == KERNEL_CLASSES | NEWER_CLASSES


@pytest.mark.parametrize(("ours", "kernel", "name", "base"), KERNEL_MASKS)
@given(noise=st.integers(0, 2**64 - 1))
def test_masks_take_the_same_bits_as_the_kernels(
    ours: int | None, kernel: int, name: str, base: int, noise: int
) -> None:
    assert ours is None or ours == kernel
    esr = base & ~kernel | noise & kernel
    lowest = kernel & -kernel
    assert decode(esr).get(name) == (esr & kernel) // lowest


def test_shifts_and_values_are_the_kernels() -> None:
    assert (ef.EC_SHIFT, ef.SET_SHIFT, ef.AET_SHIFT, ef.DFSC_ASYNC) == (26, 11, 10, 0x11)
    assert (ef.EC_IABT_LOW, ef.EC_IABT_CUR, ef.EC_DABT_LOW, ef.EC_DABT_CUR, ef.EC_SERROR) == (
        0x20, 0x21, 0x24, 0x25, 0x2F)


def test_masks_that_the_kernel_does_not_have() -> None:
    """From the Arm ARM: FnP [15], PFV [14], LST [12:11]; of an SError ELS [18], VFV [15], IESB [13]."""
    assert (ef.FNP, ef.PFV, ef.LST) == (1 << 15, 1 << 14, 3 << 11)
    assert (ef.ELS, ef.VFV, ef.IESB) == (1 << 18, 1 << 15, 1 << 13)


@pytest.mark.parametrize("fault", KERNEL_FAULTS)
def test_fault_tests_agree_with_the_kernels_but_for_level_minus_2(fault: str) -> None:
    assert codes(fault) == KERNEL_FAULTS[fault] | {LEVEL_MINUS_2.get(fault, min(KERNEL_FAULTS[fault]))}


@pytest.mark.parametrize("fault", KERNEL_WALKS)
def test_external_aborts_on_a_walk_agree_with_the_kernels_but_for_level_minus_2(fault: str) -> None:
    on_walk = {n: fsc_level(n) for n in codes(fault) if fsc_level(n) is not None}
    kernel = dict(zip(KERNEL_WALKS[fault], range(-1, 4), strict=True))
    assert on_walk == kernel | {LEVEL_MINUS_2[fault]: -2}


def test_external_aborts_are_kvms_and_the_two_of_level_minus_2() -> None:
    ours = {n for n in range(64) if is_external_abort(n)}
    assert ours - KERNEL_ISSEA == {0x12, 0x1A}
    assert ours >= KERNEL_ISSEA
