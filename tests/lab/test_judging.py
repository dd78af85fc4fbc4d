# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The judges on results that no machine gives, and what the tables say of them."""

from __future__ import annotations

from typing import Any, Final

import pytest

from abi import pstate
from reference_vmm.kvm.path import ARM_SEA
from reference_vmm.kvm.path import RECORD as FAULT_INFO
from tests.lab import judging, showing
from tests.lab.cells import ARCHITECTURE, HARDWARE, SERRORS, VECTORS, Cell
from tests.lab.rows import rows
from tests.lab.showing import tally

RAS = ["FEAT_RAS"]


def seen_by(cell: Cell, **changed: str) -> dict[str, Any]:
    return seen(cell, **changed)


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
    return {"features": RAS, "capability": ARM_SEA, "cells": cells | changed}


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
    assert {finding.rule for finding in judging.hardware(untold(features, esr), {})} == {rule}


def untold(features: list[str], esr: int, capability: str = "", **seen: Any) -> dict[str, Any]:
    cells = {name: {"hardware": seen_by(cell), "stock": {
        "vector": hex(VECTORS[cell.level] + 3), "esr_el1": hex(esr)} | seen} for name, cell in HARDWARE.items()}
    return {"features": features, "capability": capability, "cells": cells}


def test_a_kernel_that_has_enabled_the_exit_may_not_keep_it_to_itself() -> None:
    for capability in (ARM_SEA, FAULT_INFO):
        found = judging.hardware(untold(RAS, 0xBF000000, capability), {})
        assert {finding.rule for finding in found} == {None}
        assert {finding.rule for finding in judging.hardware(untold([], 0xBF000000, capability), {})} == {"host.owned"}


def test_an_endless_silence_is_told_by_its_rule_and_excuses_no_kernel_that_claims_to_keep_it() -> None:
    for capability, rule in (("", "host.never_silent"), (ARM_SEA, "host.never_silent"), (FAULT_INFO, None)):
        found = judging.hardware(untold(RAS, 0, capability, late=True, vector="0x0"), {})
        assert {one.rule for one in found if one.got == judging.SILENT} == {rule}


def test_the_oracle_is_judged_where_nobody_was_told_too() -> None:
    result = untold([], 0xBE000000)
    result["cells"]["str EL0"]["hardware"]["esr_el1"] = hex(0x56000000)
    result["cells"]["ldp EL1t"] |= {"device": seen_by(HARDWARE["ldp EL1t"], far_el1="0x0")}
    result["cells"]["stp EL1t"] = {"hardware": {}, "absent": "this CPU has none"}
    found = [one.field for one in judging.hardware(result, {}) if one.rule is None]
    assert found == ["ldp EL1t, Device memory: far_el1", "str EL0: hardware"]


NOT_INJECTED: Final = "str EL0 FnV, S1PTW"


def refused(**changed: Any) -> dict[str, Any]:
    cells = {name: {"absent": "not asked"} for name in ARCHITECTURE}
    bug = {"exit": "KVM_EXIT_ARM_SEA", "refused": {"rule": "vmm.sea.vector", "why": "nothing"},
           "kernel": {"exit": "KVM_EXIT_ARM_SEA"}} | changed
    return {"features": RAS, "capability": ARM_SEA, "cells": cells | {NOT_INJECTED: bug}}


def hardware_of(cell: str) -> dict[str, Any]:
    return {"equality.hardware": {"cells": {cell: {"hardware": seen_by(HARDWARE[cell])}}}}


def test_nothing_injected_is_a_bug_of_a_stock_kernel_and_told_as_one() -> None:
    others = hardware_of("str EL0")
    (finding,) = judging.architecture(refused(), others)
    assert (finding.rule, "a bug of this kernel" in finding.got) == ("vmm.sea.vector", True)
    (row,) = [one for one in rows(refused(), others) if not one.absent]
    assert row.vmm.text == "not injected (vmm.sea.vector)"
    for result in (refused() | {"capability": FAULT_INFO}, refused(refused={"rule": "vmm.notify", "why": "no"}),
                   refused(kernel={"exit": "KVM_EXIT_MMIO"})):
        found = judging.architecture(result, others)
        assert {one.rule for one in found} == {None}
        assert found[0].field == f"{NOT_INJECTED}: refused"


def test_an_injection_there_is_compared_and_equal_where_it_is_right() -> None:
    others = hardware_of("str EL0")
    right = judging.expected(ARCHITECTURE[NOT_INJECTED], others)
    header = {"EC": 0x24, "IL": 1, "SET": 0, "FnV": 1, "EA": 0, "CM": 0, "S1PTW": 0, "WnR": 1, "FSC": 0x10}
    for capability in (ARM_SEA, FAULT_INFO):
        for esr, fields in ((right["esr_el1"], []), ("0x92000050", ["esr_el1"])):
            result = refused(vmm=right | {"esr_el1": esr, "by_kernel_header": header}, entry={}, kernel={})
            del result["cells"][NOT_INJECTED]["refused"]
            found = judging.architecture(result | {"capability": capability}, others)
            assert [one.field.rpartition(": ")[2] for one in found] == fields


def test_the_kernels_own_injection_is_not_blamed_for_what_a_rule_says() -> None:
    walk, dit = HARDWARE["str EL0 walk level 2"], HARDWARE["ldr EL1h DIT"]
    cells = {walk.name: found(walk) | {"kernel": seen(walk, esr_el1="0x92000010")},
             dit.name: found(dit) | {"kernel": seen(dit, dit=hex(pstate.DIT))}}
    cells[walk.name]["hardware"]["esr_el1"] = cells[walk.name]["vmm"]["esr_el1"] = "0x92000056"
    counted = tally(rows({"features": RAS, "capability": ARM_SEA, "cells": cells}, {}))
    assert counted.wrong_fields == {"WnR": 1}
    assert (counted.kernel_equal, counted.kernel_wrong) == (1, 1)


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
