# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Firmware records from values. Lengths, counts, offsets and section types are computed.

Raises InputError (``host.cper.strict``) for a value that its field cannot hold; what a reader makes of
the result is not judged, so that a test can build a record that lies in its content.
"""

from __future__ import annotations

from typing import Any

from abi.cper import layouts
from abi.cper.bits import ENTRY_COUNT_LOW, ENTRY_COUNT_MASK, ENTRY_COUNT_MAX
from abi.cper.values import (
    ArmProcessor,
    ContextInfo,
    DataEntry,
    ErrorInfo,
    PlatformMemory,
    Raw,
    Record,
    Section,
    SectionDescriptor,
    StatusBlock,
)
from abi.cper.window import RULE
from abi.errors import InputError
from abi.layout import Field, Layout


def build_status_block(block: StatusBlock) -> bytes:
    """Build a Generic Error Status Block."""
    entries = b"".join(_entry(entry, f"estatus.entry[{i}]") for i, entry in enumerate(block.entries))
    status = block.block_status
    if status & ENTRY_COUNT_MASK:
        raise _refuse("estatus.block_status", "0x0 in bits 13:4", hex(status), "the entry count is computed")
    if block.counted:
        if len(block.entries) > ENTRY_COUNT_MAX:
            raise _refuse("estatus.entries", f"<= {ENTRY_COUNT_MAX:#x}", hex(len(block.entries)),
                          "more do not fit the entry count; counted=False leaves it 0")
        status |= len(block.entries) << ENTRY_COUNT_LOW
    if block.gap and not block.raw_data:
        raise _refuse("estatus.gap", "0x0 bytes", f"{len(block.gap):#x} bytes", "no raw data follows it")
    after = layouts.STATUS_BLOCK.size + len(entries) + len(block.gap)
    head = _head(layouts.STATUS_BLOCK, "estatus", block._asdict() | {
        "block_status": status,
        "raw_data_offset": after if block.raw_data else block.unused_raw_data_offset,
        "raw_data_length": len(block.raw_data),
        "data_length": len(entries),
    })
    return head + entries + block.gap + block.raw_data


def build_record(record: Record) -> bytes:
    """Build a CPER record."""
    position = layouts.RECORD_HEADER.size + len(record.sections) * layouts.SECTION_DESCRIPTOR.size
    descriptors, bodies = [], []
    for index, descriptor in enumerate(record.sections):
        path = f"record.section[{index}]"
        body = build_section(descriptor.section, path)
        position += len(descriptor.gap)
        descriptors.append(_descriptor(descriptor, path, position, len(body)))
        bodies += [descriptor.gap, body]
        position += len(body)
    head = _head(layouts.RECORD_HEADER, "record", record._asdict() | {
        "signature": layouts.SIGNATURE,
        "signature_end": layouts.SIGNATURE_END,
        "section_count": len(record.sections),
        "record_length": position + len(record.tail),
    })
    return b"".join((head, *descriptors, *bodies, record.tail))


def build_section(section: Section, path: str = "") -> bytes:
    """Build any section; ``path`` is what errors put before its name."""
    before = f"{path}." if path else ""
    if isinstance(section, Raw):
        return section.data
    if isinstance(section, PlatformMemory):
        return build_platform_memory_section(section, f"{before}memory")
    return build_arm_processor_section(section, f"{before}arm")


def build_arm_processor_section(section: ArmProcessor, path: str = "arm") -> bytes:
    """Build an ARM Processor Error Section."""
    infos = [build_error_info(info, f"{path}.error_info[{i}]") for i, info in enumerate(section.error_info)]
    contexts = [_context(info, f"{path}.context_info[{i}]") for i, info in enumerate(section.context_info)]
    body = b"".join((*infos, *contexts, section.vendor))
    head = _head(layouts.ARM_PROCESSOR, path, section._asdict() | {
        "err_info_num": len(infos),
        "context_info_num": len(contexts),
        "section_length": layouts.ARM_PROCESSOR.size + len(body),
        "mpidr": section.mpidr_raw,
    })
    return head + body + section.trailing


def build_error_info(info: ErrorInfo, path: str = "error_info") -> bytes:
    """Build one ARM Processor Error Information."""
    length = layouts.ERROR_INFO.size + len(info.extra)
    return _head(layouts.ERROR_INFO, path, info._asdict() | {"length": length}) + info.extra


def build_platform_memory_section(section: PlatformMemory, path: str = "memory") -> bytes:
    """Build a Platform Memory Error Section, of the old length where the value says so."""
    if not section.old:
        return _head(layouts.MEMORY, path, section._asdict())
    values = section._asdict()
    for field in layouts.MEMORY.fields[len(layouts.MEMORY_OLD.fields) :]:
        if values[field.name]:
            raise _refuse(f"{path}.{field.name}", "0x0", hex(values[field.name]), "the old section lacks it")
    return _head(layouts.MEMORY_OLD, path, values)


def _entry(entry: DataEntry, path: str) -> bytes:
    later = entry.revision >= layouts.REVISION_V3
    if later != (entry.time_stamp is not None):
        raise _refuse(f"{path}.time_stamp", "a number" if later else "None", repr(entry.time_stamp),
                      f"entries have one from revision {layouts.REVISION_V3:#x} on")
    body = build_section(entry.section, path)
    layout = layouts.DATA_ENTRY_V3 if later else layouts.DATA_ENTRY_V2
    own = {"section_type": entry.section.section_type, "error_data_length": len(body)}
    return _head(layout, path, entry._asdict() | own) + body


def _descriptor(descriptor: SectionDescriptor, path: str, offset: int, length: int) -> bytes:
    return _head(layouts.SECTION_DESCRIPTOR, path, descriptor._asdict() | {
        "section_offset": offset,
        "section_length": length,
        "section_type": descriptor.section.section_type,
    })


def _context(info: ContextInfo, path: str) -> bytes:
    head = _head(layouts.CONTEXT_INFO, path, info._asdict() | {"size": len(info.registers)})
    return head + info.registers + info.padding


def _head(layout: Layout, path: str, values: dict[str, Any]) -> bytes:
    own = [values[field.name] for field in layout.fields]
    for field, value in zip(layout.fields, own, strict=True):
        _check_fits(field, value, path)
    return layout.codec.fast.pack(*own)


def _check_fits(field: Field, value: int | bytes, path: str) -> None:
    if isinstance(value, bytes):
        if len(value) != field.width or field.number == 1:
            raise _refuse(f"{path}.{field.name}", f"{field.width:#x} bytes", f"{len(value):#x} bytes",
                          f"the field is {field.type}")
    elif field.number != 1 or not 0 <= value < 1 << 8 * field.width:
        raise _refuse(f"{path}.{field.name}", field.type, hex(value), "the value does not fit the field")


def _refuse(path: str, expected: str, got: str, hint: str) -> InputError:
    return InputError(RULE, path, None, expected, got, hint)
