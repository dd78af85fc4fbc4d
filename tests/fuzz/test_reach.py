# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the mutator reaches: every syndrome, values at which readers go wrong, a ring of a record, a load by number."""

from __future__ import annotations

import itertools
from typing import Final

import pytest

from abi import definition as d
from abi import esr_fields as esr
from abi.address import NOT_ON_WALK
from abi.cper import layouts
from abi.esr_codes import EXCEPTION_CLASSES, FAULT_STATUS
from abi.fuzz import broken, seeds
from abi.fuzz.area import Area, surface
from abi.fuzz.broken import ChangingMemory, of_record
from abi.fuzz.buffer import Buffer
from abi.fuzz.case import FIRMWARE, RECORD, RING, Case, Change, build, parse
from abi.fuzz.mutate import mutate
from abi.fuzz.operations import head, record
from abi.fuzz.random import Random
from abi.fuzz.settle import Fields
from abi.fuzz.steps import TEMPLATES
from abi.fuzz.templates import RECORDS, ring
from abi.fuzz.values import LAYOUTS, PLACES
from abi.record import FaultInfo
from abi.record import build as build_record
from abi.ring.consumer import Consumer
from abi.ring.image import read_image
from abi.ring_layout import RING_HEADER, WORD
from abi.severity import AET_GIVEN, SEVERITY_OF_AET, SEVERITY_OF_SET

ROOM: Final = 4096
START: Final = seeds.SEEDS["record-1.1"]


class Script(Random):
    """Draws what it is told to, each time below its limit."""

    def __init__(self, *drawn: int) -> None:
        super().__init__(0)
        self.drawn = list(drawn)

    def next(self) -> int:
        return self.drawn.pop(0)

    def below(self, limit: int) -> int:
        number = self.drawn.pop(0)
        assert 0 <= number < limit
        return number


def drawn(which: int, ec: int, fsc: int, bits: int, *, how: int = 1, mode: int = 0) -> Fields:
    """The record after the operation has drawn these; ``how`` 1 takes the code as it is, ``mode`` 0 all else too."""
    b = Buffer(START, ROOM, 0)
    b.draw = Script(which, 0, ec, fsc, how, mode, bits, 0)
    record.syndrome(b)
    return record.load(b, Area(8, b.size, grows=True))


def test_every_syndrome_can_be_drawn() -> None:
    """Each class with each code; and in the classes of a record each code with each FnV, SET and AET."""
    for ec, fsc in itertools.product(range(64), range(64)):
        assert drawn(7, ec, fsc, 0).esr == ec << esr.EC_SHIFT | fsc
    classes = (esr.EC_DABT_LOW, esr.EC_DABT_CUR, esr.EC_IABT_LOW, esr.EC_IABT_CUR, esr.EC_SERROR)
    assert {c.value for c in EXCEPTION_CLASSES} <= set(range(64)) >= set(classes)
    for ec, fsc, bits in itertools.product(classes, range(64), range(16)):
        said = (bits & 7) << esr.AET_SHIFT | (esr.IDS if bits & 8 else 0)
        assert said & ~(esr.FNV | esr.SET | esr.AET | esr.IDS) == 0
        assert drawn(7, ec, fsc, said).esr == ec << esr.EC_SHIFT | said | fsc


@pytest.mark.parametrize("which", range(8))
def test_every_record_of_it_that_is_made_to_hold_holds(which: int) -> None:
    """Every external abort with each SET, each AET that is given: kept as drawn, with flags and severity to match."""
    kind = (1, 1, 1, 2, 2, 3, 3, 0)[which]
    external = [s.value for s in FAULT_STATUS if esr.EXTERNAL_ABORT >> s.value & 1]
    for fsc, said in itertools.product([*external, esr.DFSC_ASYNC], range(8)):
        r = drawn(which, esr.EC_DABT_LOW, fsc, said << esr.AET_SHIFT, mode=2)
        assert not kind or r.kind == kind
        assert of_record(build_record(FaultInfo._make((*r.values(), b""))), 1, exact=True) == ()
        if kind in (1, 2) and fsc in external:
            assert (r.esr & esr.FSC, r.esr & esr.SET) == (fsc, said << esr.AET_SHIFT & esr.SET)
            assert bool(r.flags & d.FAR_VALID) is not bool(r.esr & esr.FNV)
        if kind == d.KIND_SERROR and fsc == esr.DFSC_ASYNC and AET_GIVEN >> said & 1:
            assert r.severity == SEVERITY_OF_AET[said]


def test_flags_and_severity_agree_with_it_or_not() -> None:
    """Kept consistent three times in four; the rest does whatever it did."""
    agree = {True: 0, False: 0}
    for seed in range(2000):
        b = Buffer(START, ROOM, seed)
        record.syndrome(b)
        r = record.load(b, Area(8, b.size, grows=True))
        if r.abort and r.esr & esr.FSC == NOT_ON_WALK:
            severity = SEVERITY_OF_SET[r.esr >> esr.SET_SHIFT & 3]
            said = r.severity in (0, severity)
            agree[bool(r.esr & esr.FNV) is not bool(r.flags & d.FAR_VALID) and said] += 1
    assert agree[True] > 2 * agree[False] > 0


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_becomes_a_ring_that_holds_it_and_comes_out_of_it_again(name: str) -> None:
    data = build_record(RECORDS[name])
    for seed in range(40):
        b = Buffer(build(Case(RECORD, data=data)), ROOM, seed)
        head.enclose(b, data)
        case = parse(bytes(b.data))
        _, slots = read_image(case.data)
        assert case.surface == RING
        assert slots
        assert all(slot.record.startswith(data) for slot in slots)
        assert broken.rules(bytes(b.data)) == ()
        head._disclose(b)
        assert parse(bytes(b.data)).data.startswith(data)


def test_from_a_seed_every_surface_is_a_mutation_away_and_holds() -> None:
    met: dict[int, int] = dict.fromkeys((RECORD, FIRMWARE, RING), 0)
    for start in (START, b""):
        for seed in range(3000):
            made = mutate(start, ROOM, seed).data
            if not broken.rules(made):
                met[parse(made).surface] += 1
    assert min(met.values()) > 10, met


def test_the_values_of_a_code_are_all_its_codes_and_their_neighbours() -> None:
    for field, codes in d.CODES.items():
        place = next(p for p in PLACES["record"] if p.offset == d.RECORD.offsets[field])
        assert set(place.values) >= {code.value for code in codes} | {max(code.value for code in codes) + 1}


def test_every_field_of_every_layout_is_lied_about() -> None:
    assert {layout for layout, _ in LAYOUTS.values()} >= {
        d.RECORD, RING_HEADER, layouts.STATUS_BLOCK, layouts.DATA_ENTRY_V3, layouts.ARM_PROCESSOR, layouts.ERROR_INFO,
        layouts.CONTEXT_INFO, layouts.MEMORY,
    }
    for name, (layout, _) in LAYOUTS.items():
        assert {place.offset for place in PLACES[name]} >= set(layout.offsets.values())
        assert all(0 <= value < 1 << 8 * place.width for place in PLACES[name] for value in place.values)


@pytest.mark.parametrize("flag", [*range(64)])
def test_every_bit_of_flags_is_turned(flag: int) -> None:
    at = 8 + d.RECORD.offsets["flags"] + flag // 8
    turned = False
    for seed in range(4000):
        b = Buffer(START, ROOM, seed)
        record.flag(b)
        turned = turned or bool((b.data[at] ^ START[at]) >> flag % 8 & 1)
        if turned:
            break
    assert turned


def test_loads_are_counted_as_changes_are_aimed_at_them() -> None:
    """Header, then for each record head, stamp, the words between, the stamp again, lost."""
    image = ring((build_record(RECORDS["data"]), build_record(RECORDS["notice"])), slots=2)
    memory = ChangingMemory(Case(RING, data=image))
    consumer = Consumer(memory)
    before, words = RING_HEADER.size // WORD, (len(image) - RING_HEADER.size) // 2 // WORD
    assert memory._loads == before
    for number in (1, 2):
        slot = consumer.fetch()
        assert slot is not None
        assert memory._loads == before + number * (words + 3)
        consumer.commit(slot)


def test_a_change_is_seen_from_its_load_on_and_not_before() -> None:
    image = ring((build_record(RECORDS["data"]),), slots=2)
    word = (RING_HEADER.size + 2 * WORD) // WORD  # the sequence
    loaded = RING_HEADER.size // WORD + 2 + 1
    for after, rules in ((loaded, ("host.sequence",)), (loaded + 1, ())):
        case = Case(RING, changes=(Change(after, word, 9),), data=image)
        memory = ChangingMemory(case)
        assert memory.load(word * WORD) == 1
        seen = broken.rules(build(case))
        assert seen == rules or (after > loaded and seen == ("host.sequence",)), "the second consumer reads it again"


def test_a_template_of_each_surface_is_there() -> None:
    assert {surface(Buffer(data, ROOM, 0)) for data in TEMPLATES} == {RECORD, FIRMWARE, RING}
