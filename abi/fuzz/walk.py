# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What is in a firmware record, read with lenience: a length or count that lies is cut to what is there."""

from __future__ import annotations

from typing import Final, NamedTuple

from abi.cper.guid import PLATFORM_MEM, PROC_ARM
from abi.cper.layouts import (
    ARM_PROCESSOR,
    CONTEXT_ALIGN,
    CONTEXT_INFO,
    DATA_ENTRY_V2,
    DATA_ENTRY_V3,
    ERROR_INFO,
    MEMORY_OLD,
    REVISION_V3,
    STATUS_BLOCK,
)
from abi.fuzz.buffer import Buffer
from abi.fuzz.case import HEAD

#: What a node is: the layout that it has in :data:`abi.fuzz.values.PLACES`.
KINDS: Final = ("estatus", "entry", "arm", "error_info", "context_info", "memory")
ESTATUS, ENTRY, ARM, ERROR, CONTEXT, PLATFORM = range(len(KINDS))
#: Most nodes that are met, and of those most of one array.
MOST: Final = 24
MOST_ITEMS: Final = 6


class Node(NamedTuple):
    """One thing in a firmware record: where it begins, its bytes, the entry and ARM section that hold it (0: none)."""

    kind: int
    at: int
    size: int
    entry: int = 0
    arm: int = 0


def walk(b: Buffer) -> list[Node]:
    """The status block, its entries, their sections and what those nest, in the order of the bytes."""
    at = HEAD.size
    if b.size - at < STATUS_BLOCK.size:
        return []
    nodes = [Node(ESTATUS, at, STATUS_BLOCK.size)]
    position = at + STATUS_BLOCK.size
    end = position + min(b.get(at + STATUS_BLOCK.offsets["data_length"], 4), b.size - position)
    while len(nodes) < MOST and end - position >= DATA_ENTRY_V2.size:
        head = DATA_ENTRY_V2.size
        if b.get(position + DATA_ENTRY_V2.offsets["revision"], 2) >= REVISION_V3:
            head = DATA_ENTRY_V3.size
        if end - position < head:
            break
        length = min(b.get(position + DATA_ENTRY_V2.offsets["error_data_length"], 4), end - position - head)
        nodes.append(Node(ENTRY, position, head + length, position))
        _section(b, nodes, position, position + head, length)
        position += head + length
    return nodes[:MOST]


def _section(b: Buffer, nodes: list[Node], entry: int, at: int, length: int) -> None:
    guid = bytes(b.data[entry : entry + len(PROC_ARM)])
    if guid == PLATFORM_MEM and length >= MEMORY_OLD.size:
        nodes.append(Node(PLATFORM, at, length, entry))
    if guid != PROC_ARM or length < ARM_PROCESSOR.size:
        return
    length = min(b.get(at + ARM_PROCESSOR.offsets["section_length"], 4), length)
    nodes.append(Node(ARM, at, length, entry, at))
    position, end = at + ARM_PROCESSOR.size, at + length
    for _ in range(min(b.get(at + ARM_PROCESSOR.offsets["err_info_num"], 2), MOST_ITEMS)):
        if position + ERROR_INFO.size > end:
            break
        size = b.data[position + ERROR_INFO.offsets["length"]]
        if not ERROR_INFO.size <= size <= end - position:
            size = ERROR_INFO.size
        nodes.append(Node(ERROR, position, size, entry, at))
        position += size
    for _ in range(min(b.get(at + ARM_PROCESSOR.offsets["context_info_num"], 2), MOST_ITEMS)):
        if position + CONTEXT_INFO.size > end:
            break
        size = CONTEXT_INFO.size + min(b.get(position + CONTEXT_INFO.offsets["size"], 4),
                                       end - position - CONTEXT_INFO.size)
        size += _padding(b, position + size, end, -size % CONTEXT_ALIGN)
        nodes.append(Node(CONTEXT, position, size, entry, at))
        position += size


def _padding(b: Buffer, at: int, end: int, number: int) -> int:
    """Zeros that pad a context, 0 if they are none or do not fit."""
    return number if number <= end - at and not any(b.data[at : at + number]) else 0
