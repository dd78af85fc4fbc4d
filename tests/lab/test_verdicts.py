# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The verdicts on a kernel's rules: of the stock kernel as it was run, of one with the capability, of wrong ones."""

from __future__ import annotations

import argparse
import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from abi.cli import DONE, NO
from abi.definition import FAR_VALID, KIND_DATA_ABORT, KVM_CAP_ARM_SEA_TO_USER, RECORD
from abi.esr_fields import WNR
from abi.record import FaultInfo, build
from abi.reply import FaultReply
from abi.trap import Memslot, Trap
from reference_host.emit import emit
from reference_vmm.kvm.path import ARM_SEA
from reference_vmm.kvm.path import RECORD as FAULT_INFO
from tests.lab import contract, verdicts
from tests.lab.command import answer, capability
from tests.lab.compact import expanded
from tests.lab.matrix_rows import Configuration, Row
from tests.lab.matrix_showing import differs
from tests.lab.verdicts import BROKEN, KEPT, UNSEEN, Verdict

EVIDENCE: Final = Path(__file__).parents[2] / "spec/evidence/lab.json"
Results = dict[str, dict[str, Any]]
#: One cell with FnV=0, which every liar below changes.
CELL: Final = ("equality.hardware", "str EL0")


@pytest.fixture(scope="module")
def stock() -> Results:
    """What the stock kernel of the committed evidence did."""
    cases = json.loads(EVIDENCE.read_text(encoding="utf-8"))["cases"]
    return {name: expanded(case["result"]) for name, case in cases.items() if "result" in case}


@pytest.fixture
def changed(stock: Results) -> Results:
    return copy.deepcopy(stock)


def judged(results: Mapping[str, Any]) -> dict[str, Verdict]:
    return {one.rule: one for one in verdicts.verdicts(results)}


def emitted(results: Results, lie: Callable[[FaultInfo], FaultInfo] = lambda record: record) -> Results:
    """The same accesses on a kernel that emits by the reference host; ``lie``: what it makes of one record."""
    found = copy.deepcopy(results)
    for case in verdicts.CELLS:
        result = found[case]
        result |= {"capability": FAULT_INFO, "version": "1.1"}
        slots = tuple(Memslot(*(int(part, 16) for part in slot), 0) for slot in result["memslots"])  # type: ignore[call-arg]
        for name, cell in result["cells"].items():
            if "trap" not in cell:
                cell.pop("union", None)
                cell.pop("exit", None)
                continue
            registers = {field: int(value, 16) for field, value in cell["trap"].items()}
            record = emit(Trap(**registers)._replace(memslots=slots)).record  # type: ignore[arg-type]
            assert record is not None
            cell["union"] = build(lie(record) if (case, name) == CELL else record).hex()
    return found


def test_the_stock_kernel_keeps_what_arm_sea_can_say_and_no_more(stock: Results) -> None:
    found = judged(stock)
    assert {rule for rule, one in found.items() if one.verdict == KEPT} >= {
        "host.esr.mask", "host.far.valid", "host.reserved.zero", "host.never_silent", "host.reply.none"}
    assert {rule for rule, one in found.items() if one.verdict == UNSEEN} >= {
        "host.origin.kind", "host.firmware_va.usable", "host.pa.valid", "host.enable.once"}
    broken = {rule: one for rule, one in found.items() if one.verdict == BROKEN}
    assert broken.keys() == {
        "host.severity.valid", "host.reply.kind", "host.reply.fnv", "host.reply.reserved", "vmm.far.source",
        "vmm.esr.rewrite", "vmm.sea.vector"}
    assert "FnV" in broken["vmm.far.source"].why


def test_a_kernel_with_the_capability_can_keep_all_that_is_seen(stock: Results) -> None:
    before, after = judged(stock), judged(emitted(stock))
    hosts = {rule for rule in after if rule.startswith("host.") and not rule.startswith(("host.reply.", "host.enable"))}
    assert {rule for rule in hosts if after[rule].verdict == BROKEN} == set()
    seen = {rule for rule in hosts if after[rule].verdict == KEPT}
    assert seen > {rule for rule in hosts if before[rule].verdict == KEPT}
    assert seen >= {"host.severity.valid", "host.origin.kind", "host.action.possible", "host.invalid.zero"}


@pytest.mark.parametrize(("rule", "lie"), [
    ("host.far.valid", lambda r: r._replace(flags=r.flags & ~FAR_VALID, far=0, gpa=r.gpa & ~0xFFF, gpa_origin=0,
                                            sea_flags=0)),
    ("host.esr.mask", lambda r: r._replace(esr=r.esr ^ WNR)),
    ("host.origin.kind", lambda r: r._replace(origin=3)),
    ("host.severity.valid", lambda r: r._replace(severity=0, flags=r.flags & ~(1 << 5))),
    ("host.firmware_severity.origin", lambda r: r._replace(firmware_severity=1)),
])
def test_a_kernel_that_lies_in_one_cell_breaks_the_rule_and_the_cell_is_named(
    stock: Results, rule: str, lie: Callable[[FaultInfo], FaultInfo]
) -> None:
    found = judged(emitted(stock, lie))[rule]
    assert (found.verdict, found.broken) == (BROKEN, 1)
    assert found.why.startswith(CELL[1])


def test_a_rule_that_a_claiming_kernel_breaks_is_exit_code_1_and_one_of_a_stock_kernel_is_not(stock: Results) -> None:
    def failing(results: Results) -> tuple[Verdict, ...]:
        return verdicts.failing(results, verdicts.verdicts(results))

    def wrong(record: FaultInfo) -> FaultInfo:
        return record._replace(esr=record.esr ^ WNR)

    cells = {name: stock[name] for name in verdicts.CELLS}
    held: Any = SimpleNamespace(status="holds")
    assert any(one.verdict == BROKEN for one in verdicts.verdicts(cells))
    assert failing(cells) == ()
    right, lying = (failing(emitted(cells, lie)) for lie in (lambda record: record, wrong))
    assert {one.rule for one in lying} - {one.rule for one in right} == {"host.esr.mask"}
    assert (answer((held,), ()), answer((held,), lying)) == (DONE, NO)
    row = Row(Configuration("7.3.4", "11.1.3", "max"), {}, (), {})
    assert not differs([row])
    assert differs([row, row._replace(failing=("host.esr.mask",))])


def test_the_newest_capability_of_a_vmm_is_named_by_its_end() -> None:
    assert [capability(name) for name in ("fault_info", "sea_to_user", "nothing")] == [FAULT_INFO, ARM_SEA, ""]
    with pytest.raises(argparse.ArgumentTypeError):
        capability(FAULT_INFO)


def test_a_bit_of_arm_sea_that_is_wrong_is_seen(changed: Results) -> None:
    cell = changed[CELL[0]]["cells"][CELL[1]]
    union = int.from_bytes(bytes.fromhex(cell["union"]), "little") ^ WNR << 8 * RECORD.offsets["esr"]
    cell["union"] = union.to_bytes(32, "little").hex()
    assert judged(changed)["host.esr.mask"].why.startswith(CELL[1])


def test_an_abort_without_any_end_breaks_never_silent(changed: Results) -> None:
    cell = changed[CELL[0]]["cells"][CELL[1]]
    for name in ("union", "record", "vcpu", "vmm", "kernel", "entry", "decision"):
        cell.pop(name)
    cell |= {"exit": "EINTR", "stock": {"exit": "EINTR", "late": True, "pc": "0x0"},
             "pending": {"serror_pending": "0x0", "serror_has_esr": "0x0", "serror_esr": "0x0"}}
    found = judged(changed)["host.never_silent"]
    assert found.verdict == BROKEN
    assert found.why.startswith(CELL[1])


def test_replies_of_a_kernel_with_the_extension_are_judged_by_each_rule(changed: Results) -> None:
    """The stock kernel refuses them all by one rule; with the extension each has its own."""
    result = changed["contract"] | {"extended": True}
    by_rule = {kept.rule: kept for kept in contract.replies(result)}
    assert {rule for rule in by_rule if rule.startswith("host.reply.")} >= {
        "host.reply.one_abort", "host.reply.kind", "host.reply.esr", "host.reply.far", "host.reply.reserved"}
    result["replies"]["both aborts"] = result["replies"]["both aborts"] | {"errno": ""}
    assert {kept.asked for kept in contract.replies(result) if kept.wrong and kept.rule == "host.reply.one_abort"} == {
        "both aborts"}
    assert {finding.rule for finding in contract.judged(result, {})} == {None}


@pytest.mark.parametrize("name", contract.ENABLINGS)
def test_enablings_turn_red(name: str) -> None:
    taken = name in ("as usual", "an older minor version", "a newer minor version")
    right, wrong = ("", contract.EINVAL) if taken else (contract.EINVAL, "")
    shown = {name: WRITTEN[name]} if name in WRITTEN else {}
    assert not any(kept.wrong for kept in contract.enablings({"enablings": {name: right}, "written": shown}))
    broken, *_ = contract.enablings({"enablings": {name: wrong}, "written": shown})
    assert broken.wrong


#: Of each way to enable another minor version than the newest, what the host must write.
WRITTEN = {"an older minor version": "1.0, 64 bytes", "a newer minor version": "1.1, 80 bytes"}


def test_a_record_of_a_version_that_was_not_enabled_breaks_its_rule() -> None:
    assert set(WRITTEN) == {name for name, one in contract.ENABLINGS.items() if one.shows}
    for name, right in WRITTEN.items():
        wrong = next(other for other in WRITTEN.values() if other != right)
        found = contract.enablings({"enablings": {name: ""}, "written": {name: wrong}})
        assert [(kept.rule, kept.wrong) for kept in found if kept.wrong] == [
            ("host.enabled.only", f"{wrong}, not {right}")]


def test_what_a_stock_kernel_cannot_know_is_only_the_extension() -> None:
    assert KVM_CAP_ARM_SEA_TO_USER
    assert contract.REPLIES["no address"] == contract.Asked(FaultReply(ext_dabt_pending=1))
    assert contract.REPLIES["no address"].kind == KIND_DATA_ABORT


@pytest.mark.parametrize(("register", "bit", "rule"), [
    ("esr_el1", 10, "host.reply.fnv"), ("far_el1", 5, "host.reply.fnv"), ("esr_el1", 28, "host.reply.entry"),
    ("esr_el1", 25, "host.reply.entry"), ("pc", 7, "host.reply.entry")])
def test_a_register_after_a_reply_breaks_the_rule_that_decides_those_bits(register: str, bit: int, rule: str) -> None:
    wanted = dict.fromkeys(("pc", "esr_el1", "far_el1", "spsr_el1"), 0)
    found = list(contract._entered("no address", wanted | {register: 1 << bit}, wanted))
    assert [kept.rule for kept in found if kept.wrong] == [rule]
    assert not any(kept.wrong for kept in contract._entered("no address", wanted, wanted))
