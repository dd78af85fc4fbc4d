# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A case: any bytes are one, and the seeds are what they are said to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi.cper.parse import parse_status_block
from abi.fuzz import seeds
from abi.fuzz.case import CHANGE, HEAD, RING, Case, Change, build, parse
from abi.record import FaultInfo, read
from abi.rules import check


@given(st.binary(max_size=200))
def test_any_bytes_are_a_case_that_builds_to_the_same_case(data: bytes) -> None:
    case = parse(data)
    assert parse(build(case)) == case
    assert case.data == data[len(data) - len(case.data) :]


def test_numbers_are_taken_modulo_and_missing_bytes_are_0() -> None:
    assert parse(b"") == Case(surface=0, reader=0)
    assert parse(b"\x05\x03\xff\x0b") == Case(RING, 1, 0xFF, 3)
    change = CHANGE.codec.fast.pack(1, 2, 3)
    assert parse(bytes((2, 0, 0, 0, 9, 7, 7, 7)) + 2 * change + b"abc") == Case(RING, 0, changes=2 * (Change(1, 2, 3),),
                                                                           data=b"abc")
    assert parse(bytes((1, 0, 0, 0, 4, 0, 0, 0)) + change).data == change, "only a ring changes"


def test_a_case_that_bytes_cannot_mean_is_refused() -> None:
    with pytest.raises(ValueError, match="no bytes mean"):
        build(Case(reader=2))
    with pytest.raises(ValueError, match="no bytes mean"):
        build(Case(changes=(Change(),)))


def test_layouts_are_those_that_all_sides_agreed_on() -> None:
    assert (HEAD.size, CHANGE.size) == (8, 16)
    assert list(HEAD.offsets.items()) == [("surface", 0), ("reader", 1), ("options", 2), ("dealt", 3), ("changes", 4),
                                          ("ignored", 5)]
    assert list(CHANGE.offsets.items()) == [("after", 0), ("word", 4), ("value", 8)]


@pytest.mark.parametrize("name", ["record-1.0", "record-1.1"])
def test_a_seed_is_a_record_that_breaks_nothing(name: str) -> None:
    case = parse(seeds.SEEDS[name])
    record = read(case.data, exact=case.exact)
    assert isinstance(record, FaultInfo)
    assert (str(record.version), check(record)) == (name.removeprefix("record-"), ())


def test_the_firmware_seed_has_a_virtual_address_only() -> None:
    block = parse_status_block(parse(seeds.SEEDS["firmware"]).data)
    (section,) = block.arm_processors
    (info,) = section.error_info
    assert info.virtual_address
    assert info.physical_address is None
