# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Which blocks of firmware Linux's APEI driver takes: its own checks, between the abort and ``ras:arm_event``.

Linux 7.3.4 drivers/acpi/apei/ghes.c __ghes_peek_estatus(), __ghes_check_estatus(), __ghes_read_estatus(), and
drivers/firmware/efi/cper.c cper_estatus_check_header(), cper_estatus_check(). A block that one of them refuses is not
looked at again, and the abort is not claimed. One that they take is claimed, whatever is wrong below its entries'
heads: rule ``host.cper.strict`` asks for more than this kernel does.
"""

from __future__ import annotations

from typing import Final

from abi.cper.layouts import DATA_ENTRY_V2, DATA_ENTRY_V3, REVISION_V3, STATUS_BLOCK
from abi.layout import Layout

NO_RECORD: Final = "block_status is 0, or not there: no record"
LENGTH: Final = "the block is longer than the source's memory, or its length overflows"
SHORT: Final = "data_length is less than an entry's head"
RAW: Final = "raw data begins before the entries end"
ENTRIES: Final = "the entries do not fill data_length"
#: Reason -> the function that refuses for it.
CHECKS: Final = {
    NO_RECORD: "__ghes_peek_estatus()", LENGTH: "__ghes_check_estatus()", SHORT: "cper_estatus_check_header()",
    RAW: "cper_estatus_check_header()", ENTRIES: "cper_estatus_check()",
}
_U32: Final = 0xFFFF_FFFF


def refusal(memory: bytes) -> str | None:
    """Why the kernel refuses what is in the memory of an error source; None where it takes the block that is there.

    The source has as many bytes as ``memory`` (HEST: error block length). Of a source with fewer than a status
    block's head the kernel reads on; whatever it finds there is no block, or longer than the source.
    """
    block_status = _word(memory, STATUS_BLOCK, "block_status")
    if not block_status:
        return NO_RECORD
    data_length, raw_length, raw_offset = (
        _word(memory, STATUS_BLOCK, name) for name in ("data_length", "raw_data_length", "raw_data_offset"))
    after = STATUS_BLOCK.size + data_length
    length = (raw_offset + raw_length if raw_length else after) & _U32
    if not STATUS_BLOCK.size <= length <= len(memory):
        return LENGTH
    if data_length and data_length < DATA_ENTRY_V2.size:
        return SHORT
    if raw_length and raw_offset < after:
        return RAW
    return None if _filled(memory, data_length) else ENTRIES


def _filled(memory: bytes, left: int) -> bool:
    """cper_estatus_check(): each record is a head and error_data_length, in 32 bits, and the last ends the data."""
    at = STATUS_BLOCK.size
    while left:
        revision = int.from_bytes(memory[at + DATA_ENTRY_V2.offsets["revision"] :][:2], "little")
        head = DATA_ENTRY_V3 if revision >= REVISION_V3 else DATA_ENTRY_V2
        size = (head.size + _word(memory[at:], head, "error_data_length")) & _U32
        if max(head.size, size) > left or not size:  # of 0 bytes: the kernel's loop never ends
            return False
        at, left = at + size, left - size
    return True


def _word(memory: bytes, layout: Layout, name: str) -> int:
    """32 bits; what is not there is 0."""
    return int.from_bytes(memory[layout.offsets[name] :][:4], "little")
