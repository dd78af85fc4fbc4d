# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The layout and bit tables against numbers written down from the kernel's compiled headers."""

from __future__ import annotations

import inspect
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi.cper import bits, guid, layouts, values
from abi.layout import Flag, Layout

#: sizeof and offsetof as gcc gives them for Linux 7.3 (packed structures, little-endian).
COMPILED = {
    "acpi_hest_generic_status": (20, {
        "block_status": 0, "raw_data_offset": 4, "raw_data_length": 8, "data_length": 12,
        "error_severity": 16}),
    "acpi_hest_generic_data": (64, {
        "section_type": 0, "error_severity": 16, "revision": 20, "validation_bits": 22, "flags": 23,
        "error_data_length": 24, "fru_id": 28, "fru_text": 44}),
    "acpi_hest_generic_data_v300": (72, {
        "section_type": 0, "error_severity": 16, "revision": 20, "validation_bits": 22, "flags": 23,
        "error_data_length": 24, "fru_id": 28, "fru_text": 44, "time_stamp": 64}),
    "cper_sec_proc_arm": (40, {
        "validation_bits": 0, "err_info_num": 4, "context_info_num": 6, "section_length": 8,
        "affinity_level": 12, "reserved": 13, "mpidr": 16, "midr": 24, "running_state": 32, "psci_state": 36}),
    "cper_arm_err_info": (32, {
        "version": 0, "length": 1, "validation_bits": 2, "type": 4, "multiple_error": 5, "flags": 7,
        "error_info": 8, "virt_fault_addr": 16, "physical_fault_addr": 24}),
    "cper_arm_ctx_info": (8, {"version": 0, "type": 2, "size": 4}),
    "cper_sec_mem_err_old": (73, {
        "validation_bits": 0, "error_status": 8, "physical_addr": 16, "physical_addr_mask": 24, "node": 32,
        "card": 34, "module": 36, "bank": 38, "device": 40, "row": 42, "column": 44, "bit_pos": 46,
        "requestor_id": 48, "responder_id": 56, "target_id": 64, "error_type": 72}),
    "cper_sec_mem_err": (80, {
        "validation_bits": 0, "error_status": 8, "physical_addr": 16, "physical_addr_mask": 24, "node": 32,
        "card": 34, "module": 36, "bank": 38, "device": 40, "row": 42, "column": 44, "bit_pos": 46,
        "requestor_id": 48, "responder_id": 56, "target_id": 64, "error_type": 72, "extended": 73, "rank": 74,
        "mem_array_handle": 76, "mem_dev_handle": 78}),
    "cper_record_header": (128, {
        "signature": 0, "revision": 4, "signature_end": 6, "section_count": 10, "error_severity": 12,
        "validation_bits": 16, "record_length": 20, "timestamp": 24, "platform_id": 32, "partition_id": 48,
        "creator_id": 64, "notification_type": 80, "record_id": 96, "flags": 104,
        "persistence_information": 108, "reserved": 116}),
    "cper_section_descriptor": (72, {
        "section_offset": 0, "section_length": 4, "revision": 8, "validation_bits": 10, "reserved": 11,
        "flags": 12, "section_type": 16, "fru_id": 32, "section_severity": 48, "fru_text": 52}),
}


@pytest.mark.parametrize("layout", layouts.LAYOUTS, ids=lambda layout: layout.name)
def test_layouts_have_the_offsets_of_the_kernels_structures(layout: Layout) -> None:
    assert (layout.size, layout.offsets) == COMPILED[layout.name]


def test_every_compiled_structure_has_a_layout() -> None:
    assert {layout.name for layout in layouts.LAYOUTS} == set(COMPILED)


def test_only_a_packed_layout_may_have_unaligned_fields() -> None:
    fields = (layouts.ERROR_INFO.field("type"), layouts.ERROR_INFO.field("multiple_error"))
    with pytest.raises(ValueError, match="multiple_error is not naturally aligned"):
        Layout("unaligned", "", *fields)
    assert Layout("packed", "", *fields, packed=True).offsets == {"type": 0, "multiple_error": 1}


@given(st.data())
def test_construct_and_struct_read_the_same_fields(data: st.DataObject) -> None:
    layout = data.draw(st.sampled_from(layouts.LAYOUTS))
    raw = data.draw(st.binary(min_size=layout.size, max_size=layout.size))
    plain = layout.codec.plain.parse(raw)
    assert tuple(plain[name] for name in layout.codec.names) == layout.codec.fast.unpack(raw)


@pytest.mark.parametrize(("flags", "layout"), [
    (bits.ENTRY_VALID, layouts.DATA_ENTRY_V3), (bits.ARM_VALID, layouts.ARM_PROCESSOR),
    (bits.ERROR_INFO_VALID, layouts.ERROR_INFO), (bits.MEMORY_VALID, layouts.MEMORY),
    (bits.RECORD_VALID, layouts.RECORD_HEADER),
])
def test_validity_bits_name_fields_of_their_layout(flags: tuple[Flag, ...], layout: Layout) -> None:
    assert {f.validates for f in flags if f.validates} <= set(layout.offsets)
    assert len({f.bit for f in flags}) == len(flags)


#: From include/linux/cper.h: mask of each validity bit and flag that this project acts on.
KERNEL_MASKS = {
    "CPER_MEM_VALID_PA": (bits.MEMORY_VALID_PA, 0x0002),
    "CPER_MEM_VALID_PA_MASK": (bits.MEMORY_VALID_PA_MASK, 0x0004),
    "CPER_MEM_VALID_RANK_NUMBER": (bits.MEMORY_VALID_NEW, 0x8000),
    "CPER_MEM_VALID_CHIP_ID": (bits.MEMORY_VALID[-1].mask, 0x200000),
    "CPER_ARM_VALID_MPIDR": (bits.ARM_VALID_MPIDR, 1),
    "CPER_ARM_VALID_VENDOR_INFO": (bits.ARM_VALID_VENDOR_INFO, 8),
    "CPER_ARM_INFO_VALID_ERR_INFO": (bits.VALID_ERR_INFO, 4),
    "CPER_ARM_INFO_VALID_VIRT_ADDR": (bits.VALID_VIRT_ADDR, 8),
    "CPER_ARM_INFO_VALID_PHYSICAL_ADDR": (bits.VALID_PHYSICAL_ADDR, 16),
    "CPER_ARM_CACHE_ERROR": (bits.TYPE_CACHE, 2),
    "CPER_ARM_TLB_ERROR": (bits.TYPE_TLB, 4),
    "CPER_ARM_BUS_ERROR": (bits.TYPE_BUS, 8),
    "CPER_ARM_VENDOR_ERROR": (bits.TYPE_VENDOR, 16),
    "CPER_SEC_LATENT_ERROR": (bits.SECTION_FLAGS[5].mask, 0x20),
    "entry count": (bits.ENTRY_COUNT_MASK, 0x3FF0),
}


@pytest.mark.parametrize("name", KERNEL_MASKS)
def test_masks_are_those_of_the_kernel(name: str) -> None:
    ours, kernels = KERNEL_MASKS[name]
    assert ours == kernels


@pytest.mark.parametrize(("value", "layout", "computed"), [
    (values.ErrorInfo, layouts.ERROR_INFO, {"length"}),
    (values.ContextInfo, layouts.CONTEXT_INFO, {"size"}),
    (values.ArmProcessor, layouts.ARM_PROCESSOR,
     {"err_info_num", "context_info_num", "section_length", "mpidr"}),
    (values.PlatformMemory, layouts.MEMORY, set()),
    (values.DataEntry, layouts.DATA_ENTRY_V3, {"section_type", "error_data_length"}),
    (values.StatusBlock, layouts.STATUS_BLOCK, {"raw_data_offset", "raw_data_length", "data_length"}),
    (values.SectionDescriptor, layouts.SECTION_DESCRIPTOR,
     {"section_offset", "section_length", "section_type"}),
    (values.Record, layouts.RECORD_HEADER,
     {"signature", "signature_end", "section_count", "record_length"}),
])
def test_values_have_every_field_that_is_not_computed(
    value: type, layout: Layout, computed: set[str]
) -> None:
    assert set(layout.offsets) - set(inspect.signature(value).parameters) == computed


@pytest.mark.parametrize("kind", guid.SECTION_TYPES, ids=lambda kind: kind.name)
def test_guids_are_stored_as_the_standard_library_stores_them(kind: guid.SectionType) -> None:
    assert uuid.UUID(kind.text).bytes_le == kind.guid
    assert guid.section_name(kind.guid) == kind.meaning


@given(st.uuids())
def test_guid_text_goes_both_ways(any_guid: uuid.UUID) -> None:
    assert guid.guid(str(any_guid).upper()) == any_guid.bytes_le
    assert guid.guid_text(any_guid.bytes_le) == str(any_guid)


@pytest.mark.parametrize("text", [
    "", "e19e3d16", "e19e3d16-bc11-11e4-9caa-c2051d5d46", "e19e3d16-bc11-11e4-9caa-c2051d5d46b0b0",
    "e19e-3d16bc11-11e4-9caa-c2051d5d46b0", "x19e3d16-bc11-11e4-9caa-c2051d5d46b0",
])
def test_text_that_is_no_guid_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the messages of int and bytes differ by text
        guid.guid(text)


def test_an_unknown_section_type_is_named_by_its_guid() -> None:
    assert guid.section_name(bytes(16)) == "00000000-0000-0000-0000-000000000000"
