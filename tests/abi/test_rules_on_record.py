# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Every rule of a record: broken alone by a record made by hand, and the same as its text read a second time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings

from abi.decode import Decoded, decode
from abi.definition import SIZES, V1_0
from abi.errors import InputError
from abi.record import FaultInfo, NotUnderstood, build
from abi.rules import RECORD_RULES, REFUSALS, all_rules, check
from tests.abi import rules_by_hand, strategies
from tests.abi.broken_records import BROKEN, BROKEN_TOO, MALFORMED, VALID

EVERY_BROKEN = (*BROKEN.items(), *BROKEN_TOO)
IDS = [f"{rule}-{n}" for n, (rule, _) in enumerate(EVERY_BROKEN)]
MANY = settings(max_examples=600, deadline=None)


@pytest.mark.parametrize("record", VALID.values(), ids=VALID)
def test_a_record_that_a_host_may_write_breaks_nothing(record: FaultInfo) -> None:
    assert check(record) == ()
    assert decode(build(record)) == Decoded(record, ())


def test_there_is_a_valid_record_of_each_kind_and_origin() -> None:
    assert {(r.kind, r.origin) for r in VALID.values()} == {
        (1, 1), (1, 3), (1, 5), (2, 1), (2, 3), (2, 5), (3, 1), (3, 3), (4, 0), (4, 2)
    }


def test_the_table_has_a_record_for_every_rule_in_their_order() -> None:
    assert tuple(BROKEN) == RECORD_RULES == tuple(rules_by_hand.RULES)
    assert set(RECORD_RULES) <= set(all_rules())


@pytest.mark.parametrize(("rule", "record"), EVERY_BROKEN, ids=IDS)
def test_a_record_that_breaks_one_rule_breaks_that_rule_alone(rule: str, record: FaultInfo) -> None:
    assert check(record) == (rule,)


@pytest.mark.parametrize(("rule", "record"), EVERY_BROKEN, ids=IDS)
def test_in_bytes_it_is_refused_or_named_by_that_rule(rule: str, record: FaultInfo) -> None:
    if rule == "vmm.size" and record.size != SIZES.get(record.version):
        record = record._replace(minor=record.minor, tail=b"")
    data = build(record)
    if rule not in REFUSALS:
        assert decode(data, exact=False) == Decoded(record, (rule,))
    elif rule in {"vmm.size", "vmm.agree"}:
        with pytest.raises(InputError) as raised:
            decode(data, exact=False)
        assert raised.value.code == rule
    else:
        found = decode(data, exact=False)
        assert isinstance(found, NotUnderstood)
        assert found.rule == rule


@pytest.mark.parametrize("data", MALFORMED, ids=[f"{len(data)} bytes" for data in MALFORMED])
def test_bytes_too_short_to_say_what_they_are_are_malformed(data: bytes) -> None:
    """Rule vmm.malformed."""
    with pytest.raises(InputError) as raised:
        decode(data)
    assert (raised.value.code, raised.value.path) == ("vmm.malformed", f"record.{MALFORMED[data]}")


@MANY
@given(record=strategies.valid_records())
def test_whatever_a_host_may_write_breaks_nothing(record: FaultInfo) -> None:
    assert check(record) == ()
    assert rules_by_hand.broken(record) == ()


@MANY
@given(record=strategies.newer_records())
def test_what_a_later_host_writes_breaks_nothing_that_this_reader_knows(record: FaultInfo) -> None:
    """Rules vmm.trailing and vmm.enum.unknown."""
    assert check(record) == ()


def agrees(record: FaultInfo) -> bool:
    return check(record) == rules_by_hand.broken(record)


@settings(max_examples=1500, deadline=None)
@given(record=strategies.near_valid_records() | strategies.records())
def test_the_rules_say_what_their_texts_say(record: FaultInfo) -> None:
    assert agrees(record if 1 <= record.kind <= 4 else record._replace(kind=1 + record.kind % 4))


def variants(**domains: Any) -> Iterator[FaultInfo]:
    """Every valid record with every combination of these values."""
    for base, values in product(VALID.values(), product(*domains.values())):
        yield base._replace(**dict(zip(domains, values, strict=True)))


def turned(name: str) -> Iterator[FaultInfo]:
    """Every valid record with each bit of one field turned."""
    for base, bit in product(VALID.values(), range(64)):
        changed: dict[str, Any] = {name: getattr(base, name) ^ 1 << bit}
        yield base._replace(**changed)


CLASSES = tuple(ec << 26 | 1 << 25 for ec in (0x20, 0x21, 0x24, 0x25, 0x2F))
EXHAUSTIVE: dict[str, Callable[[], Iterator[FaultInfo]]] = {
    "every EC": lambda: variants(kind=(1, 2, 3, 4), esr=[ec << 26 | 0x0200_0010 for ec in range(64)]),
    "every FSC, FnV and FAR_VALID": lambda: variants(
        esr=[top | fnv << 10 | fsc for top, fnv, fsc in product(CLASSES, (0, 1), range(64))],
        flags=(0x40, 0x41, 0x240, 0x241),
    ),
    "every SET and severity": lambda: variants(
        esr=[top | value << 11 | fsc for top, value, fsc in product(CLASSES, range(4), (0x10, 0x14))],
        flags=(0x60, 0x40), severity=range(8),
    ),
    "every SET and FSC": lambda: variants(
        kind=(1, 2), esr=[top | value << 11 | fsc for top, value, fsc in product(CLASSES, range(4), range(64))],
    ),
    "every bit of esr with more FSC": lambda: variants(
        esr=[(top | fsc) ^ 1 << bit for top, fsc, bit in product(CLASSES, (0x04, 0x11), range(64))], flags=(0x40, 0x41),
    ),
    "every AET and DFSC": lambda: variants(
        kind=(3, 4), esr=[0xBE00_0000 | ids << 24 | aet << 10 | fsc
                          for ids, aet, fsc in product((0, 1), range(8), range(64))],
    ),
    "every AET and severity": lambda: variants(
        kind=(3, 4), esr=[top | ids << 24 | aet << 10 | fsc
                          for top, ids, aet, fsc in product((0, 0xBE00_0000), (0, 1), range(8), (0, 0x11, 0x10))],
        flags=(0x20, 0), severity=range(8),
    ),
    "every host_action": lambda: variants(kind=(1, 2, 3, 4), origin=range(7), host_action=(*range(7), 255)),
    "every firmware_severity": lambda: variants(origin=(*range(7), 255), firmware_severity=(*range(7), 255)),
    "every gpa_origin": lambda: variants(
        sea_flags=(0, 1), gpa_origin=(*range(6), 255), flags=range(8), gpa=(0, 0x8_0123_4ABD, 0x8_0123_4000),
    ),
    "gpa's low bits": lambda: variants(
        flags=[a | b | c | d for a, b, c, d in product((0, 1), (0, 2), (0, 0x100), (0, 0x200))],
        gpa_origin=(1, 2, 3), gpa=(0x8_0123_4000, 0x8_0123_4ABD, 0x8_0123_4ABC, 0x8_0123_4001), far=(0, 0xABD),
    ),
    "every address_lsb": lambda: variants(sea_flags=(0, 1), address_lsb=range(256)),
    "every size and minor": lambda: variants(
        minor=(0, 1, 2, 254, 255), size=(*range(130), 256, 264, 0xFFF8, 0xFFFF), flags=(0, 8, 16)
    ),
    "every major": lambda: variants(major=range(256)),
    "sources of a virtual address": lambda: variants(
        kind=(1, 2, 3, 4), origin=range(6), flags=(0, 0x10, 0x50), firmware_va=(0, 1)
    ),
    "values without their flags": lambda: variants(
        flags=[1 << bit for bit in range(6)], far=(0, 1), hpfar=(0, 1, 0x10), hva=(0, 1), firmware_va=(0, 1),
        severity=(0, 3),
    ),
    "every flag with every kind and origin": lambda: variants(
        kind=(1, 2, 3, 4), origin=range(7), flags=[1 << bit for bit in range(64)],
    ),
    "IL": lambda: variants(kind=(1, 2, 3, 4), origin=(1, 3, 5), esr=[top & ~(1 << 25) | 0x10 for top in CLASSES]),
    **{
        f"every bit of {name}": partial(turned, name)
        for name in ("sea_flags", "esr", "gpa", "flags", "hpfar", "reserved0")
    },
}


@pytest.mark.parametrize("domain", EXHAUSTIVE)
def test_the_rules_say_what_their_texts_say_for(domain: str) -> None:
    records = list(dict.fromkeys(EXHAUSTIVE[domain]()))
    assert [record for record in records if not agrees(record)] == []
    assert any(check(record) for record in records)


def test_the_record_rules_judge_what_is_not_understood_first() -> None:
    """A reader reports the first: what it does not know before what does not fit, before the host's faults."""
    assert RECORD_RULES[: len(REFUSALS)] == REFUSALS
    record = BROKEN["vmm.agree"]._replace(major=2, kind=9, size=1, far=0)
    assert check(record)[:3] == ("vmm.major.unknown", "vmm.size", "vmm.critical.unknown")


OLDER = BROKEN["vmm.size"]._replace(minor=0, size=64)


def test_an_older_reader_ignores_descriptive_flags_that_it_does_not_know() -> None:
    """Rule vmm.enum.unknown: HVA_VALID means nothing to a reader of 1.0."""
    assert check(OLDER) == ("vmm.size",)
    assert check(OLDER, V1_0) == ()


def test_an_older_reader_still_refuses_a_critical_flag() -> None:
    assert check(OLDER._replace(flags=OLDER.flags | 1 << 40), V1_0)[0] == "vmm.critical.unknown"


@pytest.mark.parametrize(("minor", "size", "kept"), [
    (1, 64, True), (1, 72, True), (1, 80, True), (255, 64, True), (255, 256, True),
    (1, 56, False), (255, 63, False), (255, 68, False), (0, 72, False), (0, 80, False),
])
def test_an_older_reader_knows_of_a_later_size_only_that_it_is_not_below_its_own(
    minor: int, size: int, kept: bool
) -> None:
    """Rule vmm.size, asked of a reader of 1.0."""
    record = VALID["data-1.0"]._replace(minor=minor, size=size)
    assert check(record, V1_0) == (() if kept else ("vmm.size",))


@MANY
@given(record=strategies.newer_records(V1_0))
def test_an_older_reader_finds_nothing_wrong_with_what_a_later_host_writes(record: FaultInfo) -> None:
    assert check(record, V1_0) == ()
