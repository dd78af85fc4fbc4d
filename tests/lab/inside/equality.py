# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Every cell on KVM: what the CPU shows the guest, what the reference VMM does, what the kernel does by itself."""

from __future__ import annotations

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
from reference_vmm.kvm.answer import Decide, answer
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
#: The module leaves the trap as it is, and keeps its registers.
KEPT: Final = Label(0, 0)


class Setting(NamedTuple):
    """A guest to make accesses in, what its VMM is, how it is told, and who decides."""

    tested: Guest
    machine: Machine
    path: Path
    by: Decide = decide
    wrong: str = ""

    def result(self, cells: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """What a case tells."""
        slots = [[hex(slot.gpa), hex(slot.size), hex(slot.hva)] for slot in self.tested.slots]
        version = str(self.path.version) if self.path.version else None
        return {"capability": self.path.capability, "version": version, "memslots": slots,
                "features": sorted(self.machine.features), "cells": cells}


def setting(vm: Vm, inside: Inside, wrong: str = "") -> Setting:
    """The guest on that VM; ``wrong``: a mistake that the VMM makes."""
    path = enabled(vm, inside.newest)
    tested = Guest(vm)
    return Setting(tested, machine_of(tested.vcpu), path, decided(wrong), wrong)


def warm() -> None:
    """Imports are done by now."""


def warm_with_module() -> None:
    """The module is to be in, too."""
    load()


def hardware(inside: Inside, wrong: str = "") -> dict[str, Any]:
    """The cells that the emulated CPU can do too.

    A kernel that is silent about a walk once is taken to be so about all: each would take the time limit.
    """
    cells: dict[str, dict[str, Any]] = {name: {"device": seen} for name, seen in _by_device(HARDWARE.values())}
    for name, seen in _by_hardware(inside, HARDWARE.values()):
        cells.setdefault(name, {})["hardware"] = seen
    with Vm() as vm:
        here, silent = setting(vm, inside, wrong), ""
        for cell in HARDWARE.values():
            if silent and cell.walk is not None:
                cells[cell.name]["absent"] = f"as {silent}, of which this kernel was silent for {SECONDS:g} s"
                continue
            cells[cell.name] |= (found := _relabelled(here, cell))
            silent = cell.name if cell.walk is not None and found.get("stock", {}).get("late") else silent
        return here.result(cells)


def architecture(inside: Inside, wrong: str = "") -> dict[str, Any]:
    """The cells that it cannot, with the syndrome as the kernel's own header takes it apart."""
    cells = {}
    with Vm() as vm:
        here = setting(vm, inside, wrong)
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
        here = setting(vm, inside)
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
    label = prepared(here, cell)
    before = count()
    try:
        found = _both(here, cell)
        if count() == before:
            return found
        return {"trap": _hex(label.shown(taken())._asdict(), "esr_el2", "far_el2", "hpfar_el2")} | found
    finally:
        leave()


def prepared(here: Setting, cell: Cell) -> Label:
    """The page and the module made ready for the trap of a cell; ``leave`` it afterwards.

    Of an isolated page a kernel that makes its own record gets the trap as the CPU takes it, on a page that
    memory_failure() has isolated.
    """
    here.tested.target.discard()  # no stage-2 mapping: the access faults
    label = Label(NOT_KEPT, cell.bits | IL, cell.far)  # IL is 0 for some loads of T32, but of no external abort
    if cell.isolated and here.path.extended:
        here.tested.target.poison(0)
        label = KEPT
    relabel(guest.GPA_TARGET, label)
    return label


def _both(here: Setting, cell: Cell) -> dict[str, Any]:
    """The access twice: answered by the reference VMM, and by the kernel's own injection alone."""
    tested, machine = here.tested, here.machine
    exited = to_exit(tested, cell)
    if here.path.source(exited) is None:
        return untold(tested, exited)
    if cell.ease:
        machine = machine._replace(features=machine.features | {"FEAT_DoubleFault2"})
    found = answered(here._replace(machine=machine), exited, _record(here, cell, exited))
    if here.path.extended:  # a bare ext_dabt_pending would be another reply, which ``contract`` asks
        return found
    if here.path.source(to_exit(tested, cell)) is not None:
        tested.vcpu.set_events(FaultReply(ext_dabt_pending=1))
        found["kernel"] = tested.seen(tested.vcpu.run(SECONDS))
    return found


def untold(tested: Guest, exited: Exit) -> dict[str, Any]:
    """How it ended where the VMM was told nothing by an exit; ``bus``: each SIGBUS that came."""
    pending = tested.vcpu.events()
    return {"exit": exited.reason, "stock": tested.seen(exited), "pending": _hex(
        pending._asdict(), "serror_pending", "serror_has_esr", "serror_esr")} | _signals(exited)


def answered(here: Setting, exited: Exit, record: bytes) -> dict[str, Any]:
    """The exit as the kernel made it, and what comes of the reference VMM's answer to its record."""
    tested = here.tested
    found: dict[str, Any] = {"exit": exited.reason, "union": exited.page[UNION:].rstrip(b"\0").hex()}
    found |= _signals(exited)
    found["record"] = record.rstrip(b"\0").hex() if here.path.extended else record.hex()
    try:
        told = answer(tested.vcpu, record, here.machine, by=here.by, extended=here.path.extended)
    except InputError as error:
        return found | {"refused": {"rule": error.code, "why": str(error)}}
    written(tested.vcpu, here.wrong)
    return found | {
        "decision": {"action": told.injected.decision.action, "rule": told.injected.decision.rule},
        "entry": entry_differs(told.injected), "vcpu": changes(told.injected),
        "vmm": tested.seen(tested.vcpu.run(SECONDS)),
    }


def _signals(exited: Exit) -> dict[str, Any]:
    return {"bus": [list(bus) for bus in exited.bus]} if exited.bus else {}


def to_exit(tested: Guest, cell: Cell) -> Exit:
    """Make the access."""
    tested.start(_access(cell))
    exited = tested.vcpu.run(SECONDS)
    if cell.ease and exited.reason == "KVM_EXIT_ARM_SEA":
        tested.vcpu.set("sctlr2_el1", pstate.SCTLR2_EASE)
    return exited


def _record(here: Setting, cell: Cell, exited: Exit) -> bytes:
    """The kernel's; of a page isolated before, where it makes none, the reference host's of the trap as taken."""
    if not cell.isolated or here.path.extended:
        record = here.path.source(exited)
        if record is None:
            raise RuntimeError(f"{cell.name}: no record of {exited.reason}")
        return record
    slot = Memslot(guest.GPA_TARGET, PAGE, here.tested.target.address, 0)
    emission = emit(taken()._replace(
        isolated=(Isolated(guest.GPA_TARGET, 12),), memslots=(slot,), walk_level=cell.walk))
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
