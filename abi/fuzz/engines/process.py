# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Any process that speaks the conformance protocol: driven from Python, by the mutator in Python. No coverage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from abi.conformance.channel import TargetError, python
from abi.errors import InputError
from abi.fuzz import kinds
from abi.fuzz.asking import Spoken
from abi.fuzz.engines.model import Engine, Started, environment
from abi.fuzz.plan import Kind, Plan
from abi.fuzz.requests import answers_any

#: What a target that cannot be asked should have been, and what tells more where it does not itself.
_NEEDED: Final = {
    Kind.PROCESS: ("a target that speaks the conformance protocol", "faultinfo conform --smoke --target tells more"),
    Kind.MODULE: ("Python files of which the first has answer(kind, payload), which answers HELLO", ""),
}


def answers(plan: Plan) -> None:
    """The target must be there, say hello, and answer something. Raises InputError ``fuzz.target``."""
    spoken = Spoken(kinds.command(plan), float(plan.timeout))
    try:
        spoken.hello()
        if not answers_any(spoken.features):
            raise InputError("fuzz.target", plan.target[0], None,
                             "a target that answers vmm, read, check, ring or host",
                             f"HELLO names {' '.join(spoken.features) or 'nothing'}")
    except TargetError as error:
        raise InputError("fuzz.target", plan.target[0], None, _NEEDED[plan.kind][0],
                         f"{error.kind}: {error.text}", spoken.complained() or _NEEDED[plan.kind][1]) from None
    finally:
        spoken.close()


def note(plan: Plan, path: Path) -> None:
    """Write down what a worker in Python needs; nothing is compiled."""
    said = {"target": plan.target, "command": kinds.command(plan), "timeout": plan.timeout, "seeds": str(plan.seeds),
            "corpus": str(plan.corpus), "broke": str(plan.broke), "raw": str(plan.raw), "kit": plan.kit,
            "memory": plan.memory << 20, "file": plan.file}
    plan.build.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(said), encoding="utf-8")


def _note(plan: Plan) -> Path:
    return plan.build / "process.json"


def _start(plan: Plan, number: int, seconds: float) -> Started:
    command = python("from abi.fuzz.engines.worker import main; sys.exit(main(sys.argv[1:]))",
                     str(_note(plan)), str(plan.worker(number) / "state"),
                     str(plan.seed * 4096 + number), f"{seconds:.1f}")
    return Started(command, environment(plan, number))


def _coverage(plan: Plan, _number: int, _told: bytes) -> str:
    return f"cases kept {len(list(plan.corpus.glob('*')))}"


def _broken(plan: Plan) -> list[Path]:
    return list(plan.broke.glob("broke-*"))


ENGINE: Final = Engine(
    "process", "the kit's own loop in Python, over the conformance protocol", "GPL-2.0-only OR BSD-3-Clause",
    drives=(Kind.PROCESS, Kind.MODULE), check=answers,
    build=lambda plan: note(plan, _note(plan)), start=_start, coverage=_coverage, broken=_broken,
)
