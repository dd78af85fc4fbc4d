# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What values answer: only what a validity bit declares, whatever the field holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi.cper import ArmProcessor, ErrorInfo, PlatformMemory, Raw, StatusBlock, bits, guid
from tests.abi.cper import strategies as cs


@given(cs.error_infos(virtual=True, physical=False))
def test_a_virtual_address_alone_is_the_only_address(info: ErrorInfo) -> None:
    assert (info.virtual_address, info.physical_address) == (info.virt_fault_addr, None)


@given(cs.error_infos(virtual=False, physical=True))
def test_a_physical_address_alone_is_the_only_address(info: ErrorInfo) -> None:
    assert (info.virtual_address, info.physical_address) == (None, info.physical_fault_addr)


def test_a_valid_address_may_be_zero() -> None:
    """Kunpeng 920 sends such records."""
    info = ErrorInfo(validation_bits=0x18)
    assert (info.virtual_address, info.physical_address) == (0, 0)


@pytest.mark.parametrize(("kind", "cache", "tlb"), [
    (0, False, False), (1, False, False), (2, True, False), (4, False, True), (6, True, True), (0x1E, True, True),
    (0x18, False, False), (0xE0, False, False),
])
def test_the_type_is_a_bit_mask(kind: int, cache: bool, tlb: bool) -> None:
    info = ErrorInfo(type=kind)
    assert (info.is_cache, info.is_tlb) == (cache, tlb)


#: validation_bits, type, error_info -> context_corrupt. Bit 25, valid by bit 3 of error_info
#: (CPER_ARM_ERR_PC_CORRUPT_SHIFT, CPER_ARM_ERR_VALID_PROC_CONTEXT_CORRUPT), and by ERR_INFO.
CORRUPT = [
    (0x04, 2, 1 << 25 | 1 << 3, True), (0x04, 2, 1 << 3, False), (0x04, 2, ~(1 << 3), None), (0x04, 2, 0, None),
    (0x1B, 2, 1 << 25 | 1 << 3, None), (0x04, 0x10, 1 << 25 | 1 << 3, None), (0x04, 0x12, 1 << 25 | 1 << 3, None),
    (0x04, 8, ~0, True), (0x04, 4, ~(1 << 25), False),
]


@pytest.mark.parametrize(("validity", "kind", "details", "corrupt"), CORRUPT)
def test_context_corrupt_needs_both_validity_bits(
    validity: int, kind: int, details: int, corrupt: bool | None
) -> None:
    info = ErrorInfo(validation_bits=validity, type=kind, error_info=details & (1 << 64) - 1)
    assert info.context_corrupt is corrupt


CLEAR, SET, SILENT = ErrorInfo(4, 2, error_info=8), ErrorInfo(4, 2, error_info=8 | 1 << 25), ErrorInfo(4, 2)


@pytest.mark.parametrize(("infos", "corrupt"), [
    ((), None), ((SILENT,), None), ((SILENT, CLEAR), False), ((CLEAR, SET), True), ((SET, CLEAR, SILENT), True),
])
def test_one_corrupt_context_is_enough(infos: tuple[ErrorInfo, ...], corrupt: bool | None) -> None:
    assert ArmProcessor(infos).context_corrupt is corrupt


#: name -> bit that makes it valid, lowest bit, width; as the shifts and masks in include/linux/cper.h.
KERNEL_DETAILS = {
    "transaction_type": (0, 16, 2), "operation_type": (1, 18, 4), "level": (2, 22, 3),
    "proc_context_corrupt": (3, 25, 1), "corrected": (4, 26, 1), "precise_pc": (5, 27, 1),
    "restartable_pc": (6, 28, 1), "participation_type": (7, 29, 2), "time_out": (8, 31, 1),
    "address_space": (9, 32, 2), "mem_attributes": (10, 34, 9), "access_mode": (11, 43, 1),
}


@given(st.sampled_from(list(KERNEL_DETAILS)), cs.u64)
def test_details_of_a_bus_error_are_where_the_kernel_looks(name: str, error_info: int) -> None:
    valid, low, width = KERNEL_DETAILS[name]
    expected = (error_info >> low) % (1 << width) if error_info >> valid & 1 else None
    assert ErrorInfo(4, 8, error_info=error_info).detail(name) == expected


def test_every_detail_of_the_table_is_checked() -> None:
    assert [d.name for d in bits.DETAILS] == list(KERNEL_DETAILS)


@pytest.mark.parametrize("kind", [2, 4, 0x0A])
def test_bus_details_exist_for_pure_bus_errors_only(kind: int) -> None:
    info = ErrorInfo(4, kind, error_info=(1 << 64) - 1)
    there = {name for name in KERNEL_DETAILS if info.detail(name) is not None}
    assert there == set(list(KERNEL_DETAILS)[:7])


@given(cs.arm_processors(mpidr=True))
def test_mpidr_is_given_where_it_is_valid(section: ArmProcessor) -> None:
    assert section.mpidr == section.mpidr_raw


@given(cs.arm_processors(mpidr=False))
def test_mpidr_is_none_where_it_is_not_valid(section: ArmProcessor) -> None:
    assert section.mpidr is None


@pytest.mark.parametrize(("validity", "address", "mask"), [
    (0, None, None), (2, 0x1000, None), (4, None, 0xF000), (6, 0x1000, 0xF000), (0x4001, None, None),
])
def test_memory_addresses_are_given_where_they_are_valid(
    validity: int, address: int | None, mask: int | None
) -> None:
    section = PlatformMemory(validity, physical_addr=0x1000, physical_addr_mask=0xF000)
    assert (section.physical_address, section.physical_address_mask) == (address, mask)


@given(cs.status_blocks())
def test_a_block_lists_its_arm_sections_in_order(block: StatusBlock) -> None:
    kinds = [entry.section.section_type for entry in block.entries]
    assert kinds.count(guid.PROC_ARM) == len(block.arm_processors)
    others = [e.section for e in block.entries if isinstance(e.section, PlatformMemory | Raw)]
    assert len(others) + len(block.arm_processors) == len(block.entries)
