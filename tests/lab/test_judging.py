# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The judges on results that no machine gives, and what the tables say of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab import judging, showing
from tests.lab.cells import HARDWARE, SERRORS, VECTORS, Cell

RAS = ["FEAT_RAS"]


def seen(cell: Cell, **changed: str) -> dict[str, Any]:
    """What the hardware shows for a cell, as far as the judges look."""
    return {
        "vector": hex(VECTORS[cell.level]), "esr_el1": hex(0x96000000 | cell.bits), "far_el1": hex(cell.address),
        "dit": hex(0), "registers_kept": True,
    } | changed


def found(cell: Cell, **changed: str) -> dict[str, Any]:
    return {"hardware": seen(cell), "vmm": seen(cell, **changed), "entry": {}, "kernel": seen(cell)}


def every(**changed: dict[str, Any]) -> dict[str, Any]:
    cells = {name: found(cell) for name, cell in HARDWARE.items()}
    return {"features": RAS, "cells": cells | changed}


def fields(result: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(finding.field, finding.rule) for finding in judging.hardware(result, {})]


def test_what_is_equal_holds() -> None:
    assert fields(every()) == []


@pytest.mark.parametrize("field", ["vector", "esr_el1", "far_el1", "dit", "registers_kept"])
def test_every_field_is_compared(field: str) -> None:
    cell = HARDWARE["str EL0"]
    assert fields(every(**{cell.name: found(cell, **{field: "0x1"})})) == [(f"str EL0: {field}", None)]


def test_a_field_that_one_side_lacks_is_no_equality() -> None:
    cell = HARDWARE["str EL0"]
    mine = found(cell)
    del mine["vmm"]["far_el1"]
    assert fields(every(**{cell.name: mine})) == [("str EL0: far_el1", None)]


def test_a_walk_of_unknown_owner_is_shown_as_none_by_its_rule_alone() -> None:
    cell = HARDWARE["ldr EL0 walk level 2"]
    shown = every(**{cell.name: found(cell, esr_el1="0x96000010")})
    assert fields(shown) == [(f"{cell.name}: esr_el1", "vmm.esr.rewrite")]
    for wrong in ("0x96000050", "0x96000017"):
        assert fields(every(**{cell.name: found(cell, esr_el1=wrong)})) == [(f"{cell.name}: esr_el1", None)]
    mine = HARDWARE["ldr EL0 walk level 2, isolated"]
    assert fields(every(**{mine.name: found(mine, esr_el1="0x96000010")})) == [(f"{mine.name}: esr_el1", None)]


def test_a_cell_that_is_not_there_is_told() -> None:
    result = every()
    del result["cells"]["ldp EL1t"]
    assert fields(result) == [("ldp EL1t", None)]


def test_too_few_cells_are_told() -> None:
    result = every(**{name: {"absent": "for a reason"} for name in list(HARDWARE)[:-20]})
    assert fields(result) == [("cells", None)]


def test_hardware_that_gives_no_abort_is_told() -> None:
    cell = HARDWARE["str EL0"]
    mine = found(cell) | {"hardware": seen(cell, esr_el1="0x56000000")}
    assert fields(every(**{cell.name: mine})) == [("str EL0: hardware", None)]


@pytest.mark.parametrize(("esr", "features", "rule"), [
    (0xBF000000, RAS, "host.enabled.only"), (0xBF000000, [], "host.owned"), (0xBE000000, [], "host.owned"),
    (0xBE000000, RAS, None),
])
def test_a_host_that_tells_nobody_must_inject_its_serror(esr: int, features: list[str], rule: str | None) -> None:
    cells = {name: {"stock": {"vector": hex(VECTORS[cell.level] + 3), "esr_el1": hex(esr)}}
             for name, cell in HARDWARE.items()}
    found = judging.hardware({"features": features, "cells": cells}, {})
    assert {finding.rule for finding in found} == {rule}


def test_the_table_says_what_differs_by_the_fields_names() -> None:
    cell = HARDWARE["str EL0"]
    must = seen(cell, esr_el1="0x92000050")
    assert showing.differences(must, must) == "equal"
    assert showing.differences(must, must | {"esr_el1": "0x96000410"}) == (
        "drops WnR; EC=0x25; FnV=1")
    assert showing.differences(must, must | {"far_el1": "0x0"}) == "FAR=0x0"
    assert showing.differences(must, {"exit": "EINTR"}) == "no entry: EINTR"
    assert showing.brief(must) == f"0x92000050 {hex(cell.address)} +0x400"


def test_names_of_cells_are_told_apart() -> None:
    assert len({*HARDWARE, *SERRORS}) == len(HARDWARE) + len(SERRORS)
