# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Firmware records from bytes: a Generic Error Status Block, and single sections.

Rule ``host.cper.strict``: an input whose lengths and counts do not agree with each other and with the
bytes there is refused whole, as InputError with that code, the exact path
(``estatus.entry[0].arm.error_info[1].length``), the offset in the input, and what was expected. Nothing
is read or allocated beyond the input. Unknown sections, validity bits, reserved bytes and bytes
between sections are kept: ``build`` of what was parsed gives the input back.

What Linux 7.3 checks of a status block (``cper_estatus_check``): data_length is 0 or at least one
entry, raw data starts after the entries, the entries fill data_length exactly. The same here, and also:
the input ends where the block ends, and the entry count in block_status is right or 0 (QEMU does not
fill it in). Linux ignores that count. :mod:`abi.cper.sections` says the same of sections.
"""

from __future__ import annotations

from abi.cper import sections
from abi.cper.bits import ENTRY_COUNT_LOW, ENTRY_COUNT_MASK
from abi.cper.layouts import DATA_ENTRY_V2, DATA_ENTRY_V3, REVISION_V3, STATUS_BLOCK
from abi.cper.values import ArmProcessor, DataEntry, ErrorInfo, PlatformMemory, StatusBlock
from abi.cper.window import Head, Window


def parse_status_block(data: bytes) -> StatusBlock:
    """Read a Generic Error Status Block that fills ``data``; raises InputError."""
    window = Window.whole(data, "estatus")
    head = window.head(STATUS_BLOCK)
    _check_extent(window, head)
    entries = _entries(window.part(STATUS_BLOCK.size, head["data_length"]))
    status = head["block_status"]
    count = (status & ENTRY_COUNT_MASK) >> ENTRY_COUNT_LOW
    if count not in (0, len(entries)):
        raise window.refuse(
            STATUS_BLOCK, "block_status", f"{len(entries):#x} or 0x0 in bits 13:4",
            f"{count:#x} ({status:#x})",
            "the entry count must be the number of data entries, or left 0",
        )
    raw, gap = _raw_data(window, head)
    return StatusBlock(
        entries, head["error_severity"], status & ~ENTRY_COUNT_MASK, count == len(entries), gap, raw,
        0 if raw else head["raw_data_offset"],
    )


def parse_arm_processor_section(data: bytes) -> ArmProcessor:
    """Read an ARM Processor Error Section that fills ``data``; raises InputError."""
    return sections.arm_processor(Window.whole(data, "arm"))


def parse_platform_memory_section(data: bytes) -> PlatformMemory:
    """Read a Platform Memory Error Section that fills ``data``; raises InputError."""
    return sections.platform_memory(Window.whole(data, "memory"))


def parse_error_info(data: bytes) -> ErrorInfo:
    """Read one ARM Processor Error Information that fills ``data``; raises InputError."""
    return sections.error_info(Window.whole(data, "error_info"))


def _check_extent(window: Window, head: Head) -> None:
    """Refuse a block that does not end where the input ends."""
    length, raw_length, raw_offset = head["data_length"], head["raw_data_length"], head["raw_data_offset"]
    room = window.size - STATUS_BLOCK.size
    hint = f"the input has {window.size:#x} bytes and must hold the block, no more and no less"
    if not raw_length:
        window.require(STATUS_BLOCK, "data_length", length, (room, room), hint)
        return
    window.require(STATUS_BLOCK, "data_length", length, (0, room), hint)
    window.require(STATUS_BLOCK, "raw_data_offset", raw_offset, (STATUS_BLOCK.size + length, window.size),
                   "raw data starts after the data entries")
    rest = window.size - raw_offset
    window.require(STATUS_BLOCK, "raw_data_length", raw_length, (rest, rest), hint)


def _raw_data(window: Window, head: Head) -> tuple[bytes, bytes]:
    length, offset = head["raw_data_length"], head["raw_data_offset"]
    if not length:
        return b"", b""
    after = STATUS_BLOCK.size + head["data_length"]
    return window.bytes_at(offset, length), window.bytes_at(after, offset - after)


def _entries(window: Window) -> tuple[DataEntry, ...]:
    """Read as many entries as fill the window; each is at least a header long."""
    entries: list[DataEntry] = []
    position = 0
    while position < window.size:
        entry, length = _entry(window.part(position, window.size - position, f"entry[{len(entries)}]"))
        entries.append(entry)
        position += length
    return tuple(entries)


def _entry(window: Window) -> tuple[DataEntry, int]:
    head = window.head(DATA_ENTRY_V2)
    layout = DATA_ENTRY_V2
    if head["revision"] >= REVISION_V3:
        layout = DATA_ENTRY_V3
        head = window.head(layout)
    length = head.pop("error_data_length")
    window.require(layout, "error_data_length", length, (0, window.size - layout.size),
                   "the entries and their sections must fill data_length")
    section = sections.section(window.part(layout.size, length), head.pop("section_type"))
    time_stamp = head.pop("time_stamp", None)
    return DataEntry(section, time_stamp=time_stamp, **head), layout.size + length
