# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Blocks with one number wrong, for a real kernel's own checks: see :mod:`tests.lab.apei`, which says what it does.

Each has a virtual address only: one that the kernel takes costs nobody a page.
"""

from __future__ import annotations

from typing import Final

from abi.cper import DataEntry, PlatformMemory, StatusBlock, build_status_block
from abi.cper.layouts import ARM_PROCESSOR, DATA_ENTRY_V3, ERROR_INFO, STATUS_BLOCK
from abi.layout import Layout
from tests.lab.claims import PAGE_VA, Abort

#: No other case has firmware tell of this one: Linux does not claim what it has printed within 10 s.
ABORT: Final = Abort(PAGE_VA + 0x1B3, "virtual")
#: What is behind a block is no part of it: that one is of another access, so that it is not the same block again.
_OTHER: Final = Abort(PAGE_VA + 0x1BB, "virtual")
#: The only one with nothing wrong.
RIGHT: Final = "as it should be"
_ENTRY: Final = STATUS_BLOCK.size
_SECTION: Final = _ENTRY + DATA_ENTRY_V3.size
_INFO: Final = _SECTION + ARM_PROCESSOR.size


def blocks() -> dict[str, bytes]:
    """Name -> what firmware writes; the name says the number, as the specifications call it."""
    right = _built(ABORT)
    memory = build_status_block(StatusBlock((DataEntry(PlatformMemory()),)))
    end, entries, section = len(right), len(right) - _ENTRY, len(right) - _SECTION
    half, short = ARM_PROCESSOR.size - 1, section - 1
    return {
        RIGHT: right,
        "block_status 0": _head(right, block_status=0),
        "block_status: 5 entries": _head(right, block_status=right[0] | 5 << 4),
        "data_length 0": _head(right, data_length=0),
        "data_length: not an entry's head": _head(right, data_length=DATA_ENTRY_V3.size - 9),
        "data_length: 1 less": _head(right, data_length=entries - 1),
        "data_length: 1 more": _head(right, data_length=entries + 1),
        "data_length: more than the source has": _head(right, data_length=1 << 16),
        "raw_data_length: overflows": _head(right, raw_data_length=1, raw_data_offset=0xFFFF_FFFF),
        "raw_data_offset: within the entries": _head(right, raw_data_length=8, raw_data_offset=end - 8),
        "bytes behind the block": _built(_OTHER) + b"\xa5" * 8,
        "revision 0x201": _put(right, _ENTRY, DATA_ENTRY_V3, revision=0x201),
        "error_data_length: 1 less": _put(right, _ENTRY, DATA_ENTRY_V3, error_data_length=short),
        "error_data_length: 1 more": _put(right, _ENTRY, DATA_ENTRY_V3, error_data_length=section + 1),
        "error_data_length: overflows": _put(right, _ENTRY, DATA_ENTRY_V3, error_data_length=0xFFFF_FFFF),
        "arm: shorter than its head": _head(
            _put(right, _ENTRY, DATA_ENTRY_V3, error_data_length=half), data_length=DATA_ENTRY_V3.size + half),
        "arm.section_length: 1 less": _put(right, _SECTION, ARM_PROCESSOR, section_length=short),
        "arm.section_length: 1 more": _put(right, _SECTION, ARM_PROCESSOR, section_length=section + 1),
        "arm.err_info_num: 1 less": _put(right, _SECTION, ARM_PROCESSOR, err_info_num=0),
        "arm.err_info_num: 1 more": _put(right, _SECTION, ARM_PROCESSOR, err_info_num=2),
        "arm.context_info_num: 1 more": _put(right, _SECTION, ARM_PROCESSOR, context_info_num=1),
        "error_info.length: 1 less": _put(right, _INFO, ERROR_INFO, length=ERROR_INFO.size - 1),
        "error_info.length: 1 more": _put(right, _INFO, ERROR_INFO, length=ERROR_INFO.size + 1),
        "memory: 8 bytes less": _head(
            _put(memory, _ENTRY, DATA_ENTRY_V3, error_data_length=len(memory) - _SECTION - 8),
            data_length=len(memory) - _ENTRY - 8),
    }


def _built(abort: Abort) -> bytes:
    block = abort.block(0)
    assert block is not None
    return build_status_block(block)


def _head(block: bytes, **numbers: int) -> bytes:
    return _put(block, 0, STATUS_BLOCK, **numbers)


def _put(block: bytes, at: int, layout: Layout, **numbers: int) -> bytes:
    """The block with other numbers in the structure at an offset."""
    found = bytearray(block)
    for name, value in numbers.items():
        start = at + layout.offsets[name]
        found[start : start + layout.field(name).width] = value.to_bytes(layout.field(name).width, "little")
    return bytes(found)
