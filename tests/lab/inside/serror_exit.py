# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""SErrors of a running guest: the exit of a kernel that has one, its answer, and what comes without an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from abi.esr_fields import EC_SERROR, EC_SHIFT, IL
from reference_host.trap import DISR_A
from reference_vmm.kvm.run import Exit
from reference_vmm.kvm.vm import Vm
from tests.lab import guest
from tests.lab.cells import LEVELS
from tests.lab.inside.channel import Inside
from tests.lab.inside.equality import SECONDS, Setting, answered, setting, untold
from tests.lab.inside.guest import Access
from tests.lab.inside.modules import BUILT, insert

ADDRESS: Final = guest.VA_LOW + guest.TARGET_EL1 + 0x128
_MODULE: Final = BUILT / "serror.ko"
_PARAMETERS: Final = Path("/sys/module/serror/parameters")


def load() -> None:
    """Insert the module that turns a stage-2 fault into an SError; it touches nothing yet."""
    insert(_MODULE)


def exits(inside: Inside, syndromes: dict[str, int]) -> dict[str, Any]:
    """Each ISS, at the exception vector of EL2 and deferred to DISR_EL1; the guest does not mask them."""
    cells = {}
    with Vm() as vm:
        here = setting(vm, inside)
        for name, iss in syndromes.items():
            cells[name] = _struck(here, iss)
            cells[f"{name}, deferred"] = _struck(here, iss, deferred=True)
        return here.result(cells)


def _struck(here: Setting, iss: int, *, deferred: bool = False) -> dict[str, Any]:
    """``vmm``: what the guest reads after the answer; ``unanswered``: where KVM_RUN follows without one."""
    trap = {"esr_el2": hex(EC_SERROR << EC_SHIFT | IL | iss), "far_el2": hex(ADDRESS), "hpfar_el2": "0x0"}
    if deferred:
        trap["disr_el1"] = hex(DISR_A | iss)
    exited = to_serror(here, iss, deferred=deferred)
    record = here.path.source(exited)
    if record is None:
        return {"trap": trap} | untold(here.tested, exited)
    found = {"trap": trap} | answered(here, exited, record)
    if here.path.source(to_serror(here, iss, deferred=deferred)) is not None:
        found["unanswered"] = here.tested.seen(here.tested.vcpu.run(SECONDS))
    return found


def to_serror(here: Setting, iss: int, *, deferred: bool) -> Exit:
    """Make the access that becomes an SError."""
    here.tested.target.discard()
    here.tested.start(Access("ldr", ADDRESS, LEVELS["EL1h"]))
    strike(iss, deferred=deferred)
    return here.tested.vcpu.run(SECONDS)


def strike(iss: int, *, deferred: bool) -> None:
    """The next stage-2 fault on the target page is an SError with this ISS."""
    for name, value in (("iss", iss), ("deferred", int(deferred)), ("gpa", guest.GPA_TARGET)):
        (_PARAMETERS / name).write_text(str(value), encoding="ascii")
