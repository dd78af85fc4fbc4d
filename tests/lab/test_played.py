# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The judges on a kernel with the capability, played: a right one holds, and each mutant breaks its own rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import pytest

from abi import negotiate
from abi.address import is_external_abort, kind_of
from abi.cli import DONE, NO
from abi.definition import (
    FAR_VALID,
    GPA_HPFAR,
    GPA_VALID,
    HPFAR_VALID,
    HVA_VALID,
    KIND_SERROR,
    NEWEST,
    RECORD,
    SEVERITY_VALID,
    SIZES,
    STAGE1_WALK,
    V1_0,
)
from abi.esr_fields import AET, EC_SHIFT, FNV, S1PTW
from abi.record import FaultInfo
from abi.reply import FaultReply
from abi.trap import BUS_MCEERR_AR, Emission, End, Signal, Trap
from abi.vcpu import Vcpu
from reference_host.emit import emit
from reference_vmm.kvm.memory import Memory
from reference_vmm.kvm.path import ARM_SEA
from reference_vmm.kvm.path import RECORD as FAULT_INFO
from tests.lab import cases, guest, verdicts
from tests.lab.case import Outcome
from tests.lab.cells import HARDWARE, TABLE
from tests.lab.command import answer
from tests.lab.compact import compacted, expanded, steady
from tests.lab.inside import beside, combinations, contract, equality, serror_exit
from tests.lab.inside import guest as inside_guest
from tests.lab.judging_exit import ISSES
from tests.lab.played import Lie, PlayedEmitter, PlayedVm, World
from tests.lab.rows import rows
from tests.lab.showing import tally
from tests.lab.verdicts import KEPT, Verdict

Results = dict[str, dict[str, Any]]
Run = Callable[[World], Results]
#: Verdicts on a kernel with the capability, and on one without.
Judged = tuple[tuple[Verdict, ...], tuple[Verdict, ...]]
NEW: Final = {FAULT_INFO: negotiate.version_word(NEWEST), ARM_SEA: 1}
OLD: Final = {ARM_SEA: 1}
#: Cases -> what runs inside; in the order in which they come after each other.
RUN: Final[Mapping[str, Callable[[Any], dict[str, Any]]]] = {
    "equality.hardware": equality.hardware, "equality.table": equality.table,
    "equality.architecture": equality.architecture, "contract": contract.asked,
    "live.beside": lambda inside: beside.records(inside, dict(ISSES)),
    "serror.exit": lambda inside: serror_exit.exits(inside, dict(ISSES)), "combinations": combinations.ages,
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Run the cases in a world."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "abort.bin").write_bytes(b"")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(inside_guest, "BUILT", folder)
        yield played(monkeypatch)


def played(monkeypatch: pytest.MonkeyPatch) -> Run:
    def play(world: World) -> Results:
        for module in (equality, contract, serror_exit, combinations, beside):
            monkeypatch.setattr(module, "Vm", lambda: PlayedVm(world))
        for module, name in ((equality, "relabel"), (equality, "leave"), (beside, "leave")):
            monkeypatch.setattr(module, name, getattr(world, name))
        monkeypatch.setattr(beside, "emitter", lambda: PlayedEmitter(world))
        monkeypatch.setattr(equality, "taken", lambda: world.taken)
        monkeypatch.setattr(equality, "count", lambda: world.count)
        monkeypatch.setattr(equality, "by_kernel", by_kernel)
        monkeypatch.setattr(serror_exit, "strike", world.strike)
        monkeypatch.setattr(Memory, "poison", lambda _self, offset: world.poison(offset))
        monkeypatch.setattr(Memory, "discard", lambda _self: world.discard())
        monkeypatch.setattr(Memory, "frame", lambda _self, _offset: 1)
        monkeypatch.setattr(Memory, "device", device)
        offered = [name for name in RUN if name != "live.beside" or FAULT_INFO in world.offers]
        return {name: RUN[name](world) for name in offered}

    return play


@pytest.fixture(scope="module")
def right(run: Run) -> Results:
    """Of a kernel with the capability."""
    return run(World(NEW))


@pytest.fixture(scope="module")
def old(run: Run) -> Results:
    """Of one with KVM_EXIT_ARM_SEA."""
    return run(World(OLD))


@pytest.fixture(scope="module")
def judged(right: Results, old: Results) -> Judged:
    """The verdicts on both, which take their time."""
    return verdicts.verdicts(right), verdicts.verdicts(old)


def device(_physical: int) -> Memory:
    made = Memory.anonymous(0x1000)
    made.is_device = True  # type: ignore[attr-defined]
    return made


def by_kernel(esr: int) -> dict[str, int]:
    """As the module takes a syndrome apart."""
    fields = {"EC": (26, 6), "IL": (25, 1), "SET": (11, 2), "FnV": (10, 1), "EA": (9, 1), "CM": (8, 1), "S1PTW": (7, 1),
              "WnR": (6, 1), "FSC": (0, 6)}
    return {name: esr >> lo & (1 << width) - 1 for name, (lo, width) in fields.items()}


def outcomes(results: Results) -> dict[str, Outcome]:
    found = {}
    for name, case in cases.collected().items():
        if name in results:
            others = {each: results[each] for each in case.after}
            found[name] = Outcome(case, results[name], case.judge(results[name], others),
                                  table=case.show(results[name], others))
    return found


def broken(results: Results) -> dict[str, Verdict]:
    return {one.rule: one for one in verdicts.failing(results, verdicts.verdicts(results))}


def unexplained(done: Mapping[str, Outcome]) -> list[str]:
    return [f"{name}: {one}" for name, outcome in done.items() for one in outcome.findings if not one.rule]


def rules_of(done: Mapping[str, Outcome]) -> set[str]:
    return {one.rule for outcome in done.values() for one in outcome.findings if one.rule}


def test_a_right_kernel_with_the_capability_holds_in_every_cell(right: Results, judged: Judged) -> None:
    results = right
    done = outcomes(results)
    assert unexplained(done) == []
    assert rules_of(done) == {"vmm.esr.rewrite", "host.esr.isolated"}
    walks = {one.field.removesuffix(": the exit union") for one in done["live.beside"].findings}
    assert walks == {name for name, cell in HARDWARE.items() if cell.isolated and cell.walk is not None}
    assert {one.rule for one in done["equality.hardware"].findings} == {"vmm.esr.rewrite"}
    assert verdicts.failing(results, judged[0]) == ()
    assert answer(done.values(), ()) == DONE
    counted = tally(rows(results["equality.hardware"], results))
    assert (counted.absent, counted.findings, sum(counted.untold.values()), counted.kernel_wrong) == (0, 0, 0, 0)
    for result in results.values():
        assert expanded(compacted(result)) == result


def test_more_rules_are_seen_on_it_than_on_a_stock_one(judged: Judged) -> None:
    new, old = ({one.rule for one in found if one.verdict == KEPT} for found in judged)
    assert new - old >= {
        "host.esr.isolated", "host.hpfar.valid", "host.hpfar.fipa", "host.gpa.low", "host.gpa.hpfar", "host.hva.valid",
        "host.lsb.address", "host.pa.valid", "host.severity.valid", "host.origin.kind", "host.action.possible",
        "host.action_required.kind", "host.stage1_walk.known", "host.invalid.zero", "host.enable.once",
        "host.enable.known", "host.reply.one_abort", "host.reply.kind", "host.reply.esr", "host.reply.far",
        "host.reply.fnv"}


def test_a_level_that_the_kernel_does_not_find_is_its_right(run: Run) -> None:
    results = run(World(NEW, walks=False))
    done = outcomes(results)
    assert unexplained(done) == []
    assert rules_of(done) == {"vmm.esr.rewrite", "host.esr.isolated"}
    assert broken(results) == {}


def test_the_new_vmm_works_on_an_old_kernel_as_today(run: Run, old: Results, judged: Judged) -> None:
    assert unexplained(outcomes(old)) == []
    assert verdicts.failing(old, judged[1]) == (), "it claims nothing"
    assert old["combinations"]["vmms"]["reference VMM"]["capability"] == ARM_SEA
    older = outcomes(run(World({})))
    assert unexplained(older) == []
    assert rules_of(older) == {"host.enabled.only"}


def of_records(change: Callable[[FaultInfo], FaultInfo], applies: Callable[[Trap], bool] = lambda _trap: True) -> Lie:
    """A kernel that writes another record of the traps to which it ``applies``."""

    def lied(trap: Trap, right: Emission) -> Emission:
        return right._replace(record=change(right.record)) if right.record and applies(trap) else right

    return Lie(emission=lied)


def is_abort(trap: Trap) -> bool:
    """An external abort, not the fault on an isolated page nor an SError."""
    return is_external_abort(trap.esr_el2) and kind_of(trap.esr_el2) != KIND_SERROR


def with_fnv(right: FaultInfo) -> FaultInfo:
    return right._replace(esr=right.esr & ~FNV)


def with_hpfar(right: FaultInfo) -> FaultInfo:
    return right._replace(flags=right.flags | HPFAR_VALID, hpfar=guest.GPA_TARGET >> 8, gpa=guest.GPA_TARGET,
                          sea_flags=GPA_VALID, gpa_origin=GPA_HPFAR)


def without_far(right: FaultInfo) -> FaultInfo:
    return right._replace(flags=right.flags & ~FAR_VALID, far=0, gpa=0, sea_flags=0, gpa_origin=0)


def with_low_bits(right: FaultInfo) -> FaultInfo:
    return right._replace(gpa=right.gpa | 0x140) if right.has(STAGE1_WALK) else right


def with_signal(_trap: Trap, right: Emission) -> Emission:
    return right._replace(signal=right.legacy) if right.record and right.legacy else right


def by_signal(trap: Trap, right: Emission) -> Emission:
    """The isolated page ends as without the capability."""
    if not trap.isolated or right.record is None:
        return right
    return Emission(None, None, End.SIGNAL, signal=Signal(BUS_MCEERR_AR, 0x1000, 12))


def every_serror(trap: Trap, right: Emission) -> Emission:
    """Corrected ones too are given to the VMM."""
    if right.end is not End.RESUMED:
        return right
    given = emit(trap._replace(esr_el2=trap.esr_el2 & ~AET, disr_el1=None))
    return given if given.record else emit(Trap(0xBE000811, 0, 0, memslots=trap.memslots))


def unfilled(data: bytes) -> bytes:
    """Something of before is left in reserved0."""
    return data[: RECORD.offsets["reserved0"]] + b"\x5a" + data[RECORD.offsets["reserved0"] + 1 :]


def without_fnv(reply: FaultReply, right: Vcpu) -> Vcpu:
    return right if reply.ext_abt_has_far or reply.serror_pending else right._replace(esr_el1=right.esr_el1 & ~FNV)


def as_data_abort(reply: FaultReply, right: Vcpu) -> Vcpu:
    return right._replace(esr_el1=right.esr_el1 | 4 << EC_SHIFT) if reply.ext_iabt_pending else right


#: What a kernel does wrong -> the rules that must be broken, and the lie. Others may be with them, as told.
MUTANTS: Final[Mapping[str, tuple[set[str], Lie]]] = {
    "FnV forgotten in the record": ({"host.far.fnv"}, of_records(with_fnv, is_abort)),
    "FnV forgotten at the injection": ({"host.reply.fnv", "vmm.far.source"}, Lie(entered=without_fnv)),
    "the mask leaves S1PTW": ({"host.esr.mask"}, Lie(emission=lambda trap, right: right._replace(
        record=right.record._replace(esr=right.record.esr | trap.esr_el2 & S1PTW)) if right.record else right)),
    "HPFAR_EL2 taken for an external abort": ({"host.hpfar.valid"}, of_records(with_hpfar, is_abort)),
    "low bits of the gpa on a walk": ({"host.gpa.low"}, of_records(with_low_bits)),
    "SIGBUS and record": ({"host.one_report"}, Lie(emission=with_signal)),
    "SIGBUS in place of the record": ({"host.never_silent"}, Lie(emission=by_signal)),
    "reserved not zeroed": ({"host.reserved.zero"}, Lie(union=unfilled)),
    "a version that was not enabled": ({"host.enabled.only"}, of_records(
        lambda right: right._replace(minor=V1_0.minor, size=SIZES[V1_0], hva=0, flags=right.flags & ~HVA_VALID))),
    "a reply for the other abort is taken": ({"host.reply.kind"}, Lie(kind=lambda _kind: 0)),
    "a fetch is shown as a data abort": ({"vmm.esr.rewrite"}, Lie(entered=as_data_abort)),
    "SET is said without its flag": ({"host.severity.valid"}, of_records(
        lambda right: right._replace(severity=0, flags=right.flags & ~SEVERITY_VALID), is_abort)),
    "the level of the walk is wrong": ({"host.esr.isolated"}, of_records(
        lambda right: right._replace(esr=right.esr ^ 1) if right.has(STAGE1_WALK) else right)),
    "the address is not said": ({"host.far.valid"}, of_records(without_far, is_abort)),
    "a corrected SError is given to the VMM": ({"host.serror.given"}, Lie(emission=every_serror)),
}


#: Enough for each of them.
FEW: Final = {
    "HARDWARE": (*TABLE, "ldr EL0 isolated", "str EL1h isolated", "fetch EL1h walk level 2", "ldr EL0 walk level 3",
                 "ldr EL0 walk level 3, isolated", "fetch EL1h walk level 0, isolated"),
    "ARCHITECTURE": ("ldr EL1h FnV", "fetch EL0 FnV", "str EL0 SET=UC", "str EL0 FnV, S1PTW", "ldr EL1t parity or ECC"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_each_mutant_breaks_its_rule_and_the_exit_code_says_so(
    run: Run, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for cells in ("HARDWARE", "ARCHITECTURE"):
        monkeypatch.setattr(equality, cells, {each: getattr(equality, cells)[each] for each in FEW[cells]})
    rules, lie = MUTANTS[name]
    found = broken(run(World(NEW, lie)))
    assert found.keys() >= rules, found.keys()
    assert all(one.why and one.broken for one in found.values())
    assert answer((), tuple(found.values())) == NO
    said = capsys.readouterr().err
    assert all(f"{rule} is broken by a kernel that claims to keep it: " in said for rule in rules)


def test_a_byte_that_is_not_the_emitters_is_told_with_its_cell(run: Run) -> None:
    """Also one that no rule is about: what lies behind the record."""
    results = run(World(NEW, Lie(union=lambda data: data + b"\1")))
    done = outcomes(results)
    said = done["live.beside"].findings
    told = [name for name, seen in results["live.beside"]["cells"].items() if "union" in seen]
    assert [one.field.removesuffix(": the exit union") for one in said] == told
    assert {one.rule for one in said} == {None}
    assert answer(done.values(), ()) == NO


def test_an_older_vmm_finds_a_new_kernel_as_it_was(run: Run, old: Results) -> None:
    """With ``--enable sea_to_user`` nothing of the capability is seen, and nothing of it is judged."""
    world = World(NEW)
    world.newest = ARM_SEA
    results = run(world)
    assert {name: result.get("capability") for name, result in results.items()}["equality.hardware"] == ARM_SEA
    for case in verdicts.CELLS:
        assert steady(compacted(results[case]))["cells"] == steady(compacted(old[case]))["cells"]
    assert broken(results) == {}
