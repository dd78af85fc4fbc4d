# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The reply: ``struct kvm_vcpu_events`` with the extension in its spare bytes, as a frozen value.

64 bytes, the size that it has today. Kernels without the extension refuse nonzero spare bytes.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from construct import Int8ul as u8
from construct import Int64ul as u64

from abi.errors import InputError
from abi.layout import Field, Layout

VCPU_EVENTS: Final = Layout(
    "kvm_vcpu_events",
    "What the VMM makes pending on a vCPU (KVM_SET_VCPU_EVENTS).",
    Field("serror_pending", u8, "a virtual SError", rules=("host.reply.serror",)),
    Field("serror_has_esr", u8, "serror_esr holds its ISS", rules=("host.reply.serror",)),
    Field("ext_dabt_pending", u8, "a data abort that is an external abort",
          rules=("host.reply.one_abort", "host.reply.kind")),
    Field("ext_iabt_pending", u8, "an instruction abort that is an external abort",
          rules=("host.reply.one_abort", "host.reply.kind")),
    Field("ext_abt_has_esr", u8, "ext_abt_esr holds ISS bits of the abort", rules=("host.reply.esr",)),
    Field("ext_abt_has_far", u8, "ext_abt_far is FAR_EL1", rules=("host.reply.far", "host.reply.fnv")),
    Field("pad", u8, "zero", rules=("host.reply.reserved",), number=2),
    Field("serror_esr", u64, "ISS [24:0] of the virtual SError", rules=("host.reply.serror",)),
    Field("ext_abt_esr", u64, "FSC, EA, WnR, CM, SET of the abort", rules=("host.reply.esr",)),
    Field("ext_abt_far", u64, "FAR_EL1 of the abort", rules=("host.reply.far",)),
    Field("reserved", u8, "zero", rules=("host.reply.reserved",), number=32),
)
_PAD: Final = VCPU_EVENTS.field("pad").width
_RESERVED: Final = VCPU_EVENTS.field("reserved").width


class FaultReply(NamedTuple):
    """The content of ``kvm_vcpu_events``, one number a field; ``pad`` and ``reserved`` are kept raw."""

    serror_pending: int = 0
    serror_has_esr: int = 0
    ext_dabt_pending: int = 0
    ext_iabt_pending: int = 0
    ext_abt_has_esr: int = 0
    ext_abt_has_far: int = 0
    pad: bytes = bytes(_PAD)
    serror_esr: int = 0
    ext_abt_esr: int = 0
    ext_abt_far: int = 0
    reserved: bytes = bytes(_RESERVED)


def parse_reply(data: bytes | memoryview, *, plain: bool = False) -> FaultReply:
    """Read a reply; every 64 bytes give a value. Raises InputError (``reply.length``) for another length."""
    if len(data) != VCPU_EVENTS.size:
        raise InputError(
            "reply.length", "reply", 0, f"{VCPU_EVENTS.size:#x} bytes", f"{len(data):#x} bytes",
            "struct kvm_vcpu_events has one size",
        )
    codec = VCPU_EVENTS.codec
    if plain:
        parsed = codec.plain.parse(bytes(data))
        return FaultReply(**{name: parsed[name] for name in codec.names})
    return FaultReply._make(codec.fast.unpack(data))


def build_reply(reply: FaultReply) -> bytes:
    """The 64 bytes. Raises InputError (``reply.range``) for a value that does not fit."""
    for field, value in zip(VCPU_EVENTS.fields, reply, strict=True):
        if isinstance(value, bytes) and len(value) != field.width:
            raise _range(field, f"{len(value):#x} bytes")
    try:
        return VCPU_EVENTS.codec.fast.pack(*reply)
    except struct.error:
        field, value = next(
            (f, v)
            for f, v in zip(VCPU_EVENTS.fields, reply, strict=True)
            if isinstance(v, int) and not 0 <= v < 1 << 8 * f.width
        )
        raise _range(field, hex(value)) from None


def _range(field: Field, got: str) -> InputError:
    return InputError(
        "reply.range", f"reply.{field.name}", VCPU_EVENTS.offsets[field.name], f"{field.width:#x} bytes", got
    )
