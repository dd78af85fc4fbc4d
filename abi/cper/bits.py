# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Bits and codes inside the fields of :mod:`abi.cper.layouts`, stated once.

A bit that no table names is kept by the parser and means nothing here. Source: UEFI Specification
2.11, appendix N; numbers as in ``include/linux/cper.h``.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from abi.layout import Code, Flag

SEVERITIES: Final = (
    Code(0, "RECOVERABLE", "recoverable: uncorrected, not fatal"),
    Code(1, "FATAL", "fatal"),
    Code(2, "CORRECTED", "corrected"),
    Code(3, "INFORMATIONAL", "informational"),
)
RECOVERABLE, FATAL, CORRECTED, INFORMATIONAL = (c.value for c in SEVERITIES)

BLOCK_STATUS: Final = (
    Flag("UNCORRECTABLE", 0, "an uncorrectable error"),
    Flag("CORRECTABLE", 1, "a correctable error"),
    Flag("MULTIPLE_UNCORRECTABLE", 2, "more than one uncorrectable error"),
    Flag("MULTIPLE_CORRECTABLE", 3, "more than one correctable error"),
)
(UNCORRECTABLE, CORRECTABLE, MULTIPLE_UNCORRECTABLE, MULTIPLE_CORRECTABLE) = (f.mask for f in BLOCK_STATUS)
#: block_status bits 13:4, the number of data entries.
ENTRY_COUNT_LOW: Final = 4
ENTRY_COUNT_MAX: Final = 0x3FF
ENTRY_COUNT_MASK: Final = ENTRY_COUNT_MAX << ENTRY_COUNT_LOW

ENTRY_VALID: Final = (
    Flag("FRU_ID", 0, "fru_id is valid", validates="fru_id"),
    Flag("FRU_TEXT", 1, "fru_text is valid", validates="fru_text"),
    Flag("TIMESTAMP", 2, "time_stamp is valid", validates="time_stamp"),
)
#: Flags of a data entry and of a section descriptor.
SECTION_FLAGS: Final = (
    Flag("PRIMARY", 0, "the section to look at first"),
    Flag("CONTAINMENT_WARNING", 1, "the error may have left the processor or memory"),
    Flag("RESET", 2, "the component must be reset before use"),
    Flag("ERROR_THRESHOLD_EXCEEDED", 3, "the resource may be taken out of use"),
    Flag("RESOURCE_NOT_ACCESSIBLE", 4, "the resource could not be asked: fields may be missing"),
    Flag("LATENT_ERROR", 5, "contained, not corrected, not yet consumed"),
    Flag("PROPAGATED", 6, "the error was propagated to here"),
    Flag("OVERFLOW", 7, "errors were lost"),
)

ARM_VALID: Final = (
    Flag("MPIDR", 0, "mpidr is valid", validates="mpidr"),
    Flag("AFFINITY_LEVEL", 1, "affinity_level is valid", validates="affinity_level"),
    Flag("RUNNING_STATE", 2, "running_state is valid", validates="running_state"),
    Flag("VENDOR_INFO", 3, "vendor information follows the contexts"),
)
(ARM_VALID_MPIDR, ARM_VALID_AFFINITY_LEVEL, ARM_VALID_RUNNING_STATE,
 ARM_VALID_VENDOR_INFO) = (f.mask for f in ARM_VALID)

ERROR_INFO_VALID: Final = (
    Flag("MULTI_ERR", 0, "multiple_error is valid", validates="multiple_error"),
    Flag("FLAGS", 1, "flags is valid", validates="flags"),
    Flag("ERR_INFO", 2, "error_info is valid", validates="error_info"),
    Flag("VIRT_ADDR", 3, "virt_fault_addr is valid", validates="virt_fault_addr"),
    Flag("PHYSICAL_ADDR", 4, "physical_fault_addr is valid", validates="physical_fault_addr"),
)
(VALID_MULTI_ERR, VALID_FLAGS, VALID_ERR_INFO, VALID_VIRT_ADDR,
 VALID_PHYSICAL_ADDR) = (f.mask for f in ERROR_INFO_VALID)

ERROR_INFO_FLAGS: Final = (
    Flag("FIRST", 0, "first error captured"),
    Flag("LAST", 1, "last error captured"),
    Flag("PROPAGATED", 2, "propagated"),
    Flag("OVERFLOW", 3, "overflow: details may be missing"),
)
#: The type of an error information as UEFI 2.9A and newer have it. Before that it was a number
#: (0 cache, 1 TLB, 2 bus, 3 micro-architectural); nothing in the record says which is meant.
ERROR_TYPES: Final = (
    Flag("CACHE", 1, "cache error"),
    Flag("TLB", 2, "TLB error"),
    Flag("BUS", 3, "bus error"),
    Flag("VENDOR", 4, "micro-architectural error; error_info is the vendor's"),
)
TYPE_CACHE, TYPE_TLB, TYPE_BUS, TYPE_VENDOR = (f.mask for f in ERROR_TYPES)


class Detail(NamedTuple):
    """A field of error_info: bits ``low + width - 1 : low``, valid where bit ``valid`` is set."""

    name: str
    valid: int
    low: int
    width: int
    meaning: str
    bus_only: bool = False


DETAILS: Final = (
    Detail("transaction_type", 0, 16, 2, "0 instruction, 1 data access, 2 generic"),
    Detail("operation_type", 1, 18, 4, "what was being done, by type of error"),
    Detail("level", 2, 22, 3, "cache or TLB level; affinity level of a bus error"),
    Detail("proc_context_corrupt", 3, 25, 1, "the processor context is corrupt"),
    Detail("corrected", 4, 26, 1, "the error was corrected (old Kunpeng 920 firmware always says so)"),
    Detail("precise_pc", 5, 27, 1, "the PC is precise"),
    Detail("restartable_pc", 6, 28, 1, "execution can restart at the PC"),
    Detail("participation_type", 7, 29, 2, "0 originated here, 1 responded, 2 observed, 3 generic",
           bus_only=True),
    Detail("time_out", 8, 31, 1, "the request timed out", bus_only=True),
    Detail("address_space", 9, 32, 2, "0 external memory, 1 internal memory, 3 device memory", bus_only=True),
    Detail("mem_attributes", 10, 34, 9, "memory access attributes", bus_only=True),
    Detail("access_mode", 11, 43, 1, "0 secure, 1 normal", bus_only=True),
)

CONTEXT_TYPES: Final = (
    Code(0, "AARCH32_GPR", "AArch32 general purpose registers"),
    Code(1, "AARCH32_EL1", "AArch32 EL1 context registers"),
    Code(2, "AARCH32_EL2", "AArch32 EL2 context registers"),
    Code(3, "AARCH32_SECURE", "AArch32 secure context registers"),
    Code(4, "AARCH64_GPR", "AArch64 general purpose registers"),
    Code(5, "AARCH64_EL1", "AArch64 EL1 context registers"),
    Code(6, "AARCH64_EL2", "AArch64 EL2 context registers"),
    Code(7, "AARCH64_EL3", "AArch64 EL3 context registers"),
    Code(8, "MISC", "miscellaneous system registers"),
)

#: Name and field, in the order of their bits, from 0.
_MEMORY_VALID = (
    ("ERROR_STATUS", "error_status"), ("PA", "physical_addr"), ("PA_MASK", "physical_addr_mask"),
    ("NODE", "node"), ("CARD", "card"), ("MODULE", "module"), ("BANK", "bank"), ("DEVICE", "device"),
    ("ROW", "row"), ("COLUMN", "column"), ("BIT_POSITION", "bit_pos"), ("REQUESTOR_ID", "requestor_id"),
    ("RESPONDER_ID", "responder_id"), ("TARGET_ID", "target_id"), ("ERROR_TYPE", "error_type"),
    ("RANK_NUMBER", "rank"), ("CARD_HANDLE", "mem_array_handle"), ("MODULE_HANDLE", "mem_dev_handle"),
)
MEMORY_VALID: Final = (
    *(Flag(name, bit, f"{field} is valid", validates=field)
      for bit, (name, field) in enumerate(_MEMORY_VALID)),
    Flag("ROW_EXT", 18, "extended holds bits 17:16 of row", validates="extended"),
    Flag("BANK_GROUP", 19, "bank holds the group in its upper byte", validates="bank"),
    Flag("BANK_ADDRESS", 20, "bank holds the address in its lower byte", validates="bank"),
    Flag("CHIP_ID", 21, "extended holds the chip identification", validates="extended"),
)
MEMORY_VALID_PA, MEMORY_VALID_PA_MASK = (f.mask for f in MEMORY_VALID[1:3])
MEMORY_VALID_TYPE: Final = next(f.mask for f in MEMORY_VALID if f.validates == "error_type")
#: From this bit up a section of the old length has no field for what the bits claim.
MEMORY_VALID_NEW: Final = next(f.mask for f in MEMORY_VALID if f.name == "RANK_NUMBER")

RECORD_VALID: Final = (
    Flag("PLATFORM_ID", 0, "platform_id is valid", validates="platform_id"),
    Flag("TIMESTAMP", 1, "timestamp is valid", validates="timestamp"),
    Flag("PARTITION_ID", 2, "partition_id is valid", validates="partition_id"),
)
RECORD_FLAGS: Final = (
    Flag("RECOVERED", 0, "the error was recovered"),
    Flag("PREVERR", 1, "the error is of an earlier boot"),
    Flag("SIMULATED", 2, "injected for a test"),
)


def names(flags: tuple[Flag, ...], value: int) -> tuple[str, ...]:
    """Name the bits that are set and known, lowest first."""
    return tuple(f.name for f in flags if value & f.mask)


def meaning(codes: tuple[Code, ...], value: int) -> str:
    """Tell what the code means, or ``unknown``."""
    return next((c.meaning for c in codes if c.value == value), "unknown")
