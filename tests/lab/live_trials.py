# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The host vectors as the live emitter takes them, and what it must answer. Made outside, where Python is quick.

A block that the rule ``host.cper.strict`` refuses is one of two things to a stock kernel (:mod:`tests.lab.apei`). Its
own checks refuse it, too: no hook sees it, and the emitter is asked for the trap alone. Or it takes the block and
claims the abort: what the vector asks for did not happen there, and no emitter may say that it did.
"""

from __future__ import annotations

import json
import re
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
from tests.lab.apei import refusal
from tests.lab.build import Build, Site

NAME: Final = "host.trials"
ROOT: Final = Path(__file__).parents[2]
_RECORD: Final = SIZES[NEWEST]
_END: Final = b"\n"
_SIZE: Final = RECORD.offsets["size"]
_INDEX: Final = re.compile(r"^estatus\.(entry\[\d+\]\.)?|\[\d+\]")
_RULES: Final = {name: number for number, name in enumerate(rule_order(), 1)}


class Asked(NamedTuple):
    """A vector and what the emitter is given; or the field for which it cannot be asked.

    ``refused``: why the kernel's own checks refuse its firmware record. ``why``: the field that is wrong in one that
    they take.
    """

    vector: Vector
    trial: Trial | None
    refused: str = ""
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
    trap, memory = trap_of(values), values.get("cper", b"")
    try:
        block = parse_status_block(memory) if values.get("firmware") else None
    except InputError as error:
        refused = refusal(memory)
        if refused is None:
            return Asked(vector, None, why=_INDEX.sub("", error.path))
        return Asked(vector, trial(trap), refused)
    return Asked(vector, trial(trap, block))


class Question(NamedTuple):
    """One trial as the inside has it: what goes in, and what must come out."""

    vm: bytes
    trap: bytes
    emission: bytes
    record: bytes


class Left(NamedTuple):
    """How many vectors are asked for the trap alone, by the check of the kernel; how many not, by the field."""

    refused: dict[str, int]
    not_asked: dict[str, int]


def left(every: Iterable[Asked]) -> Left:
    """Count them."""
    whole = tuple(every)
    return Left(dict(Counter(one.refused for one in whole if one.refused)),
                dict(Counter(one.why for one in whole if one.trial is None)))


def packed() -> bytes:
    """A line of JSON: what is not asked whole. Then all trials, of fixed size: records are filled up with zeros."""
    every = asked()
    return json.dumps(left(every)).encode() + _END + b"".join(
        one.trial.vm + one.trial.trap + one.emission + one.record.ljust(_RECORD, b"\0")
        for one in every if one.trial is not None)


def left_out(data: bytes) -> Left:
    """What is not asked whole, inside."""
    return Left(*json.loads(data[: data.index(_END)]))


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
    code = (Path(__file__), ROOT / "tests/lab/apei.py", ROOT / "reference_host/firmware.py",
            *sorted((ROOT / "reference_host/live").glob("*.py")))
    return Build(NAME, (*sorted((ROOT / "spec/vectors").glob("host-*.json")), *code), _write, ())
