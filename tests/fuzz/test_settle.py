# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A record that is settled breaks nothing, whatever it was; what broke nothing stays as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi import definition as d
from abi.fuzz import templates
from abi.fuzz.broken import of_record
from abi.fuzz.seeds import RECORD_1_0
from abi.fuzz.settle import Fields, settle
from abi.fuzz.strategies import records
from abi.record import FaultInfo, build
from tests.abi.strategies import valid_records

ROOMS = st.sampled_from((64, 72, 79, 80, 88, 256))
READERS = st.sampled_from([version.minor for version in d.VERSIONS])


def settled(record: FaultInfo, room: int = 256) -> FaultInfo:
    fields = Fields.of(record[: len(d.RECORD.fields)])
    settle(fields, room)
    made = FaultInfo._make((*fields.values(), b""))
    return made._replace(tail=bytes(max(0, made.size - d.SIZES[d.NEWEST])))


@given(records(), ROOMS, READERS)
def test_any_record_settled_breaks_nothing_for_any_reader(record: FaultInfo, room: int, reader: int) -> None:
    made = settled(record, room)
    assert made.size <= room
    data = build(made)
    assert len(data) == made.size
    assert of_record(data, reader, exact=True) == ()


@given(records())
def test_settled_twice_is_settled_once(record: FaultInfo) -> None:
    once = settled(record)
    assert settled(once) == once


@given(valid_records())
def test_of_a_valid_record_nothing_changes(record: FaultInfo) -> None:
    """But IL of an isolated page's data abort, which may be either."""
    made = settled(record)
    if record.origin == d.ORIGIN_ISOLATED:
        made, record = made._replace(esr=0), record._replace(esr=0)
    assert made == record


@pytest.mark.parametrize("name", templates.RECORDS)
def test_of_a_template_nothing_changes(name: str) -> None:
    record = templates.RECORDS[name]
    assert settled(record)[:-1] == record[:-1]


def test_a_record_that_was_not_settled_breaks_something() -> None:
    """The judge of these tests would notice."""
    record = RECORD_1_0._replace(severity=d.SEVERITY_UC)
    assert of_record(build(record), 1, exact=True) == ("vmm.agree",)
    assert of_record(build(settled(record)), 1, exact=True) == ()
