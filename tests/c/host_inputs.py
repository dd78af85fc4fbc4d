# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What goes into the host, by the hundred thousand: traps, and firmware records whole and broken."""

from __future__ import annotations

import struct
from random import Random
from typing import Any, Final

from abi import definition as d
from abi.cper import (
    ArmProcessor,
    ContextInfo,
    DataEntry,
    ErrorInfo,
    PlatformMemory,
    Raw,
    Section,
    StatusBlock,
    build_status_block,
    parse_status_block,
)
from abi.errors import InputError
from abi.layout import Version
from abi.trap import NOTIFICATIONS, Isolated, Memslot, Trap
from tests.c import python_side
from tests.c.inputs import mutated, often, word

SLOTS: Final = (
    Memslot(0x4000_0000, 0x1000_0000, 0xFFFF_A000_0000, 0x8_8000_0000),
    Memslot(0x10_0000_0000, 0x4000_0000, 0xFFFE_0000_0000, 0x20_4000_0000),
    Memslot(0x50_0000_0800, 0x1800, 0x7000_0000_0000, 0x30_0000_0400),
)
MPIDR: Final = 0x8000_0100


def error_info(chance: Random) -> ErrorInfo:
    """An error information of any shape that the host tells apart."""
    return ErrorInfo(
        validation_bits=chance.choice((chance.randrange(32), 0x08, 0x08, 0x10)),
        type=chance.choice((2, 2, 4, 8, 16, 0x1E, 0)),
        error_info=chance.choice((0, 1 << 3, 1 << 3 | 1 << 25, chance.getrandbits(64))),
        virt_fault_addr=chance.choice((0, 0x3_0050_0123, word(chance))),
        physical_fault_addr=host_address(chance),
        extra=often(chance, b"", bytes(chance.randrange(12)), chance.randbytes(9)),
    )


def section(chance: Random) -> Section:
    """A section of any type, ARM processor errors most often."""
    which = chance.random()
    if which < 0.2:
        old = chance.random() < 0.3
        valid = chance.choice((0, 2, 0x4002, 0x7FFF, 0x8000))
        return PlatformMemory(validation_bits=valid, physical_addr=host_address(chance), old=old)
    if which < 0.3:
        return Raw(chance.randbytes(16), chance.randbytes(chance.randrange(20)))
    contexts = tuple(
        ContextInfo(chance.randrange(9), chance.randbytes(size := chance.choice((0, 4, 8, 12, 24))), 1,
                    bytes(-(8 + size) % 16) if chance.random() < 0.7 else b"")
        for _ in range(chance.choice((0, 0, 1, 2)))
    )
    vendor = often(chance, b"", b"\1" + chance.randbytes(chance.randrange(9)))
    return ArmProcessor(
        error_info=tuple(error_info(chance) for _ in range(chance.choice((0, 1, 1, 1, 2, 3)))), context_info=contexts,
        validation_bits=chance.choice((1, 1, 0, 3)) | (8 if vendor else 0), mpidr_raw=often(chance, MPIDR, 0x8000_0000),
        vendor=vendor, trailing=often(chance, b"", bytes(chance.randrange(9))),
    )


def block(chance: Random) -> StatusBlock:
    """A status block as firmware would write it; the parser says what it is."""
    try:
        return parse_status_block(build_status_block(_drawn(chance)))
    except InputError:
        return block(chance)


def _drawn(chance: Random) -> StatusBlock:
    """A status block that may be one which no parser accepts."""
    severity = often(chance, 0, 1, 2, 3, 7)
    entries = tuple(
        DataEntry(section(chance), often(chance, severity, 0, 1, 2, 3), revision, flags=often(chance, 0, 8, 0xFF),
                  time_stamp=None if revision < 0x300 else 0)
        for revision in (chance.choice((0x201, 0x300, 0x301)) for _ in range(chance.choice((0, 1, 1, 1, 2, 3))))
    )
    raw = often(chance, b"", chance.randbytes(chance.randrange(1, 20)))
    return StatusBlock(
        entries, severity, chance.choice((0, 1, 1, 2)), chance.random() < 0.5,
        bytes(chance.randrange(5)) if raw else b"", raw,
    )


def block_bytes(chance: Random) -> bytes:
    """Bytes of a status block, mostly with some of its lengths and counts changed."""
    which = chance.random()
    if which < 0.1:
        data = bytearray(build_status_block(_drawn(chance)))
    else:
        value = block(chance)
        data = bytearray(build_status_block(value))
        if which < 0.6:
            _nest_wrong(chance, data, value)
    if chance.random() < 0.1:
        _end_wrong(chance, data)
    return mutated(chance, data, 0.2)


def _nest_wrong(chance: Random, data: bytearray, value: StatusBlock) -> None:
    """Change a length or a count somewhere in the block, or bytes that must be zero."""
    found = [item for item in python_side.items(value) if item[0] in _LENGTHS]
    places = [(at + offset, width) for kind, _entry, _item, at, _size in found for offset, width in _LENGTHS[kind]]
    at, width = chance.choice([*places, *places, (0, 4), (4, 4), (8, 4), (12, 4), (len(data) - 1, 1)])
    if at + width <= len(data):
        number = int.from_bytes(data[at : at + width], "little") + chance.choice((-64, -32, -8, -1, 1, 8, 16, 32, 64))
        data[at : at + width] = (number % (1 << 8 * width)).to_bytes(width, "little")


def _end_wrong(chance: Random, data: bytearray) -> None:
    """Raw data that is not there, or a cut that only the entries and what they nest can notice."""
    if chance.random() < 0.3:
        struct.pack_into("<II", data, 4, len(data) + chance.choice((-1, 0, 1)), chance.choice((0, 1, 2)))
        return
    if chance.random() < 0.5:
        del data[20 + chance.choice((63, 64, 65, 71, 72, 73)) :]
    else:
        del data[max(20, len(data) - chance.choice((1, 8, 32, chance.randrange(90)))) :]
    struct.pack_into("<III", data, 4, 0, 0, len(data) - 20)


#: Type of an item -> offset and width of the fields that say how long it is, or how much follows.
_LENGTHS: Final = {
    "entry": ((24, 4), (20, 2)), "arm": ((4, 2), (6, 2), (8, 4), (0, 4)), "error_info": ((1, 1),), "context": ((4, 4),),
    "vendor": ((0, 1),),
}


def host_address(chance: Random) -> int:
    """A physical address, mostly of a memslot."""
    slot = chance.choice(SLOTS)
    return chance.choice((slot.pa, slot.pa + 0x1040, slot.pa + slot.size - 1, slot.pa + slot.size, word(chance)))


def page(chance: Random) -> int:
    """A guest physical page, mostly of a memslot."""
    slot = chance.choice(SLOTS)
    anywhere = word(chance) & (1 << 56) - 1
    end = slot.gpa + slot.size
    return chance.choice((slot.gpa, slot.gpa + 0x1000, end - 1, end, 0x1000, anywhere)) & ~0xFFF


def trap(chance: Random) -> Trap:
    """A trap of any kind."""
    touched, walk = page(chance), chance.choice((None, None, page(chance)))
    near = [touched, page(chance), *([] if walk is None else [walk])]
    isolated = tuple(
        Isolated(chance.choice(near), chance.choice((12, 12, 16, 16, 30, 30, 55, 64)))
        for _ in range(chance.choice((0, 1, 1, 2)))
    )
    if chance.random() < 0.4:
        walk = touched
    made = Trap(
        esr_el2=chance.choice((*[_trapped(chance)] * 8, 0, word(chance))), far_el2=word(chance),
        hpfar_el2=touched >> 8 | chance.choice((0, 0, 1 << 63, 1 << 63 | 0xF)),
        pfar_el2=chance.choice((None, None, 1 << 63 | host_address(chance), host_address(chance))),
        disr_el1=often(chance, None, 0, chance.getrandbits(26), 1 << 31 | chance.getrandbits(26), 1 << 31 | 0xC11),
        mpidr=often(chance, MPIDR, None, 0x8000_0000),
        walk=None if walk is None else walk | chance.choice((0, 0x123)),
        walk_level=chance.choice((None, -2, -1, 0, 1, 2, 3)), memslots=chance.choice((None, (), SLOTS, SLOTS, SLOTS)),
        isolated=isolated, **{name: often(chance, usual, not usual) for name, usual in _FACTS.items()},
        notify=often(chance, "sea", *NOTIFICATIONS), version=Version(1, chance.randrange(2)),
        kinds=often(chance, d.ALL_KINDS, chance.randrange(d.ALL_KINDS + 1)),
        critical=often(chance, d.KNOWN_CRITICAL, 0),
    )
    if chance.random() < 0.1:
        return made._replace(esr_el2=0, disr_el1=None, notify="gpio")
    return made


_FACTS: Final[dict[str, Any]] = {
    "host_ras": True, "vm_ras": True, "hyp_context": False, "nested": False, "protected": False,
}


def _trapped(chance: Random) -> int:
    """ESR_EL2 of aborts and SErrors, all of their bits drawn; stage-2 faults among them."""
    if chance.random() < 0.2:
        iss = chance.getrandbits(24) & ~0x3F | often(chance, 0x11, chance.randrange(64)) | often(chance, 0, 1 << 24)
        return 0x2F << 26 | often(chance, 1, 0) << 25 | iss
    fsc = chance.choice((0x10, 0x10, chance.randrange(0x12, 0x20), chance.randrange(16), chance.randrange(64)))
    iss = chance.getrandbits(25) & chance.choice((0x1FF_FFC0, 0x0FF_DFC0, 0x0FF_DF40)) | fsc
    ec = chance.choice((0x24, 0x24, 0x20, 0x25, 0x21))
    return often(chance, 0, chance.getrandbits(24)) << 32 | ec << 26 | often(chance, 1, 0) << 25 | iss
