# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Holds the C readers against Python on many inputs: ``python -m tests.c.agree MODULE SEED COUNT [WHAT...]``.

A process of its own, because AddressSanitizer must be the first thing in one. It prints what it has
met as JSON, or ends with the first input on which the two do not agree.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

from abi.cper import build_status_block
from abi.layout import Version
from abi.reply import build_reply
from abi.rules import check
from tests.c import host_inputs, inputs, python_side
from tests.c.c_side import CSide, Reading, Refusal
from tests.c.library import load
from tests.c.ring_side import consuming

Met = Counter[str]


class DisagreementError(AssertionError):
    """An input on which C and Python differ."""


def same(given: object, c: object, python: object) -> None:
    """Raise DisagreementError unless the two answers are the same."""
    if c != python:
        shown = given.hex() if isinstance(given, bytes) else repr(given)
        raise DisagreementError(f"\ninput  {shown}\nC      {c}\nPython {python}")


def reading(side: CSide, chance: Random, met: Met) -> None:
    """kfi_read() and kfi_check() on bytes that may be a record."""
    data, minor, exact = inputs.record_bytes(chance), chance.randrange(2), chance.random() < 0.5
    c = side.read(data, minor, exact)
    same((data.hex(), minor, exact), c, python_side.read(data, minor, exact))
    if isinstance(c, Reading):
        met["understood"] += 1
        met.update(c.broken or ("nothing broken",))
        met["tail"] += bool(c.tail)
    else:
        refused = c if isinstance(c, Refusal) else c[0]
        met[f"{refused.rule} {refused.path}"] += 1


def checking(side: CSide, chance: Random, met: Met) -> None:
    """kfi_check() on records that no reader would let pass."""
    record, minor = inputs.record(chance), chance.randrange(2)
    c = side.check(record, minor)
    same((record, minor), c, check(record, Version(1, minor)))
    met.update(c)


def deciding(side: CSide, chance: Random, met: Met) -> None:
    """kfi_decide() or kfi_decide_refusal(), kfi_apply() and kfi_reply(), as the record is read by either version."""
    data, minor = inputs.deciding_bytes(chance), chance.randrange(2)
    given = data, minor, inputs.vcpu(chance), inputs.machine(chance)
    c = side.decide(*given)
    same(given, c, python_side.answer(*given))
    met[" ".join(c.decision[:3])] += 1


def replying(side: CSide, chance: Random, met: Met) -> None:
    """fault_info_reply()."""
    reply, vcpu, having = inputs.reply(chance), inputs.vcpu(chance), inputs.machine(chance).features
    vcpu = vcpu._replace(pstate=vcpu.pstate & ~0x1F | chance.choice((0x00, 0x04, 0x05, 0x10)))
    facts = inputs.often(chance, 0, 1, 2, 3, 4), inputs.often(chance, True, False), vcpu, having
    c = side.apply(build_reply(reply), *facts)
    same((reply, facts), c, python_side.applied(reply, *facts))
    met[c.rule or ("applied" if c.pending is None else "pending")] += 1


def walking(side: CSide, chance: Random, met: Met) -> None:
    """kfi_cper_open(), kfi_cper_next() and kfi_firmware_read()."""
    data = host_inputs.block_bytes(chance)
    c = side.firmware(data)
    same(data, c, python_side.firmware(data))
    if isinstance(c, Refusal):
        met["refused " + c.path.rpartition("]")[2]] += 1
    else:
        met["accepted"] += 1
        met.update({item[0] for item in c.items})


def filling(side: CSide, chance: Random, met: Met) -> None:
    """fault_info_fill()."""
    trap = host_inputs.trap(chance)
    block = None if chance.random() < 0.4 else host_inputs.block(chance)
    c = side.fill(trap, b"" if block is None else build_status_block(block))
    same((trap, block), c, python_side.fill(trap, block))
    met[f"{c.end}: {c.rule}" if c.record is None else f"kind {c.record[36]} origin {c.record[39]}"] += 1


WHAT: Final[dict[str, Callable[[CSide, Random, Met], None]]] = {
    "reading": reading, "checking": checking, "deciding": deciding, "replying": replying, "walking": walking,
    "filling": filling, "ring": consuming,
}


def agree(side: CSide, what: str, seed: int, count: int) -> Met:
    """Hold ``count`` inputs of a kind against each other; raises DisagreementError at the first that differs."""
    chance, met = Random(f"{what} {seed}"), Counter[str]()
    for _ in range(count):
        WHAT[what](side, chance, met)
    return met


def storm(side: CSide, seed: int, count: int) -> int:
    """The loop in C: ``count`` inputs in all, each reader on each; how often one was taken."""
    chance = Random(f"storm {seed}")
    taken = 0
    for _ in range(20):
        base = chance.choice((inputs.record_bytes, host_inputs.block_bytes))(chance)
        taken += side.lib.shim_storm(base, len(base), chance.getrandbits(63) | 1, count // 20)
    return taken


def main() -> None:
    """Run what the command line asks for."""
    module, seed, count, *what = sys.argv[1:]
    side = CSide(load(Path(module)))
    met = {each: dict(agree(side, each, int(seed), int(count))) for each in what if each != "storm"}
    if "storm" in what:
        met["storm"] = {"taken": storm(side, int(seed), int(count))}
    print(json.dumps(met))


if __name__ == "__main__":
    main()
