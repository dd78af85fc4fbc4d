# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a firmware record says, as frozen values.

Values hold content only: lengths and counts are computed when they are built. Fields have the names
of :mod:`abi.cper.layouts` and are kept as found, valid or not; the properties answer by validity.
Bytes that no field covers are kept too, so that what was parsed builds back byte for byte.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from abi.cper import bits
from abi.cper.guid import PLATFORM_MEM, PROC_ARM
from abi.cper.layouts import REVISION_V3


class ErrorInfo(NamedTuple):
    """ARM Processor Error Information. ``extra`` is what its length has beyond the known fields."""

    validation_bits: int = 0
    type: int = 0
    multiple_error: int = 0
    flags: int = 0
    error_info: int = 0
    virt_fault_addr: int = 0
    physical_fault_addr: int = 0
    version: int = 0
    extra: bytes = b""

    @property
    def virtual_address(self) -> int | None:
        """The virtual fault address, None where it is not valid. It may be 0 all the same."""
        return self.virt_fault_addr if self.validation_bits & bits.VALID_VIRT_ADDR else None

    @property
    def physical_address(self) -> int | None:
        """The host's physical fault address, None where it is not valid."""
        return self.physical_fault_addr if self.validation_bits & bits.VALID_PHYSICAL_ADDR else None

    @property
    def is_cache(self) -> bool:
        """A cache error, among others (UEFI 2.9A and newer)."""
        return bool(self.type & bits.TYPE_CACHE)

    @property
    def is_tlb(self) -> bool:
        """A TLB error, among others (UEFI 2.9A and newer)."""
        return bool(self.type & bits.TYPE_TLB)

    @property
    def context_corrupt(self) -> bool | None:
        """Whether the processor context is corrupt; None where the record does not say."""
        corrupt = self.detail("proc_context_corrupt")
        return None if corrupt is None else bool(corrupt)

    def detail(self, name: str) -> int | None:
        """Read a field of error_info (``bits.DETAILS``), None where it is not valid; raises KeyError.

        As Linux reads it: error_info of a micro-architectural error is the vendor's, and some fields
        exist for pure bus errors only (``cper_print_arm_err_info``).
        """
        field = _DETAILS[name]
        valid = self.validation_bits & bits.VALID_ERR_INFO and self.error_info >> field.valid & 1
        if not valid or self.type & bits.TYPE_VENDOR or (field.bus_only and self.type != bits.TYPE_BUS):
            return None
        return self.error_info >> field.low & ((1 << field.width) - 1)


class ContextInfo(NamedTuple):
    """ARM Processor Context Information: registers as raw bytes, and the zeros that pad it."""

    type: int
    registers: bytes
    version: int = 0
    padding: bytes = b""


class ArmProcessor(NamedTuple):
    """ARM Processor Error Section.

    ``mpidr_raw`` is the field ``mpidr``, valid or not. ``vendor`` follows the contexts; ``trailing``
    are zeros behind section_length, within what holds the section.
    """

    error_info: tuple[ErrorInfo, ...] = ()
    validation_bits: int = 0
    mpidr_raw: int = 0
    midr: int = 0
    affinity_level: int = 0
    running_state: int = 0
    psci_state: int = 0
    context_info: tuple[ContextInfo, ...] = ()
    vendor: bytes = b""
    reserved: bytes = bytes(3)
    trailing: bytes = b""

    @property
    def section_type(self) -> bytes:
        """The GUID of such a section."""
        return PROC_ARM

    @property
    def mpidr(self) -> int | None:
        """MPIDR_EL1 of the processor that the error concerns, None where it is not valid."""
        return self.mpidr_raw if self.validation_bits & bits.ARM_VALID_MPIDR else None

    @property
    def context_corrupt(self) -> bool | None:
        """True if any error information says so, else False if any denies it, else None."""
        said = [corrupt for info in self.error_info if (corrupt := info.context_corrupt) is not None]
        return any(said) if said else None


class PlatformMemory(NamedTuple):
    """Platform Memory Error Section. ``old``: the 73 bytes of UEFI 2.1, without the last four fields."""

    validation_bits: int = 0
    error_status: int = 0
    physical_addr: int = 0
    physical_addr_mask: int = 0
    node: int = 0
    card: int = 0
    module: int = 0
    bank: int = 0
    device: int = 0
    row: int = 0
    column: int = 0
    bit_pos: int = 0
    requestor_id: int = 0
    responder_id: int = 0
    target_id: int = 0
    error_type: int = 0
    extended: int = 0
    rank: int = 0
    mem_array_handle: int = 0
    mem_dev_handle: int = 0
    old: bool = False

    @property
    def section_type(self) -> bytes:
        """The GUID of such a section."""
        return PLATFORM_MEM

    @property
    def physical_address(self) -> int | None:
        """The host's physical address, None where it is not valid."""
        return self.physical_addr if self.validation_bits & bits.MEMORY_VALID_PA else None

    @property
    def physical_address_mask(self) -> int | None:
        """Which bits of the address are significant, None where it is not valid."""
        return self.physical_addr_mask if self.validation_bits & bits.MEMORY_VALID_PA_MASK else None

    @property
    def memory_error_type(self) -> int | None:
        """Memory Error Type, None where it is not valid; 0 is "unknown"."""
        return self.error_type if self.validation_bits & bits.MEMORY_VALID_TYPE else None


class Raw(NamedTuple):
    """A section of a type that is not read: its GUID and its bytes."""

    section_type: bytes
    data: bytes


Section: TypeAlias = ArmProcessor | PlatformMemory | Raw


class DataEntry(NamedTuple):
    """Generic Error Data Entry with its section. ``time_stamp`` is None below revision 0x300."""

    section: Section
    error_severity: int = bits.RECOVERABLE
    revision: int = REVISION_V3
    validation_bits: int = 0
    flags: int = 0
    fru_id: bytes = bytes(16)
    fru_text: bytes = bytes(20)
    time_stamp: int | None = 0


class StatusBlock(NamedTuple):
    """Generic Error Status Block.

    ``block_status`` is without the entry count (bits 13:4), which is computed, or left 0 where
    ``counted`` is false, as QEMU does. ``gap`` is what lies between the entries and the raw data;
    ``unused_raw_data_offset`` is raw_data_offset where there is no raw data.
    """

    entries: tuple[DataEntry, ...] = ()
    error_severity: int = bits.RECOVERABLE
    block_status: int = bits.UNCORRECTABLE
    counted: bool = True
    gap: bytes = b""
    raw_data: bytes = b""
    unused_raw_data_offset: int = 0

    @property
    def arm_processors(self) -> tuple[ArmProcessor, ...]:
        """The ARM processor error sections, in order."""
        return tuple(e.section for e in self.entries if isinstance(e.section, ArmProcessor))


class SectionDescriptor(NamedTuple):
    """CPER section descriptor with its section; ``gap`` is what lies before the section."""

    section: Section
    section_severity: int = bits.RECOVERABLE
    revision: int = 0x0100
    validation_bits: int = 0
    reserved: int = 0
    flags: int = 0
    fru_id: bytes = bytes(16)
    fru_text: bytes = bytes(20)
    gap: bytes = b""


class Record(NamedTuple):
    """A whole CPER record; ``tail`` is what follows the last section."""

    sections: tuple[SectionDescriptor, ...] = ()
    error_severity: int = bits.RECOVERABLE
    revision: int = 0x0100
    validation_bits: int = 0
    timestamp: int = 0
    platform_id: bytes = bytes(16)
    partition_id: bytes = bytes(16)
    creator_id: bytes = bytes(16)
    notification_type: bytes = bytes(16)
    record_id: int = 0
    flags: int = 0
    persistence_information: int = 0
    reserved: bytes = bytes(12)
    tail: bytes = b""


_DETAILS = {field.name: field for field in bits.DETAILS}
