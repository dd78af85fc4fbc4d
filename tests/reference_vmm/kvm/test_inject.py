# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a kernel may do with KVM_SET_VCPU_EVENTS, and what the VMM says of it.

The vCPU is played: of real kernels the lab's cases show what they do, and none makes every mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from abi.definition import ACTION_REQUIRED, FAR_VALID, KIND_DATA_ABORT, KIND_SERROR, ORIGIN_TRAP
from abi.errors import InputError
from abi.record import FaultInfo, new
from abi.reply import FaultReply
from abi.vcpu import Decision, Machine, Vcpu
from reference_vmm.inject import apply
from reference_vmm.kvm.calls import KvmError
from reference_vmm.kvm.inject import Injected, inject
from reference_vmm.kvm.vcpu import KvmVcpu

BEFORE = Vcpu(pc=0x1000, pstate=0x3C5 & ~0x100, vbar_el1=0x8000, sctlr_el1=0x30D00800, esr_el1=1, far_el1=2)
ABORT = Decision("inject", "vmm.notify", esr_el1=0x96000050, far_el1=0xABC, has_far=True)
SERROR = Decision("pend", "vmm.notify", serror_esr=0xC11)
RECORDS = {
    "inject": new(kind=KIND_DATA_ABORT, esr=0x92000050, far=0xABC, flags=FAR_VALID | ACTION_REQUIRED,
                  origin=ORIGIN_TRAP),
    "pend": new(kind=KIND_SERROR, esr=0xBE000C11, origin=ORIGIN_TRAP),
}
ENTERED = apply(ABORT, BEFORE, Machine())
TAKEN = apply(SERROR, BEFORE, Machine())


class Played:
    """A vCPU whose kernel answers KVM_SET_VCPU_EVENTS as ``does``."""

    def __init__(self, does: Callable[[Vcpu], Vcpu], *, pending: int = 0, refuses: int = 0) -> None:
        self.now = BEFORE
        self._does, self._pending, self._refuses = does, pending, refuses

    def state(self) -> Vcpu:
        return self.now

    def set(self, name: str, value: int) -> None:
        changed: dict[str, Any] = {name: value}
        self.now = self.now._replace(**changed)

    def set_events(self, events: FaultReply) -> None:
        if self._refuses:
            raise KvmError("KVM_SET_VCPU_EVENTS", self._refuses)
        assert events.ext_iabt_pending == events.ext_abt_has_esr == events.ext_abt_has_far == 0
        self.now = self._does(self.now)

    def events(self) -> FaultReply:
        return FaultReply(serror_pending=self._pending)


def done(decision: Decision, played: Played) -> Injected:
    record: FaultInfo = RECORDS[decision.action]
    return inject(cast("KvmVcpu", played), decision, record, Machine())


def test_what_the_kernel_enters_the_vmm_corrects() -> None:
    wrong = ENTERED._replace(esr_el1=0x96000010, far_el1=0xDEAD)
    injected = done(ABORT, Played(lambda _vcpu: wrong))
    assert injected.kernel == wrong
    assert injected.after == injected.expected == ENTERED


def test_an_abort_that_was_not_injected_is_an_error() -> None:
    with pytest.raises(InputError, match=r"vmm\.sea\.vector: pc: .*injected nothing"):
        done(ABORT, Played(lambda vcpu: vcpu))


@pytest.mark.parametrize(("changed", "rule"), [
    ({"pc": ENTERED.pc + 0x180}, "vmm.sea.vector"), ({"elr_el1": 0x1004}, "vmm.entry.state"),
    ({"spsr_el1": 0}, "vmm.entry.state"),
])
def test_an_entry_that_is_not_the_architecture_s_is_an_error(changed: dict[str, Any], rule: str) -> None:
    with pytest.raises(InputError, match="not as the architecture does") as told:
        done(ABORT, Played(lambda _vcpu: ENTERED._replace(**changed)))
    assert told.value.code == rule


@pytest.mark.parametrize("decision", [ABORT, SERROR])
def test_a_kernel_that_refuses_is_told_of(decision: Decision) -> None:
    with pytest.raises(InputError, match=r"vmm\.notify: kvm_vcpu_events: .*EINVAL"):
        done(decision, Played(lambda vcpu: vcpu, refuses=22))


def test_an_serror_is_entered_or_waits() -> None:
    assert done(SERROR, Played(lambda _vcpu: TAKEN)).after == TAKEN
    assert done(SERROR, Played(lambda vcpu: vcpu, pending=1)).after == BEFORE


def test_an_serror_that_is_nowhere_is_an_error() -> None:
    with pytest.raises(InputError, match=r"vmm\.notify: serror_pending: .*injected nothing"):
        done(SERROR, Played(lambda vcpu: vcpu))


@pytest.mark.parametrize("action", ["log", "retry", "stop", "interrupt"])
def test_other_decisions_leave_the_vcpu_alone(action: Any) -> None:
    played = Played(lambda _vcpu: TAKEN)
    injected = inject(cast("KvmVcpu", played), Decision(action, "vmm.notify"), RECORDS["inject"], Machine())
    assert injected.after == injected.kernel == BEFORE == played.now
