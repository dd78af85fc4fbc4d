# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the VMM remembers: one answer to one report, and a bound on answering an access by interrupt."""

from __future__ import annotations

from itertools import cycle, islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abi.decode import Decoded
from abi.record import FaultInfo, new
from abi.vcpu import Decision, Machine, Vcpu
from reference_vmm.decide import decide
from reference_vmm.history import History
from reference_vmm.inject import apply
from tests.abi.broken_records import NOTICE, SERROR

SEA, IRQ = Machine(), Machine(notifications=("irq", "sea"))
AT = Vcpu(0x1000, 0x05, 0x8000, 0)


def access(far: int = 0x7000, kind: int = 1) -> FaultInfo:
    return new(kind=kind, origin=1, esr=0x92000010 if kind == 1 else 0x82000010, far=far, flags=1)


NO_FAR = access(0)._replace(esr=0x92000410, flags=0)


class Vmm:
    """A VMM with a memory: what it did, and what its vCPUs are."""

    def __init__(self, machine: Machine = SEA, remembered: int = 64) -> None:
        self.history = History(remembered)
        self.configured = machine

    def report(self, record: FaultInfo, vcpu: Vcpu, index: int = 0) -> tuple[Decision, Vcpu]:
        machine = self.history.machine(index, record, vcpu, self.configured)
        decision = decide(Decoded(record, ()), vcpu, machine)
        after = apply(decision, vcpu, machine)
        self.history.answered(index, record, vcpu, decision, after)
        return decision, after

    def actions(self, *reports: tuple[FaultInfo, Vcpu], index: int = 0) -> list[str]:
        """Each report with a run of the vCPU before it."""
        done: list[str] = []
        for record, vcpu in reports:
            self.history.ran(index)
            done.append(self.report(record, vcpu, index)[0].action)
        return done


@pytest.mark.parametrize("record", [access(), access(kind=2), NO_FAR], ids=["data", "fetch", "no far"])
@pytest.mark.parametrize("machine", [SEA, IRQ], ids=["sea", "irq"])
def test_the_copy_of_a_report_is_not_answered_again(record: FaultInfo, machine: Machine) -> None:
    """vmm.once: the exit is answered; its copy on the ring finds the vCPU as the answer left it"""
    vmm = Vmm(machine)
    first, after = vmm.report(record, AT)
    assert first.action == ("inject" if machine is SEA else "interrupt")
    for _ in range(3):
        again, still = vmm.report(record, after)
        assert (again.action, again.rule, still) == ("retry", "vmm.once", after)


def test_an_access_made_again_is_answered_again() -> None:
    """vmm.once is about reports: a guest that comes back to a lost page must not spin in silence"""
    assert Vmm().actions(*[(access(), AT)] * 5) == ["inject"] * 5


def test_an_access_that_comes_back_is_answered_by_interrupt_only_so_often() -> None:
    """vmm.notify: the bound"""
    assert Vmm(IRQ).actions(*[(access(), AT)] * 5) == ["interrupt"] * 3 + ["inject"] * 2
    assert Vmm(IRQ._replace(bound=0)).actions((access(), AT)) == ["inject"]


def test_the_copy_of_a_report_does_not_count_as_a_repeat() -> None:
    vmm = Vmm(IRQ)
    done = []
    for _ in range(4):
        vmm.history.ran(0)
        decision, after = vmm.report(access(), AT)
        done.append(decision.action)
        assert vmm.report(access(), after)[0].action == "retry"
    assert done == ["interrupt"] * 3 + ["inject"]


def test_threads_that_take_turns_on_one_vcpu_do_not_reset_each_others_bound() -> None:
    turns = [(access(far), AT._replace(pc=pc)) for far, pc in ((0x7000, 0x1000), (0x8000, 0x2000))]
    done = Vmm(IRQ).actions(*islice(cycle(turns), 10))
    assert done == ["interrupt"] * 6 + ["inject"] * 4


@pytest.mark.parametrize(
    ("record", "vcpu"),
    [(access(0x8000), AT), (access(), AT._replace(pc=0x1004)), (NO_FAR, AT)],
    ids=["address", "instruction", "no address"],
)
def test_another_access_is_not_a_repeat(record: FaultInfo, vcpu: Vcpu) -> None:
    vmm = Vmm(IRQ._replace(bound=1))
    assert vmm.actions((access(), AT), (access(0), AT), (record, vcpu)) == ["interrupt"] * 3


def test_another_report_before_the_vcpu_runs_is_answered() -> None:
    """Only the very report that was answered is the same one."""
    vmm = Vmm()
    _, after = vmm.report(access(), AT)
    assert vmm.report(access(0x9000), after)[0].action == "inject"


def test_vcpus_are_remembered_each_for_itself() -> None:
    vmm = Vmm(IRQ._replace(bound=1))
    assert [vmm.report(access(), AT, index)[0].action for index in (0, 1, 0, 1)] == ["interrupt"] * 2 + ["retry"] * 2
    vmm.history.ran(0)
    vmm.history.ran(7)  # a vCPU that never had a report
    assert [vmm.report(access(), AT, index)[0].action for index in (0, 1)] == ["inject", "retry"]


def test_a_reset_vcpu_begins_anew() -> None:
    vmm = Vmm(IRQ._replace(bound=1))
    vmm.report(access(), AT)
    vmm.history.forget(0)
    vmm.history.forget(0)
    assert vmm.report(access(), AT)[0].action == "interrupt"


def test_the_oldest_access_is_forgotten_first() -> None:
    def turn(n: int) -> tuple[FaultInfo, Vcpu]:
        return access(0x1000 * n), AT

    vmm = Vmm(IRQ._replace(bound=1), remembered=2)
    assert vmm.actions(turn(1), turn(2), turn(1), turn(3)) == ["interrupt", "interrupt", "inject", "interrupt"]
    assert vmm.actions(turn(1), turn(2)) == ["inject", "interrupt"]


@pytest.mark.parametrize("record", [SERROR, NOTICE], ids=["serror", "notice"])
def test_what_is_no_access_leaves_no_memory_and_finds_none(record: FaultInfo) -> None:
    record = record._replace(far=0, flags=0)
    vmm = Vmm(IRQ)
    vmm.report(NO_FAR, AT)
    machine = vmm.history.machine(0, record, AT, IRQ._replace(repeats=2, answered=True))
    assert machine == IRQ
    vmm.history.answered(1, record, AT, Decision("interrupt", "vmm.notify"), AT)
    assert vmm.history.machine(1, NO_FAR, AT, IRQ) == IRQ


def test_what_far_holds_without_its_flag_is_not_looked_at() -> None:
    vmm = Vmm()
    _, after = vmm.report(NO_FAR._replace(far=0x123), AT)
    assert vmm.report(NO_FAR, after)[0].action == "retry"


def test_a_report_that_was_not_answered_is_not_remembered() -> None:
    vmm = Vmm(SEA._replace(ras=False))
    assert [vmm.report(access(), AT)[0].action for _ in range(2)] == ["stop", "stop"]


steps = st.lists(st.tuples(st.sampled_from(("run", "report")), st.integers(0, 2), st.integers(0, 1)), max_size=25)


@settings(max_examples=200, deadline=None)
@given(steps, st.sampled_from((SEA, IRQ)))
def test_every_access_is_answered_once_for_each_time_it_is_made(
    script: list[tuple[str, int, int]], machine: Machine
) -> None:
    """vmm.once, vmm.notify: against a list of what was answered since each vCPU ran last"""
    vmm = Vmm(machine)
    open_: dict[int, tuple[int, Vcpu]] = {}
    answers: dict[tuple[int, int], int] = {}
    for what, where, index in script:
        if what == "run":
            vmm.history.ran(index)
            open_.pop(index, None)
            continue
        held = open_.get(index)
        copy = held is not None and held[0] == where
        # A vCPU that has not run stands where the last answer left it.
        stands = held[1] if held else AT._replace(pc=0x1000 + 4 * where)
        if held and not copy:
            continue  # a vCPU that does not run makes no other access
        decision, after = vmm.report(access(0x7000 + 8 * where), stands, index)
        if copy:
            assert decision.action == "retry"
            continue
        done = answers.get((index, where), 0)
        assert decision.action == ("interrupt" if machine is IRQ and done < 3 else "inject")
        answers[index, where] = done + 1
        open_[index] = where, after
