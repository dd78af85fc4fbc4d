# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Operations on a firmware record: what nests put in, taken out, made longer or shorter, cut.

What is put in or taken out changes the lengths and counts of all that hold it; once in sixteen times one of
those is left as it was.
"""

from __future__ import annotations

from typing import Final

from abi.cper import bits, layouts
from abi.fuzz.buffer import Buffer
from abi.fuzz.case import FIRMWARE, HEAD
from abi.fuzz.operations.part import one
from abi.fuzz.operations.splice import append
from abi.fuzz.seeds import STATUS_BLOCK
from abi.fuzz.steps import TEMPLATE_RANGES, TEMPLATES
from abi.fuzz.walk import ARM, CONTEXT, ENTRY, ERROR, ESTATUS, Node
from abi.layout import Layout

_BLOCK: Final = layouts.STATUS_BLOCK
#: What may be left as it was: one of these, else nothing.
SECTION, DATA, BLOCK, COUNT = range(4)
SPARED: Final = 64
#: Most bytes by which something is made longer.
MOST: Final = 64
#: An error information that is put in.
INFO: Final = layouts.ERROR_INFO.codec.fast.pack(*(
    getattr(STATUS_BLOCK.arm_processors[0].error_info[0], name, layouts.ERROR_INFO.size)
    for name in layouts.ERROR_INFO.offsets
))


def nest(b: Buffer) -> None:
    """One more data entry, error information or context."""
    node, spared, twice = one(b), b.draw.below(SPARED), b.draw.below(2)
    if node is None:
        return
    if node.kind in (ARM, ERROR):
        copy = bytes(b.data[node.at : node.at + node.size]) if node.kind == ERROR and twice else INFO
        at = node.at if node.kind == ERROR else node.at + layouts.ARM_PROCESSOR.size
        _insert(b, node, at, copy, "err_info_num", spared)
    elif node.kind == CONTEXT:
        _insert(b, node, node.at, bytes(b.data[node.at : node.at + node.size]), "context_info_num", spared)
    else:
        first, count = TEMPLATE_RANGES[FIRMWARE]
        other = TEMPLATES[first + b.draw.below(count)]
        append(b, Buffer(other, len(other), 0))


def _insert(b: Buffer, node: Node, at: int, data: bytes, count: str, spared: int) -> None:
    if not b.insert(at, len(data)):
        return
    b.data[at : at + len(data)] = data
    if spared != COUNT:
        _add(b, node.arm, layouts.ARM_PROCESSOR, count, 1)
    _grow(b, node, len(data), spared)


def unnest(b: Buffer) -> None:
    """One data entry, error information or context less."""
    node, spared = one(b), b.draw.below(SPARED)
    if node is None or node.kind not in (ENTRY, ERROR, CONTEXT):
        return
    b.erase(node.at, node.size)
    if node.kind == ENTRY:
        if spared != COUNT:
            _count(b, -1)
        _grow(b, node._replace(entry=0), -node.size, spared)
        return
    if spared != COUNT:
        _add(b, node.arm, layouts.ARM_PROCESSOR, "err_info_num" if node.kind == ERROR else "context_info_num", -1)
    _grow(b, node, -node.size, spared)


def stretch(b: Buffer) -> None:
    """An error information, a context, vendor information, what follows a section, or raw data becomes longer."""
    node, spared, by = one(b), b.draw.below(SPARED), 1 + b.draw.below(MOST)
    noisy, whole = b.draw.below(2), b.draw.below(4)
    if node is None:
        return
    if whole:
        by = (by + 7) // 8 * 8
    at = b.size if node.kind == ESTATUS else node.at + node.size
    if not b.insert(at, by):
        return
    if noisy:
        b.noise(at, by)
    if node.kind == ESTATUS:
        _raw(b, at, by, spared)
        return
    if spared != COUNT:
        _own(b, node, by, noisy=bool(noisy))
    _grow(b, node, by, spared)


def _own(b: Buffer, node: Node, by: int, *, noisy: bool) -> None:
    """What a node says of its own length, or of what follows it."""
    if node.kind == ERROR:
        _add(b, node.at, layouts.ERROR_INFO, "length", by)
    elif node.kind == CONTEXT:
        _add(b, node.at, layouts.CONTEXT_INFO, "size", by)
    elif node.kind == ARM and noisy:
        valid = node.at + layouts.ARM_PROCESSOR.offsets["validation_bits"]
        b.put(valid, 4, b.get(valid, 4) | bits.ARM_VALID_VENDOR_INFO)


def squeeze(b: Buffer) -> None:
    """An error information or a context becomes as short as it can be."""
    node, spared = one(b), b.draw.below(SPARED)
    if node is None or node.kind not in (ERROR, CONTEXT):
        return
    kept = layouts.ERROR_INFO.size if node.kind == ERROR else layouts.CONTEXT_INFO.size
    if kept == node.size:
        return
    b.erase(node.at + kept, node.size - kept)
    if spared != COUNT and node.kind == ERROR:
        b.put(node.at + layouts.ERROR_INFO.offsets["length"], 1, kept)
    elif spared != COUNT:
        b.put(node.at + layouts.CONTEXT_INFO.offsets["size"], 4, 0)
    _grow(b, node, kept - node.size, spared)


def _raw(b: Buffer, at: int, by: int, spared: int) -> None:
    offset = HEAD.size + _BLOCK.offsets["raw_data_offset"]
    if not b.get(HEAD.size + _BLOCK.offsets["raw_data_length"], 4) and spared != COUNT:
        b.put(offset, 4, at - HEAD.size)
    if spared != BLOCK:
        _add(b, HEAD.size, _BLOCK, "raw_data_length", by)


def cut(b: Buffer) -> None:
    """The bytes end with something, within it or before it; half the time the status block agrees."""
    node, where, agrees = one(b), b.draw.below(4), b.draw.below(2)
    if node is None:
        return
    within = b.draw.below(node.size)
    size = (node.at, node.at + within, node.at + node.size, node.at + node.size - 1)[where]
    if size < HEAD.size + _BLOCK.size or size > b.size:
        return
    b.resize(size)
    if agrees:
        b.put(HEAD.size + _BLOCK.offsets["data_length"], 4, size - HEAD.size - _BLOCK.size)
        b.put(HEAD.size + _BLOCK.offsets["raw_data_length"], 4, 0)


def _grow(b: Buffer, node: Node, by: int, spared: int) -> None:
    """What holds a node holds so many bytes more."""
    if node.arm and spared != SECTION:
        _add(b, node.arm, layouts.ARM_PROCESSOR, "section_length", by)
    if node.entry and spared != DATA:
        _add(b, node.entry, layouts.DATA_ENTRY_V2, "error_data_length", by)
    if spared != BLOCK:
        _add(b, HEAD.size, _BLOCK, "data_length", by)
    if b.get(HEAD.size + _BLOCK.offsets["raw_data_length"], 4):
        _add(b, HEAD.size, _BLOCK, "raw_data_offset", by)


def _count(b: Buffer, by: int) -> None:
    """The entry count, where there is one."""
    at = HEAD.size + _BLOCK.offsets["block_status"]
    status = b.get(at, 4)
    if status & bits.ENTRY_COUNT_MASK:
        count = status + (by << bits.ENTRY_COUNT_LOW) & bits.ENTRY_COUNT_MASK
        b.put(at, 4, status & ~bits.ENTRY_COUNT_MASK | count)


def _add(b: Buffer, at: int, layout: Layout, name: str, number: int) -> None:
    field = layout.field(name)
    at += layout.offsets[name]
    if at + field.width <= b.size:
        b.put(at, field.width, b.get(at, field.width) + number)
