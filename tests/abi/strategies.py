# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Hypothesis strategies for records and for the bytes that pretend to be one, for every test that needs them.

``valid_records`` breaks no rule; it is built from what a host could have met (kind, origin, FSC, FnV,
SET, AET), not by asking the rules. ``near_valid_records`` differ from a valid one in a few bits,
``records`` hold anything that fits the fields, ``hostile_bytes`` anything at all. ``None`` for a choice
means that any may come.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from abi import definition as d
from abi import esr_fields as esr
from abi.address import FIPA, IN_PAGE
from abi.layout import Version
from abi.record import FaultInfo, build, new
from abi.reply import VCPU_EVENTS, FaultReply
from abi.severity import SEVERITY_OF_AET, SEVERITY_OF_SET

Draw = st.DrawFn

u8 = st.integers(0, 0xFF)
u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFF_FFFF)
#: Any word, the small and the great ones and single bits more often.
u64 = st.one_of(st.integers(0, (1 << 64) - 1), st.integers(0, 63).map(lambda bit: 1 << bit), st.integers(0, 6))
_WIDTHS = {1: u8, 2: u16, 4: u32, 8: u64}
bools = st.booleans()

versions = st.sampled_from(d.VERSIONS)
kinds = st.sampled_from([kind.value for kind in d.KINDS])
#: Minor versions of this major that nobody has written yet.
newer_minors = st.integers(d.NEWEST.minor + 1, 255) | st.just(255)

#: The fault status codes of an external abort, of one on a walk, and one that is none.
SEA_CODES = (0x10, *range(0x12, 0x19), *range(0x1A, 0x20))
WALK_CODES = tuple(range(0x12, 0x18))
_ORIGINS = {
    d.KIND_DATA_ABORT: (d.ORIGIN_TRAP, d.ORIGIN_BOTH, d.ORIGIN_ISOLATED),
    d.KIND_INSTRUCTION_ABORT: (d.ORIGIN_TRAP, d.ORIGIN_BOTH, d.ORIGIN_ISOLATED),
    d.KIND_SERROR: (d.ORIGIN_TRAP, d.ORIGIN_BOTH),
    d.KIND_MEMORY_NOTICE: (d.ORIGIN_UNKNOWN, d.ORIGIN_FIRMWARE),
}
_CLASSES = {
    d.KIND_DATA_ABORT: (esr.EC_DABT_LOW, esr.EC_DABT_CUR),
    d.KIND_INSTRUCTION_ABORT: (esr.EC_IABT_LOW, esr.EC_IABT_CUR),
    d.KIND_SERROR: (esr.EC_SERROR,),
}
_FIRMWARE = (d.ORIGIN_FIRMWARE, d.ORIGIN_BOTH)
_AETS = tuple(n for n, s in enumerate(SEVERITY_OF_AET) if s in (d.SEVERITY_UEO, d.SEVERITY_UER, d.SEVERITY_UEU))


def syndromes() -> st.SearchStrategy[int]:
    """ESR_ELx with any bits; the classes that matter, and every FSC, as likely as any other."""
    classes = st.integers(0, 63) | st.sampled_from([ec for pair in _CLASSES.values() for ec in pair])
    return st.builds(
        lambda rest, ec, fsc: rest & ~(esr.EC_MASK | esr.FSC) | ec << esr.EC_SHIFT | fsc,
        st.integers(0, (1 << 64) - 1), classes, st.integers(0, 63),
    )


def records(version: Version | None = None) -> st.SearchStrategy[FaultInfo]:
    """Any number in any field, but of a version and its size; no version: size, major, minor too."""
    fields: dict[str, st.SearchStrategy[Any]] = {f.name: _WIDTHS[f.width] for f in d.RECORD.fields}
    fields |= {"esr": syndromes(), "tail": st.just(b"")}
    if version is None:
        return st.builds(FaultInfo, **fields)
    fixed = {"size": d.SIZES[version], "major": version.major, "minor": version.minor}
    known = d.CODECS[version].names
    return st.builds(FaultInfo, **{
        name: strategy if name in (*known, "tail") and name not in fixed else st.just(fixed.get(name, 0))
        for name, strategy in fields.items()
    })


@st.composite
def valid_records(draw: Draw, kind: int | None = None, version: Version | None = None) -> FaultInfo:
    """Records that a host may write: no rule is broken."""
    version = version or draw(versions)
    kind = kind or draw(kinds)
    origin = draw(st.sampled_from(_ORIGINS[kind]))
    fields: dict[str, Any] = {"kind": kind, "origin": origin, "flags": 0}
    if kind == d.KIND_SERROR:
        _serror(draw, fields)
    elif kind != d.KIND_MEMORY_NOTICE:
        _abort(draw, fields)
    _host(draw, fields, version)
    _place(draw, fields, version)
    return new(version, **fields)


def _abort(draw: Draw, fields: dict[str, Any]) -> None:
    """``esr``, ``far`` and ``severity`` of a synchronous abort."""
    kind, isolated = fields["kind"], fields["origin"] == d.ORIGIN_ISOLATED
    walk = isolated and draw(bools)
    fsc = draw(st.sampled_from((0x10, *WALK_CODES) if walk else (0x10,) if isolated else SEA_CODES))
    data = kind == d.KIND_DATA_ABORT
    has_far = isolated or (draw(bools) if fsc == 0x10 or data else True)
    syndrome = draw(st.sampled_from(_CLASSES[kind])) << esr.EC_SHIFT | fsc
    syndrome |= 0 if data and isolated and draw(bools) else esr.IL
    syndrome |= 0 if has_far or fsc != 0x10 else esr.FNV
    if data:
        syndrome |= draw(st.sampled_from((0, esr.WNR, esr.CM, esr.WNR | esr.CM)))
    if not isolated:
        syndrome |= draw(st.sampled_from((0, esr.EA))) | draw(st.integers(0, 3)) << esr.SET_SHIFT
    flags = d.ACTION_REQUIRED | (d.STAGE1_WALK if walk else 0)
    if has_far:
        fields["far"] = draw(u64)
        flags |= d.FAR_VALID | draw(st.sampled_from((0, d.FAR_IMPRECISE)))
    severity = SEVERITY_OF_SET[syndrome >> esr.SET_SHIFT & 3]
    if fsc == 0x10 and not isolated and severity and draw(bools):
        fields["severity"] = severity
        flags |= d.SEVERITY_VALID
    if isolated and draw(bools):
        fields["hpfar"] = draw(u64) & FIPA
        flags |= d.HPFAR_VALID
    fields |= {"esr": syndrome, "flags": flags}


def _serror(draw: Draw, fields: dict[str, Any]) -> None:
    """``esr``, ``far`` and ``severity`` of an SError."""
    syndrome = esr.EC_SERROR << esr.EC_SHIFT | esr.IL
    if draw(bools):
        fields["esr"] = syndrome | esr.IDS
        return
    aet = draw(st.sampled_from(_AETS))
    fields["esr"] = syndrome | aet << esr.AET_SHIFT | draw(st.sampled_from((0, esr.EA))) | esr.DFSC_ASYNC
    fields["severity"] = SEVERITY_OF_AET[aet]
    fields["flags"] |= d.SEVERITY_VALID
    if draw(bools):
        fields["far"] = draw(u64)
        fields["flags"] |= d.FAR_VALID


def _host(draw: Draw, fields: dict[str, Any], version: Version) -> None:
    """What the host and its firmware did, and knew."""
    kind, origin = fields["kind"], fields["origin"]
    actions = [d.ACTION_UNKNOWN, d.ACTION_NOT_CLAIMED]
    if origin in _FIRMWARE:
        actions.append(d.ACTION_CLAIMED)
        fields["firmware_severity"] = draw(st.integers(1, 4))
        fields["flags"] |= draw(st.sampled_from((0, d.CONTEXT_CORRUPT)))
    if origin == d.ORIGIN_ISOLATED or kind == d.KIND_MEMORY_NOTICE:
        actions += [d.ACTION_ISOLATED, d.ACTION_FAILED]
    fields["host_action"] = draw(st.sampled_from(actions))
    if kind != d.KIND_MEMORY_NOTICE:
        fields["flags"] |= draw(st.sampled_from((0, d.NESTED)))
    aborted = kind in (d.KIND_DATA_ABORT, d.KIND_INSTRUCTION_ABORT)
    if origin == d.ORIGIN_BOTH and aborted and version >= d.V1_1 and draw(bools):
        fields["firmware_va"] = draw(u64.filter(bool))
        fields["flags"] |= d.FIRMWARE_VA_VALID


def _place(draw: Draw, fields: dict[str, Any], version: Version) -> None:
    """``gpa`` and what stands beside it, where anything gives one."""
    if fields["origin"] == d.ORIGIN_ISOLATED or draw(bools):
        fields["flags"] |= d.PA_VALID
    flags = fields["flags"]
    sources = ((d.HPFAR_VALID, d.GPA_HPFAR), (d.FAR_VALID, d.GPA_WALK), (d.PA_VALID, d.GPA_REVERSE))
    possible = [source for flag, source in sources if flags & flag]
    if not possible or draw(bools):
        return
    source = draw(st.sampled_from(possible))
    page = fields["hpfar"] << 8 if source == d.GPA_HPFAR else draw(u64) & ~IN_PAGE
    exact = flags & (d.FAR_VALID | d.STAGE1_WALK | d.FAR_IMPRECISE) == d.FAR_VALID and source != d.GPA_REVERSE
    fields |= {
        "sea_flags": d.GPA_VALID, "gpa_origin": source, "address_lsb": draw(st.integers(0, 55)),
        "gpa": page | (fields["far"] & IN_PAGE if exact else 0),
    }
    if version >= d.V1_1 and draw(bools):
        fields["hva"] = draw(u64)
        fields["flags"] |= d.HVA_VALID


@st.composite
def newer_records(draw: Draw, reader: Version = d.NEWEST) -> FaultInfo:
    """Records of a minor version that ``reader`` does not know yet: longer, with bits it cannot name.

    They keep every rule that binds such a reader. ``build(record, reader)`` gives their bytes.
    """
    record = draw(valid_records(version=reader))
    tail = draw(st.integers(0, 27).flatmap(lambda words: st.binary(min_size=8 * words, max_size=8 * words)))
    unknown = draw(st.integers(0, d.CRITICAL & -d.CRITICAL).map(lambda bits: bits & ~d.KNOWN_FLAGS & ~d.CRITICAL))
    return record._replace(
        minor=draw(st.integers(reader.minor + 1, 255)), size=d.SIZES[reader] + len(tail), tail=tail,
        flags=record.flags | unknown, reserved0=draw(u32), sea_flags=record.sea_flags | draw(u64) & ~d.GPA_VALID,
    )


@st.composite
def near_valid_records(draw: Draw) -> FaultInfo:
    """A valid record with one to three fields changed: a bit turned, or any number that fits."""
    record = draw(valid_records())
    for _ in range(draw(st.integers(1, 3))):
        field = draw(st.sampled_from(d.RECORD.fields))
        turned = getattr(record, field.name) ^ 1 << draw(st.integers(0, 8 * field.width - 1))
        changed: dict[str, Any] = {field.name: draw(st.just(turned) | _WIDTHS[field.width])}
        record = record._replace(**changed)
    return record


#: Sizes that a liar writes: around every boundary, and anything.
hostile_sizes = st.sampled_from(
    [0, 1, 7, 8, 32, 37, 38, 39, 40, 56, 63, 64, 65, 71, 72, 79, 80, 81, 88, 255, 256, 257, 264, 300, 0x7FF8, 0xFFFF]
) | u16


_seldom = st.integers(0, 4).map(lambda n: n == 4)


@st.composite
def dressed_bytes(draw: Draw) -> bytes:
    """Bytes that begin like a record, whose size, version and length lie or do not."""
    record = draw(st.one_of(valid_records(), newer_records(), near_valid_records(), records()))
    data = bytearray(build(record._replace(minor=d.NEWEST.minor, tail=b"")) + record.tail)
    size, minor = d.RECORD.offsets["size"], d.RECORD.offsets["minor"]
    data[minor] = draw(st.sampled_from((0, 1, 2, 255))) if draw(_seldom) else record.minor
    length = draw(hostile_sizes) if draw(_seldom) else record.size
    data[size : size + 2] = (draw(hostile_sizes) if draw(_seldom) else length).to_bytes(2, "little")
    if draw(_seldom):
        data[d.RECORD.offsets["major"]] = draw(u8)
    return bytes(data[: min(length, 300)]) + draw(st.binary(max_size=max(0, min(length, 300) - len(data))))


def hostile_bytes() -> st.SearchStrategy[bytes]:
    """Any bytes of any length from 0 to 300, from noise to what is nearly a record."""
    return st.one_of(st.binary(max_size=300), dressed_bytes(), st.builds(bytes.__add__, dressed_bytes(), st.binary()))


def replies() -> st.SearchStrategy[FaultReply]:
    """Any content of ``kvm_vcpu_events``."""
    return st.builds(FaultReply, **{
        f.name: _WIDTHS[f.width] if f.number == 1 else st.binary(min_size=f.width, max_size=f.width)
        for f in VCPU_EVENTS.fields
    })
