# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Operations on one number or bit of a firmware record; what else it has to do with stays as it is."""

from __future__ import annotations

from typing import Final

from abi.cper import bits
from abi.fuzz.buffer import Buffer
from abi.fuzz.operations.place import lie
from abi.fuzz.values import LAYOUTS
from abi.fuzz.walk import KINDS, Node, walk

#: By kind of a node: where its validity bits are, their bytes, and how many are defined.
VALIDITY: Final = tuple(
    (LAYOUTS[kind][0].offsets[field], LAYOUTS[kind][0].field(field).width, len(flags))
    for kind, field, flags in (
        ("estatus", "block_status", bits.BLOCK_STATUS), ("entry", "validation_bits", bits.ENTRY_VALID),
        ("arm", "validation_bits", bits.ARM_VALID), ("error_info", "validation_bits", bits.ERROR_INFO_VALID),
        ("context_info", "type", bits.CONTEXT_TYPES), ("memory", "validation_bits", bits.MEMORY_VALID),
    )
)
#: By kind of a node: the other bits that mean something alone, as the offset of the field and the bit: flags, details,
#: the ends of a count or code; where there are none, those that say what is valid.
MARKS: Final = tuple(
    tuple((LAYOUTS[kind][0].offsets[field], bit) for field, turned in fields for bit in turned)
    for kind, fields in (
        ("estatus", (("block_status", range(bits.ENTRY_COUNT_LOW + 2)),)),
        ("entry", (("flags", [f.bit for f in bits.SECTION_FLAGS]),)),
        ("arm", (("running_state", range(1)),)),
        ("error_info", (
            ("type", [f.bit for f in bits.ERROR_TYPES]), ("flags", [f.bit for f in bits.ERROR_INFO_FLAGS]),
            ("error_info", [bit for f in bits.DETAILS for bit in (f.valid, f.low)]),
        )),
        ("context_info", (("type", range(4)),)),
        ("memory", (("validation_bits", [f.bit for f in bits.MEMORY_VALID]),)),
    )
)
#: By kind of a node: its lengths, counts and offsets, as their offset and width.
MEASURES: Final = tuple(
    tuple((LAYOUTS[kind][0].offsets[field], LAYOUTS[kind][0].field(field).width) for field in fields)
    for kind, fields in (
        ("estatus", ("data_length", "raw_data_length", "raw_data_offset")), ("entry", ("error_data_length",)),
        ("arm", ("err_info_num", "context_info_num", "section_length")), ("error_info", ("length",)),
        ("context_info", ("size",)), ("memory", ()),
    )
)


def one(b: Buffer) -> Node | None:
    """One of the things in a firmware record, None if there is none."""
    nodes = walk(b)
    chosen = b.draw.below(len(nodes))
    return nodes[chosen] if nodes else None


def number(b: Buffer) -> None:
    """A number anywhere in the firmware record becomes another."""
    node = one(b)
    if node is not None:
        end = min(node.at + max(node.size, LAYOUTS[KINDS[node.kind]][0].size), b.size)
        lie(b, node.at, end, KINDS[node.kind])


def validity(b: Buffer) -> None:
    """One bit of what says which fields are valid is turned; a bit beyond the defined ones too."""
    node = one(b)
    if node is None:
        return
    at, width, defined = VALIDITY[node.kind]
    bit = b.draw.below(defined + 1)
    if node.at + at + width <= b.size:
        b.put(node.at + at, width, b.get(node.at + at, width) ^ 1 << bit)


def mark(b: Buffer) -> None:
    """One other bit that means something is turned: a flag, a detail or what says that it is valid."""
    node = one(b)
    if node is None:
        return
    offset, bit = MARKS[node.kind][b.draw.below(len(MARKS[node.kind]))]
    at = node.at + offset + bit // 8
    if at < b.size:
        b.data[at] ^= 1 << bit % 8


def measure(b: Buffer) -> None:
    """A length, a count or an offset is nothing, one less or more, eight less or more, doubled, huge, or the most."""
    node = one(b)
    if node is None or not MEASURES[node.kind]:
        return
    offset, width = MEASURES[node.kind][b.draw.below(len(MEASURES[node.kind]))]
    how, at = b.draw.below(8), node.at + offset
    if at + width <= b.size:
        now = b.get(at, width)
        b.put(at, width, (0, now - 1, now + 1, now - 8, now + 8, 2 * now, now ^ 1 << 8 * width - 1, -1)[how])
