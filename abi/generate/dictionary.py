# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The dictionary for fuzzers of readers (AFL++, libFuzzer): what bytes alone cannot guess.

A token is at most 64 bytes, which is what libFuzzer takes; the same bytes stand in it once.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from abi.address import kind_of
from abi.cper.guid import SECTION_TYPES
from abi.cper.layouts import REVISION_V3, SIGNATURE, SIGNATURE_END
from abi.definition import (
    FLAGS,
    HOST_ACTIONS,
    KIND_SERROR,
    KINDS,
    NEWEST,
    ORIGINS,
    RECORD,
    RESERVED_VERSIONS,
    SEA_FLAGS,
    SIZES,
    VERSIONS,
)
from abi.esr_fields import AET, CM, DFSC_ASYNC, EA, EC_SHIFT, EXTERNAL_ABORT, FNV, IDS, IL, SET, WNR
from abi.generate.text import head
from abi.layout import Version
from abi.record import build, new
from abi.ring_layout import MAGIC_BYTES, RING_HEADER, RING_VERSION

#: The word that says which record it is: size, version, kind, action, origin.
_HEAD: Final = slice(RECORD.offsets["size"], RECORD.end("origin"))
Token = tuple[str, bytes]


def render() -> str:
    """The dictionary."""
    lines = [f"# {line}" for line in head(("abi/definition.py", "abi/ring_layout.py", "abi/cper/layouts.py"))]
    seen: set[bytes] = set()
    for said, tokens in (
        ("size and version", _versions()), ("size, version, kind, host_action, origin", _heads()), ("flags", _flags()),
        ("syndromes", _syndromes()), ("rings", _rings()), ("firmware records", _firmware()), ("bounds", _bounds()),
    ):
        lines += ["", f"# {said}"]
        for name, data in tokens:
            if data not in seen:
                lines.append(f'{name}="{_escaped(data)}"')
            seen.add(data)
    return "\n".join(lines) + "\n"


def _escaped(data: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in data)


def _number(version: Version) -> str:
    return f"{version.major}_{version.minor}"


def _versions() -> Iterator[Token]:
    stamp = slice(RECORD.offsets["size"], RECORD.end("minor"))
    for version in (*VERSIONS, *RESERVED_VERSIONS):
        record = new(NEWEST, major=version.major, minor=version.minor, size=SIZES.get(version, SIZES[NEWEST]))
        yield f"version_{_number(version)}", build(record)[stamp]


def _heads() -> Iterator[Token]:
    for version in VERSIONS:
        for kind in KINDS:
            for origin in ORIGINS:
                yield (f"head_{_number(version)}_{kind.name}_{origin.name}".lower(),
                       build(new(version, kind=kind.value, origin=origin.value))[_HEAD])
    for action in HOST_ACTIONS:
        yield f"head_{action.name}".lower(), build(new(kind=1, origin=1, host_action=action.value))[_HEAD]


def _flags() -> Iterator[Token]:
    for prefix, flags in (("sea_flag", SEA_FLAGS), ("flag", FLAGS)):
        for flag in flags:
            yield f"{prefix}_{flag.name.lower()}", struct.pack("<Q", flag.mask)


def _syndromes() -> Iterator[Token]:
    for ec in (ec for ec in range(64) if kind_of(ec << EC_SHIFT)):
        aborts = EXTERNAL_ABORT if kind_of(ec << EC_SHIFT) < KIND_SERROR else 1 << DFSC_ASYNC
        for fsc in (code for code in range(64) if aborts >> code & 1):
            yield f"esr_{ec:02x}_{fsc:02x}", struct.pack("<Q", ec << EC_SHIFT | IL | fsc)
    for name, mask in (("set", SET), ("fnv", FNV), ("ea", EA), ("cm", CM), ("wnr", WNR), ("ids", IDS), ("aet", AET)):
        yield f"esr_{name}", struct.pack("<I", mask)


def _rings() -> Iterator[Token]:
    yield "ring_magic", MAGIC_BYTES
    yield "ring_head", MAGIC_BYTES + struct.pack("<HBB", RING_HEADER.size, *RING_VERSION)


def _firmware() -> Iterator[Token]:
    for section in SECTION_TYPES:
        yield f"guid_{section.name.lower()}", section.guid
    yield "cper_signature", SIGNATURE
    yield "cper_signature_end", struct.pack("<I", SIGNATURE_END)
    yield "cper_revision_v3", struct.pack("<H", REVISION_V3)


def _bounds() -> Iterator[Token]:
    for bits in (8, 16, 32, 64):
        yield f"ones_{bits}", b"\xff" * (bits // 8)
