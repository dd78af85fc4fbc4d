# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Every cell on KVM: what the CPU shows the guest, what the reference VMM does, what the kernel does by itself."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from abi import pstate
from abi.errors import InputError
from abi.record import build
from abi.reply import FaultReply
from abi.trap import Isolated, Memslot
from abi.vcpu import Machine
from reference_host.emit import emit
from reference_vmm.decide import decide
from reference_vmm.kvm.answer import Decide, Source, answer, arm_sea
from reference_vmm.kvm.features import machine_of
from reference_vmm.kvm.inject import Injected
from reference_vmm.kvm.memory import PAGE, Memory
from reference_vmm.kvm.run import Exit
from reference_vmm.kvm.vm import Vm
from tests.lab import guest
from tests.lab.cells import ARCHITECTURE, HARDWARE, NOT_KEPT, TABLE, Cell
from tests.lab.inside.channel import Inside
from tests.lab.inside.guest import Access, Guest
from tests.lab.inside.patched import patched
from tests.lab.inside.relabel import Label, by_kernel, leave, load, relabel, taken
from tests.lab.inside.wrong import decided

#: A guest that has not come to its handler by then never will.
SECONDS: Final = 3.0
SEA: Final = "KVM_CAP_ARM_SEA_TO_USER"


def warm() -> None:
    """Imports are done by now."""


def warm_with_module() -> None:
    """The module is to be in, too."""
    load()


class How(NamedTuple):
    """Where the record comes from, and who decides."""

    source: Source = arm_sea
    by: Decide = decide


def how(source: str, wrong: str) -> How:
    """``source``: ``module:function`` of another source, "" the import; ``wrong``: the mistake to make."""
    module, _, function = source.partition(":")
    return How(getattr(importlib.import_module(module), function) if source else arm_sea, decided(wrong))


def hardware(inside: Inside, source: str = "", wrong: str = "") -> dict[str, Any]:
    """The cells that the emulated CPU can do too."""
    cells = {name: {"device": seen} for name, seen in _by_device(HARDWARE.values())}
    for name, seen in _by_hardware(inside, HARDWARE.values()):
        cells.setdefault(name, {})["hardware"] = seen
    with Vm() as vm:
        told = _told(vm)
        tested = Guest(vm)
        machine = machine_of(tested.vcpu)
        for cell in HARDWARE.values():
            cells[cell.name] |= _relabelled(tested, cell, machine, how(source, wrong))
    return {"exit_offered": told, "features": sorted(machine.features), "cells": cells}


def architecture(_inside: Inside, source: str = "", wrong: str = "") -> dict[str, Any]:
    """The cells that it cannot, with the syndrome as the kernel's own header takes it apart."""
    cells = {}
    with Vm() as vm:
        told = _told(vm)
        tested = Guest(vm)
        machine = machine_of(tested.vcpu)
        for cell in ARCHITECTURE.values():
            found = _relabelled(tested, cell, machine, how(source, wrong))
            for run in ("vmm", "kernel"):
                if "esr_el1" in found.get(run, {}):
                    found[run]["by_kernel_header"] = by_kernel(int(found[run]["esr_el1"], 16))
            cells[cell.name] = found
    return {"exit_offered": told, "features": sorted(machine.features), "cells": cells}


def table(inside: Inside) -> dict[str, Any]:
    """No module: the CPU itself takes the abort to EL2, on the walk of the stage-2 tables."""
    cells = {}
    with Vm() as vm:
        told = _told(vm)
        tested = Guest(vm)
        machine = machine_of(tested.vcpu)
        with patched(inside, tested, "table"):
            for name in TABLE:
                cells[name] = _both(tested, HARDWARE[name], machine, How())
    return {"exit_offered": told, "features": sorted(machine.features), "cells": cells}


def _told(vm: Vm) -> bool:
    """Whether this kernel tells the VMM of an abort; switched on."""
    offered = bool(vm.extension(SEA))
    if offered:
        vm.enable(SEA)
    return offered


def _by_device(cells: Iterable[Cell]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the guest sees where its page is a piece of the board with nothing in it."""
    with Vm() as vm:
        tested = Guest(vm, Memory.device(guest.NOTHING))
        for cell in cells:
            if cell.device:
                yield cell.name, _alone(tested, cell)


def _by_hardware(inside: Inside, cells: Iterable[Cell]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the guest sees where its page is Normal memory at an address with nothing."""
    with Vm() as vm:
        tested = Guest(vm)
        with patched(inside, tested, "leaf"):
            for cell in cells:
                yield cell.name, _alone(tested, cell)


def _alone(tested: Guest, cell: Cell) -> dict[str, Any]:
    if not tested.can(cell.needs):
        return {}
    tested.start(_access(cell))
    return tested.seen(tested.vcpu.run(SECONDS))


def _relabelled(tested: Guest, cell: Cell, machine: Machine, done: How) -> dict[str, Any]:
    """The cell with the trap that it asks for."""
    if not tested.can(cell.needs):
        return {"absent": f"this CPU has no {cell.needs}"}
    tested.target.discard()  # no stage-2 mapping: the access faults
    relabel(guest.GPA_TARGET, Label(NOT_KEPT, cell.bits, cell.far))
    try:
        return _both(tested, cell, machine, done)
    finally:
        leave()


def _both(tested: Guest, cell: Cell, machine: Machine, done: How) -> dict[str, Any]:
    """The access twice: answered by the reference VMM, and by the kernel's own injection alone."""
    exited = _to_exit(tested, cell)
    if exited.reason != "KVM_EXIT_ARM_SEA":
        return {"exit": exited.reason, "stock": tested.seen(exited)}
    if cell.ease:
        machine = machine._replace(features=machine.features | {"FEAT_DoubleFault2"})
    found: dict[str, Any] = {"exit": exited.reason}
    record = _record(tested, cell, exited, done.source)
    found["record"] = record.hex()
    try:
        told = answer(tested.vcpu, record, machine, by=done.by)
    except InputError as error:
        found["refused"] = {"rule": error.code, "why": str(error)}
    else:
        found["decision"] = {"action": told.injected.decision.action, "rule": told.injected.decision.rule}
        found["entry"] = entry_differs(told.injected)
        found["vmm"] = tested.seen(tested.vcpu.run(SECONDS))
    if _to_exit(tested, cell).reason == "KVM_EXIT_ARM_SEA":
        tested.vcpu.set_events(FaultReply(ext_dabt_pending=1))
        found["kernel"] = tested.seen(tested.vcpu.run(SECONDS))
    return found


def _to_exit(tested: Guest, cell: Cell) -> Exit:
    tested.start(_access(cell))
    exited = tested.vcpu.run(SECONDS)
    if cell.ease and exited.reason == "KVM_EXIT_ARM_SEA":
        tested.vcpu.set("sctlr2_el1", pstate.SCTLR2_EASE)
    return exited


def _record(tested: Guest, cell: Cell, exited: Exit, source: Source) -> bytes:
    """By the source, or, for a page isolated before, by the reference host from the trap as it was taken."""
    if cell.isolated is None:
        record = source(exited)
        if record is None:
            raise RuntimeError(f"{cell.name}: no record of {exited.reason}")
        return record
    slot = Memslot(guest.GPA_TARGET, PAGE, tested.target.address, 0)
    emission = emit(taken()._replace(
        isolated=(Isolated(guest.GPA_TARGET, 12),), memslots=(slot,), walk_level=cell.isolated))
    if emission.record is None:
        raise RuntimeError(f"{cell.name}: no record: {emission.rule}")
    return build(emission.record)


def entry_differs(injected: Injected) -> dict[str, list[str]]:
    """Where the vCPU is not as the reference VMM's own entry would leave it: [expected, found]."""
    pairs = zip(injected.expected._asdict().items(), injected.after, strict=True)
    return {name: [hex(expected), hex(found)] for (name, expected), found in pairs if expected != found}


def _access(cell: Cell) -> Access:
    return Access(cell.access, cell.address, cell.state, cell.sctlr_flipped, cell.ttbr0_el1, cell.tcr_el1)
