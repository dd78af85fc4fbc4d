# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""From firmware's record to the guest's handler, on the kernel as it is: what each step says, in order."""

from __future__ import annotations

import os
from typing import Any, Final

from abi.cper import build_status_block
from abi.definition import RECORD
from abi.errors import InputError
from abi.trap import Memslot, Trap
from reference_host.live.emitter import Emitter
from reference_host.live.emitter import Vm as Enabled
from reference_vmm.kvm.answer import answer
from reference_vmm.kvm.features import machine_of
from reference_vmm.kvm.memory import PAGE
from reference_vmm.kvm.path import enabled
from reference_vmm.kvm.vm import Vm
from tests.lab import guest
from tests.lab.claims import POISONED, Abort
from tests.lab.hest import ErrorSource
from tests.lab.inside.channel import Inside
from tests.lab.inside.firmware import acknowledged, block_status, put, source
from tests.lab.inside.guest import EL1H, Access, Guest
from tests.lab.inside.live import emitter
from tests.lab.inside.relabel import Label, leave, relabel, taken
from tests.lab.inside.watch import TRACING, Log, Trace, field, wait_to_print

#: Second witness beside the emitter's fexit, with another mechanism.
PROBE: Final = "r:lab/claimed apei_claim_sea said=$retval:s32"
EVENTS: Final = ("lab/claimed", "ras/arm_event", "ras/memory_failure_event")
_SECONDS: Final = 2.0
#: Of a guest that comes back to its access again and again so much is enough to see that it does.
_KEPT: Final = 8
_LOG_SECONDS: Final = 2.0


def probe() -> None:
    """Have the return value of apei_claim_sea() traced."""
    fd = os.open(TRACING / "kprobe_events", os.O_WRONLY | os.O_APPEND)  # others may have theirs
    try:
        os.write(fd, f"{PROBE}\n".encode())
    finally:
        os.close(fd)


class Chain:
    """One guest, its VMM, the emitter beside the kernel, and everybody who tells what happened."""

    def __init__(self, vm: Vm, newest: str, found: Emitter, address: int) -> None:
        self.path = enabled(vm, newest)
        self.emitter = found
        self.address = address
        self.guest = Guest(vm)
        self.guest.target.write(0, b"\xa5" * PAGE)  # the page is there, and the guest's stage 2 does not have it yet
        frame = self.guest.target.frame(0)
        if frame is None:
            raise RuntimeError("the target page is not present")
        self.pa = frame * PAGE
        self.slots = (
            Memslot(guest.GPA_IMAGE, self.guest.ram.size, self.guest.ram.address, 0),
            Memslot(guest.GPA_TARGET, self.guest.target.size, self.guest.target.address, self.pa),
        )
        found.enable(os.getpid(), Enabled(self.slots))
        self.log = Log()
        self.trace = Trace("chain", *EVENTS)
        self.corrupted = field("/proc/meminfo", "HardwareCorrupted")
        self.runs: list[dict[str, Any]] = []
        self.last: bytes | None = None
        self.own: bytes | None = None

    def start(self) -> None:
        """The guest is about to make its access."""
        self.guest.start(Access("ldr", self.address, EL1H))

    def run(self) -> None:
        """KVM_RUN once; keep how it ended, what the emitter saw, what was traced."""
        exited = self.guest.vcpu.run(_SECONDS)
        emitted = self.emitter.poll()
        self.last = emitted[-1].slot.record if emitted else None
        self.own = self.path.source(exited) if self.path.extended else None
        self.runs.append({
            "exit": exited.reason, "late": exited.late, "bus": [list(bus) for bus in exited.bus],
            "pc": hex(self.guest.vcpu.get("pc")),
            "own": self.own[: RECORD.size].hex() if self.own else None,
            "arm_sea": exited.page[32:64].hex() if exited.reason == "KVM_EXIT_ARM_SEA" else None,
            "emitted": [{"record": one.slot.record.hex(), "sequence": one.slot.envelope.sequence,
                         "lost": one.slot.envelope.lost, "claim": one.claim} for one in emitted[:_KEPT]],
            "events": self.trace.events()[:_KEPT], "records": len(emitted),
        })

    def answered(self) -> dict[str, Any]:
        """Answer the last record, and let the guest tell what it finds at its handler.

        The record is the emitter's, or the kernel's own where it makes one.
        """
        record = self.own if self.path.extended else self.last
        if record is None:
            return {"answer": None}
        vcpu = self.guest.vcpu
        try:
            told = answer(vcpu, record, machine_of(vcpu), extended=self.path.extended)
        except InputError as error:
            return {"answer": None, "refused": str(error)}
        decision = told.injected.decision
        return {
            "answer": {"action": decision.action, "rule": decision.rule, "esr_el1": hex(decision.esr_el1),
                       "far_el1": hex(decision.far_el1)},
            "report": build_status_block(told.block).hex() if told.block else None,
            "guest": self.guest.seen(vcpu.run(_SECONDS)),
        }

    def told(self) -> dict[str, Any]:
        """Everything that was told; the emitter goes on without this VM."""
        self.emitter.disable(os.getpid())
        return {
            "capability": self.path.capability, "pa": self.pa,
            "memslots": [list(slot) for slot in self.slots], "runs": self.runs, **self.answered(),
            "log": self.log.settled(_LOG_SECONDS),
            "corrupted_kb": field("/proc/meminfo", "HardwareCorrupted") - self.corrupted,
        }


def aborted(inside: Inside, abort: list[Any], printed: bool, notification: str = "SEA") -> dict[str, Any]:
    """An abort, as ``Abort(*abort)`` has it; ``notification``: of the error source that firmware writes to.

    ``printed``: it is made when the kernel will print firmware's record.
    """
    case = Abort(*abort)
    if printed:
        wait_to_print("uncorrected")
    with Vm() as vm:
        chain = Chain(vm, inside.newest, emitter(), case.address)
        block = case.block(chain.pa)
        raw = build_status_block(block) if block else b""
        chain.start()
        relabel(guest.GPA_TARGET, case.label)
        where = source(notification)
        try:
            if raw:
                put(where, raw)
            chain.run()
        finally:
            leave()
        left = [block_status(where), acknowledged(where)] if raw else None
        first = taken()
        if chain.last is None and chain.own is None:  # claimed and queued: the guest goes back to its access
            _again(chain)
        return chain.told() | {"firmware": raw.hex(), "left": left, "taken": _registers(first)}


def poisoned(inside: Inside) -> dict[str, Any]:
    """A page that the guest has used and uses again, poisoned meanwhile by MADV_HWPOISON."""
    with Vm() as vm:
        chain = Chain(vm, inside.newest, emitter(), POISONED.address)
        chain.start()
        before = chain.guest.seen(chain.guest.vcpu.run(_SECONDS))
        chain.guest.target.poison(0)
        chain.start()
        _again(chain)
        return chain.told() | {"before": before, "taken": _registers(taken())}


def checks(inside: Inside, abort: list[Any], blocks: dict[str, str]) -> dict[str, Any]:
    """The same abort with each of these blocks in the whole memory of the source: what the kernel makes of it."""
    case = Abort(*abort)
    with Vm() as vm:
        chain = Chain(vm, inside.newest, emitter(), case.address)
        where = source("SEA")
        made = {name: _checked(chain, case, where, bytes.fromhex(block)) for name, block in blocks.items()}
        chain.emitter.disable(os.getpid())
        return {"capability": chain.path.capability, "source": where.error_block_length,
                "memslots": [list(slot) for slot in chain.slots], "blocks": made}


def _checked(chain: Chain, case: Abort, where: ErrorSource, block: bytes) -> dict[str, Any]:
    chain.start()
    relabel(guest.GPA_TARGET, case.label)
    try:
        put(where, block.ljust(where.error_block_length, b"\0"))
        chain.run()
    finally:
        leave()
    run = chain.runs.pop()
    return {"exit": run["exit"], "records": [one["record"] for one in run["emitted"]], "taken": _registers(taken()),
            "claimed": [fields for name, fields in run["events"] if name == "claimed"],
            "arm_events": sum(name == "arm_event" for name, _ in run["events"])}


def _again(chain: Chain) -> None:
    """The access once more; the module only keeps the registers."""
    relabel(guest.GPA_TARGET, Label(0, 0))
    try:
        chain.run()
    finally:
        leave()


def _registers(trap: Trap) -> list[int]:
    return [trap.esr_el2, trap.far_el2, trap.hpfar_el2]
