# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The reference VMM's own parts on a real kernel: signals, time limits, refusals, everything given back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

from abi.cper import build_status_block
from abi.record import build
from abi.trap import Trap
from reference_host.emit import emit
from reference_vmm.history import History
from reference_vmm.kvm.answer import answer, arm_sea
from reference_vmm.kvm.calls import KvmError
from reference_vmm.kvm.features import machine_of
from reference_vmm.kvm.run import Exit
from reference_vmm.kvm.vm import Vm
from tests.lab import guest
from tests.lab.cells import LEVELS, NOT_KEPT
from tests.lab.inside.channel import Inside
from tests.lab.inside.guest import EL1H, Access, Guest
from tests.lab.inside.relabel import Label, leave, relabel

#: A64 ``b .``
_LOOP: Final = (0x14000000).to_bytes(4, "little")
_LIMIT: Final = 0.3
#: A synchronous external abort, data, from EL0: ESR_EL2 as the hardware gives it.
_SEA: Final = 0x92000010
SEA: Final = "KVM_CAP_ARM_SEA_TO_USER"
#: vCPU features that make a target which is refused -> the capability that they need.
REFUSED: Final = {"KVM_ARM_VCPU_EL1_32BIT": "KVM_CAP_ARM_EL1_32BIT", "KVM_ARM_VCPU_HAS_EL2": "KVM_CAP_ARM_EL2"}


def signals(_inside: Inside) -> dict[str, Any]:
    """A poisoned page under the guest: SIGBUS with its siginfo; then a guest that never exits."""
    with Vm() as vm:
        tested = Guest(vm)
        tested.target.write(0, _LOOP)
        tested.target.poison(0)
        tested.start(Access("ldr", guest.VA_LOW + guest.TARGET_EL1 + 8, EL1H))
        exited = tested.vcpu.run()
        found: dict[str, Any] = {
            "reason": exited.reason, "late": exited.late, "bus": [list(bus) for bus in exited.bus],
            "address": tested.target.address,
        }
    with Vm() as vm:
        tested = Guest(vm)
        tested.target.write(0, _LOOP)
        tested.start(Access("fetch", guest.VA_LOW + guest.TARGET_EL1, EL1H))
        start = time.monotonic()
        exited = tested.vcpu.run(_LIMIT)
        return found | {"endless": [exited.reason, exited.late, round(time.monotonic() - start, 3)]}


def refusals(_inside: Inside) -> dict[str, Any]:
    """Targets that are refused by their rule, untouched."""
    record = emit(Trap(_SEA, guest.VA_LOW, 0)).record
    assert record is not None
    found: dict[str, Any] = {}
    for feature, capability in REFUSED.items():
        with Vm() as vm:
            if not vm.extension(capability):
                found[feature] = {"absent": f"{capability} is not there"}
                continue
            try:
                vcpu = vm.vcpu(feature)
            except KvmError as error:
                found[feature] = {"absent": str(error)}
                continue
            told = answer(vcpu, build(record), machine_of(vcpu)).injected
            found[feature] = {
                "action": told.decision.action, "rule": told.decision.rule, "untouched": told.before == told.after,
            }
    return found


def once(_inside: Inside) -> dict[str, Any]:
    """One abort reported twice, as by the exit and by its copy on a ring; then the same access again."""
    with Vm() as vm:
        if vm.extension(SEA):
            vm.enable(SEA)
        tested = Guest(vm)
        machine, history = machine_of(tested.vcpu), History()
        relabel(guest.GPA_TARGET, Label(NOT_KEPT, 0x10))
        try:
            exited = _to_access(tested)
            record = arm_sea(exited)
            if record is None:
                return {"exit": exited.reason}
            first = answer(tested.vcpu, record, machine, history)
            second = answer(tested.vcpu, record, machine, history)
            seen = tested.seen(tested.vcpu.run())
            history.ran(tested.vcpu.index)
            again = answer(tested.vcpu, arm_sea(_to_access(tested)) or b"", machine, history)
        finally:
            leave()
    decisions = [(told.injected.decision.action, told.injected.decision.rule) for told in (first, second, again)]
    return {
        "exit": exited.reason, "decisions": decisions, "untouched": second.injected.before == second.injected.after,
        "seen": seen, "block": build_status_block(first.block).hex() if first.block else None,
    }


def _to_access(tested: Guest) -> Exit:
    tested.start(Access("ldr", guest.VA_LOW + guest.TARGET_EL1 + 8, LEVELS["EL1h"]))
    return tested.vcpu.run()


def left_behind(_inside: Inside) -> dict[str, Any]:
    """Descriptors before and after twenty VMs."""
    before = _descriptors()
    for _ in range(20):
        with Vm() as vm:
            Guest(vm)
    return {"before": before, "after": _descriptors()}


def _descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())
