# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The mutator: one case becomes another by one to four operations, most of which keep it valid but for one thing.

``kfi_mutate()`` and ``kfi_crossover()`` of ``spec/fuzz/kfi_mutate.h`` give the same bytes for the same arguments;
this is what they are held against.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from abi.fuzz import area
from abi.fuzz.buffer import Buffer
from abi.fuzz.case import FIRMWARE, HEAD, RECORD, SURFACES
from abi.fuzz.operations import firmware, head, part, recipe, record, ring, splice
from abi.fuzz.operations.havoc import havoc

Operation = Callable[[Buffer], None]


def afresh(b: Buffer) -> None:
    """Begin again from a case that breaks nothing, half the time of any surface, and make exactly one change.

    What is wrong in one bit or one number of a case that is good in every other respect is never far, however far
    the cases of an engine have gone.
    """
    surface = b.draw.below(len(SURFACES)) if b.draw.below(2) else area.surface(b)
    recipe.begin(b, surface)
    OPERATIONS[_NAMES[ALONE[area.surface(b)][b.draw.below(DRAWN_ALONE)]]](b)


#: Every operation by name, in the order of their numbers in C.
OPERATIONS: Final[dict[str, Operation]] = {
    "field": record.field, "flag": record.flag, "skew": record.skew, "syndrome": record.syndrome,
    "settle": record.settled, "rule": recipe.rule, "template": recipe.template, "splice": splice.splice,
    "head": head.head, "become": head.become, "afresh": afresh, "havoc": havoc, "number": part.number,
    "measure": part.measure, "validity": part.validity, "mark": part.mark,
    "nest": firmware.nest, "unnest": firmware.unnest, "stretch": firmware.stretch, "squeeze": firmware.squeeze,
    "cut": firmware.cut,
    "header": ring.header, "stamp": ring.stamp, "envelope": ring.envelope, "window": ring.window,
    "change": ring.change, "ring": head.again,
}
_NAMES: Final = tuple(OPERATIONS)
_SETTLE: Final = _NAMES.index("settle")

#: How often each operation is taken, of 64, by surface.
SHARES: Final[tuple[dict[str, int], ...]] = (
    {"field": 9, "flag": 7, "skew": 5, "syndrome": 7, "settle": 3, "rule": 8, "template": 1, "splice": 2, "head": 2,
     "become": 2, "afresh": 16, "havoc": 2},
    {"number": 8, "measure": 5, "validity": 5, "mark": 3, "nest": 4, "unnest": 3, "stretch": 4, "squeeze": 1,
     "cut": 3, "rule": 5, "template": 1, "splice": 2, "head": 1, "become": 2, "afresh": 16, "havoc": 1},
    {"field": 4, "flag": 3, "syndrome": 3, "settle": 1, "header": 5, "stamp": 4, "envelope": 4, "window": 4,
     "change": 8, "rule": 5, "ring": 2, "template": 1, "splice": 1, "head": 1, "become": 1, "afresh": 16, "havoc": 1},
)
DRAWN: Final = 64
#: How often each is the one change to a case that breaks nothing, of 16, by surface.
CHANGES: Final[tuple[dict[str, int], ...]] = (
    {"field": 8, "flag": 6, "head": 2},
    {"number": 3, "measure": 4, "validity": 5, "mark": 4},
    {"header": 4, "stamp": 2, "envelope": 3, "window": 2, "change": 4, "head": 1},
)
DRAWN_ALONE: Final = 16


def _numbers(of: tuple[dict[str, int], ...]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(_NAMES.index(name) for name, share in shares.items() for _ in range(share)) for shares in of)


#: By surface the numbers of the operations, each as often as its share.
CHOICES: Final = _numbers(SHARES)
ALONE: Final = _numbers(CHANGES)
#: What is done: how many operations, then whether the record is settled, then how many more. One of eight is drawn.
PLANS: Final = ((1, 0, 0), (1, 0, 0), (1, 0, 0), (2, 0, 0), (2, 0, 0), (4, 0, 0), (1, 1, 0), (1, 1, 1))


class Mutated(NamedTuple):
    """The case that became of another, and the operations, in their order."""

    data: bytes
    operations: tuple[str, ...]


def mutate(case: bytes, room: int, seed: int) -> Mutated:
    """Mutate any bytes into a case of at most ``room`` bytes; the same arguments give the same bytes."""
    b = _opened(case, room, seed)
    if b is None:
        return _small(case, room, seed)
    before, settled, after = PLANS[b.draw.below(len(PLANS))]
    done = [_step(b) for _ in range(before)]
    if settled and area.surface(b) != FIRMWARE:
        OPERATIONS["settle"](b)
        done.append("settle")
    done += [_step(b) for _ in range(after)]
    return Mutated(bytes(b.data), tuple(done))


def crossover(one: bytes, other: bytes, room: int, seed: int) -> bytes:
    """A case of two: fields of two records, entries of two firmware records, or the end of one behind the other."""
    b = _opened(one, room, seed)
    if b is None:
        return _small(one, room, seed).data
    splice.mix(b, other.ljust(HEAD.size, b"\0"))
    return bytes(b.data)


def _opened(case: bytes, room: int, seed: int) -> Buffer | None:
    """The case with a whole head, None if there is no room for one."""
    if room < HEAD.size:
        return None
    b = Buffer(case, room, seed)
    if b.size < HEAD.size:
        b.resize(HEAD.size)
    return b


def _small(case: bytes, room: int, seed: int) -> Mutated:
    """What has no room for a head is bytes."""
    b = Buffer(case, room, seed)
    havoc(b)
    return Mutated(bytes(b.data), ("havoc",))


def _step(b: Buffer) -> str:
    """One operation; a record or firmware record that is too short for any becomes one that is not."""
    surface = area.surface(b)
    chosen = CHOICES[surface][b.draw.below(DRAWN)]
    if b.size <= HEAD.size and b.draw.below(4):
        chosen = _NAMES.index("template")
    OPERATIONS[_NAMES[chosen]](b)
    if b.size < HEAD.size:  # bytes were cut off
        b.resize(HEAD.size)
    return _NAMES[chosen]


assert all(len(choices) == DRAWN for choices in CHOICES)
assert all(len(choices) == DRAWN_ALONE for choices in ALONE)
assert len(SHARES) == len(CHANGES) == len(SURFACES)
assert RECORD == 0
