# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The whole way from an exit to the guest: parse -> decide -> inject -> report.

Where the record comes from is a source: the exit itself (:func:`arm_sea`), or an emitter beside the
kernel. The steps are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from abi.cper import StatusBlock
from abi.decode import Decoded
from abi.record import NotUnderstood, build
from abi.vcpu import Decision, Machine, Vcpu
from reference_vmm.decide import decide
from reference_vmm.history import History
from reference_vmm.kvm.inject import Injected, inject
from reference_vmm.kvm.run import Exit
from reference_vmm.kvm.vcpu import KvmVcpu
from reference_vmm.parse import Unreadable, import_arm_sea, parse
from reference_vmm.report import UNTOLD, report

#: The record of an exit, as bytes; None where there is none.
Source = Callable[[Exit], bytes | None]
Decide = Callable[[Decoded | NotUnderstood | Unreadable, Vcpu, Machine], Decision]


class Answered(NamedTuple):
    """What was read, what was done, and the CPER for the guest's error source (None: nothing to tell)."""

    parsed: Decoded | NotUnderstood | Unreadable
    injected: Injected
    block: StatusBlock | None


def arm_sea(exited: Exit) -> bytes | None:
    """The source that every kernel with KVM_CAP_ARM_SEA_TO_USER has: the import of its exit."""
    return build(import_arm_sea(exited.page)) if exited.reason == "KVM_EXIT_ARM_SEA" else None


def answer(
    vcpu: KvmVcpu, record: bytes, machine: Machine, history: History | None = None, by: Decide = decide,
    *, extended: bool = False,
) -> Answered:
    """Answer one record for the vCPU that it is about.

    ``by`` is who decides. ``extended``: this kernel takes the whole reply, and more bytes may follow on ``record``.
    Raises InputError as ``inject`` does.
    """
    parsed = parse(record, exact=not extended)
    before = vcpu.state()
    if isinstance(parsed, Decoded) and history is not None:
        machine = history.machine(vcpu.index, parsed.record, before, machine)
    decision = by(parsed, before, machine)
    if not isinstance(parsed, Decoded):
        return Answered(parsed, Injected(decision, before, before, before, before), None)
    injected = inject(vcpu, decision, parsed.record, machine, extended=extended)
    if history is not None:
        history.answered(vcpu.index, parsed.record, before, decision, injected.after)
    told = decision.action not in UNTOLD
    return Answered(parsed, injected, report(parsed.record, firmware_va=machine.firmware_va) if told else None)
