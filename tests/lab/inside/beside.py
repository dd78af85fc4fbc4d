# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The record that the kernel writes, and the live emitter's of the same trap."""

from __future__ import annotations

import os
from typing import Any

from abi.definition import NEWEST
from reference_host.live.emitter import Emitter
from reference_host.live.emitter import Vm as Enabled
from reference_vmm.kvm.numbers import UNION
from reference_vmm.kvm.run import Exit
from reference_vmm.kvm.vm import Vm
from tests.lab.cells import ARCHITECTURE, HARDWARE, Cell
from tests.lab.inside.channel import Inside
from tests.lab.inside.equality import Setting, answered, prepared, setting, to_exit, untold
from tests.lab.inside.live import emitter
from tests.lab.inside.relabel import leave
from tests.lab.inside.serror_exit import to_serror

__all__ = ["records"]


def records(inside: Inside, syndromes: dict[str, int]) -> dict[str, Any]:
    """Every cell of the tables and every SError once: the exit's union, and what the emitter has made."""
    found = emitter()
    with Vm() as vm:
        here = setting(vm, inside)
        ras = "FEAT_RAS" in here.machine.features
        found.enable(os.getpid(), Enabled(
            here.tested.slots, ras, ras, version=here.path.version or NEWEST, kinds=here.path.kinds))
        cells = {name: _abort(here, found, cell) for name, cell in (HARDWARE | ARCHITECTURE).items()
                 if here.tested.can(cell.needs)}
        for name, iss in syndromes.items():
            for late in (False, True):
                exited = to_serror(here, iss, deferred=late)
                cells[f"SError {name}{', deferred' * late}"] = _seen(here, found, exited)
        found.disable(os.getpid())
        return here.result(cells)


def _abort(here: Setting, found: Emitter, cell: Cell) -> dict[str, Any]:
    prepared(here, cell)
    try:
        return _seen(here, found, to_exit(here.tested, cell))
    finally:
        leave()


def _seen(here: Setting, found: Emitter, exited: Exit) -> dict[str, Any]:
    """The records at that exit, which is then answered."""
    emitted = [one.slot.record.hex() for one in found.poll()]
    record = here.path.source(exited)
    if record is None:
        return {"emitted": emitted} | untold(here.tested, exited)
    answered(here, exited, record)
    return {"emitted": emitted, "exit": exited.reason, "union": exited.page[UNION:].hex()}
