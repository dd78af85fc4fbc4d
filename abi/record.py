# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The record as a frozen value, and the way from bytes to it and back.

Reading is total. Any bytes end as a :class:`FaultInfo`, as a :class:`NotUnderstood` that keeps the
raw bytes (unknown major version, critical flag or kind), or as an InputError that names the field.
``plain=True`` reads and builds by construct instead of by ``struct``; both give the same values and
the same errors, which the tests hold them to.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

import construct as c

from abi.definition import CODECS, FLAGS, KNOWN_FLAGS, NEWEST, RECORD, SIZES, V1_0, VERSIONS
from abi.errors import InputError
from abi.layout import Codec, Version


class FaultInfo(NamedTuple):
    """``struct kvm_arm_fault_info``: one number a field, in the order of the definition.

    Nothing is checked when a value is made: a host that lies on purpose makes one too. ``tail``
    holds the bytes of a newer minor version beyond what the reader knows (rule ``vmm.trailing``).
    """

    sea_flags: int = 0
    esr: int = 0
    far: int = 0
    gpa: int = 0
    size: int = SIZES[NEWEST]
    major: int = NEWEST.major
    minor: int = NEWEST.minor
    kind: int = 0
    host_action: int = 0
    origin: int = 0
    flags: int = 0
    hpfar: int = 0
    address_lsb: int = 0
    gpa_origin: int = 0
    severity: int = 0
    firmware_severity: int = 0
    reserved0: int = 0
    hva: int = 0
    firmware_va: int = 0
    tail: bytes = b""

    @property
    def version(self) -> Version:
        """The version that the record says it is."""
        return Version(self.major, self.minor)

    def has(self, flag: int) -> bool:
        """Whether every bit of ``flag`` is set in ``flags``."""
        return self.flags & flag == flag


class NotUnderstood(NamedTuple):
    """A record that may be right but that this reader must not act on; the bytes are kept.

    ``rule`` says why: ``vmm.major.unknown`` or ``vmm.critical.unknown``. ``path`` and ``offset``
    name the field, ``got`` its value in hex. ``record`` is None where the layout is not known.
    """

    raw: bytes
    rule: str
    path: str
    offset: int
    got: str
    record: FaultInfo | None = None


#: What says which record this is: the fields up to ``kind``, at the same place in every version.
HEAD = Codec(RECORD.fields[: list(RECORD.offsets).index("kind") + 1])
_HEAD_FIELDS = HEAD.names
_MISSING = {v: (0,) * (len(RECORD.fields) - len(CODECS[v].fields)) + (b"",) for v in VERSIONS}
#: size, major and minor as they stand in the bytes of an honest record -> how to read it.
_STAMP = slice(RECORD.offsets["size"], RECORD.end("minor"))
_STAMPS = {
    struct.pack("<HBB", SIZES[v], *v): (SIZES[v], CODECS[v].fast.unpack_from, _MISSING[v]) for v in VERSIONS
}
#: Flags whose field is newer than a version: set in a record of that version, they lie.
BEYOND = {
    v: sum(f.mask for f in FLAGS if f.validates and RECORD.field(f.validates).since > v) for v in VERSIONS
}
#: Flags that a reader of a version knows.
KNOWN = {v: sum(f.mask for f in FLAGS if f.since <= v) for v in VERSIONS}


def read(
    data: bytes | memoryview, reader: Version = NEWEST, *, exact: bool = True, plain: bool = False
) -> FaultInfo | NotUnderstood:
    """Read one record by length, version and size; what its fields say is not yet judged.

    ``reader`` is the newest version that the reader knows. ``exact``: the bytes are a file that holds
    just this record; else an area (the exit union, a slot) in which it may end early. Raises
    InputError with code ``vmm.malformed`` (too short to say what it is) or ``vmm.size``.
    """
    if not plain and reader == NEWEST:
        known = _STAMPS.get(bytes(data[_STAMP]))
        if known and (known[0] == len(data) or (not exact and known[0] <= len(data))):
            return FaultInfo._make(known[1](data) + known[2])
    head = dict(zip(_HEAD_FIELDS, _head_plain(data) if plain else _head_fast(data), strict=True))
    if head["major"] != V1_0.major:
        return NotUnderstood(
            bytes(data), "vmm.major.unknown", "record.major", RECORD.offsets["major"], hex(head["major"])
        )
    size = head["size"]
    _check_size(size, head["minor"], len(data), reader, exact)
    version = min(reader, Version(head["major"], head["minor"]))
    codec = CODECS[version]
    values = _by_construct(codec, data) if plain else codec.fast.unpack_from(data)
    return FaultInfo._make((*values, *_MISSING[version][:-1], bytes(data[codec.size : size])))


def build(record: FaultInfo, reader: Version = NEWEST, *, plain: bool = False) -> bytes:
    """Bytes of the record as its ``minor`` lays them out, whatever its other fields say.

    A record that was read by an older ``reader`` is built by the same, so that its tail stays where
    it was. Raises InputError (``record.range``) for a value that does not fit its field.
    """
    codec = CODECS.get(min(reader, Version(V1_0.major, record.minor)), CODECS[reader])
    try:
        if plain:
            values = dict(zip(codec.names, record, strict=False))
            return bytes(codec.plain.build(values)) + record.tail
        return codec.fast.pack(*record[: len(codec.names)]) + record.tail
    except (struct.error, c.ConstructError):
        raise _out_of_range(record) from None


def new(version: Version = NEWEST, **fields: Any) -> FaultInfo:
    """A value of that version with its own size; fields that are not given are zero."""
    return FaultInfo(size=SIZES[version], major=version.major, minor=version.minor)._replace(**fields)


def _head_fast(data: bytes | memoryview) -> tuple[Any, ...]:
    if len(data) < HEAD.size:
        raise _too_short(data)
    return HEAD.fast.unpack_from(data)


def _head_plain(data: bytes | memoryview) -> tuple[Any, ...]:
    try:
        return _by_construct(HEAD, data)
    except c.StreamError as error:
        name = str(error.path).rpartition("-> ")[2]
        raise _too_short(data, name) from None


def _by_construct(codec: Codec, data: bytes | memoryview) -> tuple[Any, ...]:
    parsed = codec.plain.parse(bytes(data))
    return tuple(parsed[name] for name in codec.names)


def _too_short(data: bytes | memoryview, name: str = "") -> InputError:
    unfit = RECORD.unfit(len(data))
    name = name or (unfit.name if unfit else "")
    offset = RECORD.offsets[name]
    return InputError(
        "vmm.malformed", f"record.{name}", offset, f"{RECORD.field(name).width:#x} bytes",
        f"{max(0, len(data) - offset):#x} bytes", f"a record is at least {SIZES[V1_0]:#x} bytes",
    )


def _check_size(size: int, minor: int, length: int, reader: Version, exact: bool) -> None:
    """Rule ``vmm.size``, but for the flags that lie beyond (``abi.rules.on_record``)."""
    own = SIZES.get(Version(V1_0.major, minor)) if minor <= reader.minor else None
    if own is not None and size != own:
        raise _bad_size(size, hex(own), f"version 1.{minor} has one size")
    if own is None and size < SIZES[reader]:
        raise _bad_size(size, f">= {SIZES[reader]:#x}", f"version 1.{minor} is newer than {reader}")
    if size % 8:
        raise _bad_size(size, "a multiple of 0x8", "records are made of 64-bit words")
    if size > length:
        raise _bad_size(size, f"<= {length:#x}", "the record exceeds its channel: truncated, or size lies")
    if exact and size < length:
        raise _bad_size(size, hex(length), "bytes follow the record; a file holds one record")


def _bad_size(size: int, expected: str, hint: str) -> InputError:
    return InputError("vmm.size", "record.size", RECORD.offsets["size"], expected, hex(size), hint)


def _out_of_range(record: FaultInfo) -> InputError:
    for field, value in zip(RECORD.fields, record, strict=False):
        limit = (1 << 8 * field.width) - 1
        if not (isinstance(value, int) and 0 <= value <= limit):
            return InputError(
                "record.range", f"record.{field.name}", RECORD.offsets[field.name], f"0x0..{limit:#x}",
                hex(value) if isinstance(value, int) else repr(value), f"the field is {field.type}",
            )
    raise AssertionError("every field fits")


assert KNOWN[NEWEST] == KNOWN_FLAGS
