# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The protocol between the runner and a target: frames over standard input and output, little-endian.

A frame is a head (:data:`FRAME`) and a payload. A payload is the fixed layout of its message and then
the message's parts, each a u16 length and so many bytes. A target answers each request with one frame
of the same id and type, in any order; it answers a type that it does not know with UNSUPPORTED and no
payload, and may answer any request with FAILED and a text for people. It ends after it has answered
BYE, or when its input ends. The layouts here are the only statement of what is sent; those of other
languages are made from them.
"""

from __future__ import annotations

import struct
from typing import Any, Final, NamedTuple

from construct import Int8ul as u8
from construct import Int16ul as u16
from construct import Int32ul as u32
from construct import Int64ul as u64

from abi.definition import RECORD
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

_VCPU: Final = (
    Field("pc", u64, "where the vCPU stands"),
    Field("pstate", u64, "as SPSR_EL1 holds it"),
    Field("vbar_el1", u64, "VBAR_EL1"),
    Field("sctlr_el1", u64, "SCTLR_EL1"),
    Field("sctlr2_el1", u64, "SCTLR2_EL1, 0 where the vCPU has none"),
    Field("gcscr_el1", u64, "GCSCR_EL1, 0 where the vCPU has none"),
    Field("esr_el1", u64, "ESR_EL1, old value"),
    Field("far_el1", u64, "FAR_EL1, old value"),
    Field("elr_el1", u64, "ELR_EL1, old value"),
    Field("spsr_el1", u64, "SPSR_EL1, old value"),
    Field("features", u32, "of the vCPU: bit n is the n-th name in alphabetical order, from 0"),
)
#: The registers as they are when all is done.
_AFTER: Final = (
    Field("pc", u64, "where the vCPU stands"),
    Field("pstate", u64, "as SPSR_EL1 holds it"),
    Field("esr_el1", u64, "ESR_EL1"),
    Field("far_el1", u64, "FAR_EL1"),
    Field("elr_el1", u64, "ELR_EL1"),
    Field("spsr_el1", u64, "SPSR_EL1"),
)

HELLO_REQUEST: Final = Layout(
    "kfi_hello", "The first request.", Field("protocol", u16, "newest version of the protocol that the runner speaks"),
)
HELLO_ANSWER: Final = Layout(
    "kfi_hello_answer", "Who the target is.", Field("protocol", u16, "version that the target speaks"),
)

VMM_REQUEST: Final = Layout(
    "kfi_vmm", "A record has come: what does the VMM do? Begins as struct kfi_vcpu and struct kfi_machine.",
    *_VCPU,
    Field("pending_serror", u32, "ISS of a virtual SError that still waits, with has_pending_serror"),
    Field("repeats", u32, "how often this access was reported before"),
    Field("bound", u32, "how often an interrupt may answer it"),
    Field("ways", u8, "how the machine can tell its guest, the preferred first, 0 after the last", number=4),
    Field("ras", u8, "1: the machine has an error source for its guest"),
    Field("firmware_va", u8, "1: it takes firmware's virtual address as a source of FAR_EL1"),
    Field("answered", u8, "1: this very report was answered before"),
    Field("has_pending_serror", u8, "1: see pending_serror"),
    Field("reader", u8, "newest minor version that the reader is to know"),
    Field("exact", u8, "1: the bytes hold just the record (a file); 0: it may end early (exit union, slot)"),
    Field("zero", u16, "zero"),
    Field("zero2", u32, "zero"),
)
VMM_ANSWER: Final = Layout(
    "kfi_vmm_answer", "What the VMM does.",
    Field("outcome", u8, "0 value, 1 not understood, 2 malformed"),
    Field("action", u8, "0 inject, 1 pend, 2 interrupt, 3 log, 4 retry, 5 stop"),
    Field("via", u8, "of an interrupt, a log or a notice by SEI: the way; else 0"),
    Field("notes", u8, "bit 0: far_el1 is an address (inject); bit 1: FnV and FAR_VALID are at odds"),
    Field("serror_esr", u32, "ISS of the virtual SError that is made pending, or that stays so; else 0"),
    *_AFTER,
    Field("tail", u32, "bytes of a newer minor version beyond what the reader knows; 0 unless value"),
    Field("zero", u32, "zero"),
    Field("info", u8, "the record's fields, those that its version or the reader has not are 0; all 0 unless value",
          number=RECORD.size),
)

HOST_REQUEST: Final = Layout(
    "kfi_host", "A trap to EL2, and what the host knows beside it: what record does it write?",
    Field("esr_el2", u64, "0 stands for no trap: memory_failure() found the error in the background"),
    Field("far_el2", u64, "as read"),
    Field("hpfar_el2", u64, "as read; bit 63 is KVM's mark of a walk that succeeded"),
    Field("pfar_el2", u64, "as read"),
    Field("disr_el1", u64, "as read"),
    Field("mpidr", u64, "MPIDR_EL1 of the PE that took the trap"),
    Field("walk", u64, "gpa that a software walk of FAR_EL2 found"),
    Field("critical", u64, "critical flags that were enabled"),
    Field("has", u16, "bit n: 0 pfar_el2, 1 disr_el1, 2 mpidr, 3 walk, 4 walk_level, 5 memslots are known; "
          "6 host_ras, 7 vm_ras, 8 hyp_context, 9 nested, 10 protected are so"),
    Field("kinds", u16, "kinds that were enabled, bit n for kind n"),
    Field("walk_level", u8, "level of the guest's descriptor, -2 to 3 in two's complement"),
    Field("notify", u8, "how the firmware record came: 0 sea, 1 sei, 2 gpio, 3 none"),
    Field("minor", u8, "minor version to write"),
    Field("firmware", u8, "1: part cper is a firmware record"),
)
HOST_ANSWER: Final = Layout(
    "kfi_host_answer", "What became of the error.",
    Field("end", u8, "0 record, 1 signal, 2 injected, 3 panic, 4 resumed, 5 no error"),
    Field("memory_failure", u8, "1: the kernel queues memory_failure()"),
    Field("zero", u16, "zero"),
    Field("zero2", u32, "zero"),
    Field("injected", u64, "ESR_EL1 of the SError that the host injects by itself; else 0"),
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

REPLY_REQUEST: Final = Layout(
    "kfi_reply", "The next KVM_RUN, with or without a reply: what does the host do to the vCPU?",
    *_VCPU,
    Field("kind", u16, "kind of the record that waits for the reply, 0: none"),
    Field("host_ras", u8, "1: the host has FEAT_RAS"),
    Field("severity", u8, "severity of the record that waits"),
)
REPLY_ANSWER: Final = Layout(
    "kfi_reply_answer", "The vCPU when the ioctl returns.",
    Field("errno", u32, "0, or the errno of a refusal"),
    Field("has_pending_serror", u8, "1: an SError is masked and waits"),
    Field("zero", u8, "zero", number=3),
    Field("pending_serror", u64, "its ISS"),
    *_AFTER,
)

CHECK_REQUEST: Final = Layout(
    "kfi_check", "A record: which rules does it break by itself?",
    Field("reader", u8, "newest minor version that the reader is to know"),
    Field("exact", u8, "1: the bytes hold just the record; 0: it may end early"),
)
CHECK_ANSWER: Final = Layout(
    "kfi_check_answer", "What the reader makes of it.",
    Field("outcome", u8, "0 value, 1 not understood, 2 malformed"),
    Field("zero", u8, "zero"),
)

ENABLE_REQUEST: Final = Layout(
    "kfi_enable", "KVM_ENABLE_CAP: may the VM have records?",
    Field("critical", u64, "critical flags that the VMM understands"),
    Field("kinds", u32, "kinds that it understands, bit n for kind n"),
    Field("vcpus", u32, "vCPUs that the VM has"),
    Field("major", u8, "newest version that the VMM understands"),
    Field("minor", u8, "likewise"),
    Field("host_minor", u8, "newest minor version of major version 1 that the host writes"),
    Field("enabled", u8, "1: the capability is enabled already"),
    Field("protected", u8, "1: a protected VM"),
    Field("zero", u8, "zero", number=3),
)
ENABLE_ANSWER: Final = Layout(
    "kfi_enable_answer", "What holds for the VM from then on; zeros if refused.",
    Field("critical", u64, "critical flags"),
    Field("kinds", u32, "kinds"),
    Field("errno", u32, "0, or the errno of a refusal"),
    Field("major", u8, "version that the host writes"),
    Field("minor", u8, "likewise"),
    Field("zero", u8, "zero", number=6),
)

RING_REQUEST: Final = Layout(
    "kfi_ring_fetch", "A ring, part image. Its consumer deals with so many records, fetches one more and dies before "
    "it has dealt with that: what does the next consumer find first?",
    Field("dealt", u32, "records that the first consumer deals with, or all that there are if they are fewer"),
)
RING_ANSWER: Final = Layout(
    "kfi_ring_answer", "The oldest record that is published and not dealt with; zeros if there is none, or if either "
    "consumer refuses the ring.",
    Field("position", u64, "of its slot"),
    Field("sequence", u64, "of its envelope"),
    Field("lost", u32, "of its envelope"),
    Field("vcpu", u32, "of its envelope"),
    Field("found", u8, "1: there is one"),
    Field("zero", u8, "zero", number=7),
)

READ_REQUEST: Final = Layout(
    "kfi_read", "A record: what does a reader alone make of it? No vCPU, no machine, no decision.",
    Field("reader", u8, "newest minor version that the reader is to know"),
    Field("exact", u8, "1: the bytes hold just the record; 0: it may end early"),
)
READ_ANSWER: Final = Layout(
    "kfi_read_answer", "What the reader makes of it; part rule names the refusal.",
    Field("outcome", u8, "0 value, 1 not understood, 2 malformed"),
    Field("zero", u8, "zero", number=3),
    Field("tail", u32, "bytes of a newer minor version beyond what the reader knows; 0 unless value"),
    Field("info", u8, "the record's fields, those that its version or the reader has not are 0; all 0 unless value",
          number=RECORD.size),
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

MESSAGES: Final = (HELLO, VMM, HOST, REPLY, BYE, CHECK, ENABLE, RING, READ)
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
