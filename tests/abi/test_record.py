# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Bytes to a value and back: what goes in comes out, whatever else the bytes hold, on both paths."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from abi.definition import NEWEST, RECORD, SIZES, V1_0, V1_1, VERSIONS
from abi.errors import InputError
from abi.layout import Version
from abi.record import FaultInfo, NotUnderstood, build, new, read
from tests.abi import strategies

READERS = pytest.mark.parametrize("reader", VERSIONS, ids=str)
EXACT = pytest.mark.parametrize("exact", [True, False], ids=["file", "area"])
MANY = settings(max_examples=200, deadline=None)
Outcome = FaultInfo | NotUnderstood | dict[str, str | None]


def outcome(data: bytes | memoryview, reader: Version, *, exact: bool, plain: bool = False) -> Outcome:
    """What reading gives: a value, or every field of the error."""
    try:
        return read(data, reader, exact=exact, plain=plain)
    except InputError as error:
        return error.as_dict()


def verdict(data: bytes, reader: Version, *, exact: bool) -> str:
    """What the rules vmm.malformed, vmm.size and vmm.major.unknown say of bytes, from their texts."""
    if len(data) < 38:
        return "vmm.malformed"
    size, major, minor = int.from_bytes(data[32:34], "little"), data[34], data[35]
    if major != 1:
        return "vmm.major.unknown"
    right = size == {0: 64, 1: 80}[minor] if minor <= reader.minor else size >= {0: 64, 1: 80}[reader.minor]
    fits = size == len(data) if exact else size <= len(data)
    return "read" if right and fits and size % 8 == 0 else "vmm.size"


def code(found: Outcome) -> str:
    if isinstance(found, dict):
        return str(found["code"])
    return found.rule if isinstance(found, NotUnderstood) else "read"


@st.composite
def stamped(draw: st.DrawFn, versions: tuple[tuple[int, int], ...] = ((0, 64), (1, 80))) -> bytes:
    """Random bytes that state a minor version and the size that belongs to it."""
    minor, size = draw(st.sampled_from(versions))
    body = bytearray(draw(st.binary(min_size=size, max_size=size)))
    body[32:36] = size.to_bytes(2, "little") + bytes([1, minor])
    return bytes(body)


NEWER = ((2, 80), (2, 88), (255, 80), (255, 256), (17, 128))


def test_a_value_has_the_fields_of_the_definition_in_its_order_and_then_the_tail() -> None:
    assert FaultInfo._fields == (*(f.name for f in RECORD.fields), "tail")
    assert FaultInfo() == new(NEWEST)


@MANY
@given(reader=strategies.versions, data=stamped() | stamped(NEWER))
def test_bytes_come_back_bit_by_bit(reader: Version, data: bytes) -> None:
    record = read(data, reader)
    assert isinstance(record, FaultInfo)
    assert build(record, reader) == data
    assert build(record, reader, plain=True) == data


@MANY
@given(record=strategies.versions.flatmap(strategies.records))
def test_values_come_back_field_by_field(record: FaultInfo) -> None:
    assert len(build(record)) == SIZES[record.version]
    assert read(build(record)) == record
    assert read(build(record, plain=True), plain=True) == record


@MANY
@given(reader=strategies.versions, data=st.data())
def test_values_of_newer_minors_come_back_with_their_tail(reader: Version, data: st.DataObject) -> None:
    """Rule vmm.trailing."""
    record = data.draw(strategies.newer_records(reader))
    raw = build(record, reader)
    assert raw[SIZES[reader] :] == record.tail
    assert read(raw, reader) == record


@MANY
@given(data=stamped(((1, 80),)))
def test_an_older_reader_keeps_what_it_does_not_know_as_a_tail(data: bytes) -> None:
    """Rule vmm.trailing."""
    newest, older = read(data), read(data, V1_0)
    assert isinstance(newest, FaultInfo)
    assert older == newest._replace(hva=0, firmware_va=0, tail=data[64:80])


@MANY
@given(
    reader=strategies.versions, data=stamped() | stamped(NEWER), after=st.binary(max_size=64),
    other=st.binary(max_size=64),
)
def test_bytes_beyond_size_change_nothing(reader: Version, data: bytes, after: bytes, other: bytes) -> None:
    assert read(data + after, reader, exact=False) == read(data + other, reader, exact=False) == read(data, reader)


@settings(max_examples=1000, deadline=None)
@given(reader=strategies.versions, exact=st.booleans(), data=strategies.hostile_bytes())
def test_construct_and_the_fast_path_agree_on_any_bytes(reader: Version, exact: bool, data: bytes) -> None:
    fast = outcome(data, reader, exact=exact)
    assert fast == outcome(data, reader, exact=exact, plain=True)
    assert code(fast) == verdict(data, reader, exact=exact)


def heads() -> list[bytes]:
    """Size, major, minor and kind as liars and honest hosts write them."""
    sizes = (0, 8, 63, 64, 65, 72, 80, 81, 88, 256, 264, 0xFFF8, 0xFFFF)
    return [
        size.to_bytes(2, "little") + bytes([major, minor, 1, 0])
        for size in sizes for major, minor in ((1, 0), (1, 1), (1, 2), (1, 255), (255, 0))
    ]


@EXACT
@READERS
def test_both_paths_agree_for_every_length_up_to_300(reader: Version, exact: bool) -> None:
    body = bytes(n % 251 for n in range(300))
    for head in heads():
        for length in range(301):
            data = (body[:32] + head + body[38:])[:length]
            fast = outcome(data, reader, exact=exact)
            assert fast == outcome(data, reader, exact=exact, plain=True), data
            assert code(fast) == verdict(data, reader, exact=exact), data


@READERS
def test_every_length_up_to_300_is_judged_by_its_size(reader: Version) -> None:
    for length in range(301):
        data = bytes(32) + length.to_bytes(2, "little") + bytes([1, 1, 1, 0]) + bytes(300)
        for exact in (True, False):
            assert code(outcome(data[:length], reader, exact=exact)) == verdict(data[:length], reader, exact=exact)


@MANY
@given(data=strategies.hostile_bytes())
def test_bytes_and_a_view_of_memory_read_alike(data: bytes) -> None:
    assert outcome(memoryview(data), NEWEST, exact=False) == outcome(data, NEWEST, exact=False)


@MANY
@given(data=strategies.hostile_bytes())
def test_a_value_owns_its_bytes(data: bytes) -> None:
    """Rule vmm.single_fetch: what happens to the memory afterwards does not reach the value."""
    memory = bytearray(data)
    before = outcome(memoryview(memory), NEWEST, exact=False)
    memory[:] = bytes(byte ^ 0xFF for byte in memory)
    assert before == outcome(data, NEWEST, exact=False)


@pytest.mark.parametrize(
    ("data", "name", "offset", "expected", "got"),
    [
        (b"", "sea_flags", 0, "0x8 bytes", "0x0 bytes"),
        (bytes(15), "esr", 8, "0x8 bytes", "0x7 bytes"),
        (bytes(33), "size", 32, "0x2 bytes", "0x1 bytes"),
        (bytes(34), "major", 34, "0x1 bytes", "0x0 bytes"),
        (bytes(37), "kind", 36, "0x2 bytes", "0x1 bytes"),
    ],
)
@pytest.mark.parametrize("plain", [False, True], ids=["struct", "construct"])
def test_short_bytes_name_the_field_that_is_cut(
    plain: bool, data: bytes, name: str, offset: int, expected: str, got: str
) -> None:
    """Rule vmm.malformed."""
    with pytest.raises(InputError) as raised:
        read(data, plain=plain)
    error = raised.value
    assert (error.code, error.path, error.offset) == ("vmm.malformed", f"record.{name}", offset)
    assert (error.expected, error.got) == (expected, got)
    assert "0x40" in error.hint


def sized(size: int, minor: int, length: int) -> bytes:
    return (bytes(32) + size.to_bytes(2, "little") + bytes([1, minor]) + bytes(400))[:length]


@pytest.mark.parametrize(
    ("data", "reader", "expected", "got"),
    [
        (sized(0, 0, 64), NEWEST, "0x40", "0x0"),
        (sized(80, 0, 80), NEWEST, "0x40", "0x50"),
        (sized(64, 1, 64), NEWEST, "0x50", "0x40"),
        (sized(79, 1, 80), NEWEST, "0x50", "0x4f"),
        (sized(72, 2, 72), NEWEST, ">= 0x50", "0x48"),
        (sized(56, 1, 64), V1_0, ">= 0x40", "0x38"),
        (sized(84, 2, 84), NEWEST, "a multiple of 0x8", "0x54"),
        (sized(64, 0, 63), NEWEST, "<= 0x3f", "0x40"),
        (sized(0xFFF8, 255, 256), NEWEST, "<= 0x100", "0xfff8"),
        (sized(64, 0, 65), NEWEST, "0x41", "0x40"),
        (sized(88, 2, 96), NEWEST, "0x60", "0x58"),
    ],
)
@pytest.mark.parametrize("plain", [False, True], ids=["struct", "construct"])
def test_a_size_that_lies_is_named_with_what_it_should_be(
    plain: bool, data: bytes, reader: Version, expected: str, got: str
) -> None:
    """Rule vmm.size."""
    with pytest.raises(InputError) as raised:
        read(data, reader, plain=plain)
    error = raised.value
    assert (error.code, error.path, error.offset) == ("vmm.size", "record.size", 32)
    assert (error.expected, error.got) == (expected, got)
    assert error.hint


@pytest.mark.parametrize("major", [0, 2, 255])
def test_another_major_version_is_kept_as_bytes(major: int) -> None:
    """Rule vmm.major.unknown: no field but major is believed, not even size."""
    data = bytes(32) + b"\xff\xff" + bytes([major, 0]) + bytes(5)
    assert read(data) == NotUnderstood(data, "vmm.major.unknown", "record.major", 34, hex(major))


LIMITS = {f.name: 1 << 8 * f.width for f in RECORD.fields}


@st.composite
def misfits(draw: st.DrawFn) -> FaultInfo:
    """Records with one to three values that their fields cannot hold."""
    record = draw(strategies.records(draw(strategies.versions)))
    changed: dict[str, Any] = {
        name: draw(st.sampled_from([-1, LIMITS[name], LIMITS[name] + 1, 1 << 64, 1 << 200, -(1 << 63)]))
        for name in draw(st.lists(st.sampled_from(sorted(LIMITS)), min_size=1, max_size=3))
    }
    return record._replace(**changed)


def built(record: FaultInfo, reader: Version, *, plain: bool) -> bytes | dict[str, str | None]:
    try:
        return build(record, reader, plain=plain)
    except InputError as error:
        return error.as_dict()


@MANY
@given(reader=strategies.versions, record=misfits() | strategies.records() | strategies.newer_records())
@example(reader=NEWEST, record=new(V1_0, hva=1 << 64))
def test_both_paths_build_the_same_or_refuse_the_same(reader: Version, record: FaultInfo) -> None:
    assert built(record, reader, plain=False) == built(record, reader, plain=True)


@pytest.mark.parametrize("plain", [False, True], ids=["struct", "construct"])
@pytest.mark.parametrize("name", sorted(LIMITS))
def test_a_value_that_does_not_fit_is_named(name: str, plain: bool) -> None:
    for value in (-1, LIMITS[name]):
        changed: dict[str, Any] = {name: value}
        with pytest.raises(InputError) as raised:
            build(FaultInfo()._replace(**changed), plain=plain)
        error = raised.value
        assert (error.code, error.path, error.offset) == ("record.range", f"record.{name}", RECORD.offsets[name])
        assert (error.expected, error.got) == (f"0x0..{LIMITS[name] - 1:#x}", hex(value))


@pytest.mark.parametrize("plain", [False, True], ids=["struct", "construct"])
def test_a_value_that_is_no_number_is_named(plain: bool) -> None:
    record = FaultInfo()._replace(far="0x10")  # type: ignore[arg-type]  # what a careless caller passes
    with pytest.raises(InputError, match=r"record\.range: record\.far at offset 0x10: .* got '0x10'"):
        build(record, plain=plain)


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_the_greatest_value_fits(name: str) -> None:
    changed: dict[str, Any] = {name: LIMITS[name] - 1}
    data = build(FaultInfo()._replace(**changed))
    offset = RECORD.offsets[name]
    assert data[offset : RECORD.end(name)] == b"\xff" * RECORD.field(name).width


def test_new_stamps_the_version_and_takes_lies() -> None:
    assert (new(V1_0).size, new(V1_0).version) == (64, V1_0)
    assert (new(V1_1).size, new(V1_1).version) == (80, V1_1)
    assert new(V1_0, size=3, minor=9, kind=7)[4:8] == (3, 1, 9, 7)
    with pytest.raises(ValueError, match="gva"):
        new(gva=1)


def test_has_asks_for_every_bit() -> None:
    record = new(flags=0b101)
    assert record.has(0b100)
    assert record.has(0b101)
    assert not record.has(0b111)
    assert not record.has(0b010)
