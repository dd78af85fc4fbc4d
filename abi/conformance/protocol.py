# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The protocol between the runner and a target: frames over standard input and output, little-endian.

A frame is a head (:data:`FRAME`) and a payload. A payload is the fixed layout of its message and then
the message's parts, each a u16 length and so many bytes. A target answers each request with one frame
of the same id and type, in any order; it answers a type that it does not know with UNSUPPORTED and no
payload, and may answer any request with FAILED and a text for people. It ends after it has answered
BYE, or when its input ends. The layouts here and in :mod:`abi.conformance.layouts` are the only
statement of what is sent; those of other languages are made from them.
"""

from __future__ import annotations

import struct
from typing import Any, Final, NamedTuple

from construct import Int16ul as u16
from construct import Int32ul as u32
from construct import Int64ul as u64

from abi.conformance.layouts import (
    CHECK_ANSWER,
    CHECK_REQUEST,
    ENABLE_ANSWER,
    ENABLE_REQUEST,
    EXIT_ANSWER,
    EXIT_REQUEST,
    HOST_ANSWER,
    HOST_REQUEST,
    PRODUCE_ANSWER,
    PRODUCE_REQUEST,
    READ_ANSWER,
    READ_REQUEST,
    REPLY_ANSWER,
    REPLY_REQUEST,
    REPORT_ANSWER,
    REPORT_REQUEST,
    RING_ANSWER,
    RING_REQUEST,
    VMM_ANSWER,
    VMM_REQUEST,
)
from abi.layout import Field, Layout

#: Version of the protocol; a target that answers HELLO with another one is not driven.
PROTOCOL: Final = 1

FRAME: Final = Layout(
    "kfi_frame", "Head of every frame.",
    Field("length", u32, "bytes after this field: 8 and those of the payload"),
    Field("id", u32, "number of the request; the answer has the same"),
    Field("type", u16, "what the payload is; the answer to a request has the request's"),
    Field("zero", u16, "zero"),
)
#: Bytes of the head that ``length`` counts.
COUNTED: Final = FRAME.size - FRAME.end("length")
#: No frame is longer than this, head and all; a longer one is refused unread.
FRAME_MAX: Final = 1 << 16
#: No part is longer than what its length can say.
PART_MAX: Final = 0xFFFF

#: Types of answers that stand for any request: not known to this target; failed, with a text.
UNSUPPORTED: Final = 0xFFFF
FAILED: Final = 0xFFFE

#: What a reader makes of a record; numbers of ``enum kfi_outcome``.
OUTCOMES: Final = ("value", "not understood", "malformed")
VALUE, NOT_UNDERSTOOD, MALFORMED = range(len(OUTCOMES))

HELLO_REQUEST: Final = Layout(
    "kfi_hello", "The first request.", Field("protocol", u16, "newest version of the protocol that the runner speaks"),
)
HELLO_ANSWER: Final = Layout(
    "kfi_hello_answer", "Who the target is.", Field("protocol", u16, "version that the target speaks"),
)

MEMSLOT: Final = Layout(
    "kfi_memslot", "One memory slot of the VM; part memslots is an array of them.",
    Field("gpa", u64, "guest physical address"),
    Field("size", u64, "bytes"),
    Field("hva", u64, "address in the VMM"),
    Field("pa", u64, "host physical address"),
)
ISOLATED: Final = Layout(
    "kfi_isolated", "A page that memory_failure() has isolated; part isolated is an array of them.",
    Field("gpa", u64, "any address in the page"),
    Field("lsb", u64, "log2 of its size"),
)

BYE_REQUEST: Final = Layout("kfi_bye", "The last request.", Field("zero", u16, "zero"))


class Message(NamedTuple):
    """One type of request, with its answer: fixed layouts, and the names of the parts that follow each.

    ``feature`` is what a target names in HELLO that answers it. A part ``rule`` is the name of the rule
    that decided, a part ``broken`` the names of rules with a space between.
    """

    type: int
    name: str
    role: str
    feature: str
    request: Layout
    parts: tuple[str, ...]
    answer: Layout
    answer_parts: tuple[str, ...]


HELLO: Final = Message(
    0, "hello", "", "", HELLO_REQUEST, (), HELLO_ANSWER, ("name", "version", "abi_versions", "features"),
)
VMM: Final = Message(1, "vmm", "vmm", "vmm", VMM_REQUEST, ("record",), VMM_ANSWER, ("rule",))
HOST: Final = Message(
    2, "host", "host", "host", HOST_REQUEST, ("memslots", "isolated", "cper"), HOST_ANSWER, ("rule", "record"),
)
REPLY: Final = Message(3, "reply", "host", "reply", REPLY_REQUEST, ("reply",), REPLY_ANSWER, ("rule",))
BYE: Final = Message(4, "bye", "", "", BYE_REQUEST, (), BYE_REQUEST, ())
CHECK: Final = Message(5, "check", "vmm", "check", CHECK_REQUEST, ("record",), CHECK_ANSWER, ("rule", "broken"))
ENABLE: Final = Message(6, "enable", "host", "enable", ENABLE_REQUEST, (), ENABLE_ANSWER, ("rule",))
RING: Final = Message(7, "ring", "vmm", "ring", RING_REQUEST, ("image",), RING_ANSWER, ("rule", "record"))
READ: Final = Message(8, "read", "vmm", "read", READ_REQUEST, ("record",), READ_ANSWER, ("rule",))
EXIT: Final = Message(9, "exit", "vmm", "exit", EXIT_REQUEST, ("page",), EXIT_ANSWER, ("rule", "record"))
REPORT: Final = Message(
    10, "report", "vmm", "report", REPORT_REQUEST, ("record", "earlier", "block"), REPORT_ANSWER, ("rule", "block"),
)
PRODUCE: Final = Message(
    11, "produce", "host", "produce", PRODUCE_REQUEST, ("image", "record"), PRODUCE_ANSWER, ("rule", "image"),
)

MESSAGES: Final = (HELLO, VMM, HOST, REPLY, BYE, CHECK, ENABLE, RING, READ, EXIT, REPORT, PRODUCE)
#: Those that a vector can be of, by name.
QUESTIONS: Final = {m.name: m for m in MESSAGES if m.role}
BY_TYPE: Final = {m.type: m for m in MESSAGES}
ROLES: Final = ("vmm", "host")

_PART: Final = struct.Struct("<H")

Values = dict[str, Any]


class ProtocolError(Exception):
    """Bytes that are not a frame or payload of this protocol; the text says where and why."""


def frame(number: int, kind: int, payload: bytes = b"") -> bytes:
    """One whole frame. ValueError if it were longer than :data:`FRAME_MAX`."""
    if FRAME.size + len(payload) > FRAME_MAX:
        raise ValueError(f"a frame of {FRAME.size + len(payload):#x} bytes")
    return FRAME.codec.fast.pack(COUNTED + len(payload), number, kind, 0) + payload


def pack(layout: Layout, parts: tuple[str, ...], values: Values) -> bytes:
    """A payload; fields and parts that are not in ``values`` are 0 and empty."""
    fixed = (values.get(f.name, 0 if f.number == 1 else bytes(f.width)) for f in layout.fields)
    rest = (bytes(values.get(name, b"")) for name in parts)
    return layout.codec.fast.pack(*fixed) + b"".join(_PART.pack(len(part)) + part for part in rest)


def unpack(layout: Layout, parts: tuple[str, ...], payload: bytes) -> Values:
    """The fields and parts of a payload. Raises ProtocolError if it is shorter or longer than they are."""
    if len(payload) < layout.size:
        raise ProtocolError(f"{layout.name}: {layout.size:#x} bytes expected, {len(payload):#x} got")
    values: Values = dict(zip(layout.codec.names, layout.codec.fast.unpack_from(payload), strict=True))
    at = layout.size
    for name in parts:
        start = at + _PART.size
        length = _PART.unpack_from(payload, at)[0] if start <= len(payload) else 0
        if start + length > len(payload):
            raise ProtocolError(f"{layout.name}: part {name} at {at:#x} ends beyond the payload")
        values[name] = payload[start : start + length]
        at = start + length
    if at != len(payload):
        raise ProtocolError(f"{layout.name}: {len(payload) - at:#x} bytes too many at {at:#x}")
    return values


def array(layout: Layout, items: list[tuple[int, ...]]) -> bytes:
    """The part that holds so many of a layout."""
    return b"".join(layout.codec.fast.pack(*item) for item in items)


def unarray(layout: Layout, data: bytes) -> list[tuple[int, ...]]:
    """The items of such a part. Raises ProtocolError unless they fill it."""
    if len(data) % layout.size:
        raise ProtocolError(f"{layout.name}: {len(data):#x} bytes are not whole items of {layout.size:#x}")
    return list(layout.codec.fast.iter_unpack(data))
