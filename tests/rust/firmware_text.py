# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Firmware records in the words of the pipe."""

from __future__ import annotations

from typing import Any

from abi.cper import ArmProcessor, DataEntry, ErrorInfo, PlatformMemory, Record, Section, StatusBlock
from abi.cper.layouts import (
    ARM_PROCESSOR,
    ERROR_INFO,
    MEMORY,
    RECORD_HEADER,
    SECTION_DESCRIPTOR,
)
from abi.cper.values import Raw
from abi.layout import Layout
from reference_host.firmware import read_firmware

_WORD = (1 << 64) - 1


def block_text(block: StatusBlock) -> str:
    """A status block and what it comes to."""
    head = (
        f"block {block.block_status:#x} {_bool(block.counted)} {block.error_severity:#x} "
        f"raw {block.raw_data.hex()} gap {block.gap.hex()}"
    )
    return "\n".join((head, *map(_entry, block.entries), _firmware(block)))


def record_text(record: Record, data: bytes) -> str:
    """A whole CPER record; the fields of its heads are taken from the bytes, which built it."""
    lines = [f"record {_raw_fields(RECORD_HEADER, data)} {record.tail.hex()}"]
    for index, descriptor in enumerate(record.sections):
        at = RECORD_HEADER.size + index * SECTION_DESCRIPTOR.size
        lines.append(f"section {_raw_fields(SECTION_DESCRIPTOR, data[at:])}{section_text(descriptor.section)}")
    return "\n".join(lines)


def section_text(section: Section) -> str:
    """A section of any type."""
    if isinstance(section, Raw):
        return f"\nraw {section.section_type.hex()} {section.data.hex()}"
    if isinstance(section, PlatformMemory):
        pa, mask = _optional(section.physical_address), _optional(section.physical_address_mask)
        return f"\nmemory {_fields(MEMORY, section._asdict())} {_bool(section.old)} {pa} {mask}"
    return _arm(section)


def info_text(info: ErrorInfo) -> str:
    """An error information."""
    length = ERROR_INFO.size + len(info.extra)
    va, pa = _optional(info.virtual_address), _optional(info.physical_address)
    corrupt = info.context_corrupt
    said = "None" if corrupt is None else f"Some({_bool(corrupt)})"
    return (
        f"\ninfo {_fields(ERROR_INFO, info._asdict() | {'length': length})} {va} {pa} {_bool(info.is_cache)} {said} "
        f"{info.extra.hex()}"
    )


def _arm(section: ArmProcessor) -> str:
    size = sum(
        (
            ARM_PROCESSOR.size, sum(ERROR_INFO.size + len(i.extra) for i in section.error_info),
            sum(8 + len(c.registers) + len(c.padding) for c in section.context_info), len(section.vendor),
        )
    )
    values = section._asdict() | {
        "mpidr": section.mpidr_raw, "section_length": size, "err_info_num": len(section.error_info),
        "context_info_num": len(section.context_info),
    }
    contexts = (
        f"\ncontext {c.version:#x} {c.type:#x} {c.registers.hex()} {len(c.padding)}" for c in section.context_info
    )
    return "".join(
        (
            f"\narm {_fields(ARM_PROCESSOR, values)} {_optional(section.mpidr)} {_bool(section.context_corrupt)}",
            *map(info_text, section.error_info), *contexts, f"\nvendor {section.vendor.hex()}",
        )
    )


def _entry(entry: DataEntry) -> str:
    return (
        f"entry {entry.error_severity:#x} {entry.revision:#x} {entry.validation_bits:#x} {entry.flags:#x} "
        f"{entry.fru_id.hex()} {entry.fru_text.hex()} {_optional(entry.time_stamp)}{section_text(entry.section)}"
    )


def _firmware(block: StatusBlock) -> str:
    firmware = read_firmware(block)
    if firmware is None:
        return "no firmware"
    listed = {
        name: ",".join(map(hex, numbers))
        for name, numbers in (("queues", firmware.queues), ("lost", firmware.lost), ("physical", firmware.physical))
    }
    virtual = ",".join(f"{va:#x}@{_optional(mpidr)}" for va, mpidr in firmware.virtual)
    return (
        f"firmware {firmware.severity:#x} {_bool(firmware.fatal)} queues {listed['queues']} lost {listed['lost']} "
        f"physical {listed['physical']} virtual {virtual} addressed {firmware.addressed:#x} "
        f"{_bool(firmware.context_corrupt)}"
    )


def _fields(layout: Layout, values: dict[str, Any]) -> str:
    """Every field by its name; of bytes the first eight as a number."""
    return " ".join(f"{field.name}={_number(values[field.name]):#x}" for field in layout.fields)


def _raw_fields(layout: Layout, data: bytes) -> str:
    values = layout.codec.fast.unpack_from(data)
    return _fields(layout, dict(zip(layout.codec.names, values, strict=True)))


def _number(value: int | bytes) -> int:
    return int.from_bytes(value[:8], "little") if isinstance(value, bytes) else value & _WORD


def _optional(number: int | None) -> str:
    return "none" if number is None else hex(number)


def _bool(value: object) -> str:
    return str(bool(value)).lower()
