# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Any process that speaks the conformance protocol: driven from Python, by the mutator in Python. No coverage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from abi.conformance.channel import TargetError, python
from abi.errors import InputError
from abi.fuzz.asking import Spoken
from abi.fuzz.engines.model import Engine, Started, environment
from abi.fuzz.plan import Kind, Plan
from abi.fuzz.requests import answers_any


def _check(plan: Plan) -> None:
    """The target must be there, say hello, and answer something. Raises InputError ``fuzz.target``."""
    spoken = Spoken(plan.target, float(plan.timeout) + 3)
    try:
        spoken.hello()
        if not answers_any(spoken.features):
            raise InputError("fuzz.target", plan.target[0], None,
                             "a target that answers vmm, read, check, ring or host",
                             f"HELLO names {' '.join(spoken.features) or 'nothing'}")
    except TargetError as error:
        raise InputError("fuzz.target", plan.target[0], None, "a target that speaks the conformance protocol",
                         f"{error.kind}: {error.text}", "faultinfo conform --smoke --target tells more") from None
    finally:
        spoken.close()


def _build(plan: Plan) -> None:
    """Nothing is compiled; what a worker needs is written down."""
    said = {"target": plan.target, "timeout": plan.timeout, "seeds": str(plan.seeds), "corpus": str(plan.corpus),
            "broke": str(plan.broke), "raw": str(plan.raw), "kit": plan.kit}
    plan.build.mkdir(parents=True, exist_ok=True)
    (plan.build / "process.json").write_text(json.dumps(said), encoding="utf-8")


def _start(plan: Plan, number: int, seconds: float) -> Started:
    command = python("from abi.fuzz.engines.worker import main; sys.exit(main(sys.argv[1:]))",
                     str(plan.build / "process.json"), str(plan.worker(number) / "state"),
                     str(plan.seed * 4096 + number), f"{seconds:.1f}")
    return Started(command, environment(plan, number))


def _coverage(plan: Plan, _number: int, _told: bytes) -> str:
    return f"cases kept {len(list(plan.corpus.glob('*')))}"


def _broken(plan: Plan) -> list[Path]:
    return list(plan.broke.glob("broke-*"))


ENGINE: Final = Engine(
    "process", "the kit's own loop in Python, over the conformance protocol", "GPL-2.0-only OR BSD-3-Clause",
    drives=(Kind.PROCESS,), check=_check, build=_build, start=_start, coverage=_coverage, broken=_broken,
)
