# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Rule-directed operations: break exactly one named rule, or none."""

from __future__ import annotations

from typing import Final

from abi.definition import RECORD as LAYOUT
from abi.fuzz import area
from abi.fuzz.area import Area
from abi.fuzz.buffer import Buffer
from abi.fuzz.case import HEAD, RECORD, RING
from abi.fuzz.steps import (
    FREE,
    PAGE,
    SEED_RANGES,
    SEEDS,
    STEP_RANGES,
    STEPS,
    TEMPLATE_FREE,
    TEMPLATE_RANGES,
    TEMPLATES,
    Step,
    turn,
)
from abi.ring_layout import WORD

#: Where in a case whose data is a record its free addresses are.
FREE_AT: Final = tuple(HEAD.size + LAYOUT.offsets[name] for name in FREE)


def template(b: Buffer) -> None:
    """A case that breaks nothing, of the same surface; its free addresses are drawn."""
    whole(b, area.surface(b))


def whole(b: Buffer, surface: int) -> None:
    """A case of a surface that breaks nothing, in the place of what was there, if there is room."""
    chosen = _any(b, surface)
    if _put(b, chosen):
        _vary(b, TEMPLATE_FREE[chosen])


def begin(b: Buffer, surface: int) -> None:
    """The same with its addresses as they are: one time in four a seed, if one is of that surface."""
    again = b.draw.below(4) == 0
    first, count = SEED_RANGES[surface]
    _put(b, SEEDS[first + b.draw.below(count)] if again and count else _any(b, surface))


def _any(b: Buffer, surface: int) -> int:
    first, count = TEMPLATE_RANGES[surface]
    return first + b.draw.below(count)


def _put(b: Buffer, chosen: int) -> bool:
    there = len(TEMPLATES[chosen]) <= b.room
    if there:
        b.data[:] = TEMPLATES[chosen]
    return there


def rule(b: Buffer) -> None:
    """A rule is broken, and no other: in a template, or, one time in four, in the record that is there."""
    surface = area.surface(b)
    within = surface == RING and b.draw.below(2) == 1
    first, count = STEP_RANGES[RECORD if within else surface]
    step = STEPS[first + b.draw.below(count)]
    here = b.draw.below(4) == 0
    if within:
        found = area.record(b)
        if found is not None:
            _into(b, found, step, here=here)
    elif here and surface == RECORD:
        _into(b, Area(HEAD.size, b.size, grows=True), step, here=True)
    elif max(step.size, len(TEMPLATES[step.template])) <= b.room:
        apply(b, step)


def apply(b: Buffer, step: Step) -> None:
    """The whole case that a recipe makes, its free addresses drawn."""
    b.data[:] = TEMPLATES[step.template]
    b.resize(step.size)
    for offset, bits in step.patches:
        turn(b.data, offset, bits)
    _vary(b, step.free)


def _vary(b: Buffer, free: int) -> None:
    for n, at in enumerate(FREE_AT):
        if free >> n & 1:
            turn(b.data, at, b.draw.next() & PAGE)


def _into(b: Buffer, found: Area, step: Step, *, here: bool) -> None:
    """The record of a recipe in an area of that size, or, ``here``, its changes to the record that is there."""
    size = found.end - found.start
    if not here:
        source = TEMPLATES[step.template][HEAD.size : HEAD.size + size]
        b.data[found.start : found.end] = source.ljust(size, b"\0")
    for offset, bits in step.patches:
        at = found.start + offset - HEAD.size
        if offset >= HEAD.size and at + WORD <= found.end:
            turn(b.data, at, bits)
