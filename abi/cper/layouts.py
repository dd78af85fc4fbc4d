# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The layouts of UEFI Common Platform Error Records, each stated once, little-endian.

Names are those of the Linux kernel (``include/linux/cper.h``, ``include/acpi/actbl1.h``). Sources:
UEFI Specification 2.11, appendix N (N.2.1 header, N.2.2 descriptor, N.2.4.4 ARM processor, N.2.5
memory); ACPI Specification 6.5, section 18.3.2.7.1 (status block and data entry). A layout is marked
packed where the standard leaves a field unaligned.
"""

from __future__ import annotations

from typing import Final

from construct import Int8ul as u8
from construct import Int16ul as u16
from construct import Int32ul as u32
from construct import Int64ul as u64

from abi.layout import Field, Layout

STATUS_BLOCK: Final = Layout(
    "acpi_hest_generic_status",
    "Generic Error Status Block: what firmware hands over for one event. The data entries follow.",
    Field("block_status", u32, "flags; bits 13:4 are the number of data entries"),
    Field("raw_data_offset", u32, "from the start of the block; means nothing where raw_data_length is 0"),
    Field("raw_data_length", u32, "bytes of raw data, after the entries"),
    Field("data_length", u32, "bytes of all data entries with their sections"),
    Field("error_severity", u32, "the worst of the entries"),
)

DATA_ENTRY_V2: Final = Layout(
    "acpi_hest_generic_data",
    "Generic Error Data Entry of a revision below 0x300. Its section follows.",
    Field("section_type", u8, "GUID of the section", number=16),
    Field("error_severity", u32, "severity of this section"),
    Field("revision", u16, "0x300 and up: a time stamp follows"),
    Field("validation_bits", u8, "which of fru_id, fru_text and time_stamp are valid"),
    Field("flags", u8, "section flags"),
    Field("error_data_length", u32, "bytes of the section"),
    Field("fru_id", u8, "GUID of the replaceable unit", number=16),
    Field("fru_text", u8, "its name, ASCII", number=20),
)
DATA_ENTRY_V3: Final = Layout(
    "acpi_hest_generic_data_v300",
    "Generic Error Data Entry of revision 0x300 and up. Its section follows.",
    *DATA_ENTRY_V2.fields,
    Field("time_stamp", u64, "BCD; bytes from the lowest: second, minute, hour, precise, day, month, "
          "year, century"),
)
#: The first revision whose entries have a time stamp (Linux: ``acpi_hest_get_size``).
REVISION_V3: Final = 0x300

ARM_PROCESSOR: Final = Layout(
    "cper_sec_proc_arm",
    "ARM Processor Error Section. Error informations, contexts and vendor information follow.",
    Field("validation_bits", u32, "which of mpidr, affinity_level, running_state and vendor are valid"),
    Field("err_info_num", u16, "number of error informations"),
    Field("context_info_num", u16, "number of contexts"),
    Field("section_length", u32, "bytes of the whole section"),
    Field("affinity_level", u8, "affinity level that the error concerns"),
    Field("reserved", u8, "zero", number=3),
    Field("mpidr", u64, "MPIDR_EL1 of the processor"),
    Field("midr", u64, "MIDR_EL1 of the processor"),
    Field("running_state", u32, "bit 0: running; psci_state is valid where it is clear"),
    Field("psci_state", u32, "PSCI power state"),
)
ERROR_INFO: Final = Layout(
    "cper_arm_err_info",
    "ARM Processor Error Information.",
    Field("version", u8, "0"),
    Field("length", u8, "bytes of this structure: 32, or more in a later version"),
    Field("validation_bits", u16, "which fields are valid"),
    Field("type", u8, "UEFI 2.9A and newer: bit mask of cache, TLB, bus, micro-architectural"),
    Field("multiple_error", u16, "0 single, 1 multiple, else the count"),
    Field("flags", u8, "first, last, propagated, overflow"),
    Field("error_info", u64, "details, by type"),
    Field("virt_fault_addr", u64, "virtual fault address"),
    Field("physical_fault_addr", u64, "physical fault address"),
    packed=True,
)
CONTEXT_INFO: Final = Layout(
    "cper_arm_ctx_info",
    "ARM Processor Context Information header. The register array follows.",
    Field("version", u16, "0"),
    Field("type", u16, "which registers"),
    Field("size", u32, "bytes of the register array"),
)
#: A context is padded with zeros to a multiple of this.
CONTEXT_ALIGN: Final = 16

MEMORY_OLD: Final = Layout(
    "cper_sec_mem_err_old",
    "Platform Memory Error Section of UEFI 2.1 and 2.2.",
    Field("validation_bits", u64, "which fields are valid"),
    Field("error_status", u64, "Error Status, as UEFI defines it"),
    Field("physical_addr", u64, "physical address of the error"),
    Field("physical_addr_mask", u64, "which bits of the address are significant"),
    Field("node", u16, "node of a system with several"),
    Field("card", u16, "card number"),
    Field("module", u16, "module number, unique within the card"),
    Field("bank", u16, "bank number, or group and address"),
    Field("device", u16, "device number"),
    Field("row", u16, "row number, bits 15:0"),
    Field("column", u16, "column number"),
    Field("bit_pos", u16, "bit within the word"),
    Field("requestor_id", u64, "device that requested the transaction"),
    Field("responder_id", u64, "device that responded"),
    Field("target_id", u64, "intended target"),
    Field("error_type", u8, "kind of memory error: 2 single-bit ECC, 3 multi-bit ECC, ..."),
)
MEMORY: Final = Layout(
    "cper_sec_mem_err",
    "Platform Memory Error Section of UEFI 2.3 and newer.",
    *MEMORY_OLD.fields,
    Field("extended", u8, "bits 17:16 of row, chip identification"),
    Field("rank", u16, "rank number"),
    Field("mem_array_handle", u16, "SMBIOS handle of the memory array"),
    Field("mem_dev_handle", u16, "SMBIOS handle of the memory device"),
)

RECORD_HEADER: Final = Layout(
    "cper_record_header",
    "CPER record header. The section descriptors follow, then the sections.",
    Field("signature", u8, '"CPER"', number=4),
    Field("revision", u16, "0x0100"),
    Field("signature_end", u32, "0xffffffff"),
    Field("section_count", u16, "number of section descriptors"),
    Field("error_severity", u32, "the worst of the sections"),
    Field("validation_bits", u32, "which of platform_id, timestamp and partition_id are valid"),
    Field("record_length", u32, "bytes of the whole record"),
    Field("timestamp", u64, "BCD, as time_stamp of a data entry"),
    Field("platform_id", u8, "GUID", number=16),
    Field("partition_id", u8, "GUID", number=16),
    Field("creator_id", u8, "GUID", number=16),
    Field("notification_type", u8, "GUID", number=16),
    Field("record_id", u64, "unique per system"),
    Field("flags", u32, "recovered, previous boot, simulated"),
    Field("persistence_information", u64, "for the creator"),
    Field("reserved", u8, "zero", number=12),
    packed=True,
)
SIGNATURE: Final = b"CPER"
SIGNATURE_END: Final = 0xFFFF_FFFF

SECTION_DESCRIPTOR: Final = Layout(
    "cper_section_descriptor",
    "CPER section descriptor.",
    Field("section_offset", u32, "from the start of the record"),
    Field("section_length", u32, "bytes of the section"),
    Field("revision", u16, "0x0100"),
    Field("validation_bits", u8, "which of fru_id and fru_text are valid"),
    Field("reserved", u8, "zero"),
    Field("flags", u32, "section flags"),
    Field("section_type", u8, "GUID of the section", number=16),
    Field("fru_id", u8, "GUID of the replaceable unit", number=16),
    Field("section_severity", u32, "severity of this section"),
    Field("fru_text", u8, "its name, ASCII", number=20),
)

#: Every layout, for generated documents.
LAYOUTS: Final = (STATUS_BLOCK, DATA_ENTRY_V2, DATA_ENTRY_V3, ARM_PROCESSOR, ERROR_INFO, CONTEXT_INFO,
                  MEMORY_OLD, MEMORY, RECORD_HEADER, SECTION_DESCRIPTOR)
