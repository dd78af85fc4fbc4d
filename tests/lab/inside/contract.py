# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Asks the kernel what ``tests.lab.contract`` lists: replies at an exit, and ways to enable the capability."""

from __future__ import annotations

from typing import Any, Final

from abi.address import kind_of
from abi.definition import KIND_INSTRUCTION_ABORT
from abi.definition import RECORD as FAULT_INFO
from abi.layout import Version
from abi.reply import FaultReply
from reference_vmm.kvm import calls
from reference_vmm.kvm.calls import KvmError
from reference_vmm.kvm.path import RECORD, written
from reference_vmm.kvm.vm import Vm
from tests.lab import contract
from tests.lab.cells import HARDWARE
from tests.lab.contract import ENABLINGS, REPLIES, Asked, Enabling
from tests.lab.inside.channel import Inside
from tests.lab.inside.equality import Setting, setting, to_exit
from tests.lab.inside.guest import Guest
from tests.lab.inside.patched import patched

_PLACE: Final = {
    name: slice(FAULT_INFO.offsets[name], FAULT_INFO.end(name)) for name in ("esr", "major", "minor", "size")}
_NO_EXIT: Final = "the kernel tells nobody of an abort: there is no exit to reply to"


def warm() -> None:
    """Imports are done by now."""


def asked(inside: Inside) -> dict[str, Any]:
    """Everything. On a kernel that tells nobody of an abort there is no exit to reply to."""
    with Vm() as vm:
        here = setting(vm, inside)
        found: dict[str, Any] = {"replies": {name: {"absent": _NO_EXIT} for name in REPLIES}, "repeats": None}
        if here.path.capability:
            with patched(inside, here.tested, "table"):
                found = {"replies": {name: _reply(here, one) for name, one in REPLIES.items()},
                         "repeats": _repeats(here)}
    offered = ENABLINGS if here.path.extended else {}
    return here.result({}) | found | {
        "extended": here.path.extended, "enablings": {name: _enabled(one) for name, one in offered.items()},
        "written": {name: _written(inside, one) for name, one in offered.items() if one.shows}}


def _reply(here: Setting, one: Asked) -> dict[str, Any]:
    """The answer to a reply at an exit, and what it changed of the vCPU."""
    vcpu = here.tested.vcpu
    exited = to_exit(here.tested, HARDWARE[f"{one.access} EL1t"])
    if here.path.source(exited) is None:
        return here.tested.seen(exited) | {"absent": _NO_EXIT}
    before, answer = vcpu.state()._asdict(), ""
    try:
        vcpu.set_events(one.reply)
    except KvmError as error:
        answer = calls.name(error.errno)
    after = vcpu.state()._asdict()
    _finish(here)
    return {"errno": answer, "before": {name: hex(value) for name, value in before.items()},
            "after": {name: hex(value) for name, value in after.items() if value != before[name]}}


def _repeats(here: Setting) -> bool | None:
    """Whether the access comes again where nothing was replied; None where the kernel tells nobody."""
    exited = to_exit(here.tested, HARDWARE["ldr EL1t"])
    if here.path.source(exited) is None:
        here.tested.seen(exited)
        return None
    pc = here.tested.vcpu.get("pc")
    again = here.tested.vcpu.run()
    same = here.path.source(again) == here.path.source(exited) and here.tested.vcpu.get("pc") == pc
    _finish(here)
    return same


def _finish(here: Setting) -> None:
    """Bring the guest to its handler: a reset would have the kernel walk the table that leads nowhere."""
    exited = here.tested.vcpu.run()
    record = here.path.source(exited)
    if record is not None:
        fetch = here.path.extended and kind_of(_number(record, "esr")) == KIND_INSTRUCTION_ABORT
        here.tested.vcpu.set_events(FaultReply(ext_dabt_pending=not fetch, ext_iabt_pending=fetch))
        exited = here.tested.vcpu.run()
    here.tested.seen(exited)


def _enabled(one: Enabling) -> str:
    """The errno of the last request; "" where it was taken."""
    with Vm() as vm:
        for _ in range(one.vcpus):
            vm.vcpu()
        for time in range(one.times):
            try:
                vm.enable(RECORD, *one.args)
            except KvmError as error:
                return calls.name(error.errno) if time + 1 == one.times else "an earlier request failed"
    return ""


def _written(inside: Inside, one: Enabling) -> str:
    """Version and size of the record of an abort."""
    with Vm() as vm:
        try:
            vm.enable(RECORD, *one.args)
        except KvmError as error:
            return calls.name(error.errno)
        tested = Guest(vm)
        with patched(inside, tested, "table"):
            record = written(to_exit(tested, HARDWARE["ldr EL1t"]))
    if record is None:
        return "none"
    return contract.written(Version(_number(record, "major"), _number(record, "minor")), _number(record, "size"))


def _number(record: bytes, field: str) -> int:
    return int.from_bytes(record[_PLACE[field]], "little")
