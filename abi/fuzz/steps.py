# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Templates and recipes as a mutator takes them: bytes to copy, and words to change in them.

The same tables are written into ``spec/fuzz/kfi_mutate_tables.h``.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

from abi.definition import RECORD as LAYOUT
from abi.fuzz import broken, seeds
from abi.fuzz.case import HEAD, RECORD, SURFACES, Case, build, parse
from abi.fuzz.random import Random
from abi.fuzz.recipes import Recipe, recipes
from abi.fuzz.templates import CASES
from abi.ring_layout import WORD


class Step(NamedTuple):
    """A template cut to ``size`` or filled up with zeros, then each word at ``offset`` turned by ``bits``.

    ``free`` are the fields of :data:`FREE` (bit n for field n) that may hold any page, ``rule`` is what is broken.
    """

    rule: str
    template: int
    size: int
    patches: tuple[tuple[int, int], ...] = ()
    free: int = 0


class Range(NamedTuple):
    """Those of one surface: the first and how many."""

    first: int
    number: int


#: Addresses of a record that mostly stand for themselves, and the bits of them that are drawn: a page.
FREE: Final = ("far", "gpa", "hva", "firmware_va")
PAGE: Final = 0x0000_7FFF_FFFF_F000
#: How often it is tried whether an address is free.
_TRIALS: Final = 12


def turn(data: bytearray, offset: int, bits: int) -> None:
    """Turn bits of the word at ``offset``, as far as it is there."""
    for at in range(offset, min(offset + WORD, len(data))):
        data[at] ^= bits >> 8 * (at - offset) & 0xFF


def _patches(whole: bytes, changed: bytes) -> tuple[tuple[int, int], ...]:
    from_ = whole[: len(changed)].ljust(len(changed), b"\0")
    words = ((at, *(int.from_bytes(data[at : at + WORD], "little") for data in (from_, changed)))
             for at in range(0, len(changed), WORD))
    return tuple((at, old ^ new) for at, old, new in words if old != new)


def _free(data: bytes) -> int:
    """Which addresses of a record may be any, alone and all at once, with the same rules broken."""
    if parse(data).surface != RECORD:
        return 0
    alone = [n for n in range(len(FREE)) if _indifferent(data, (n,))]
    together = tuple(n for n in alone if _indifferent(data, tuple(alone)))
    return sum(1 << n for n in together)


def _indifferent(data: bytes, fields: tuple[int, ...]) -> bool:
    ends = [HEAD.size + LAYOUT.end(FREE[n]) for n in fields]
    if not all(end <= len(data) for end in ends):
        return False
    draw, wanted = Random(1), broken.rules(data)
    for _ in range(_TRIALS):
        changed = bytearray(data)
        for end in ends:
            turn(changed, end - WORD, draw.next() & PAGE)
        if broken.rules(bytes(changed)) != wanted:
            return False
    return True


def _step(recipe: Recipe) -> Step:
    return Step(recipe.rule, _NAMES.index(recipe.template), len(recipe.broken), _patches(recipe.whole, recipe.broken),
                _free(recipe.broken))


def _ranges(surfaces: list[int]) -> tuple[Range, ...]:
    assert surfaces == sorted(surfaces), "those of a surface stand together"
    starts = [surfaces.index(n) for n in range(len(SURFACES))]
    return tuple(Range(first, end - first) for first, end in pairwise((*starts, len(surfaces))))


_NAMES: Final = sorted(CASES, key=lambda name: CASES[name].surface)
_CASES: Final[list[Case]] = [CASES[name] for name in _NAMES]
#: Templates as bytes, by surface, and which are free to vary.
TEMPLATES: Final = tuple(build(case) for case in _CASES)
TEMPLATE_FREE: Final = tuple(_free(data) for data in TEMPLATES)
TEMPLATE_RANGES: Final = _ranges([case.surface for case in _CASES])
#: Which of them every fuzzer starts from, by surface: of a surface without any there is an empty range.
SEEDS: Final = tuple(sorted(TEMPLATES.index(data) for data in seeds.SEEDS.values()))
SEED_RANGES: Final = tuple(
    Range(sum(n < first for n in SEEDS), sum(first <= n < first + number for n in SEEDS))
    for first, number in TEMPLATE_RANGES
)
#: Recipes, by surface.
STEPS: Final = tuple(_step(recipe) for recipe in recipes())
STEP_RANGES: Final = _ranges([_CASES[step.template].surface for step in STEPS])
