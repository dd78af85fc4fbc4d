# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A kernel that is played: what runs inside the emulated machine runs here, on a KVM made of the reference host.

It is for the path of kernels that write the record themselves: asked, judged, and turned red by :class:`Lie` while no
such kernel is at hand. Guest, traps, ``/dev/kvm`` and the modules are played; the code of ``tests/lab/inside``, the
reference VMM and the judges are the real ones. No evidence comes of it.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any, Final, NamedTuple, Self

from abi import negotiate
from abi import pstate as ps
from abi.definition import (
    KIND_DATA_ABORT,
    KIND_INSTRUCTION_ABORT,
    KIND_SERROR,
    KVM_EXIT_ARM_SEA,
    KVM_EXIT_ARM_SERROR,
    KVM_RUN,
    RECORD,
    V1_0,
)
from abi.esr_fields import EC_SERROR, EC_SHIFT, IL, ISV, S1PTW, WNR
from abi.layout import ARM_SEA as PREFIX
from abi.record import FaultInfo, build
from abi.reply import FaultReply
from abi.trap import Emission, End, Isolated, Memslot, Trap
from abi.vcpu import BASELINE, Vcpu
from reference_host.emit import emit
from reference_host.entry import enter_exception64
from reference_host.reply import Applied, Refused, apply_reply, without_reply
from reference_host.trap import DISR_A
from reference_vmm.kvm.calls import KvmError
from reference_vmm.kvm.inject import stock
from reference_vmm.kvm.memory import Memory
from reference_vmm.kvm.numbers import EXITS, MMIO
from reference_vmm.kvm.path import ARM_SEA
from reference_vmm.kvm.path import RECORD as FAULT_INFO
from reference_vmm.kvm.run import Bus, Exit
from tests.lab import guest
from tests.lab.inside.guest import ID_FIELDS, PATTERN
from tests.lab.inside.relabel import Label

FEATURES: Final = BASELINE - {"FEAT_DoubleFault2"}
_SEA_BYTES: Final = sum(field.width for field in RECORD.upto(PREFIX))
_PAGE: Final = 0x1000
#: HPFAR_EL2 of a stage-2 fault on the target page, with KVM's mark that a walk succeeded.
_HPFAR: Final = 1 << 63 | guest.GPA_TARGET >> 8
#: ESR_EL2 of a data abort from EL0, of the fetch's; a translation fault, level 3; ISV; an SVC.
_DATA, _FETCH, _FAULT, _DESCRIBED, _SVC = 0x92000000, 0x82000000, 0x07, ISV, 0x56000000
_NUMBERS: Final = {"KVM_EXIT_ARM_SEA": KVM_EXIT_ARM_SEA, "KVM_EXIT_ARM_SERROR": KVM_EXIT_ARM_SERROR, **EXITS}
_LEVELS: Final = {guest.TCR: 1}


class Lie(NamedTuple):
    """What a wrong kernel makes of a right emission, of a record's bytes, of the kind that is replied to, of an entry.
    """

    emission: Callable[[Trap, Emission], Emission] = lambda _trap, right: right
    union: Callable[[bytes], bytes] = bytes
    kind: Callable[[int], int] = int
    entered: Callable[[FaultReply, Vcpu], Vcpu] = lambda _reply, right: right


def page(reason: str, union: bytes = b"") -> bytes:
    """The ``kvm_run`` page at an exit."""
    head = _NUMBERS[reason].to_bytes(4, "little").rjust(KVM_RUN.offsets["exit_reason"] + 4, b"\0")
    return (head.ljust(KVM_RUN.offsets["exit"], b"\0") + union).ljust(KVM_RUN.size, b"\0")


class World:
    """The machine: what the kernel offers, how it lies, and what the modules and the outside have done."""

    def __init__(self, offers: dict[str, int], lie: Lie | None = None, *, walks: bool = True) -> None:
        """``walks``: the kernel finds the level of a walk by the guest's tables."""
        self.offers = offers
        self.newest = FAULT_INFO
        self.walks = walks
        self.lie = lie or Lie()
        self.label: Label | None = None
        self.taken = Trap(0, 0, 0)
        self.count = 0
        self.poisoned = False
        self.patched = ""
        self.struck: tuple[int, bool] | None = None
        self.emitted: list[bytes] = []

    def ask(self, what: str, **said: Any) -> dict[str, Any]:
        """The outside: changes a descriptor, puts it back."""
        self.patched = said["descriptor"] if what == "patch" else ""
        return {"at": 0, "old": "0x0"} if what == "patch" else {}

    def relabel(self, _gpa: int, label: Label) -> None:
        self.label = label

    def leave(self) -> None:
        self.label = None

    def strike(self, iss: int, *, deferred: bool) -> None:
        self.struck = iss, deferred

    def poison(self, _offset: int) -> None:
        self.poisoned = True

    def discard(self, _offset: int = 0, _size: int | None = None) -> None:
        self.poisoned = False


class Slot(NamedTuple):
    """As far as the emitter's users look at it."""

    record: bytes


class Emitted(NamedTuple):
    """The same."""

    slot: Slot


class PlayedEmitter:
    """What the live emitter is to its users: it makes the right record of each trap."""

    def __init__(self, world: World) -> None:
        self.world = world

    def enable(self, _process: int, _vm: object) -> None:
        self.world.emitted.clear()

    def disable(self, _process: int) -> None:
        self.world.emitted.clear()

    def poll(self) -> tuple[Emitted, ...]:
        found = tuple(Emitted(Slot(record)) for record in self.world.emitted)
        self.world.emitted.clear()
        return found


class PlayedVm:
    """What ``reference_vmm.kvm.vm.Vm`` is to its users."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.poisoned = False
        self.state = negotiate.VmState()
        self.arm_sea = False
        self.slots: list[tuple[int, Memory]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for _, memory in self.slots:
            memory.close()

    def extension(self, name: str) -> int:
        return self.world.offers.get(name, 0)

    def enable(self, name: str, *args: int) -> None:
        if name == ARM_SEA:
            self.arm_sea = True
            return
        asked = negotiate.requested(0, (*args, 0, 0, 0, 0)[:4])  # type: ignore[arg-type]
        answer = asked if isinstance(asked, negotiate.Refused) else negotiate.enable(self.state, asked)
        if isinstance(answer, negotiate.Refused):
            raise KvmError("KVM_ENABLE_CAP", -answer.errno)
        self.state = self.state._replace(enabled=answer)

    def add(self, _slot: int, gpa: int, memory: Memory) -> Memory:
        self.slots.append((gpa, memory))
        return memory

    def vcpu(self, *_features: str) -> PlayedVcpu:
        self.state = self.state._replace(vcpus=self.state.vcpus + 1)
        return PlayedVcpu(self)


class PlayedVcpu:
    """What ``reference_vmm.kvm.vcpu.KvmVcpu`` is to its users, with the guest ``abort.bin`` played."""

    index = 0
    features: frozenset[str] = frozenset()

    def __init__(self, vm: PlayedVm) -> None:
        self.vm, self.world = vm, vm.world
        self.reset()

    def reset(self) -> None:
        self.now = Vcpu(guest.GPA_IMAGE, 0x3C5, 0, 0)
        self.pending: int | None = None
        self.open: FaultInfo | None = None

    def settle(self) -> None:
        """Nothing is left open."""

    def has(self, name: str) -> bool:
        return name in Vcpu._fields or name.startswith("id_")

    def get(self, name: str) -> int:
        if name in Vcpu._fields:
            return int(getattr(self.now, name))
        fields = [(lo, least) for feature, (register, lo, least) in ID_FIELDS.items()
                  if register == name and feature != "TCO"]  # no FEAT_MTE
        return sum(least << lo for lo, least in fields) | (1 << 28 if name == "id_aa64pfr0_el1" else 0)

    def set(self, name: str, value: int) -> None:
        self.now = self.now._replace(**{name: value})

    def state(self) -> Vcpu:
        return self.now

    def events(self) -> FaultReply:
        return FaultReply(serror_pending=int(self.pending is not None))

    def set_events(self, reply: FaultReply) -> None:
        extended = self.vm.state.enabled is not None
        if not extended and stock(reply) != reply:
            raise KvmError("KVM_SET_VCPU_EVENTS", errno.EINVAL)
        kind = self.world.lie.kind(self.open.kind) if self.open and extended else 0
        answer = apply_reply(reply, self.now, kind, FEATURES | {"FEAT_DoubleFault2"})
        if isinstance(answer, Refused):
            raise KvmError("KVM_SET_VCPU_EVENTS", -answer.errno)
        self.pending = answer.pending_serror
        self.now = self.world.lie.entered(reply, answer.vcpu) if extended else answer.vcpu
        if not extended and reply.ext_dabt_pending:  # FSC 0x10, FAR_EL1 is that of the last trap
            self.now = self.now._replace(esr_el1=self.now.esr_el1 & ~(1 << 10), far_el1=self.access["x"][0])
        self.open = None

    def run(self, _seconds: float = 5) -> Exit:
        if self.now.pc == guest.GPA_IMAGE:
            self._begin()
        if self.open is not None:  # nobody has answered: rule host.reply.none
            self._applied(without_reply(self.open, self.now, FEATURES))
            self.open = None
        if self.now.pc == self.at:
            return self._access()
        return self._told()

    def _begin(self) -> None:
        """From the guest's entry to the access that it is told to make."""
        data = self.vm.slots[0][1].read(guest.GPA_PARAM - guest.GPA_IMAGE, guest.PARAM.size)
        said = dict(zip(guest.PARAM.codec.names, guest.PARAM.codec.fast.unpack(data), strict=True))
        said["x"] = [int.from_bytes(said["x"][at : at + 8], "little") for at in range(0, len(said["x"]), 8)]
        self.access = said
        self.name = guest.ACCESSES[said["access"]]
        self.here = guest.VA_IMAGE + _PAGE + guest.ACCESS_SIZE * said["access"]
        self.at = said["x"][0] if self.name.endswith("fetch") else self.here
        self.now = Vcpu(self.at, said["spsr_el1"], guest.VA_IMAGE + 0x800, ps.SCTLR_SPAN ^ said["sctlr_flipped"],
                        esr_el1=0x1DE7, far_el1=0x1DE7, elr_el1=self.at, spsr_el1=said["spsr_el1"])

    @property
    def level(self) -> int | None:
        """Of the guest's walk that comes to the target page, None: it comes there by the access."""
        address = self.access["x"][0]
        if self.access["ttbr0_el1"]:
            return _LEVELS.get(self.access["tcr_el1"], 0)
        return {guest.VA_WALK_2: 3, guest.VA_WALK_1: 2}.get(address & ~0x3FFF)

    def _syndrome(self, iss: int) -> int:
        """Of an abort that the CPU takes to EL2: EC of a lower level."""
        write = WNR if self.name in ("str", "strh", "stp", "dc_zva", "a32_str", "t32_str") else 0
        return _FETCH | iss if self.name.endswith("fetch") else _DATA | write | iss

    def _access(self) -> Exit:
        address, world, level = self.access["x"][0], self.world, self.level
        if world.patched == "leaf" or getattr(self.vm.slots[1][1], "is_device", False):
            same = 0 if self.now.pstate & ps.MODE in (ps.MODE_EL0T, ps.MODE_USR) else 1 << EC_SHIFT
            esr = self._syndrome(0x10 if level is None else 0x14 + level) + same
            self.now = enter_exception64(self.now, FEATURES, esr, serror_vector=False)._replace(far_el1=address)
            return self._told()
        if world.patched == "table":
            return self._trapped(Trap(self._syndrome(0x17), address, 0))
        fault = Trap(self._syndrome(_FAULT | (_DESCRIBED if level is None else S1PTW)), address, _HPFAR)
        if world.struck:
            (iss, deferred), world.struck = world.struck, None
            esr = EC_SERROR << EC_SHIFT | IL | iss
            return self._trapped(fault._replace(disr_el1=DISR_A | iss) if deferred else Trap(esr, address, 0))
        if world.label is None:
            return self._trapped(fault)
        world.taken, world.count = fault, world.count + 1
        return self._trapped(world.label.shown(fault))

    def _trapped(self, trap: Trap) -> Exit:
        enabled = self.vm.state.enabled
        aborts = 1 << KIND_DATA_ABORT | 1 << KIND_INSTRUCTION_ABORT
        kinds = enabled.kinds if enabled else aborts if self.vm.arm_sea else 0
        isolated = (Isolated(guest.GPA_TARGET, 12),) if self.world.poisoned else ()
        slots = tuple(Memslot(gpa, memory.size, memory.address, 0) for gpa, memory in self.vm.slots)
        version = enabled.version if enabled else V1_0
        trap = trap._replace(isolated=isolated, memslots=slots, kinds=kinds, version=version,
                             walk_level=self.level if self.world.walks else None)
        emission = emit(trap)
        if enabled:
            seen = emit(trap._replace(walk_level=None)).record  # the emitter looks for no level
            self.world.emitted += [build(seen)] if seen else []
            emission = self.world.lie.emission(trap, emission)
        elif isolated and emission.record:
            emission = Emission(None, None, End.SIGNAL, signal=emission.legacy)
        return self._ended(emission, extended=enabled is not None)

    def _ended(self, emission: Emission, *, extended: bool) -> Exit:
        bus = (Bus(*emission.signal),) if emission.signal else ()
        if emission.record is not None:
            self.open = emission.record
            data = build(emission.record)
            if not extended:  # of the gpa the page alone
                data = data[: _SEA_BYTES - 8] + (emission.record.gpa & -_PAGE).to_bytes(8, "little")
            reason = "KVM_EXIT_ARM_SERROR" if emission.record.kind == KIND_SERROR else "KVM_EXIT_ARM_SEA"
            return Exit(reason, page(reason, self.world.lie.union(data) if extended else data), bus)
        if bus:
            return Exit("EINTR", page("KVM_EXIT_UNKNOWN"), bus)
        if emission.end is End.INJECTED:
            self._applied(apply_reply(FaultReply(serror_pending=1), self.now))
            return self.run() if self.pending is None else Exit("EINTR", page("KVM_EXIT_UNKNOWN"), late=True)
        if emission.end is End.PANIC:
            raise AssertionError("the played kernel panics")
        self.now = enter_exception64(self.now, FEATURES, _SVC, serror_vector=False)  # the access goes well
        return self._told()

    def _applied(self, answer: Applied | Refused) -> None:
        assert isinstance(answer, Applied)
        self.now, self.pending = answer

    def _told(self) -> Exit:
        """The guest at its handler: it stores what it reads, and says that it is done."""
        now = self.now
        self.vm.slots[0][1].write(guest.GPA_RESULT - guest.GPA_IMAGE, guest.RESULT.codec.fast.pack(
            (now.pc - now.vbar_el1) // 0x80, self.here, now.esr_el1, now.far_el1, now.elr_el1, now.spsr_el1,
            now.pstate & ps.DAIF, now.pstate & 1, 4, now.pstate & ps.PAN, now.pstate & ps.UAO, now.pstate & ps.DIT,
            now.pstate & ps.SSBS, now.pstate & ps.TCO,
            b"".join(value.to_bytes(8, "little") for value in PATTERN)))
        return Exit("KVM_EXIT_MMIO", page("KVM_EXIT_MMIO", MMIO.codec.fast.pack(guest.GPA_DONE, bytes(8), 8, 1)))
