# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The reply's 64 bytes: by hand, there and back, as today's kernel lays them out, and refusals."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abi.errors import InputError
from abi.reply import VCPU_EVENTS, FaultReply, build_reply, parse_reply
from tests.abi.strategies import replies

PLAIN = pytest.mark.parametrize("plain", [False, True], ids=["struct", "construct"])
ZEROS = " 00" * 32

HAND = {
    "nothing": ("00 00 00 00 00 00 00 00" + " 00" * 24 + ZEROS, FaultReply()),
    "a data abort, host's own syndrome": (
        "00 00 01 00 00 00 00 00" + " 00" * 24 + ZEROS, FaultReply(ext_dabt_pending=1),
    ),
    "a store's abort at an address": (
        "00 00 01 00 01 01 00 00"
        " 00 00 00 00 00 00 00 00"
        " 50 02 00 00 00 00 00 00"
        " 78 56 34 12 00 00 ff ff" + ZEROS,
        FaultReply(ext_dabt_pending=1, ext_abt_has_esr=1, ext_abt_has_far=1, ext_abt_esr=0x250,
                   ext_abt_far=0xFFFF_0000_1234_5678),
    ),
    "a fetch's abort without one": (
        "00 00 00 01 01 00 00 00"
        " 00 00 00 00 00 00 00 00"
        " 10 00 00 00 00 00 00 00" + " 00" * 8 + ZEROS,
        FaultReply(ext_iabt_pending=1, ext_abt_has_esr=1, ext_abt_esr=0x10),
    ),
    "an SError": (
        "01 01 00 00 00 00 00 00"
        " 11 0c 00 00 00 00 00 00" + " 00" * 16 + ZEROS,
        FaultReply(serror_pending=1, serror_has_esr=1, serror_esr=0xC11),
    ),
    "every byte another": (
        " ".join(f"{n:02x}" for n in range(64)),
        FaultReply(0, 1, 2, 3, 4, 5, b"\x06\x07", 0x0F0E_0D0C_0B0A_0908, 0x1716_1514_1312_1110,
                   0x1F1E_1D1C_1B1A_1918, bytes(range(0x20, 0x40))),
    ),
}


class Upstream(ctypes.LittleEndianStructure):
    """struct kvm_vcpu_events as arch/arm64/include/uapi/asm/kvm.h of Linux 7.3.4 has it."""

    _fields_ = [
        ("serror_pending", ctypes.c_uint8), ("serror_has_esr", ctypes.c_uint8), ("ext_dabt_pending", ctypes.c_uint8),
        ("pad", ctypes.c_uint8 * 5), ("serror_esr", ctypes.c_uint64), ("reserved", ctypes.c_uint32 * 12),
    ]


def test_the_value_has_the_fields_of_the_layout_in_its_order() -> None:
    assert FaultReply._fields == tuple(f.name for f in VCPU_EVENTS.fields)
    assert build_reply(FaultReply()) == bytes(64)


def test_the_extension_lies_in_what_upstream_keeps_spare() -> None:
    assert ctypes.sizeof(Upstream) == VCPU_EVENTS.size == 64
    for name in ("serror_pending", "serror_has_esr", "ext_dabt_pending", "serror_esr"):
        assert VCPU_EVENTS.offsets[name] == getattr(Upstream, name).offset
    spare = {*range(3, 8), *range(16, 64)}
    for field in VCPU_EVENTS.fields:
        if not hasattr(Upstream, field.name) or field.name in {"pad", "reserved"}:
            assert set(range(VCPU_EVENTS.offsets[field.name], VCPU_EVENTS.end(field.name))) <= spare, field.name


@PLAIN
@pytest.mark.parametrize(("text", "reply"), HAND.values(), ids=HAND)
def test_bytes_by_hand_are_the_values_by_hand(text: str, reply: FaultReply, plain: bool) -> None:
    assert parse_reply(bytes.fromhex(text), plain=plain) == reply
    assert build_reply(reply) == bytes.fromhex(text)


@given(data=st.binary(min_size=64, max_size=64))
def test_any_64_bytes_come_back(data: bytes) -> None:
    reply = parse_reply(data)
    assert build_reply(reply) == data
    assert parse_reply(data, plain=True) == reply
    assert parse_reply(memoryview(data)) == reply


@given(reply=replies())
def test_any_value_comes_back(reply: FaultReply) -> None:
    assert parse_reply(build_reply(reply)) == reply


@PLAIN
def test_another_length_is_refused(plain: bool) -> None:
    for length in (*range(64), *range(65, 301)):
        with pytest.raises(InputError) as raised:
            parse_reply(bytes(length), plain=plain)
        error = raised.value
        assert (error.code, error.path, error.offset) == ("reply.length", "reply", 0)
        assert (error.expected, error.got) == ("0x40 bytes", f"{length:#x} bytes")


LIMITS = {f.name: 1 << 8 * f.width for f in VCPU_EVENTS.fields if f.number == 1}


@pytest.mark.parametrize("name", LIMITS)
def test_a_number_that_does_not_fit_is_named(name: str) -> None:
    for value in (-1, LIMITS[name], 1 << 300):
        changed: dict[str, Any] = {name: value}
        with pytest.raises(InputError) as raised:
            build_reply(FaultReply()._replace(**changed))
        error = raised.value
        assert (error.code, error.path, error.offset) == ("reply.range", f"reply.{name}", VCPU_EVENTS.offsets[name])
        assert error.got == hex(value)
    changed = {name: LIMITS[name] - 1}
    assert getattr(parse_reply(build_reply(FaultReply()._replace(**changed))), name) == LIMITS[name] - 1


@pytest.mark.parametrize(("name", "offset", "width"), [("pad", 6, 2), ("reserved", 32, 32)])
def test_spare_bytes_of_another_length_are_refused(name: str, offset: int, width: int) -> None:
    """struct would pad or cut them without a word."""
    for length in (0, width - 1, width + 1):
        changed: dict[str, Any] = {name: bytes(length)}
        with pytest.raises(InputError) as raised:
            build_reply(FaultReply()._replace(**changed))
        error = raised.value
        assert (error.code, error.path, error.offset) == ("reply.range", f"reply.{name}", offset)
        assert (error.expected, error.got) == (f"{width:#x} bytes", f"{length:#x} bytes")


@settings(max_examples=200)
@given(reply=replies(), data=st.data())
def test_building_ends_in_64_bytes_or_in_an_input_error(reply: FaultReply, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(LIMITS)))
    changed: dict[str, Any] = {name: data.draw(st.integers(-2, 1 << 66))}
    reply = reply._replace(**changed)
    ended: object
    try:
        ended = len(build_reply(reply))
    except InputError as error:
        ended = (error.code, error.path)
    assert ended == (64 if 0 <= changed[name] < LIMITS[name] else ("reply.range", f"reply.{name}"))
