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
from abi.record import FaultInfo, build
from abi.reply import FaultReply
from abi.vcpu import BASELINE, FEATURES, MACHINE_NOTIFICATIONS, Machine, Vcpu
from tests.abi.broken_records import BROKEN, BROKEN_TOO, VALID

T = TypeVar("T")

CLASSES: Final = (0x24, 0x25, 0x20, 0x21, 0x2F, 0x00, 0x22)
FLAG_BITS: Final = (*range(12), 31, 32, 33, 63)


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
        value: Any = _value(chance, field.name) & (1 << 8 * field.width) - 1
        made = made._replace(**{field.name: value})
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


def reply(chance: Random) -> FaultReply:
    """A reply of a VMM that knows what it may say, with a field or two drawn anew."""
    data = chance.random() < 0.5
    said = chance.random() < 0.7
    iss = chance.choice((0x10, 0x10, chance.randrange(0x12, 0x19))) | chance.getrandbits(13) & ~0x43F
    made = FaultReply(
        ext_dabt_pending=int(data), ext_iabt_pending=int(not data), ext_abt_has_esr=int(said),
        ext_abt_has_far=int(chance.random() < 0.7), ext_abt_esr=often(chance, iss & 0x1A3F, iss) if said else 0,
    )
    if chance.random() < 0.3:
        made = FaultReply(serror_pending=1, serror_has_esr=1, serror_esr=chance.getrandbits(often(chance, 25, 26)))
    if made.ext_abt_has_far:
        made = made._replace(ext_abt_far=word(chance))
    for _ in range(chance.choice((0, 0, 1, 2))):
        name = chance.choice(FaultReply._fields)
        value: Any = chance.choice((0, 0, 1, 1, 2))
        if name in ("pad", "reserved"):
            size = len(getattr(made, name))
            value = bytes(chance.choice((size, size - 1))).ljust(size, b"\1")
        made = made._replace(**{name: value})
    return made


def understood(chance: Random) -> FaultInfo:
    """A record as a decision may meet it, of the newest version: kind and EC agree, no severity is claimed."""
    made = record(chance)
    if chance.random() < 0.2:  # a walk that may be shown, and codes on either side of those that may
        esr = made.esr & ~0x3F | chance.randrange(0x11, 0x1A)
        made = made._replace(esr=esr, flags=made.flags & ~d.CONTEXT_CORRUPT | d.STAGE1_WALK | d.FAR_VALID)
    kind = often(chance, made.kind, 1, 2, 3, 4) if made.kind in _CLASS else 1
    esr = made.esr & ~(0x3F << 26) | often(chance, _CLASS[kind], _CLASS[kind] ^ (kind < d.KIND_SERROR)) << 26
    flags = made.flags & (d.KNOWN_FLAGS | _NOBODYS) & ~d.SEVERITY_VALID
    return made._replace(major=1, minor=1, size=d.SIZES[d.NEWEST], kind=kind, esr=esr, flags=flags)


#: EC of a kind, from a lower level.
_CLASS: Final = {1: 0x24, 2: 0x20, 3: 0x2F, 4: 0}
#: Describing flags that nobody knows.
_NOBODYS: Final = ~d.KNOWN_FLAGS & ~d.CRITICAL


def deciding_bytes(chance: Random) -> bytes:
    """As the exit union holds it: mostly a record that may be acted on, now and then bytes that may not."""
    data = build(understood(chance)) if chance.random() < 0.8 else record_bytes(chance)
    return data.ljust(256, b"\0")
