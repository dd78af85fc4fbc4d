# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The host vectors as the live emitter takes them, and what it must answer. Made outside, where Python is quick.

The emitter is asked for all that it can be: a block that is refused never gets as far as a hook.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Final, NamedTuple

from abi.conformance.values import trap_of
from abi.conformance.vectors import Vector, load
from abi.cper import parse_status_block
from abi.definition import NEWEST, RECORD, SIZES
from abi.errors import InputError
from abi.generate.c_tables import rule_order
from reference_host.live.layouts import EMISSION, TRAP, VM
from reference_host.live.trial import Trial, trial
from tests.lab.build import Build, Site

NAME: Final = "host.trials"
ROOT: Final = Path(__file__).parents[2]
_RECORD: Final = SIZES[NEWEST]
_END: Final = b"\n"
_REFUSED: Final = "the firmware record is refused (host.cper.strict): the kernel reads it, the emitter sees none"
_SIZE: Final = RECORD.offsets["size"]
_RULES: Final = {name: number for number, name in enumerate(rule_order(), 1)}


class Asked(NamedTuple):
    """A vector and what the emitter is given; or why it cannot be asked."""

    vector: Vector
    trial: Trial | None
    why: str = ""

    @property
    def emission(self) -> bytes:
        """``struct kfi_emission`` of the right answer."""
        expect = self.vector.expect
        rule = _RULES.get(expect.get("rule", b"").decode(), 0)
        end, memory_failure = expect.get("end", 0), expect.get("memory_failure", 0)
        return EMISSION.codec.fast.pack(expect.get("injected", 0), rule, end, memory_failure)

    @property
    def record(self) -> bytes:
        """The record of the right answer; empty where there is none."""
        return bytes(self.vector.expect.get("record", b""))


@cache
def asked() -> tuple[Asked, ...]:
    """Every host vector; it takes seconds to make them."""
    return tuple(_asked(vector) for vector in load() if vector.request == "host")


def _asked(vector: Vector) -> Asked:
    values = vector.input
    try:
        block = parse_status_block(values.get("cper", b"")) if values.get("firmware") else None
    except InputError:
        return Asked(vector, None, _REFUSED)
    try:
        return Asked(vector, trial(trap_of(values), block))
    except InputError as error:
        return Asked(vector, None, str(error))


class Question(NamedTuple):
    """One trial as the inside has it: what goes in, and what must come out."""

    vm: bytes
    trap: bytes
    emission: bytes
    record: bytes


def not_asked(every: Iterable[Asked]) -> dict[str, int]:
    """How many vectors cannot be asked, by the reason."""
    return dict(Counter(one.why for one in every if one.trial is None))


def packed() -> bytes:
    """A line of JSON: what is not asked. Then all trials, in pieces of fixed size: records are filled up with zeros."""
    every = asked()
    return json.dumps(not_asked(every)).encode() + _END + b"".join(
        one.trial.vm + one.trial.trap + one.emission + one.record.ljust(_RECORD, b"\0")
        for one in every if one.trial is not None)


def left_out(data: bytes) -> dict[str, int]:
    """What is not asked, inside."""
    found: dict[str, int] = json.loads(data[: data.index(_END)])
    return found


def unpacked(data: bytes) -> Iterator[Question]:
    """The trials again, inside."""
    sizes = (VM.size, TRAP.size, EMISSION.size, _RECORD)
    for start in range(data.index(_END) + 1, len(data), sum(sizes)):
        ends = list(accumulate(sizes, initial=start))
        vm, trap, emission, record = (data[at:end] for at, end in pairwise(ends))
        size = int.from_bytes(record[_SIZE : _SIZE + 2], "little")
        yield Question(vm, trap, emission, record[:size])


def _write(_site: Site, target: Path) -> None:
    target.write_bytes(packed())


def trials() -> Build:
    """The file of all trials; what it is made of are the vectors and the code that packs them."""
    code = (Path(__file__), ROOT / "reference_host/firmware.py", *sorted((ROOT / "reference_host/live").glob("*.py")))
    return Build(NAME, (*sorted((ROOT / "spec/vectors").glob("host-*.json")), *code), _write, ())
