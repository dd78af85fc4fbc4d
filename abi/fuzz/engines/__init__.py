# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The engines: one module each, behind one description. None is required; the first that is there is taken."""

from __future__ import annotations

from abi.errors import InputError
from abi.fuzz.engines import afl, libfuzzer, process
from abi.fuzz.engines.model import Engine
from abi.fuzz.plan import Plan

#: In the order in which they are taken.
ENGINES = {engine.name: engine for engine in (libfuzzer.ENGINE, afl.ENGINE, process.ENGINE)}


def choose(plan: Plan, name: str | None) -> Engine:
    """The engine of that name, or the first that is there and drives such a target. Raises InputError ``engine.*``."""
    fits = [engine for engine in ENGINES.values() if plan.kind in engine.drives]
    if name is not None:
        engine = ENGINES[name]
        if engine not in fits:
            raise InputError("engine.target", "--engine", None,
                             f"{' or '.join(e.name for e in fits)}, which such a target can be driven by", name)
        engine.check(plan)
        return engine
    wrong: list[InputError] = []
    for engine in fits:
        try:
            engine.check(plan)
        except InputError as error:
            wrong.append(error)
        else:
            return engine
    raise wrong[0]
