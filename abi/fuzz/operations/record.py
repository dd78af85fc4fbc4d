# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Operations on a record: its fields, its flags, its version and size, its syndrome, and making it hold."""

from __future__ import annotations

from typing import Final, NamedTuple

from abi import definition as d
from abi import esr_fields as esr
from abi.address import NOT_ON_WALK
from abi.esr_codes import EXCEPTION_CLASSES, FAULT_STATUS
from abi.esr_mask import KEPT_ASYNC, KEPT_DABT, KEPT_IABT
from abi.fuzz import area
from abi.fuzz.area import OPTIONS, Area
from abi.fuzz.buffer import Buffer
from abi.fuzz.case import EXACT
from abi.fuzz.operations.place import lie
from abi.fuzz.settle import CLASSES, Fields, version_within
from abi.fuzz.settle import agree as _agree
from abi.fuzz.settle import settle as _settle
from abi.fuzz.steps import PAGE
from abi.fuzz.values import LENGTHS, SIZES
from abi.layout import Flag
from abi.ring_layout import WORD

AT: Final = d.RECORD.offsets
#: Versions that are written: those there are, one more, and those that will never be.
VERSIONS: Final = (*d.VERSIONS, d.NEWEST._replace(minor=d.NEWEST.minor + 1), *d.RESERVED_VERSIONS)


class Bit(NamedTuple):
    """A flag: its bit, where the u64 that holds it stands, and the field that it validates (width 0: none)."""

    bit: int
    at: int
    field: int
    width: int


def _bit(at: int, flag: Flag) -> Bit:
    if flag.validates is None:
        return Bit(flag.bit, at, 0, 0)
    return Bit(flag.bit, at, AT[flag.validates], d.RECORD.field(flag.validates).width)


#: Every defined flag.
BITS: Final = (*(_bit(AT["flags"], f) for f in d.FLAGS), *(_bit(AT["sea_flags"], f) for f in d.SEA_FLAGS))
#: Bits that are not defined: descriptive, critical, of sea_flags; and reserved0 as a flag that has no name either.
UNDEFINED: Final = (
    tuple(n for n in range(d.FIRST_CRITICAL_BIT) if not d.KNOWN_FLAGS >> n & 1),
    tuple(n for n in range(d.FIRST_CRITICAL_BIT, 64) if not d.KNOWN_FLAGS >> n & 1),
    tuple(n for n in range(64) if not d.KNOWN_SEA_FLAGS >> n & 1),
    tuple(range(32)),
)
UNDEFINED_AT: Final = (AT["flags"], AT["flags"], AT["sea_flags"], AT["reserved0"])
_OLDEST: Final = d.SIZES[d.V1_0]
#: Most bytes that a record is made to have.
MOST: Final = 512

#: Exception classes, and fault status codes that are external aborts.
ECS: Final = tuple(c.value for c in EXCEPTION_CLASSES)
FSCS: Final = tuple(s.value for s in FAULT_STATUS if esr.EXTERNAL_ABORT >> s.value & 1)
#: By kind: the bits of a syndrome that a record keeps beside class and fault status code; last, all that there are.
SAID: Final = (
    0, (KEPT_DABT | esr.SET) & esr.ISS & ~esr.FSC, (KEPT_IABT | esr.SET) & esr.ISS & ~esr.FSC,
    KEPT_ASYNC & esr.ISS & ~(esr.FSC | esr.IDS), 0, (esr.ISS | esr.ISS2) & ~esr.FSC,
)
ANY_SAID: Final = len(SAID) - 1


def field(b: Buffer) -> None:
    """One field becomes another number."""
    found = area.record(b)
    if found is not None:
        lie(b, found.start, found.end, "record")


def flag(b: Buffer) -> None:
    """One flag is turned: a defined one, half the time with the field that it validates; or one without a name."""
    found, which = area.record(b), b.draw.below(8)
    if which < 4:
        _defined(b, found)
        return
    bits = UNDEFINED[which - 4]
    bit = bits[b.draw.below(len(bits))]
    if found is not None and found.end - found.start >= _OLDEST:
        at = found.start + UNDEFINED_AT[which - 4] + bit // 8
        b.data[at] ^= 1 << bit % 8


def _defined(b: Buffer, found: Area | None) -> None:
    chosen, whole, value = BITS[b.draw.below(len(BITS))], b.draw.below(2), b.draw.next()
    if found is None or found.end - found.start < _OLDEST:
        return
    at = found.start + chosen.at + chosen.bit // 8
    b.data[at] ^= 1 << chosen.bit % 8
    place = found.start + chosen.field
    if not whole or not chosen.width or place + chosen.width > found.end:
        return
    if not b.data[at] >> chosen.bit % 8 & 1:
        b.put(place, chosen.width, 0)
    elif not b.get(place, chosen.width):
        b.put(place, chosen.width, value & PAGE if chosen.width == WORD else 1 + value % 5)


def skew(b: Buffer) -> None:
    """Version, size and length, half the time such that they agree."""
    found = area.record(b)
    version = VERSIONS[b.draw.below(len(VERSIONS))]
    honest, more = b.draw.below(2), b.draw.below(8)
    size = SIZES[b.draw.below(len(SIZES))]
    how, length, exact = b.draw.below(4), LENGTHS[b.draw.below(len(LENGTHS))], b.draw.below(4)
    noise = b.draw.below(2)
    if found is None or found.end - found.start < d.RECORD.end("minor"):
        return
    if honest:
        size = d.SIZES.get(version, d.SIZES[d.NEWEST] + WORD * more)
    elif more == 0:
        size = found.end - found.start
    b.put(found.start + AT["size"], 2, size)
    b.data[found.start + AT["major"]] = version.major
    if honest or more < 4:
        b.data[found.start + AT["minor"]] = version.minor
    if exact == 0:
        b.data[OPTIONS] ^= EXACT
    if found.grows:
        _relength(b, found, size, 1 if honest else how, length, noise)


def _relength(b: Buffer, found: Area, size: int, how: int, length: int, noise: int) -> None:
    """As long as it says (1), nearly (2), any length worth trying (3), or as it was (0)."""
    before = found.end
    size = min(size, MOST)
    if how == 1:
        b.resize(found.start + size)
    elif how == 2:
        b.resize(found.start + max(size + length % 17 - 8, 0))
    elif how == 3:
        b.resize(found.start + length)
    if noise and b.size > before:
        b.noise(before, b.size - before)


def syndrome(b: Buffer) -> None:
    """A syndrome of any class, code, FnV, SET and AET: alone, with what it says agreeing, or all made to hold."""
    found, which, any_class = area.record(b), b.draw.below(8), b.draw.below(2)
    ec, fsc = b.draw.below(64), b.draw.below(64)
    how, mode, bits, value = b.draw.below(4), b.draw.below(4), b.draw.next(), b.draw.next()
    if found is None or found.end - found.start < _OLDEST:
        return
    r = load(b, found)
    kind = (1, 1, 1, 2, 2, 3, 3, 0)[which]
    if not kind and any_class:
        ec = ECS[ec % len(ECS)]
    elif kind:
        r.kind = kind
        ec = CLASSES[kind] | (ec & 1 if kind < d.KIND_SERROR else 0)
    fsc = (FSCS[fsc % len(FSCS)], fsc, NOT_ON_WALK, esr.DFSC_ASYNC)[how]
    if kind == d.KIND_SERROR and how != 1:
        fsc = esr.DFSC_ASYNC
    said = bits & SAID[kind if mode else ANY_SAID]
    r.esr = ec << esr.EC_SHIFT | (esr.IL if bits >> 60 else 0) | said | fsc
    if not r.far:
        r.far = value & PAGE
    if mode > 0:
        _agree(r)
    if mode > 1:
        _hold(b, found, r)
    store(b, found, r)


def settled(b: Buffer) -> None:
    """The record is made to break nothing by as few changes as it takes."""
    found = area.record(b)
    if found is None or (found.grows and b.room - found.start < _OLDEST) or (
        not found.grows and found.end - found.start < _OLDEST
    ):
        return
    if found.end - found.start < _OLDEST:
        b.resize(found.start + _OLDEST)
        found = found._replace(end=b.size)
    r = load(b, found)
    _hold(b, found, r)
    store(b, found, r)


def _hold(b: Buffer, found: Area, r: Fields) -> None:
    """Settle a record, and see to it that there are as many bytes as it says."""
    _settle(r, _room(b, found))
    if found.grows and (b.data[OPTIONS] & EXACT or b.size < found.start + r.size):
        b.resize(found.start + r.size)


def _room(b: Buffer, found: Area) -> int:
    return (b.room if found.grows else found.end) - found.start


def load(b: Buffer, found: Area) -> Fields:
    """The fields of a record of 64 bytes or more; those that are not there whole are 0."""
    return Fields.of(d.CODECS[version_within(found.end - found.start)].fast.unpack_from(b.data, found.start))


def store(b: Buffer, found: Area, r: Fields) -> None:
    """Write the fields back, as far as there are bytes for them."""
    end = b.size if found.grows else found.end
    codec = d.CODECS[version_within(end - found.start)]
    codec.fast.pack_into(b.data, found.start, *r.values()[: len(codec.names)])
