# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Where every field is: one bit is walked through the word and only the field drawn here may change.

The layouts are drawn by hand from the Arm ARM (ESR_ELx, ISS and ISS2 encodings), one for each
condition that moves a field, in the manual's own order and numbering; they share nothing with
the tables under test. ISS2 bits are numbered within ISS2, as the manual does.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from abi.esr_fields import CLASSES
from abi.syndrome import as_dict, decode


class Layout(NamedTuple):
    """A syndrome to start from and the fields in it; what no field covers is RES0."""

    esr: int
    iss: str
    iss2: str = ""
    #: Shown under their name although RES0.
    kept: str = ""


ABORT_TAIL = "FnV 10, EA 9, CM 8, S1PTW 7, WnR 6, DFSC 5:0"
PERMISSION_ISS2 = "HDBSSF 11, TnD 10, TagAccess 9, GCS 8, AssuredOnly 7, Overlay 6, DirtyBit 5, Xs 4:0"
ASYNC = "IDS 24, ELS 18, WU 17:16, VFV 15, PFV 14, IESB 13, AET 12:10, EA 9, WnRV 7"
LAYOUTS = {
    "data abort, ISV=1, translation": Layout(
        0x9300_0007, "ISV 24, SAS 23:22, SSE 21, SRT 20:16, SF 15, AR 14, VNCR 13, LST 12:11, " + ABORT_TAIL,
        "GCS 8, Xs 4:0", "FnV"),
    "data abort, ISV=1, permission": Layout(
        0x9300_000F, "ISV 24, SAS 23:22, SSE 21, SRT 20:16, SF 15, AR 14, VNCR 13, LST 12:11, " + ABORT_TAIL,
        PERMISSION_ISS2, "FnV"),
    "data abort, ISV=1, external abort": Layout(
        0x9700_0010, "ISV 24, SAS 23:22, SSE 21, SRT 20:16, SF 15, AR 14, VNCR 13, SET 12:11, " + ABORT_TAIL,
        "GCS 8"),
    "data abort, translation": Layout(
        0x9200_002A, "ISV 24, FnP 15, VNCR 13, LST 12:11, " + ABORT_TAIL, "GCS 8, Xs 4:0", "FnV"),
    "data abort, permission": Layout(
        0x9200_000D, "ISV 24, TopLevel 21, FnP 15, VNCR 13, LST 12:11, " + ABORT_TAIL, PERMISSION_ISS2, "FnV"),
    "data abort, address size": Layout(0x9600_0029, "ISV 24, FnP 15, VNCR 13, " + ABORT_TAIL, "GCS 8", "FnV"),
    "data abort, alignment": Layout(0x9600_0021, "ISV 24, FnP 15, VNCR 13, " + ABORT_TAIL, "GCS 8", "FnV"),
    "data abort, external abort": Layout(
        0x9600_0010, "ISV 24, WU 17:16, FnP 15, PFV 14, VNCR 13, SET 12:11, " + ABORT_TAIL, "GCS 8"),
    "data abort, external abort on a walk": Layout(
        0x9200_0012, "ISV 24, WU 17:16, FnP 15, PFV 14, VNCR 13, SET 12:11, " + ABORT_TAIL,
        "HDBSSF 11, GCS 8", "FnV"),
    "data abort, parity": Layout(0x9200_0018, "ISV 24, FnP 15, VNCR 13, " + ABORT_TAIL, "GCS 8", "FnV"),
    "data abort, granule protection on a walk": Layout(
        0x9200_0023, "ISV 24, FnP 15, VNCR 13, " + ABORT_TAIL, "HDBSSF 11, GCS 8", "FnV"),
    "instruction abort, translation": Layout(
        0x8600_0005, "FnP 15, SET 12:11, FnV 10, EA 9, S1PTW 7, IFSC 5:0", "", "SET FnV"),
    "instruction abort, permission": Layout(
        0x8200_000E, "TopLevel 21, FnP 15, SET 12:11, FnV 10, EA 9, S1PTW 7, IFSC 5:0",
        "AssuredOnly 7, Overlay 6, DirtyBit 5", "SET FnV"),
    "instruction abort, external abort": Layout(
        0x8600_0010, "FnP 15, PFV 14, SET 12:11, FnV 10, EA 9, S1PTW 7, IFSC 5:0"),
    "instruction abort, external abort on a walk": Layout(
        0x8200_0013, "FnP 15, PFV 14, SET 12:11, FnV 10, EA 9, S1PTW 7, IFSC 5:0", "", "FnV"),
    "SError": Layout(0xBE00_0091, ASYNC + ", WnR 6, DFSC 5:0"),
    "SError, WnR not valid": Layout(0xBE00_0011, ASYNC + ", DFSC 5:0"),
    "SError, uncategorized": Layout(
        0xBE00_0000, "IDS 24, IESB 13, AET 12:10, EA 9, DFSC 5:0", "", "IESB AET EA"),
    "SError, IMPLEMENTATION DEFINED": Layout(0xBF00_0000, "IDS 24, IMPDEF 23:0"),
    "BRK instruction": Layout(0xF200_0800, "ISS 24:0", "ISS2 23:0"),
    "unallocated class": Layout(0xFE00_0000, "ISS 24:0", "ISS2 23:0"),
}
#: What these select is another layout: a bit walked through them says nothing about the rest.
SELECTORS = {"EC", "DFSC", "IFSC", "ISV", "IDS", "WnRV"}


def drawn(layout: Layout) -> dict[int, tuple[str, int]]:
    """Each bit of the word that a field covers: the field and the bit's number in it."""
    bits: dict[int, tuple[str, int]] = {}
    for base, text in ((0, "EC 31:26, IL 25, " + layout.iss), (32, layout.iss2)):
        for item in filter(None, text.split(", ")):
            name, _, span = item.partition(" ")
            high, _, low = span.partition(":")
            for bit in range(int(low or high), int(high) + 1):
                assert base + bit not in bits, f"drawn twice: {bit}"
                bits[base + bit] = (name, bit - int(low or high))
    return bits


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_walked_bit_changes_the_field_that_the_manual_has_there(name: str) -> None:
    layout = LAYOUTS[name]
    bits = drawn(layout)
    before = decode(layout.esr)
    old = as_dict(layout.esr)
    kept = layout.kept.split()
    assert before.reserved == 0
    for bit in range(64):
        field, offset = bits.get(bit, ("RES0", 0))
        flipped = layout.esr ^ 1 << bit
        after = decode(flipped)
        new = as_dict(flipped)
        if field in SELECTORS:
            assert new[field] == old[field] ^ 1 << offset, bit
            continue
        reserved = field == "RES0" or field in kept
        assert after.reserved == (1 << bit if reserved else 0), bit
        changed = {n for n in old.keys() | new.keys() if old.get(n) != new.get(n)}
        assert changed - {"ISS", "ISS2"} == {field} - {"RES0", "ISS", "ISS2"}, bit
        if field != "RES0":
            assert new[field] == old[field] ^ 1 << offset, bit


@pytest.mark.parametrize("name", LAYOUTS)
def test_fields_come_in_the_order_of_the_manual_and_carry_their_bits(name: str) -> None:
    layout = LAYOUTS[name]
    spans: dict[str, list[int]] = {}
    for bit, (name_there, _) in sorted(drawn(layout).items()):
        spans.setdefault(name_there, []).append(bit)
    raw = "ISS 24:0" in layout.iss
    nested = [] if raw else [item.split(" ")[0] for item in f"{layout.iss}, {layout.iss2}".split(", ") if item]
    fields = decode(layout.esr).fields
    assert [f.name for f in fields] == ["EC", "IL", "ISS", "ISS2", *nested]
    for field in fields:
        expected = {"ISS": list(range(25)), "ISS2": list(range(32, 56))}.get(field.name) or spans[field.name]
        assert list(range(field.lo, field.lo + field.width)) == expected, field


def test_every_field_of_the_tables_is_drawn() -> None:
    walked = {field for layout in LAYOUTS.values() for field, _ in drawn(layout).values()}
    assert {f.name for c in CLASSES.values() for f in c.iss + c.iss2} <= walked


def test_every_value_of_a_field_has_a_text_or_is_reserved() -> None:
    for table in CLASSES.values():
        for field in table.iss + table.iss2:
            assert isinstance(field.texts, str) or len(field.texts) == 1 << field.width, field.name


@pytest.mark.parametrize("esr", [layout.esr for layout in LAYOUTS.values()])
def test_bits_63_to_56_are_res0_in_every_class(esr: int) -> None:
    assert decode(esr | 0xFF << 56).reserved == 0xFF << 56
