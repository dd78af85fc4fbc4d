# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The engines: one module each, behind one description. None is required; the first that is there is taken."""

from __future__ import annotations

from itertools import takewhile

from abi.errors import InputError
from abi.fuzz.engines import afl, atheris, libfuzzer, process
from abi.fuzz.engines.model import Engine
from abi.fuzz.plan import Plan

#: In the order in which they are taken.
ENGINES = {engine.name: engine for engine in (libfuzzer.ENGINE, afl.ENGINE, atheris.ENGINE, process.ENGINE)}


def choose(plan: Plan, name: str | None) -> Engine:
    """The engine of that name, or the first that is there and drives such a target. Raises InputError ``engine.*``."""
    fits = [engine for engine in ENGINES.values() if plan.kind in engine.drives]
    if name is not None:
        engine = ENGINES[name]
        if engine not in fits:
            raise InputError("engine.target", "--engine", None,
                             f"{' or '.join(e.name for e in fits)} for {plan.kind.value}", name)
        engine.check(plan)
        return engine
    wrong: list[InputError] = []
    for engine in fits:
        error = _wrong(engine, plan)
        if error is None:
            return engine
        wrong.append(error)
    raise next((error for error in wrong if error.code == "fuzz.target"), wrong[0])


def passed_over(plan: Plan, engine: Engine) -> list[str]:
    """Of each engine that would have been taken before this one, why it is not there and what installs it."""
    before = [each for each in takewhile(lambda each: each is not engine, ENGINES.values()) if plan.kind in each.drives]
    errors = ((each, _wrong(each, plan)) for each in before)
    return [f"{each.name} is not there: {error.got}; {error.hint}" for each, error in errors if error is not None]


def _wrong(engine: Engine, plan: Plan) -> InputError | None:
    try:
        engine.check(plan)
    except InputError as error:
        return error
    return None
