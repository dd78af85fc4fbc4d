# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The fields that are lied about, and the values of each at which readers go wrong. All from the definition.

For every width the ends of its ranges, signed and unsigned, and of each narrower width; for a code each value and
those beside it; for a size or count what layouts give, what is next to it, and what overflows when it is added
to or multiplied with the size of a layout.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from abi import definition as d
from abi.address import FIPA, IN_PAGE, PADDR
from abi.cper import bits, layouts
from abi.cper.guid import SECTION_TYPES
from abi.layout import Field, Flag, Layout
from abi.record import HEAD
from abi.ring_layout import (
    COUNT_LIMIT,
    LOST_LIMIT,
    MAGIC,
    MIN_SLOTS,
    RING_HEADER,
    RING_SLOT,
    RING_VERSION,
    WORD,
    slot_size_for,
)


class Place(NamedTuple):
    """A number of ``width`` bytes at ``offset`` of its layout, and values worth trying."""

    offset: int
    width: int
    values: tuple[int, ...]


#: What is added to or taken from a number that is there.
DELTAS: Final = (1, 2, 8, 16, 32, 40, 64, 72)
#: Bytes of a whole exit union.
_UNION: Final = d.KVM_RUN.field("exit").width
#: Bytes of a GUID that make a number.
_HALF: Final = 8


def _near(*numbers: int, by: tuple[int, ...] = (1,)) -> set[int]:
    """The numbers and what lies beside them."""
    return {n + sign * step for n in numbers for step in (0, *by) for sign in (1, -1)}


def _ends(width: int) -> set[int]:
    """The ends of the ranges of this width and of each narrower one."""
    return {0, 1, 2} | {n for bytes_ in (1, 2, 4, 8) if bytes_ <= width
                        for n in _near(1 << 8 * bytes_ - 1) | {(1 << 8 * bytes_) - 1, (1 << 8 * bytes_) - 2}}


def _codes(field: str) -> set[int]:
    return _near(*(code.value for code in d.CODES[field]))


def _masks(flags: tuple[Flag, ...]) -> set[int]:
    """Each bit, all of them, all but one, and the first that is not defined."""
    every = sum(f.mask for f in flags)
    return {0, every, every + 1, *(f.mask for f in flags), *(every & ~f.mask for f in flags)}


def _lengths(width: int, *sizes: int) -> set[int]:
    """What lies about a length in units of these sizes: near them, and what overflows with them."""
    top = 1 << 8 * width
    over = {top - size for size in sizes} | {top - size - 1 for size in sizes}
    times = {n for size in sizes for n in _near(top // size, (1 << 16) // size, (1 << 32) // size)}
    return _near(*sizes, by=(1, 8)) | over | times


_ADDRESS: Final = _near(IN_PAGE, 1 << 47, 1 << 48, PADDR) | {0x1000, 1 << 55, 1 << 60, 0xFFFF << 48}
_LSB: Final = _near(12, 16, 21, 30, 32, 55, 63, 64)
_COUNT: Final = _near(COUNT_LIMIT, 1 << 32, 4, 8)
_SLOT: Final = tuple(slot_size_for(size) for size in d.SIZES.values())
_RECORD: Final[dict[str, set[int]]] = {
    **{field: _codes(field) for field in d.CODES},
    "size": _near(*d.SIZES.values(), _UNION, HEAD.size, by=(1, 8, 16)) | {8, 16, 24, 32, 36},
    "major": {version.major for version in (*d.VERSIONS, *d.RESERVED_VERSIONS)},
    "minor": {version.minor for version in (*d.VERSIONS, *d.RESERVED_VERSIONS)} | {2, 3},
    **dict.fromkeys(("far", "gpa", "hva", "firmware_va"), _ADDRESS),
    "hpfar": {FIPA, FIPA + 1, ~FIPA, 1 << 63, 1 << 48, 16},
    "address_lsb": _LSB,
    "flags": _masks(d.FLAGS),
}
_HEADER: Final[dict[str, set[int]]] = {
    "magic": {MAGIC, int.from_bytes(MAGIC.to_bytes(4, "big"), "little"), MAGIC ^ 1 << 24},
    "header_size": _lengths(2, RING_HEADER.size),
    "slot_size": _lengths(4, RING_SLOT.size, RING_SLOT.size + WORD, *_SLOT),
    "major": {RING_VERSION.major + 1}, "minor": {RING_VERSION.minor + 1},
    "slots": _near(MIN_SLOTS, 4, 8, 16) | {1 << n for n in range(24, 32)} | {1 << 32 - n for n in (6, 7)},
    **dict.fromkeys(("head", "tail", "lost"), _COUNT),
}
_ENVELOPE: Final[dict[str, set[int]]] = {
    "stamp": set(range(10)) | _near(2 * COUNT_LIMIT), "lost": _near(LOST_LIMIT - 1), "sequence": _COUNT,
}
_HEADS: Final = tuple(layout.size for layout in layouts.LAYOUTS[:8])
_COUNTS: Final = {n << bits.ENTRY_COUNT_LOW for n in (1, 2, 3, bits.ENTRY_COUNT_MAX, bits.ENTRY_COUNT_MAX + 1)}
_GUIDS: Final = tuple({int.from_bytes(t.guid[at : at + _HALF], "little") for t in SECTION_TYPES[:4]}
                      for at in range(0, 2 * _HALF, _HALF))
_SEVERITY: Final = _near(*(code.value for code in bits.SEVERITIES))
_STATUS: Final[dict[str, set[int]]] = {
    "block_status": _masks(bits.BLOCK_STATUS) | _COUNTS | {n | bits.UNCORRECTABLE for n in _COUNTS},
    "error_severity": _SEVERITY,
    **dict.fromkeys(("raw_data_offset", "raw_data_length", "data_length"), _lengths(4, *_HEADS[:4])),
}
_ENTRY: Final[dict[str, set[int]]] = {
    "error_severity": _SEVERITY, "revision": _near(0x201, layouts.REVISION_V3), "flags": _masks(bits.SECTION_FLAGS),
    "validation_bits": _masks(bits.ENTRY_VALID), "error_data_length": _lengths(4, *_HEADS),
}
_ARM: Final[dict[str, set[int]]] = {
    "validation_bits": _masks(bits.ARM_VALID), "err_info_num": _lengths(2, layouts.ERROR_INFO.size) | {3, 4, 5},
    "context_info_num": _lengths(2, layouts.CONTEXT_INFO.size) | {3, 4, 5},
    "section_length": _lengths(4, *_HEADS[3:6]), "running_state": {0, 1, 2, 3},
}
_INFO: Final[dict[str, set[int]]] = {
    "length": _near(layouts.ERROR_INFO.size, 2 * layouts.ERROR_INFO.size, by=(1, 8)),
    "validation_bits": _masks(bits.ERROR_INFO_VALID), "type": _masks(bits.ERROR_TYPES) | {0, 3, 5},
    "flags": _masks(bits.ERROR_INFO_FLAGS),
    "error_info": {1 << f.valid | fill << f.low for f in bits.DETAILS for fill in (0, (1 << f.width) - 1)},
    "virt_fault_addr": _ADDRESS, "physical_fault_addr": _ADDRESS,
}
_CONTEXT: Final[dict[str, set[int]]] = {
    "type": _near(*(code.value for code in bits.CONTEXT_TYPES)),
    "size": _lengths(4, *_HEADS[4:6], layouts.CONTEXT_ALIGN),
}
_MEMORY: Final[dict[str, set[int]]] = {
    "validation_bits": _masks(bits.MEMORY_VALID), "physical_addr": _ADDRESS, "physical_addr_mask": {~IN_PAGE, PADDR},
}
#: Layouts that are lied about, by the name that paths have for what holds them, and what is special about fields.
LAYOUTS: Final[dict[str, tuple[Layout, dict[str, set[int]]]]] = {
    "record": (d.RECORD, _RECORD), "ring.header": (RING_HEADER, _HEADER), "ring.slot": (RING_SLOT, _ENVELOPE),
    "estatus": (layouts.STATUS_BLOCK, _STATUS), "entry": (layouts.DATA_ENTRY_V3, _ENTRY),
    "arm": (layouts.ARM_PROCESSOR, _ARM), "error_info": (layouts.ERROR_INFO, _INFO),
    "context_info": (layouts.CONTEXT_INFO, _CONTEXT), "memory": (layouts.MEMORY, _MEMORY),
}


def _places(layout: Layout, special: dict[str, set[int]]) -> tuple[Place, ...]:
    assert special.keys() <= layout.offsets.keys(), "a value of a field that is not there"
    return tuple(place for field in layout.fields for place in _of(field, layout.offsets[field.name], special))


def _of(field: Field, offset: int, special: dict[str, set[int]]) -> list[Place]:
    """One place of a number; of a GUID its halves; of other bytes the first alone."""
    if field.name == "section_type":
        return [Place(offset + _HALF * n, _HALF, tuple(sorted(_GUIDS[n]))) for n in range(2)]
    mask = (1 << 8 * field.element) - 1
    values = {value & mask for value in _ends(field.element) | special.get(field.name, set())}
    return [Place(offset, field.element, tuple(sorted(values)))]


#: Every place of each layout.
PLACES: Final = {name: _places(layout, special) for name, (layout, special) in LAYOUTS.items()}
#: Sizes of a record worth writing, and lengths worth cutting its bytes to.
SIZES: Final = next(p.values for p in PLACES["record"] if p.offset == d.RECORD.offsets["size"])
LENGTHS: Final = tuple(sorted(n for n in _RECORD["size"] | {0, 1, 4} if n <= _UNION + WORD))
