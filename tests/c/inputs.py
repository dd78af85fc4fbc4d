# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Inputs by the hundred thousand: what ``random.Random`` makes of valid and of broken ones.

Hypothesis finds the odd corner and shrinks it; here the number counts. Each function takes the source
of chance and returns one input.
"""

from __future__ import annotations

import struct
from functools import cache
from random import Random
from typing import Any, Final, TypeVar

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
from abi.record import FaultInfo, build
from abi.trap import NOTIFICATIONS, Isolated, Memslot, Trap
from abi.vcpu import BASELINE, FEATURES, MACHINE_NOTIFICATIONS, Machine, Vcpu
from tests.abi.broken_records import BROKEN, BROKEN_TOO, VALID

T = TypeVar("T")

CLASSES: Final = (0x24, 0x25, 0x20, 0x21, 0x2F, 0x00, 0x22)
FLAG_BITS: Final = (*range(12), 31, 32, 33, 63)
SLOTS: Final = (
    Memslot(0x4000_0000, 0x1000_0000, 0xFFFF_A000_0000, 0x8_8000_0000),
    Memslot(0x10_0000_0000, 0x4000_0000, 0xFFFE_0000_0000, 0x20_4000_0000),
    Memslot(0x50_0000_0800, 0x1800, 0x7000_0000_0000, 0x30_0000_0400),
)
MPIDR: Final = 0x8000_0100


def word(chance: Random) -> int:
    """Any word; small numbers, single bits and pages more often."""
    return chance.choice((
        chance.getrandbits(64), chance.getrandbits(64), 0, 1 << chance.randrange(64), chance.randrange(8),
        chance.getrandbits(40) << 12,
    ))


def often(chance: Random, usual: T, *others: T) -> T:
    """The usual value three times out of four."""
    return usual if chance.random() < 0.75 or not others else chance.choice(others)


def syndrome(chance: Random) -> int:
    """ESR_ELx in which every class and code that matters is likely."""
    fsc = chance.choice((0x10, 0x10, 0x11, chance.randrange(0x12, 0x20), chance.randrange(16), chance.randrange(64)))
    iss = chance.choice((0, chance.getrandbits(25), chance.getrandbits(25) & chance.getrandbits(25))) & ~0x3F | fsc
    high = often(chance, 0, chance.getrandbits(32))
    return high << 32 | chance.choice(CLASSES) << 26 | often(chance, 1, 0) << 25 | iss


@cache
def bases() -> tuple[FaultInfo, ...]:
    """Records to start from: valid ones, and one or more broken for each rule."""
    return (*VALID.values(), *BROKEN.values(), *(record for _rule, record in BROKEN_TOO))


def record(chance: Random) -> FaultInfo:
    """A valid or broken record with a few of its fields drawn anew."""
    made = chance.choice(bases())
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        field = chance.choice(d.RECORD.fields)
        made = made._replace(**{field.name: _value(chance, field.name) & (1 << 8 * field.width) - 1})
    return made


def _value(chance: Random, name: str) -> int:
    if name == "esr":
        return syndrome(chance)
    if name == "flags":
        return sum(1 << bit for bit in FLAG_BITS if chance.random() < 0.3)
    if name == "size":
        return chance.choice((64, 80, 72, 88, 63, 79, 96, 0, 256, 65528))
    if name in ("major", "minor", "kind", "host_action", "origin", "gpa_origin", "severity", "firmware_severity"):
        return chance.choice((0, 1, 2, 3, 4, 5, 6, 255))
    return chance.choice((word(chance), chance.choice((0, 12, 55, 56, 255))))


def record_bytes(chance: Random) -> bytes:
    """Bytes of a record, of its prefix, of it and more, or with some of them changed."""
    made = record(chance)
    data = bytearray(build(made if chance.random() < 0.9 else made._replace(minor=chance.choice((0, 1, 2, 255)))))
    if chance.random() < 0.3:
        data += bytes(chance.choice((8, 16, 176)))
        struct.pack_into("<HBB", data, 32, chance.choice((len(data), len(data) - 8, 80)), 1, chance.choice((1, 2, 255)))
    return mutated(chance, data, 0.3)


def mutated(chance: Random, data: bytearray, share: float) -> bytes:
    """The bytes as they are, or, in that share of cases, changed, cut or extended."""
    if chance.random() >= share:
        return bytes(data)
    for _ in range(chance.choice((0, 1, 1, 2, 4))):
        if data:
            at = chance.randrange(len(data))
            data[at] = chance.choice((data[at] ^ 1 << chance.randrange(8), chance.randrange(256), 0, 0xFF))
    if chance.random() < 0.3:
        del data[chance.randrange(len(data) + 1) :]
    elif chance.random() < 0.1:
        data += chance.randbytes(chance.randrange(1, 40))
    return bytes(data)


def machine(chance: Random) -> Machine:
    """A machine of any make, mostly one that an exception can be injected into."""
    features = {name for name in sorted(FEATURES - {"FEAT_NV", "FEAT_AA32EL1"}) if chance.random() < 0.5}
    features |= chance.choice((set(), set(), set(), {"FEAT_NV"}, {"FEAT_AA32EL1"}))
    ways = chance.sample(MACHINE_NOTIFICATIONS, chance.randrange(5))
    return Machine(
        ras=often(chance, True, False), features=frozenset(chance.choice((features, features | BASELINE))),
        notifications=tuple(ways), firmware_va=often(chance, True, False),
        pending_serror=chance.choice((None, None, 0, 1 << 24, chance.randrange(8) << 10 | 0x11)),
        repeats=chance.randrange(5), bound=chance.choice((0, 3)), answered=often(chance, False, True),
    )


def vcpu(chance: Random) -> Vcpu:
    """A vCPU in any state, mostly at EL0 or EL1."""
    mode = often(chance, chance.choice((0x00, 0x04, 0x05, 0x10)), chance.randrange(32))
    pstate = chance.getrandbits(37) & ~0x1F | mode
    return Vcpu(word(chance), pstate, *(word(chance) for _ in range(8)))


def understood(chance: Random) -> FaultInfo:
    """A record as a decision may meet it: one of the four kinds, whatever else it says."""
    made = record(chance)
    if chance.random() < 0.2:  # a walk that may be shown, and codes on either side of those that may
        esr = made.esr & ~0x3F | chance.randrange(0x11, 0x1A)
        made = made._replace(esr=esr, flags=made.flags & ~d.CONTEXT_CORRUPT | d.STAGE1_WALK | d.FAR_VALID)
    return made._replace(major=1, kind=often(chance, made.kind, 1, 2, 3, 4) if 1 <= made.kind <= 4 else 1)


def error_info(chance: Random) -> ErrorInfo:
    """An error information of any shape that the host tells apart."""
    return ErrorInfo(
        validation_bits=chance.choice((chance.randrange(32), 0x08, 0x10)), type=chance.choice((2, 2, 4, 8, 16, 0x1E, 0)),
        error_info=chance.choice((0, 1 << 3, 1 << 3 | 1 << 25, chance.getrandbits(64))),
        virt_fault_addr=chance.choice((0, 0x3_0050_0123, word(chance))),
        physical_fault_addr=host_address(chance), extra=often(chance, b"", bytes(chance.randrange(12)), chance.randbytes(9)),
    )


def section(chance: Random) -> Section:
    """A section of any type, ARM processor errors most often."""
    which = chance.random()
    if which < 0.2:
        old = chance.random() < 0.3
        valid = chance.choice((0, 2, 0x4002, 0x7FFF))
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
        validation_bits=often(chance, 1, 0, 3) | (8 if vendor else 0), mpidr_raw=often(chance, MPIDR, 0x8000_0000),
        vendor=vendor, trailing=often(chance, b"", bytes(chance.randrange(9))),
    )


def block(chance: Random) -> StatusBlock:
    """A status block as firmware would write it; its own parser says the same value."""
    severity = often(chance, 0, 1, 2, 3, 7)
    entries = tuple(
        DataEntry(section(chance), often(chance, severity, 0, 1, 2, 3), revision, flags=often(chance, 0, 8, 0xFF),
                  time_stamp=None if revision < 0x300 else 0)
        for revision in (chance.choice((0x201, 0x300, 0x301)) for _ in range(chance.choice((0, 1, 1, 1, 2, 3))))
    )
    raw = often(chance, b"", chance.randbytes(chance.randrange(1, 20)))
    made = StatusBlock(
        entries, severity, chance.choice((0, 1, 1, 2)), chance.random() < 0.5,
        bytes(chance.randrange(5)) if raw else b"", raw,
    )
    try:
        return parse_status_block(build_status_block(made))
    except InputError:  # one in many builds to bytes that say something else
        return block(chance)


def block_bytes(chance: Random) -> bytes:
    """Bytes of a status block, mostly with some of its lengths and counts changed."""
    data = bytearray(build_status_block(block(chance)))
    if len(data) > 20 and chance.random() < 0.4:
        at = chance.choice((0, 4, 8, 12, *range(20 + 20, min(len(data), 20 + 130), 2)))
        width = chance.choice((1, 2, 4))
        if at + width <= len(data):
            value = int.from_bytes(data[at : at + width], "little") + chance.choice((-32, -8, -1, 1, 8, 32, 64))
            data[at : at + width] = (value % (1 << 8 * width)).to_bytes(width, "little")
    if chance.random() < 0.2:  # cut in a place that only the entries and what they nest can notice
        del data[max(20, len(data) - chance.choice((1, 8, 32, chance.randrange(90)))) :]
        struct.pack_into("<III", data, 4, 0, 0, len(data) - 20)
    if chance.random() < 0.1:  # or where the head of an entry just ends
        data = data[: 20 + chance.choice((63, 64, 65, 71, 72, 73))].ljust(84, b"\0")
        struct.pack_into("<III", data, 4, 0, 0, len(data) - 20)
    return mutated(chance, data, 0.3)


def host_address(chance: Random) -> int:
    """A physical address, mostly of a memslot."""
    slot = chance.choice(SLOTS)
    return chance.choice((slot.pa, slot.pa + 0x1040, slot.pa + slot.size - 1, slot.pa + slot.size, word(chance)))


def page(chance: Random) -> int:
    """A guest physical page, mostly of a memslot."""
    slot = chance.choice(SLOTS)
    return chance.choice((slot.gpa, slot.gpa + 0x1000, slot.gpa + slot.size - 1, 0x1000, word(chance) & (1 << 56) - 1)) & ~0xFFF


def trap(chance: Random) -> Trap:
    """A trap of any kind."""
    touched, walk = page(chance), chance.choice((None, None, page(chance)))
    near = [touched, page(chance), *([] if walk is None else [walk])]
    isolated = tuple(Isolated(chance.choice(near), chance.choice((12, 16, 30, 55))) for _ in range(chance.choice((0, 1, 1, 2))))
    if chance.random() < 0.4:
        walk = touched
    return Trap(
        esr_el2=chance.choice((*[_trapped(chance)] * 8, 0, word(chance))), far_el2=word(chance),
        hpfar_el2=touched >> 8 | chance.choice((0, 0, 1 << 63, 1 << 63 | 0xF)),
        pfar_el2=chance.choice((None, None, 1 << 63 | host_address(chance), host_address(chance))),
        disr_el1=often(chance, None, 0, chance.getrandbits(26), 1 << 31 | chance.getrandbits(26), 1 << 31 | 0xC11),
        mpidr=often(chance, MPIDR, None, 0x8000_0000), walk=None if walk is None else walk | chance.choice((0, 0x123)),
        walk_level=chance.choice((None, -2, -1, 0, 1, 2, 3)), memslots=chance.choice((None, (), SLOTS, SLOTS, SLOTS)),
        isolated=isolated, **{name: often(chance, usual, not usual) for name, usual in _FACTS.items()},
        notify=often(chance, "sea", *NOTIFICATIONS), version=Version(1, chance.randrange(2)),
        kinds=often(chance, d.ALL_KINDS, chance.randrange(d.ALL_KINDS + 1)), critical=often(chance, d.KNOWN_CRITICAL, 0),
    )


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
    return often(chance, 0, chance.getrandbits(24)) << 32 | chance.choice((0x24, 0x24, 0x20, 0x25, 0x21)) << 26 | often(chance, 1, 0) << 25 | iss
