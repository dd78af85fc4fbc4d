# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The protocol's bytes, by hand: what an adapter in another language was written against must not move."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi.conformance import layouts as q
from abi.conformance import protocol as p
from abi.conformance.codes import ENDS, FEATURE_BITS, HAS_BITS, WAYS
from abi.layout import Layout

#: Bytes of each fixed layout, and some offsets, added up by hand.
SIZES: tuple[tuple[Layout, int, dict[str, int]], ...] = (
    (p.FRAME, 12, {"id": 4, "type": 8}),
    (p.HELLO_REQUEST, 2, {}),
    (p.HELLO_ANSWER, 2, {}),
    (q.VMM_REQUEST, 112, {"features": 80, "pending_serror": 84, "ways": 96, "ras": 100, "reader": 104, "exact": 105}),
    (q.VMM_ANSWER, 144, {"serror_esr": 4, "pc": 8, "spsr_el1": 48, "tail": 56, "info": 64}),
    (q.HOST_REQUEST, 72, {"critical": 56, "has": 64, "walk_level": 68, "firmware": 71}),
    (q.HOST_ANSWER, 16, {"injected": 8}),
    (p.MEMSLOT, 32, {"pa": 24}),
    (p.ISOLATED, 16, {"lsb": 8}),
    (q.REPLY_REQUEST, 88, {"kind": 84, "host_ras": 86, "severity": 87}),
    (q.REPLY_ANSWER, 64, {"has_pending_serror": 4, "pending_serror": 8, "pc": 16}),
    (q.CHECK_REQUEST, 2, {"exact": 1}),
    (q.CHECK_ANSWER, 2, {}),
    (q.ENABLE_REQUEST, 24, {"kinds": 8, "vcpus": 12, "major": 16, "host_minor": 18, "protected": 20}),
    (q.ENABLE_ANSWER, 24, {"errno": 12, "major": 16}),
    (q.RING_REQUEST, 4, {}),
    (q.RING_ANSWER, 32, {"sequence": 8, "lost": 16, "vcpu": 20, "found": 24}),
    (q.READ_REQUEST, 2, {"exact": 1}),
    (q.READ_ANSWER, 88, {"tail": 4, "info": 8}),
    (q.EXIT_REQUEST, 12, {"serror_exit": 4, "kinds": 8, "answered": 10}),
    (q.EXIT_ANSWER, 2, {"save": 1}),
    (q.REPORT_REQUEST, 24, {"ack": 8, "acknowledges": 16, "firmware_va": 17}),
    (q.REPORT_ANSWER, 48, {"physical_addr_mask": 16, "read_ack": 24, "block_status": 32, "section": 36, "notified": 38,
                           "entry_severity": 42}),
    (q.PRODUCE_REQUEST, 8, {"vcpu": 4}),
    (q.PRODUCE_ANSWER, 8, {"woken": 4}),
    (p.BYE_REQUEST, 2, {}),
)
TYPES = {"hello": 0, "vmm": 1, "host": 2, "reply": 3, "bye": 4, "check": 5, "enable": 6, "ring": 7, "read": 8,
         "exit": 9, "report": 10, "produce": 11}


@pytest.mark.parametrize(("layout", "size", "offsets"), SIZES, ids=[layout.name for layout, _, _ in SIZES])
def test_a_layout_is_where_it_was(layout: Layout, size: int, offsets: dict[str, int]) -> None:
    assert layout.size == size
    assert {name: layout.offsets[name] for name in offsets} == offsets


def test_types_and_codes_are_those_that_were_given_once() -> None:
    assert {m.name: m.type for m in p.MESSAGES} == TYPES
    assert (p.PROTOCOL, p.UNSUPPORTED, p.FAILED) == (1, 0xFFFF, 0xFFFE)
    assert p.OUTCOMES == ("value", "not understood", "malformed")
    assert WAYS == ("", "sea", "irq", "poll", "sei")
    assert ENDS == ("record", "signal", "injected", "panic", "resumed", "no_error")
    assert HAS_BITS.index("memslots") == 5
    assert HAS_BITS.index("protected") == 10
    assert FEATURE_BITS.index("FEAT_RAS") == 9


def test_a_frame_counts_what_follows_its_length() -> None:
    assert p.frame(7, 0x102, b"abc") == struct.pack("<IIHH", 11, 7, 0x102, 0) + b"abc"


def test_a_frame_that_is_too_long_is_not_made() -> None:
    assert len(p.frame(1, 1, bytes(p.FRAME_MAX - 12))) == p.FRAME_MAX
    with pytest.raises(ValueError, match="0x10001"):
        p.frame(1, 1, bytes(p.FRAME_MAX - 11))


@st.composite
def payloads(draw: st.DrawFn) -> tuple[Layout, tuple[str, ...], dict[str, Any]]:
    message = draw(st.sampled_from(p.MESSAGES))
    layout, parts = draw(st.sampled_from(((message.request, message.parts), (message.answer, message.answer_parts))))
    values: dict[str, Any] = {
        f.name: draw(st.binary(min_size=f.width, max_size=f.width) if f.number > 1 else
                     st.integers(0, (1 << 8 * f.width) - 1))
        for f in layout.fields
    }
    return layout, parts, values | {name: draw(st.binary(max_size=99)) for name in parts}


@given(payloads(), st.data())
def test_a_payload_comes_back_whole_and_is_refused_at_any_other_length(
    one: tuple[Layout, tuple[str, ...], dict[str, Any]], data: st.DataObject
) -> None:
    layout, parts, values = one
    packed = p.pack(layout, parts, values)
    assert p.unpack(layout, parts, packed) == values
    cut = data.draw(st.integers(0, len(packed) - 1))
    for wrong in (packed[:cut], packed + b"\0"):
        with pytest.raises(p.ProtocolError):
            p.unpack(layout, parts, wrong)
