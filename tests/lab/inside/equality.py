# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Every cell on KVM: what the CPU shows the guest, what the reference VMM does, what the kernel does by itself."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from abi import pstate
from abi.errors import InputError
from abi.esr_fields import IL
from abi.record import build
from abi.reply import FaultReply
from abi.trap import Isolated, Memslot
from abi.vcpu import Machine
from reference_host.emit import emit
from reference_vmm.decide import decide
from reference_vmm.kvm.answer import Decide, Source, answer
from reference_vmm.kvm.features import machine_of
from reference_vmm.kvm.inject import Injected
from reference_vmm.kvm.memory import PAGE, Memory
from reference_vmm.kvm.numbers import UNION
from reference_vmm.kvm.path import Path, enabled
from reference_vmm.kvm.run import Exit
from reference_vmm.kvm.vm import Vm
from tests.lab import guest
from tests.lab.cells import ARCHITECTURE, HARDWARE, NOT_KEPT, TABLE, Cell
from tests.lab.inside.channel import Inside
from tests.lab.inside.guest import Access, Guest
from tests.lab.inside.patched import patched
from tests.lab.inside.relabel import Label, by_kernel, count, leave, load, relabel, taken
from tests.lab.inside.wrong import decided, written

#: A guest that has not come to its handler by then never will.
SECONDS: Final = 3.0
#: What an isolated page's record is to a kernel that makes its own: it must have isolated the page itself.
NOT_ISOLATED: Final = "this kernel makes its own record, and of a page that it has not isolated none"


class Setting(NamedTuple):
    """A guest to make accesses in, what its VMM is, where records come from, and who decides."""

    tested: Guest
    machine: Machine
    path: Path
    source: Source
    by: Decide = decide
    wrong: str = ""

    def result(self, cells: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """What a case tells."""
        slots = [[hex(slot.gpa), hex(slot.size), hex(slot.hva)] for slot in self.tested.slots]
        version = str(self.path.version) if self.path.version else None
        return {"capability": self.path.capability, "version": version, "memslots": slots,
                "features": sorted(self.machine.features), "cells": cells}


def setting(vm: Vm, source: str = "", wrong: str = "") -> Setting:
    """The guest on that VM.

    ``source``: ``module:function`` of another source than the kernel's own; ``wrong``: a mistake that the VMM makes.
    """
    path = enabled(vm)
    tested = Guest(vm)
    module, _, function = source.partition(":")
    other = getattr(importlib.import_module(module), function) if source else path.source
    return Setting(tested, machine_of(tested.vcpu), path, other, decided(wrong), wrong)


def warm() -> None:
    """Imports are done by now."""


def warm_with_module() -> None:
    """The module is to be in, too."""
    load()


def hardware(inside: Inside, source: str = "", wrong: str = "") -> dict[str, Any]:
    """The cells that the emulated CPU can do too."""
    cells = {name: {"device": seen} for name, seen in _by_device(HARDWARE.values())}
    for name, seen in _by_hardware(inside, HARDWARE.values()):
        cells.setdefault(name, {})["hardware"] = seen
    with Vm() as vm:
        here = setting(vm, source, wrong)
        for cell in HARDWARE.values():
            cells[cell.name] |= _relabelled(here, cell)
        return here.result(cells)


def architecture(_inside: Inside, source: str = "", wrong: str = "") -> dict[str, Any]:
    """The cells that it cannot, with the syndrome as the kernel's own header takes it apart."""
    cells = {}
    with Vm() as vm:
        here = setting(vm, source, wrong)
        for cell in ARCHITECTURE.values():
            found = _relabelled(here, cell)
            for run in ("vmm", "kernel"):
                if "esr_el1" in found.get(run, {}):
                    found[run]["by_kernel_header"] = by_kernel(int(found[run]["esr_el1"], 16))
            cells[cell.name] = found
        return here.result(cells)


def table(inside: Inside) -> dict[str, Any]:
    """No module: the CPU itself takes the abort to EL2, on the walk of the stage-2 tables."""
    cells = {name: {"hardware": seen} for name, seen in _by_hardware(inside, (HARDWARE[name] for name in TABLE))}
    with Vm() as vm:
        here = setting(vm)
        with patched(inside, here.tested, "table"):
            return here.result({name: seen | _both(here, HARDWARE[name]) for name, seen in cells.items()})


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


def _relabelled(here: Setting, cell: Cell) -> dict[str, Any]:
    """The cell with the trap that it asks for; ``trap``: as KVM is shown it, where the kernel came so far."""
    if not here.tested.can(cell.needs):
        return {"absent": f"this CPU has no {cell.needs}"}
    if cell.isolated is not None and here.path.extended:
        return {"absent": NOT_ISOLATED}
    here.tested.target.discard()  # no stage-2 mapping: the access faults
    label = Label(NOT_KEPT, cell.bits | IL, cell.far)  # IL is 0 for some loads of T32, but of no external abort
    relabel(guest.GPA_TARGET, label)
    before = count()
    try:
        found = _both(here, cell)
        if count() == before:
            return found
        return {"trap": _hex(label.shown(taken())._asdict(), "esr_el2", "far_el2", "hpfar_el2")} | found
    finally:
        leave()


def _both(here: Setting, cell: Cell) -> dict[str, Any]:
    """The access twice: answered by the reference VMM, and by the kernel's own injection alone."""
    tested, machine = here.tested, here.machine
    exited = to_exit(tested, cell)
    if here.path.source(exited) is None:
        pending = tested.vcpu.events()
        return {"exit": exited.reason, "stock": tested.seen(exited), "pending": _hex(
            pending._asdict(), "serror_pending", "serror_has_esr", "serror_esr")}
    if cell.ease:
        machine = machine._replace(features=machine.features | {"FEAT_DoubleFault2"})
    found: dict[str, Any] = {"exit": exited.reason, "union": exited.page[UNION:].rstrip(b"\0").hex()}
    record = _record(here, cell, exited)
    found["record"] = record.rstrip(b"\0").hex() if here.path.extended else record.hex()
    try:
        told = answer(tested.vcpu, record, machine, by=here.by, extended=here.path.extended)
    except InputError as error:
        found["refused"] = {"rule": error.code, "why": str(error)}
    else:
        found["decision"] = {"action": told.injected.decision.action, "rule": told.injected.decision.rule}
        found["entry"] = entry_differs(told.injected)
        found["vcpu"] = changes(told.injected)
        written(tested.vcpu, here.wrong)
        found["vmm"] = tested.seen(tested.vcpu.run(SECONDS))
    if here.path.source(to_exit(tested, cell)) is not None:
        tested.vcpu.set_events(FaultReply(ext_dabt_pending=1))
        found["kernel"] = tested.seen(tested.vcpu.run(SECONDS))
    return found


def to_exit(tested: Guest, cell: Cell) -> Exit:
    """Make the access."""
    tested.start(_access(cell))
    exited = tested.vcpu.run(SECONDS)
    if cell.ease and exited.reason == "KVM_EXIT_ARM_SEA":
        tested.vcpu.set("sctlr2_el1", pstate.SCTLR2_EASE)
    return exited


def _record(here: Setting, cell: Cell, exited: Exit) -> bytes:
    """By the source, or, for a page isolated before, by the reference host from the trap as it was taken."""
    if cell.isolated is None:
        record = here.source(exited)
        if record is None:
            raise RuntimeError(f"{cell.name}: no record of {exited.reason}")
        return record
    slot = Memslot(guest.GPA_TARGET, PAGE, here.tested.target.address, 0)
    emission = emit(taken()._replace(
        isolated=(Isolated(guest.GPA_TARGET, 12),), memslots=(slot,), walk_level=cell.isolated))
    if emission.record is None:
        raise RuntimeError(f"{cell.name}: no record: {emission.rule}")
    return build(emission.record)


def entry_differs(injected: Injected) -> dict[str, list[str]]:
    """Where the vCPU is not as the reference VMM's own entry would leave it: [expected, found]."""
    pairs = zip(injected.expected._asdict().items(), injected.after, strict=True)
    return {name: [hex(expected), hex(found)] for (name, expected), found in pairs if expected != found}


def changes(injected: Injected) -> dict[str, dict[str, str]]:
    """The vCPU before, and what is other after the kernel's part of the injection and after all of it."""
    before = injected.before._asdict()
    others = {
        name: {field: value for field, value in state._asdict().items() if value != before[field]}
        for name, state in (("kernel", injected.kernel), ("after", injected.after))
    }
    return {name: _hex(state, *state) for name, state in ({"before": before} | others).items()}


def _hex(values: Mapping[str, Any], *names: str) -> dict[str, str]:
    return {name: hex(values[name]) for name in names}


def _access(cell: Cell) -> Access:
    return Access(cell.access, cell.address, cell.state, cell.sctlr_flipped, cell.ttbr0_el1, cell.tcr_el1)
