# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The shortest form of a finding: a case made smaller field by field and part by part, in the same group.

What is tried keeps the structure: of the head each field, each change of a ring's page, whole fields of a record or
of a slot to 0 or to what a valid record has, whole entries of a firmware record with their lengths put right. Only
then bytes are cut off.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from abi.cper import build_status_block, parse_status_block
from abi.cper.values import ArmProcessor
from abi.definition import NEWEST, RECORD
from abi.errors import InputError
from abi.fuzz import broken
from abi.fuzz.case import FIRMWARE, RING, Case, build, parse
from abi.fuzz.case import RECORD as RECORD_SURFACE
from abi.fuzz.seeds import SEEDS
from abi.ring_layout import ENVELOPE, RING_HEADER, WORD

#: Seconds and questions that one finding may cost.
SECONDS: Final = 10.0
QUESTIONS: Final = 600


def minimise(case: bytes, same: Callable[[bytes], bool], seconds: float = SECONDS, most: int = QUESTIONS) -> bytes:
    """A case of which ``same`` holds and that no step makes smaller, or what the time has sufficed for."""
    deadline, best, asked = time.monotonic() + seconds, case, 0
    progress = True
    while progress:
        progress = False
        for smaller in candidates(best):
            if time.monotonic() > deadline or asked >= most:
                return best
            if weight(smaller) >= weight(best):
                continue
            asked += 1
            if same(smaller):
                best, progress = smaller, True
                break
    return best


def weight(case: bytes) -> tuple[int, int, int, int, bytes]:
    """What is to become smaller: broken rules, length, fields unlike a valid record's, bytes that are not 0."""
    return len(broken.rules(case)), len(case), _distance(parse(case)), sum(map(bool, case)), case


def candidates(case: bytes) -> Iterator[bytes]:
    """Smaller cases, those that take away most first."""
    taken = parse(case)
    for smaller in _all(taken):
        try:
            yield build(smaller)
        except ValueError:
            continue


def _all(case: Case) -> Iterator[Case]:
    yield from (case._replace(changes=case.changes[:n] + case.changes[n + 1 :]) for n in range(len(case.changes)))
    yield from _parts(case)
    yield case._replace(options=0, dealt=0, reader=NEWEST.minor)
    yield case._replace(dealt=0)
    yield from (case._replace(options=case.options & ~(1 << bit)) for bit in range(8) if case.options >> bit & 1)
    yield from (case._replace(data=data) for data in _cut(case.data))
    yield from _fields(case)


def _parts(case: Case) -> Iterator[Case]:
    """A firmware record without one of its entries, or of what an entry nests."""
    if case.surface != FIRMWARE:
        return
    try:
        block = parse_status_block(case.data)
        yield case._replace(data=build_status_block(block._replace(gap=b"", raw_data=b"")))
        for n, entry in enumerate(block.entries):
            without = block.entries[:n] + block.entries[n + 1 :]
            yield case._replace(data=build_status_block(block._replace(entries=without)))
            if isinstance(entry.section, ArmProcessor):
                for section in _sections(entry.section):
                    inside = (*block.entries[:n], entry._replace(section=section), *block.entries[n + 1 :])
                    yield case._replace(data=build_status_block(block._replace(entries=inside)))
    except (InputError, ValueError):
        return


def _sections(section: ArmProcessor) -> Iterator[ArmProcessor]:
    for name in ("error_info", "context_info"):
        items = getattr(section, name)
        for n in range(len(items)):
            yield section._replace(**{name: items[:n] + items[n + 1 :]})
    if section.vendor:
        yield section._replace(vendor=b"")


def _cut(data: bytes) -> Iterator[bytes]:
    """Shorter data: pieces from its end, then from within, in words, then byte by byte from the end."""
    size = len(data) // 2
    while size >= WORD:
        whole = size // WORD * WORD
        yield from (data[:at] + data[at + whole :] for at in range(len(data) - whole, -1, -whole))
        size //= 2
    if data:
        yield data[:-1]


def _spans(case: Case) -> Iterator[tuple[int, int]]:
    """Offset and width of the fields of the data."""
    if case.surface == RECORD_SURFACE:
        yield from ((RECORD.offsets[f.name], f.width) for f in RECORD.fields)
        yield from ((at, WORD) for at in range(RECORD.size, len(case.data), WORD))
    elif case.surface == RING:
        yield from ((RING_HEADER.offsets[f.name], f.width) for f in RING_HEADER.fields)
        yield from ((at, WORD) for at in range(RING_HEADER.size, len(case.data), WORD))
        yield from ((at, ENVELOPE.size) for at in range(RING_HEADER.size, len(case.data), ENVELOPE.size))
    else:
        yield from ((at, 4) for at in range(0, len(case.data), 4))


def _fields(case: Case) -> Iterator[Case]:
    """One field after the other as a valid record has it, or 0."""
    for offset, width in _spans(case):
        for other in dict.fromkeys((*_valid(case, offset, width), bytes(width))):
            data = case.data[:offset] + other[: len(case.data) - offset] + case.data[offset + width :]
            if offset < len(case.data) and data != case.data:
                yield case._replace(data=data)


def _valid(case: Case, offset: int, width: int) -> list[bytes]:
    """What the seed has there that is a record of that size."""
    seeds = [parse(seed) for seed in SEEDS.values()] if case.surface == RECORD_SURFACE else []
    return [seed.data[offset : offset + width] for seed in seeds
            if seed.surface == RECORD_SURFACE and len(seed.data) >= offset + width]


def _distance(case: Case) -> int:
    """How many fields are neither 0 nor what a seed has there."""
    return sum(
        case.data[offset : offset + width] not in (bytes(width), *_valid(case, offset, width))
        for offset, width in _spans(case) if offset + width <= len(case.data)
    )
