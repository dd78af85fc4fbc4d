# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Reading, checking and building in this process, against plain construct on the same records.

A pass goes once over the whole panel, so that no record has the processor's predictions to itself.
The loop around both sides is the same and is counted with both; both are timed for equally long.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from abi.decode import decode
from abi.definition import CODECS
from abi.record import build
from abi.rules import check
from tests.bench.measure import Call, Goal, Row, each, in_turns, row
from tests.bench.panel import Sample, broken, valid

_PARSE: Final = "plain construct parse"
_BUILD: Final = "plain construct build"
_WARM: Final = 8


def decoding(pairs: int) -> Row:
    """Bytes to the public frozen value, every rule judged."""
    ours = [(decode, s.raw) for s in valid()]
    return _row("decode", "checked decode", ours, (_PARSE, _parses(valid())), 5, pairs)


def checking(pairs: int) -> Row:
    """The rules alone, on a value that is there."""
    ours = [(check, s.record) for s in valid()]
    return _row("check", "check alone", ours, (_PARSE, _parses(valid())), 15, pairs)


def building(pairs: int) -> Row:
    """The value to bytes; construct is given the dict that it wants."""
    ours = [(build, s.record) for s in valid()]
    base: list[Call] = [
        (codec.plain.build, dict(zip(codec.names, s.record, strict=False)))
        for s in valid()
        for codec in (CODECS[s.record.version],)
    ]
    return _row("build", "build", ours, (_BUILD, base), 5, pairs)


def breaking(pairs: int) -> Row:
    """Records that break a rule of the host: readable, and every broken rule is named."""
    ours = [(decode, s.raw) for s in broken()]
    return _row("broken", "checked decode, a host rule is broken", ours, (_PARSE, _parses(broken())), None, pairs)


def _parses(samples: tuple[Sample, ...]) -> list[Call]:
    return [(CODECS[s.record.version].plain.parse, s.raw) for s in samples]


def _row(
    name: str, what: str, ours: Sequence[Call], base: tuple[str, Sequence[Call]], limit: float | None, pairs: int
) -> Row:
    quick, slow = each(ours), each(base[1])
    for _ in range(_WARM):  # what is made when first asked for is made now
        quick()
        slow()
    quick = each(ours, max(1, round(slow() / quick())))  # so that a pair is two equal stretches
    goal = None if limit is None else Goal(limit, at_least=True)
    return row(name, what, (what, base[0]), in_turns(quick, slow, pairs), goal, speed_up=True)
