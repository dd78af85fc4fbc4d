# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The strategies give what they say: what holds, what breaks one named rule, and cases of all kinds."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abi import definition as d
from abi.cper.parse import parse_status_block
from abi.fuzz import broken, strategies
from abi.fuzz.case import FIRMWARE, RECORD, RING, Case, build, parse
from abi.fuzz.steps import STEPS
from abi.layout import Version
from abi.record import FaultInfo, read
from abi.ring.image import read_image
from abi.rules import check

RARE = settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])


@given(strategies.valid_records(), st.sampled_from(d.VERSIONS))
def test_a_valid_record_breaks_nothing_for_any_reader(data: bytes, reader: Version) -> None:
    record = read(data, reader)
    assert isinstance(record, FaultInfo)
    assert check(record, reader) == ()


@pytest.mark.parametrize("version", [*d.VERSIONS, d.RESERVED_VERSIONS[0]])
def test_a_valid_record_of_one_version_is_of_that_version(version: Version) -> None:
    @given(strategies.valid_records(version))
    def judge(data: bytes) -> None:
        record = read(data)
        assert isinstance(record, FaultInfo)
        assert record.version == version
        assert len(data) == d.SIZES.get(version, len(data)) >= d.SIZES[d.V1_0]

    judge()


def test_valid_records_are_of_every_version_kind_and_origin_there_can_be() -> None:
    met, minors = set(), set()
    at = d.RECORD.offsets

    @given(strategies.valid_records())
    @settings(max_examples=300, database=None, derandomize=True)
    def collect(data: bytes) -> None:
        met.add((data[at["kind"]], data[at["origin"]]))
        minors.add(min(data[at["minor"]], 2))

    collect()
    assert minors == {0, 1, 2}
    assert met == {(1, 1), (1, 3), (1, 5), (2, 1), (2, 3), (2, 5), (3, 1), (3, 3), (4, 0), (4, 2)}


@pytest.mark.parametrize("rule", strategies.breakable())
def test_a_case_that_is_to_break_a_rule_breaks_it_and_no_other(rule: str) -> None:
    @given(strategies.breaking(rule))
    @settings(max_examples=20)
    def judge(case: Case) -> None:
        assert broken.rules(build(case)) == (rule,)

    judge()


def test_rules_that_no_bytes_break_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"vmm\.once is broken by no record.*those are vmm\.major\.unknown"):
        strategies.breaking("vmm.once")
    with pytest.raises(ValueError, match=r"version 255\.0"):
        strategies.valid_records(d.RESERVED_VERSIONS[1])
    assert set(strategies.breakable()) == {step.rule for step in STEPS}


@given(strategies.rings())
def test_a_ring_holds_and_so_do_its_records(image: bytes) -> None:
    header, slots = read_image(image)
    assert 0 < len(slots) <= header.slots
    for slot in slots:
        assert broken.of_record(slot.record, d.NEWEST.minor, exact=False) == ()


@given(strategies.firmware_records())
def test_a_firmware_record_is_one_that_the_strict_parser_takes(data: bytes) -> None:
    parse_status_block(data)


@pytest.mark.parametrize("surface", [RECORD, FIRMWARE, RING])
@settings(RARE)
@given(data=st.data())
def test_cases_of_one_surface_are_mostly_of_it_and_within_their_room(surface: int, data: st.DataObject) -> None:
    case = data.draw(strategies.cases(surface))
    assert len(case) <= 4096
    parse(case)


@settings(RARE)
@given(strategies.mutated_records(lambda rules: "host.reserved.zero" in rules))
def test_mutated_records_can_be_chosen_by_what_they_break(data: bytes) -> None:
    assert "host.reserved.zero" in broken.rules(build(Case(RECORD, data=data)))


@given(strategies.mutated(st.binary(max_size=40), room=60))
def test_bytes_of_another_strategy_are_mutated_within_the_room(data: bytes) -> None:
    assert len(data) <= 60
