# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The kit's operations as hypothesis strategies, for tests of readers in Python.

Needs the extra ``fuzz``. Everything is as bytes, little-endian, in the layouts of :mod:`abi.definition`,
:mod:`abi.ring_layout` and :mod:`abi.cper.layouts`, so that it can be handed to any reader::

    from hypothesis import given
    from abi.fuzz.strategies import breaking, valid_records

    @given(valid_records())
    def test_what_holds_is_read(data):
        my_reader(data)

    @given(breaking("vmm.size"))
    def test_a_size_that_lies_is_refused(case):
        with pytest.raises(MyRefusal):
            my_reader(case.data)

What is found is made smaller by hypothesis itself. To go on where a strategy of your own stops, give it to
:func:`mutated`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

from abi import definition as d
from abi.cper import bits
from abi.cper.build import build_status_block
from abi.cper.guid import SECTION_TYPES
from abi.cper.layouts import REVISION_V3
from abi.cper.values import ArmProcessor, ContextInfo, DataEntry, ErrorInfo, PlatformMemory, Raw, StatusBlock
from abi.fuzz import broken, steps
from abi.fuzz.buffer import Buffer
from abi.fuzz.case import RECORD, Case, parse
from abi.fuzz.case import build as build_case
from abi.fuzz.mutate import mutate
from abi.fuzz.operations.recipe import apply
from abi.fuzz.settle import ORIGINS, Fields, settle
from abi.fuzz.templates import ring
from abi.fuzz.values import PLACES
from abi.layout import Version
from abi.record import FaultInfo, build
from abi.ring_layout import COUNT_LIMIT, LOST_LIMIT, WORD

_T = TypeVar("_T")
_SEED: Final = st.integers(0, (1 << 64) - 1)
_U64: Final = _SEED
_ADDRESS: Final = st.integers(0, (1 << 47) - 1)
#: Every kind with every origin that it can have.
_KINDS: Final = [(kind.value, origin.value) for kind in d.KINDS for origin in d.ORIGINS
                 if ORIGINS[kind.value] >> origin.value & 1]
#: A record of a minor version that is not known yet is at most this long: an exit union.
_MOST: Final = d.KVM_RUN.field("exit").width


def records() -> st.SearchStrategy[FaultInfo]:
    """Any content of a record as a value: fields at which readers go wrong, and any numbers; no tail.

    What such a record breaks is for :func:`abi.rules.check` to say. ``abi.record.build`` gives its bytes.
    """
    fields = {
        field.name: st.sampled_from(place.values) | st.integers(0, (1 << 8 * field.width) - 1)
        for field, place in zip(d.RECORD.fields, PLACES["record"], strict=True)
    }
    return _made(FaultInfo, **fields)


def _made(kind: Callable[..., _T], /, **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[_T]:
    """Values of these parts, every other part being the default, which ``st.builds`` would draw from its type."""
    return st.fixed_dictionaries(parts).map(lambda drawn: kind(**drawn))


def valid_records(version: Version | None = None) -> st.SearchStrategy[bytes]:
    """Bytes of records that break no rule, of each kind, origin and version; as a file: no byte follows.

    ``version``: of that version alone; a minor that is newer than :data:`abi.definition.NEWEST` is longer, by whole
    words, and has descriptive flags without a name.
    """
    if version is not None and version.major != d.V1_0.major:
        raise ValueError(f"no record of version {version} can break nothing: no reader knows it")
    known = st.sampled_from([known.minor for known in d.VERSIONS])
    minors = known | st.integers(0, 0xFF) if version is None else st.just(version.minor)
    sizes = st.integers(d.SIZES[d.NEWEST] // WORD, _MOST // WORD).map(lambda words: words * WORD)
    drawn = st.tuples(records(), st.sampled_from(_KINDS), minors, sizes, st.binary(max_size=_MOST - d.SIZES[d.NEWEST]))
    return drawn.map(lambda parts: _settled(*parts))


def _settled(record: FaultInfo, kind: tuple[int, int], minor: int, size: int, tail: bytes) -> bytes:
    record = record._replace(kind=kind[0], origin=kind[1], minor=minor, size=size)
    fields = Fields.of(record[: len(d.RECORD.fields)])
    settle(fields, _MOST)
    made = FaultInfo._make((*fields.values(), b""))
    more = max(made.size - d.SIZES[d.NEWEST], 0)
    return build(made._replace(tail=tail[:more].ljust(more, b"\0")))


def breaking(rule: str) -> st.SearchStrategy[Case]:
    """Cases that break this rule and no other; ``case.data`` is a record, a firmware record, or a ring's image.

    ``case.reader`` and ``case.exact`` say for whom: the newest minor version that is known, and whether the data is
    just the record. ValueError for a rule that no record, firmware record or ring breaks by itself.
    """
    found = [step for step in steps.STEPS if step.rule == rule]
    if not found:
        raise ValueError(f"{rule} is broken by no record, firmware record or ring alone: "
                         f"those are {', '.join(breakable())}")
    return st.builds(_cooked, st.sampled_from(found), _SEED)


def breakable() -> tuple[str, ...]:
    """The rules that :func:`breaking` takes."""
    return tuple(dict.fromkeys(step.rule for step in steps.STEPS))


def _cooked(step: steps.Step, seed: int) -> Case:
    b = Buffer(b"", 1 << 16, seed)
    apply(b, step)
    return parse(bytes(b.data))


def rings(carrying: st.SearchStrategy[bytes] | None = None) -> st.SearchStrategy[bytes]:
    """Images of rings that hold: 2 to 8 slots, at any position, records pending and lost.

    ``carrying``: the records; valid records if not given, at most 256 bytes each.
    """
    carried = valid_records() if carrying is None else carrying
    tails = st.integers(0, 9) | st.integers((1 << 32) - 4, (1 << 32) + 4) | st.integers(0, COUNT_LIMIT - (1 << 33))
    losts = st.integers(0, 3) | st.integers(LOST_LIMIT - 2, LOST_LIMIT + 2)
    slots = st.sampled_from((2, 4, 8))
    return slots.flatmap(lambda number: st.builds(
        ring, st.lists(carried, min_size=1, max_size=number).map(tuple), tails, st.just(number), losts,
    ))


def firmware_records() -> st.SearchStrategy[bytes]:
    """Generic Error Status Blocks that a strict reader takes: any sections, what they nest, raw data."""
    infos = _made(
        ErrorInfo, validation_bits=st.integers(0, 0x1F), type=st.integers(0, 0x1F), multiple_error=st.integers(0, 3),
        flags=st.integers(0, 15), error_info=_U64, virt_fault_addr=_ADDRESS, physical_fault_addr=_ADDRESS,
        extra=st.binary(max_size=24),
    )
    contexts = st.builds(_context, st.integers(0, 8), st.integers(0, 6).map(lambda words: 8 * words))
    arm = _made(
        ArmProcessor, error_info=st.lists(infos, max_size=3).map(tuple), mpidr_raw=_U64,
        validation_bits=st.sampled_from((0, bits.ARM_VALID_MPIDR)),
        context_info=st.lists(contexts, max_size=2).map(tuple), trailing=st.integers(0, 16).map(bytes),
    )
    memory = _made(PlatformMemory, validation_bits=st.integers(0, bits.MEMORY_VALID_NEW - 1), physical_addr=_ADDRESS,
                   old=st.booleans())
    raw = _made(Raw, section_type=st.sampled_from([t.guid for t in SECTION_TYPES[2:]]), data=st.binary(max_size=40))
    entries = st.builds(_entry, st.one_of(arm, memory, raw), st.integers(0, 3), st.booleans())
    blocks = _made(StatusBlock, entries=st.lists(entries, max_size=3).map(tuple), error_severity=st.integers(0, 3),
                   block_status=st.integers(0, 15), counted=st.booleans(), raw_data=st.binary(max_size=16))
    return blocks.map(build_status_block)


def _context(kind: int, size: int) -> ContextInfo:
    return ContextInfo(kind, b"\1" * size, padding=bytes(-(8 + size) % 16))


def _entry(section: ArmProcessor | PlatformMemory | Raw, severity: int, newer: bool) -> DataEntry:
    if newer:
        return DataEntry(section, severity)
    return DataEntry(section, severity, REVISION_V3 - 1, time_stamp=None)


def cases(surface: int | None = None) -> st.SearchStrategy[bytes]:
    """Cases of a fuzzer (:mod:`abi.fuzz.case`), from valid to broken in several ways; ``surface``: started from one."""
    starts = [data for data in steps.TEMPLATES if surface is None or parse(data).surface == surface]
    return mutated(st.sampled_from(starts))


def mutated(started: st.SearchStrategy[bytes], room: int = 4096) -> st.SearchStrategy[bytes]:
    """The cases of another strategy, each mutated up to six times; none is longer than ``room`` bytes."""
    return st.builds(_mutated, started, st.lists(_SEED, max_size=6), st.just(room))


def _mutated(data: bytes, seeds: list[int], room: int) -> bytes:
    for seed in seeds:
        data = mutate(data, room, seed).data
    return data[:room]


def mutated_records(keep: Callable[[tuple[str, ...]], bool] | None = None) -> st.SearchStrategy[bytes]:
    """Records as bytes, mutated; ``keep`` chooses by the rules that they break, as the newest reader sees them."""
    found = cases(RECORD).map(parse).filter(lambda case: case.surface == RECORD)
    if keep is not None:
        found = found.filter(lambda case: keep(broken.rules(build_case(Case(RECORD, data=case.data)))))
    return found.map(lambda case: case.data)
