# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The live emitter in the emulated machine: its hooks, the host vectors through it, traps that it sees."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, Final

from abi.cper import DataEntry, PlatformMemory, StatusBlock, build_status_block
from abi.cper.bits import MEMORY_VALID_PA
from abi.errors import InputError
from abi.esr_fields import EC_SERROR, EC_SHIFT, IL
from abi.trap import Memslot, Trap
from reference_host.live.channel import Channel, Emitted
from reference_host.live.emitter import Emitter
from reference_host.live.emitter import Vm as Enabled
from reference_host.live.hooks import HOOKS, VMLINUX
from reference_host.live.layouts import EMISSION, MEMSLOTS, TRAP
from reference_host.live.trial import trial
from reference_host.trap import DISR_A
from reference_vmm.kvm.memory import PAGE
from reference_vmm.kvm.vm import Vm
from tests.lab import guest
from tests.lab.inside import relabel
from tests.lab.inside.channel import Inside
from tests.lab.inside.guest import EL1H, Access, Guest
from tests.lab.inside.modules import BUILT, insert
from tests.lab.live_judging import ADDRESS
from tests.lab.live_trials import NAME, left_out, unpacked

OBJECT: Final = BUILT / "emit.o"
SEA: Final = "KVM_CAP_ARM_SEA_TO_USER"
#: Is there where the host has FEAT_RAS; the VM's is in this field of ID_AA64PFR0_EL1.
SERROR_ESR: Final = "KVM_CAP_ARM_INJECT_SERROR_ESR"
RAS: Final = 28
#: A guest whose abort the kernel answers with an SError that it has masked aborts again and again.
_SECONDS: Final = 0.1
_NOTICE_SECONDS: Final = 1.0
NOBODY: Final = 65534
_SERROR: Final = Path("/sys/module/serror/parameters")
_EMITTER: list[Emitter] = []


def load() -> dict[str, Any]:
    """Load and attach, once; the cases' processes inherit it."""
    start = time.monotonic()
    emitter = Emitter(OBJECT)
    _EMITTER.append(emitter)
    loaded = time.monotonic()
    emitter.attach()
    return {"load": round(loaded - start, 2), "attach": round(time.monotonic() - loaded, 2)}


def emitter() -> Emitter:
    """The one emitter, with a channel of this process, which begins where the one before it ended."""
    found = _EMITTER[0]
    found.channel = Channel(found.program)
    return found


def hooks(_inside: Inside) -> dict[str, Any]:
    """What it hooks, and what of that this kernel does not have."""
    return {"hooks": [one.program for one in HOOKS], "missing": [one._asdict() for one in emitter().missing]}


def vectors(_inside: Inside) -> dict[str, Any]:
    """Every host vector that the emitter can be asked."""
    return _asked(emitter())


def wrong(_inside: Inside) -> dict[str, Any]:
    """The same of an emitter that was made wrong."""
    with Emitter(BUILT / "wrong.o", hooks=()) as found:
        return _asked(found)


def _asked(found: Emitter) -> dict[str, Any]:
    """How many there were, which otherwise or not, and those that come out wrong: number, what, expected and got."""
    count, missed = 0, []
    data = (BUILT / NAME).read_bytes()
    for one in unpacked(data):
        emission = found.run(one.vm, one.trap)[TRAP.offsets["emission"] :][: EMISSION.size]
        record = b"".join(each.slot.record for each in found.poll())
        if emission != one.emission:
            missed.append((count, "emission", one.emission.hex(), emission.hex()))
        if record != one.record:
            missed.append((count, "record", one.record.hex(), record.hex()))
        count += 1
    return {"asked": count, **left_out(data)._asdict(), "wrong": missed}


def full(_inside: Inside, times: int) -> dict[str, Any]:
    """More records than the ring buffer holds, and two more when it has been read."""
    found = emitter()
    one = trial(Trap(0x92000010, ADDRESS, 0))
    for _ in range(times):
        found.run(*one)
    first, lost = found.poll(), found.channel.lost
    in_order = [e.slot.envelope[1:] for e in first] == [(0, n + 1) for n in range(len(first))]
    after = []
    for _ in range(2):
        found.run(*one)
        (last,) = found.poll()
        after.append(last.slot.envelope._asdict())
    return {"records": len(first), "lost": lost, "in_order": in_order, "next": after[0], "after": after[1]}


def refused(_inside: Inside) -> dict[str, Any]:
    """What is said where the emitter cannot be had."""
    with Emitter(OBJECT, hooks=(HOOKS[0]._replace(target="no_such_function"),)) as found:
        degraded = [one._asdict() for one in found.missing]
        said = {
            "hook": _refusal(found.attach),
            "slots": _refusal(lambda: found.enable(1, Enabled((Memslot(0, PAGE, 0, 0),) * (MEMSLOTS + 1)))),
        }
    said["object"] = _refusal(lambda: Emitter(BUILT / NAME))
    said["absent"] = _refusal(lambda: Emitter(BUILT / "none.o"))
    said["verifier"] = _refusal(lambda: Emitter(BUILT / "unbound.o", hooks=()))
    over = str(VMLINUX.parent)
    subprocess.run(["busybox", "mount", "-t", "tmpfs", "none", over], check=True)
    try:
        said["btf"] = _refusal(lambda: Emitter(OBJECT))
    finally:
        subprocess.run(["busybox", "umount", over], check=True)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    said["privilege"] = _refusal(lambda: Emitter(OBJECT))
    return {"degraded": degraded, "said": said}


def _refusal(tried: Callable[[], object]) -> dict[str, str | None]:
    try:
        tried()
    except InputError as error:
        return error.as_dict()
    return {"code": "accepted"}


def aborts(_inside: Inside, traps: dict[str, dict[str, Any]], told: bool) -> dict[str, Any]:
    """Aborts of a real guest, each relabelled; ``told``: the VMM has enabled KVM_EXIT_ARM_SEA."""
    with Vm() as vm:
        if told:
            vm.enable(SEA)
        tested = Guest(vm)
        return {name: _abort(tested, **trap) for name, trap in traps.items()}


def _abort(tested: Guest, access: str, clear: int, bits: int, far: int | None = None) -> dict[str, Any]:
    tested.target.discard()
    relabel.relabel(guest.GPA_TARGET, relabel.Label(clear, bits, far))

    def trap() -> Trap:
        taken = relabel.taken()
        seen = Trap((taken.esr_el2 & ~clear) | bits, taken.far_el2, taken.hpfar_el2)
        return seen if far is None else seen._replace(far_el2=far, hpfar_el2=0)

    try:
        return _told(tested, access, trap)
    finally:
        relabel.leave()


def poison(_inside: Inside) -> dict[str, Any]:
    """A page poisoned under a running guest: the kernel gives no exit, only its SIGBUS."""
    with Vm() as vm:
        tested = Guest(vm)
        tested.target.write(0, b"\1")
        _poison(tested)
        relabel.relabel(guest.GPA_TARGET, relabel.Label(0, 0))
        try:
            return _told(tested, "ldr", relabel.taken)
        finally:
            relabel.leave()


def _poison(tested: Guest) -> None:
    """The kernel sends SIGBUS to who asks for it, too: by force, so that it must not be blocked."""
    before = signal.signal(signal.SIGBUS, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGBUS,))
    tested.target.poison(0)
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGBUS,))
    signal.signal(signal.SIGBUS, before)


def notice(inside: Inside, virtual: bool) -> dict[str, Any]:
    """Firmware tells of a page by an interrupt, and no guest touches it; ``virtual``: without its physical address."""
    found = emitter()
    with Vm() as vm:
        tested = Guest(vm)
        tested.target.write(0, b"\1")
        frame = tested.target.frame(0)
        assert frame is not None, "the page is not present"
        pa = frame * PAGE
        slots = (Memslot(guest.GPA_TARGET, PAGE, tested.target.address, pa),)
        found.enable(os.getpid(), Enabled(slots))
        section = PlatformMemory(validation_bits=0 if virtual else MEMORY_VALID_PA, physical_addr=pa)
        raw = build_status_block(StatusBlock((DataEntry(section),)))
        inside.ask("inject", cper=raw.hex())
        records = found.poll(_NOTICE_SECONDS)
        found.disable(os.getpid())
    trap = {"esr_el2": "0x0", "far_el2": "0x0", "hpfar_el2": "0x0", "notify": "gpio", "memslots": _json(slots)}
    return {"trap": trap, "cper": raw.hex(), "records": [_shown(one) for one in records]}


def serror(_inside: Inside, syndromes: dict[str, int], deferred: bool) -> dict[str, Any]:
    """SErrors of a real guest, which takes none itself: they are masked. ``deferred``: KVM finds them in DISR_EL1."""
    insert(BUILT / "serror.ko")
    found = {}
    with Vm() as vm:
        tested = Guest(vm)
        for name, iss in syndromes.items():
            tested.target.discard()
            for parameter, value in (("iss", iss), ("deferred", int(deferred)), ("gpa", guest.GPA_TARGET)):
                (_SERROR / parameter).write_text(str(value), encoding="ascii")
            taken = Trap(EC_SERROR << EC_SHIFT | IL | iss, 0, 0)
            found[name] = _told(tested, "ldr", partial(Trap, *taken[:3], disr_el1=DISR_A | iss if deferred else None))
    return found


def _told(tested: Guest, access: str, trap: Callable[[], Trap]) -> dict[str, Any]:
    """One access: the trap that KVM was given, how KVM_RUN ended, and what the emitter said."""
    found = emitter()
    slots = tuple(
        Memslot(gpa, memory.size, memory.address, 0)
        for gpa, memory in ((guest.GPA_IMAGE, tested.ram), (guest.GPA_TARGET, tested.target))
    )
    host_ras = bool(tested.vm.extension(SERROR_ESR))
    vm_ras = bool(tested.vcpu.get("id_aa64pfr0_el1") >> RAS & 0xF)
    found.enable(os.getpid(), Enabled(slots, host_ras, vm_ras))
    tested.start(Access(access, ADDRESS & ~3 if access == "fetch" else ADDRESS, EL1H))
    exited = tested.vcpu.run(_SECONDS)
    records = found.poll()
    found.disable(os.getpid())
    seen = trap()
    registers = {name: hex(getattr(seen, name)) for name in ("esr_el2", "far_el2", "hpfar_el2")}
    if seen.disr_el1 is not None:
        registers["disr_el1"] = hex(seen.disr_el1)
    return {
        "trap": registers | {"memslots": _json(slots), "host_ras": host_ras, "vm_ras": vm_ras},
        "exit": exited.reason, "arm_sea": exited.page[32:64].hex() if exited.reason == "KVM_EXIT_ARM_SEA" else None,
        "bus": [[hex(value) for value in bus] for bus in exited.bus], "late": exited.late,
        "times": len(records), "records": [_shown(one) for one in _distinct(records)],
    }


def _json(slots: Iterable[Memslot]) -> list[dict[str, str]]:
    return [dict(zip(Memslot._fields, map(hex, slot), strict=True)) for slot in slots]


def _distinct(records: Iterable[Emitted]) -> list[Emitted]:
    """The first of each record; a guest that aborts again makes the same one."""
    found: dict[bytes, Emitted] = {}
    for one in records:
        found.setdefault(one.slot.record, one)
    return list(found.values())


def _shown(one: Emitted) -> dict[str, Any]:
    shown = {name: getattr(one, name) for name in ("thread", "claim", "handled")}
    return shown | {"record": one.slot.record.hex(), "envelope": one.slot.envelope._asdict(),
                    "signal_hva": None if one.signal_hva is None else hex(one.signal_hva)}
