# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""VMMs of three ages on the kernel under test: they enable nothing, arm_sea, the capability of the record."""

from __future__ import annotations

from typing import Any, Final

from abi.reply import FaultReply
from reference_vmm.kvm.features import machine_of
from reference_vmm.kvm.numbers import UNION
from reference_vmm.kvm.path import ARM_SEA, RECORD, enabled
from reference_vmm.kvm.vm import Vm
from tests.lab.cells import HARDWARE
from tests.lab.combinations import ISOLATED, VMMS
from tests.lab.inside.channel import Inside
from tests.lab.inside.equality import SECONDS, Setting, answered, to_exit, untold
from tests.lab.inside.guest import Guest
from tests.lab.inside.patched import patched

__all__ = ["ages"]
_BARE: Final = FaultReply(ext_dabt_pending=1)


def ages(inside: Inside) -> dict[str, Any]:
    """Each VMM: the accesses through a table that leads nowhere, then one to an isolated page."""
    with Vm() as vm:
        offered = {name: vm.extension(name) for name in (RECORD, ARM_SEA)}
    return {"offered": offered, "vmms": {vmm: _vmm(inside, *cells) for vmm, cells in VMMS.items()}}


def _vmm(inside: Inside, newest: str, accesses: tuple[str, ...]) -> dict[str, Any]:
    with Vm() as vm:
        path = enabled(vm, newest)
        tested = Guest(vm)
        here = Setting(tested, machine_of(tested.vcpu), path)
        with patched(inside, tested, "table"):
            cells = {name: _access(here, name, newest) for name in accesses}
        tested.target.poison(0)
        cells[ISOLATED] = _access(here, accesses[0], newest)
        return here.result(cells)


def _access(here: Setting, name: str, newest: str) -> dict[str, Any]:
    exited = to_exit(here.tested, HARDWARE[name])
    record = here.path.source(exited)
    if record is None:
        return untold(here.tested, exited)
    if newest == RECORD:
        return answered(here, exited, record)
    here.tested.vcpu.set_events(_BARE)  # all that such a VMM can say
    return {"exit": exited.reason, "union": exited.page[UNION:].rstrip(b"\0").hex(),
            "vmm": here.tested.seen(here.tested.vcpu.run(SECONDS))}
