# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The cases: every module in here lists its own in ``CASES``."""

from __future__ import annotations

import importlib
import pkgutil

from abi.errors import InputError
from tests.lab.case import Case


def collected() -> dict[str, Case]:
    """Every case by its name, those after others behind them."""
    found: dict[str, Case] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        for case in importlib.import_module(f"{__name__}.{info.name}").CASES:
            if case.name in found:
                raise ValueError(f"two cases are named {case.name}")
            found[case.name] = case
    return {case.name: case for name in found for case in _chain(found, name, ())}


def chosen(names: list[str]) -> dict[str, Case]:
    """The cases of these names, or whose names begin with one and a dot, and those they come after."""
    every = collected()
    wanted: list[str] = []
    for name in names:
        matching = [n for n in every if n == name or n.startswith(f"{name}.")]
        if not matching:
            raise InputError("lab.case", name, None, "a case's name or its beginning", "no such case",
                             f"the cases: {', '.join(every)}")
        wanted += matching
    needed = {case.name for name in wanted for case in _chain(every, name, ())}
    return {name: case for name, case in every.items() if name in needed} if names else every


def _chain(cases: dict[str, Case], name: str, above: tuple[str, ...]) -> list[Case]:
    """The cases that must come before this one, and this one."""
    if name in above or name not in cases:
        raise ValueError(f"{name} comes after itself, or is no case: {' '.join(above)}")
    case = cases[name]
    if any(cases[before].platform != case.platform for before in case.after if before in cases):
        raise ValueError(f"{name} comes after a case of another platform, which runs beside it")
    return [*(one for before in case.after for one in _chain(cases, before, (*above, name))), case]
