# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Virtual SErrors of every severity: given to the kernel as they are, and by the reference VMM for a record."""

from __future__ import annotations

from typing import Any, Final

from abi import pstate
from abi.errors import InputError
from abi.esr_fields import AET_SHIFT, DFSC_ASYNC, EC_SERROR, EC_SHIFT, IDS, IL
from abi.record import build
from abi.reply import FaultReply
from abi.trap import Trap
from reference_host.emit import emit
from reference_vmm.kvm.answer import answer
from reference_vmm.kvm.calls import KvmError
from reference_vmm.kvm.features import machine_of
from reference_vmm.kvm.vm import Vm
from tests.lab import guest
from tests.lab.cells import AETS, LEVELS, SERRORS, SErrorCell
from tests.lab.inside.channel import Inside
from tests.lab.inside.guest import Access, Guest

SECONDS: Final = 1.0
#: SCTLR_EL1.UMA: EL0 may unmask, too. It is 0 after a reset.
_UMA: Final = 1 << 9


def severities(_inside: Inside) -> dict[str, Any]:
    """Every cell; one virtual machine."""
    with Vm() as vm:
        tested = Guest(vm)
        machine = machine_of(tested.vcpu)
        cells = {name: _given(tested, cell) for name, cell in SERRORS.items()}
        decided = {name: _decided(tested, aet) for name, aet in AETS.items()}
        decided["no syndrome"] = _decided(tested, None)
        return {"features": sorted(machine.features), "cells": cells, "decided": decided}


def _given(tested: Guest, cell: SErrorCell) -> dict[str, Any]:
    """KVM_SET_VCPU_EVENTS as it is: the kernel enters at once, or the CPU when the guest unmasks."""
    if not _ready(tested, cell.level, masked=cell.masked):
        return {"unready": True}
    reply = FaultReply(serror_pending=1)
    if cell.iss is not None:
        reply = reply._replace(serror_has_esr=1, serror_esr=cell.iss)
    try:
        tested.vcpu.set_events(reply)
    except KvmError as error:
        tested.seen(tested.vcpu.run(SECONDS))
        return {"refused": error.got}
    pending = tested.vcpu.events().serror_pending
    return {"pending": pending, "seen": tested.seen(tested.vcpu.run(SECONDS))}


def _decided(tested: Guest, aet: int | None) -> dict[str, Any]:
    """What the reference VMM makes of the record of such an SError; the guest runs EL1h, SErrors unmasked."""
    iss = IDS if aet is None else aet << AET_SHIFT | DFSC_ASYNC
    emission = emit(Trap(EC_SERROR << EC_SHIFT | IL | iss, 0, 0))
    if emission.record is None:
        return {"record": None, "rule": emission.rule, "end": emission.end.value}
    if not _ready(tested, "EL1h", masked=False):
        return {"unready": True}
    found: dict[str, Any] = {"record": build(emission.record).hex()}
    try:
        told = answer(tested.vcpu, build(emission.record), machine_of(tested.vcpu))
    except InputError as error:
        found["refused"] = {"rule": error.code, "why": str(error)}
    else:
        found["decision"] = {"action": told.injected.decision.action, "rule": told.injected.decision.rule}
    return found | {"seen": tested.seen(tested.vcpu.run(SECONDS))}


def _ready(tested: Guest, level: str, *, masked: bool) -> bool:
    """Run the guest up to its wait, the store completed: it stands at the instruction after."""
    state = LEVELS[level] | (pstate.A if masked else 0)
    flipped = _UMA if masked and level == "EL0" else 0
    tested.start(Access("serror_unmasked" if masked else "serror_open", guest.VA_READY, state, flipped))
    ready = tested.ready(tested.vcpu.run(SECONDS))
    tested.vcpu.settle()
    return ready
