# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Results of cells as the evidence has them: what a guest read is a list by ``registers``, or the name of an equal one.
The vCPU before an injection is a list by ``vcpu_registers``.

``expanded`` gives the results back as they were. ``steady`` is what must be the same in the next run: no addresses of
the VMM, which move.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from abi.definition import RECORD
from abi.vcpu import Vcpu

#: What a guest read, in the order in which it was done; a later one may be named by an earlier one.
RUNS: Final = ("hardware", "device", "vmm", "kernel", "stock", "seen")
_HVA: Final = slice(2 * RECORD.offsets["hva"], 2 * RECORD.end("hva"))
#: Hexadecimal digits of a record that has an hva.
_LONG: Final = _HVA.stop
_MOVES: Final = ("memslots",)
_NAMES: Final = ("registers", "vcpu_registers")


def compacted(result: Mapping[str, Any]) -> dict[str, Any]:
    """A result with short cells; one without cells stays as it is."""
    cells = result.get("cells")
    if not cells:
        return dict(result)
    names = next((list(cell[run]) for cell in cells.values() for run in RUNS if "vector" in cell.get(run, {})), [])
    short = {name: _short(cell, names) for name, cell in cells.items()}
    return {name: value for name, value in result.items() if name != "cells"} | {
        "registers": names, "vcpu_registers": list(Vcpu._fields), "cells": short}


def expanded(result: Mapping[str, Any]) -> dict[str, Any]:
    """The result that was compacted."""
    if "registers" not in result:
        return dict(result)
    cells = {name: _long(cell, result["registers"]) for name, cell in result["cells"].items()}
    return {name: value for name, value in result.items() if name not in _NAMES} | {"cells": cells}


def steady(result: Mapping[str, Any]) -> dict[str, Any]:
    """A compacted result without what is another in every run."""
    kept = {name: value for name, value in result.items() if name not in _MOVES}
    return kept | {"cells": {name: _steady(cell) for name, cell in result["cells"].items()}}


def _short(cell: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    short = dict(cell)
    if "vcpu" in cell:
        short["vcpu"] = {**cell["vcpu"], "before": [cell["vcpu"]["before"][name] for name in Vcpu._fields]}
    done: dict[str, Any] = {}
    for run in RUNS:
        seen = cell.get(run)
        if seen is None:
            continue
        equal = next((other for other, values in done.items() if values == seen), None)
        done[run] = seen
        own = "vector" in seen and list(seen)[: len(names)] == names
        short[run] = equal or ([*seen.values()][: len(names)] + _rest(seen, names) if own else seen)
    return short


def _rest(seen: Mapping[str, Any], names: list[str]) -> list[Any]:
    """What only some cells have."""
    rest = {name: value for name, value in seen.items() if name not in names}
    return [rest] if rest else []


def _long(cell: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    long = dict(cell)
    if "vcpu" in cell:
        before = dict(zip(Vcpu._fields, cell["vcpu"]["before"], strict=True))
        long["vcpu"] = {**cell["vcpu"], "before": before}
    for run in RUNS:
        value = long.get(run)
        if isinstance(value, str):
            long[run] = long[value]
        elif isinstance(value, list):
            rest = value[len(names)] if len(value) > len(names) else {}
            long[run] = dict(zip(names, value, strict=False)) | rest
    return long


def _steady(cell: Mapping[str, Any]) -> dict[str, Any]:
    record = cell.get("record", "")
    if len(record) < _LONG:
        return dict(cell)
    return {**cell, "record": record[: _HVA.start] + "0" * 16 + record[_HVA.stop :]}
