# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Holds the journals against each other and against the ring's last state."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from abi.ring.header import read_header
from tests.abi.ring.crash.shared import INTENT, LOST, PUBLISHED, TORN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.abi.ring.crash.shared import Shared


class Kills(NamedTuple):
    """How many processes of each side were killed."""

    producer: int = 0
    consumer: int = 0


def judge(shared: Shared, kills: Kills) -> list[str]:
    """All that is wrong with a ring that has been drained; empty if nothing is."""
    problems = [text for text in (shared.errors.bytes().decode(),) if text]
    header = read_header(shared.memory)
    if header.tail != header.head:
        problems.append(f"not drained: head {header.head}, tail {header.tail}")
    noted = set(shared.produced.entries())
    seen = list(shared.consumed.entries())
    problems += _whole(seen)
    problems += _once(seen, header.head, kills.consumer)
    problems += _accounted(seen, header.head, header.lost)
    problems += _as_noted(noted, seen, (header.head, header.lost), kills.producer)
    return problems


def _whole(seen: list[tuple[int, ...]]) -> Iterable[str]:
    """No record is torn."""
    return [f"torn record, sequence {sequence}" for _, sequence, _, writer in seen if writer == TORN]


def _once(seen: list[tuple[int, ...]], head: int, kills: int) -> Iterable[str]:
    """Every position was seen, and always as the same record; again only after a death."""
    distinct = set(seen)
    positions = [position for position, *_ in distinct]
    sequences = [sequence for _, sequence, *_ in distinct]
    if len(set(sequences)) != len(distinct):
        yield "one sequence was seen as different records"
    if sorted(positions) != list(range(head)):
        yield f"positions seen are not 0 to {head - 1}, each once"
    if len(seen) - len(distinct) > kills:
        yield f"{len(seen) - len(distinct)} records were seen again after {kills} deaths of the consumer"


def _accounted(seen: list[tuple[int, ...]], head: int, lost: int) -> Iterable[str]:
    """The gaps in the sequence are what the envelopes and the header say was lost."""
    previous = 0
    for position, sequence, dropped, _ in sorted(set(seen)):
        if sequence != previous + 1 + dropped:
            yield f"position {position}: sequence {sequence} after {previous} with {dropped} lost"
        previous = sequence
    missing = set(range(1, head + lost + 1)) - {sequence for _, sequence, *_ in seen}
    if len(missing) != lost or (seen and max(sequence for _, sequence, *_ in seen) > head + lost):
        yield f"{len(missing)} sequences were not seen, the header says {lost}"


def _as_noted(
    noted: set[tuple[int, ...]], seen: list[tuple[int, ...]], counts: tuple[int, int], kills: int
) -> Iterable[str]:
    """What was published was seen, what was lost was not, and nothing else was there."""
    received = {(sequence, writer) for _, sequence, _, writer in seen}
    by_kind = {
        kind: {(sequence, writer) for noted_kind, sequence, writer, _ in noted if noted_kind == kind}
        for kind in (INTENT, PUBLISHED, LOST)
    }
    for sequence, writer in sorted(by_kind[PUBLISHED] - received):
        yield f"published and never seen: sequence {sequence} of producer {writer}"
    for sequence, writer in sorted(received - by_kind[INTENT]):
        yield f"seen and never produced: sequence {sequence} of producer {writer}"
    for sequence, writer in sorted(received & by_kind[LOST]):
        yield f"seen though it was lost: sequence {sequence} of producer {writer}"
    unsaid = sum(counts) - len(by_kind[PUBLISHED]) - len(by_kind[LOST])  # died between store and note
    if not 0 <= unsaid <= kills:
        yield f"{unsaid} records more than were noted, after {kills} deaths of the producer"
