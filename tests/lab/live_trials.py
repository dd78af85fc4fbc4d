# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The host vectors as the live emitter takes them, and what it must answer. Made outside, where Python is quick.

The emitter is asked for all that it can be: a block that is refused never gets as far as a hook.
"""

from __future__ import annotations

from collections.abc import Iterator
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


def asked() -> tuple[Asked, ...]:
    """Every host vector."""
    return tuple(_asked(vector) for vector in load() if vector.request == "host")


def _asked(vector: Vector) -> Asked:
    values = vector.input
    try:
        block = parse_status_block(values.get("cper", b"")) if values.get("firmware") else None
    except InputError:
        return Asked(vector, None, "a firmware record that is refused: the emitter sees none")
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


def packed() -> bytes:
    """All trials, one after the other, each piece of fixed size: a record is filled up with zeros."""
    return b"".join(
        one.trial.vm + one.trial.trap + one.emission + one.record.ljust(_RECORD, b"\0")
        for one in asked() if one.trial is not None)


def unpacked(data: bytes) -> Iterator[Question]:
    """The trials again, inside."""
    sizes = (VM.size, TRAP.size, EMISSION.size, _RECORD)
    for start in range(0, len(data), sum(sizes)):
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
