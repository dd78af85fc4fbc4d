# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The generated tables, held against numbers typed from the Arm ARM, UEFI and Linux, and against what BPF gets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from abi.definition import SIZES, VERSIONS
from abi.generate import ARTEFACTS, c_tables
from abi.rules import RECORD_RULES, all_rules
from tests.c.library import HERE, SOURCES, copy_headers
from tests.generate.tools import ROOT, run
from tests.test_checklists import edit

HEADER: Final = c_tables.render()
MACROS: Final = dict(re.findall(r"^#define KFI_(\w+)\s+(\S.*)$", HEADER, re.MULTILINE))

#: Arm ARM, ESR_ELx; UEFI N.2.4.4 and N.2.5; Linux include/linux/cper.h, arch/arm64/include/asm/esr.h.
BY_HAND: Final = {
    "ESR_EC_MASK": 0xFC000000, "ESR_EC_SHIFT": 26, "ESR_IL": 1 << 25, "ESR_ISV": 1 << 24, "ESR_FNP": 1 << 15,
    "ESR_PFV": 1 << 14, "ESR_VNCR": 1 << 13, "ESR_SET": 3 << 11, "ESR_SET_SHIFT": 11, "ESR_FNV": 1 << 10,
    "ESR_EA": 1 << 9, "ESR_CM": 1 << 8, "ESR_S1PTW": 1 << 7, "ESR_WNR": 1 << 6, "ESR_FSC": 0x3F, "ESR_IDS": 1 << 24,
    "ESR_VFV": 1 << 15, "ESR_AET": 7 << 10, "ESR_AET_SHIFT": 10, "ESR_EC_IABT_LOW": 0x20, "ESR_EC_IABT_CUR": 0x21,
    "ESR_EC_DABT_LOW": 0x24, "ESR_EC_DABT_CUR": 0x25, "ESR_EC_SERROR": 0x2F, "FSC_NOT_ON_WALK": 0x10, "FSC_ASYNC": 0x11,
    "KEPT_DABT": 0xFE00077F, "KEPT_IABT": 0xFE00063F, "KEPT_SERROR": 0xFF000000, "KEPT_ASYNC": 0xFF001E3F,
    "FSCS_EXTERNAL": 0xFDFD0000, "FSCS_ON_WALK": 0x00FC0000, "FSCS_PERMISSION": 0xF000, "FSCS_PFAR": 0x00FD0000,
    "FSCS_HPFAR": 0x1E00_0000_0FFF, "SEVERITY_OF_SET": 0x2503, "SEVERITY_OF_AET": 0x0100_3245, "AET_GIVEN": 0b1110,
    "ISS_RESTARTABLE": 0x811, "FIPA": 0xFFFF_FFFF_FFF0, "FIPA_TO_IPA": 8, "KVM_MARK": 1 << 63,
    "PADDR": 0xFF_FFFF_FFFF_FFFF, "PAGE_SHIFT": 12, "IN_PAGE": 0xFFF, "PSTATE_A": 1 << 8, "PSTATE_I": 1 << 7,
    "PSTATE_MODE": 0x1F, "PSTATE_AARCH32": 0x10, "PSTATE_MODE_EL1H": 5, "PSTATE_PAN": 1 << 22, "PSTATE_SSBS": 1 << 12,
    "PSTATE_TCO": 1 << 25, "PSTATE_DIT": 1 << 24, "PSTATE_DAIF": 0x3C0, "PSTATE_NZCV": 0xF000_0000,
    "PSTATE_ALLINT": 1 << 13, "PSTATE_PM": 1 << 32, "PSTATE_EXLOCK": 1 << 34, "SCTLR_SPAN": 1 << 23,
    "SCTLR_DSSBS": 1 << 44, "SCTLR_SPINTMASK": 1 << 62, "SCTLR2_EASE": 1 << 5, "GCSCR_EXLOCKEN": 1 << 6,
    "VECTORS": 0x800, "SERROR_VECTOR": 0x180,
    "CPER_REVISION_V3": 0x300, "CPER_COUNT_SHIFT": 4, "CPER_COUNT_MASK": 0x3FF0, "CPER_SEVERITY_RECOVERABLE": 0,
    "CPER_SEVERITY_FATAL": 1, "CPER_SEVERITY_CORRECTED": 2, "CPER_SEVERITY_INFORMATIONAL": 3,
    "CPER_THRESHOLD_EXCEEDED": 8, "CPER_ARM_VALID_MPIDR": 1, "CPER_ARM_VALID_VENDOR_INFO": 8, "CPER_VALID_ERR_INFO": 4,
    "CPER_VALID_VIRT_ADDR": 8, "CPER_VALID_PHYSICAL_ADDR": 0x10, "CPER_TYPE_CACHE": 2, "CPER_TYPE_VENDOR": 0x10,
    "CPER_MEMORY_VALID_PA": 2, "CPER_MEMORY_VALID_NEW": 0x8000, "CPER_DETAIL_CORRUPT_VALID": 8,
    "CPER_DETAIL_CORRUPT": 1 << 25, "CPER_CONTEXT_ALIGN": 16,
    "CPER_GUID_ARM_LO": 0x11E4_BC11_E19E_3D16, "CPER_GUID_ARM_HI": 0xB046_5D1D_05C2_AA9C,
    "CPER_GUID_MEMORY_LO": 0x4EDE_6F64_A5BC_1114, "CPER_GUID_MEMORY_HI": 0xB183_7CED_833E_63B8,
    "SIZE_HEAD": 38, "SIZE_ESTATUS": 20, "SIZE_ENTRY_V2": 64, "SIZE_ENTRY_V3": 72, "SIZE_ARM": 40,
    "SIZE_ERROR_INFO": 32, "SIZE_CONTEXT_INFO": 8, "SIZE_MEMORY": 80, "SIZE_MEMORY_OLD": 73,
    "KNOWN_FLAGS": 0x1_0000_03FF, "KNOWN_CRITICAL": 1 << 32, "KNOWN_SEA_FLAGS": 1, "LSB_MAX": 55,
}
PLACES_BY_HAND: Final = {
    "RECORD_ESR": 8, "RECORD_SIZE": 32, "RECORD_KIND": 36, "RECORD_FLAGS": 40, "RECORD_FIRMWARE_VA": 72,
    "RING_HEADER_SLOT_SIZE": 8, "RING_HEADER_HEAD": 16, "RING_HEADER_TAIL": 24, "RING_HEADER_LOST": 32,
    "RING_SLOT_STAMP": 0, "RING_SLOT_SEQUENCE": 16, "ESTATUS_DATA_LENGTH": 12, "ENTRY_REVISION": 20, "ENTRY_FLAGS": 23,
    "ENTRY_ERROR_DATA_LENGTH": 24, "ARM_ERR_INFO_NUM": 4, "ARM_CONTEXT_INFO_NUM": 6, "ARM_SECTION_LENGTH": 8,
    "ARM_MPIDR": 16, "ERROR_INFO_LENGTH": 1, "ERROR_INFO_VALIDATION_BITS": 2, "ERROR_INFO_TYPE": 4,
    "ERROR_INFO_ERROR_INFO": 8, "ERROR_INFO_VIRT_FAULT_ADDR": 16, "ERROR_INFO_PHYSICAL_FAULT_ADDR": 24,
    "CONTEXT_INFO_SIZE": 4, "MEMORY_PHYSICAL_ADDR": 16,
}


def members(name: str) -> list[str]:
    """The members of an enum, in order."""
    found = re.search(rf"^enum {name} \{{\n(.*?)\n\}};", HEADER, re.MULTILINE | re.DOTALL)
    assert found
    return [line.strip().removesuffix(",") for line in found[1].splitlines()]


@pytest.mark.parametrize("name", BY_HAND)
def test_the_number_is_the_one_typed_by_hand(name: str) -> None:
    assert int(re.sub(r"U(LL)?$", "", MACROS[name]), 0) == BY_HAND[name]


@pytest.mark.parametrize("name", PLACES_BY_HAND)
def test_the_place_is_the_one_typed_by_hand(name: str) -> None:
    found = re.fullmatch(r"KFI_AT\((\d+), KFI_FIELD_(\w+)\)", MACROS[f"AT_{name}"])
    assert found
    assert int(found[1]) == PLACES_BY_HAND[name]
    assert name.endswith(found[2].upper())


def test_the_rules_on_a_record_come_first_and_in_the_order_of_judgement() -> None:
    """A bitmap of 64 bits holds them, and its lowest bit is what a reader says."""
    rules = members("kfi_rule")
    assert rules[0] == "KFI_RULE_NONE"
    assert rules[1:5] == ["KFI_RULE_VMM_MAJOR_UNKNOWN", "KFI_RULE_VMM_SIZE", "KFI_RULE_VMM_CRITICAL_UNKNOWN",
                          "KFI_RULE_VMM_AGREE"]
    assert [rule.removeprefix("KFI_RULE_") for rule in rules[1 : len(RECORD_RULES) + 1]] == [
        rule.replace(".", "_").upper() for rule in RECORD_RULES
    ]
    assert len(RECORD_RULES) < 63
    assert MACROS["REFUSALS"] == "0x1eULL"


def test_every_rule_has_one_number() -> None:
    rules = members("kfi_rule")
    assert len(set(rules)) == len(rules) == len(all_rules()) + 1
    assert len(rules) <= 256


def test_a_field_fits_the_byte_that_an_error_has_for_it() -> None:
    fields = members("kfi_field")
    assert len(set(fields)) == len(fields) <= 256
    assert set(re.findall(r"KFI_FIELD_\w+", HEADER)) == set(fields)


def test_names_are_in_the_order_of_their_numbers() -> None:
    text = c_tables.names()
    rules = re.search(r"kfi_rule_name.*?\{\n(.*?)\};", text, re.DOTALL)
    assert rules
    named = re.findall(r'"(.*?)"', rules[1])
    assert ["KFI_RULE_" + (name.replace(".", "_").upper() or "NONE") for name in named] == members("kfi_rule")


@pytest.mark.parametrize("name", ["c-tables", "c-names"])
def test_what_is_kept_is_what_is_generated(name: str) -> None:
    assert (ROOT / ARTEFACTS[name].path).read_text(encoding="utf-8") == ARTEFACTS[name].render()


def by_version(compiler: str, folder: Path, headers: Path = SOURCES[0], *flags: str) -> list[tuple[int, ...]]:
    """Size, flags beyond it and flags known of the minor versions 0 to 255, as a compiled program says them."""
    made = folder / "versions"
    run(compiler, "-std=c11", "-O2", *flags, f"-I{headers}", f"-I{SOURCES[1]}", HERE / "versions.c", "-o", made)
    return [tuple(map(int, line.split())) for line in run(str(made)).splitlines()]


@pytest.mark.check
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_what_is_computed_for_bpf_is_what_the_tables_say(compiler: str, tmp_path: Path) -> None:
    """A verifier takes no index into a table, so BPF computes; a version that is not known is as the newest."""
    tables = by_version(compiler, tmp_path)
    assert by_version(compiler, tmp_path, SOURCES[0], "-D__bpf__") == tables
    assert [size for size, *_flags in tables[: len(SIZES)]] == [SIZES[version] for version in VERSIONS]
    assert set(tables[len(SIZES) :]) == {tables[len(SIZES) - 1]}
    assert len(tables) == 256


@pytest.mark.check
@pytest.mark.parametrize(("old", "new"), [
    ("of[] = { 0x40ULL, 0x50ULL }", "of[] = { 0x40ULL, 0x58ULL }"),
    ("(0x10ULL & (0 - (__u64)(minor >= 1)))", "(0x10ULL & (0 - (__u64)(minor >= 2)))"),
    ("of[] = { 0x18ULL, 0x0ULL }", "of[] = { 0x18ULL, 0x8ULL }"),
    ("(__u64)(0x18ULL ^", "(__u64)(0x8ULL ^"),
    ("of[] = { 0x1000003e7ULL, ", "of[] = { 0x1000003e6ULL, "),
    ("(__u64)(0x1000003e7ULL ^", "(__u64)(0x3e7ULL ^"),
    ("minor < KVM_ARM_FAULT_INFO_MINOR ? minor : KVM_ARM_FAULT_INFO_MINOR", "minor & 1"),
])
def test_a_table_that_is_not_what_is_computed_is_seen(old: str, new: str, tmp_path: Path) -> None:
    headers = copy_headers(tmp_path)
    edit(headers / "kfi_tables.h", old, new)
    assert by_version("gcc", tmp_path, headers) != by_version("gcc", tmp_path, headers, "-D__bpf__")
