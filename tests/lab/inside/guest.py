# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Runs the bare-metal guest ``abort.bin`` on KVM: one VM, one vCPU, many accesses."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple

from abi.trap import Memslot
from reference_vmm.kvm.memory import PAGE, Memory
from reference_vmm.kvm.run import Exit
from reference_vmm.kvm.vm import Vm
from tests.lab import guest

BUILT: Final = Path("/opt/built")
#: PSTATE at an access from EL1 with SP_EL1, all exceptions masked.
EL1H: Final = 0x3C5
#: Registers that the guest finds as after a reset, before it sets up the others.
ENTRY: Final = ("pstate", "sctlr_el1", "sctlr2_el1", "esr_el1", "far_el1")
#: x1 to x30 at every access; an injection must leave them alone.
PATTERN: Final = tuple(0x1111_0000_0000_0000 + 0x0101 * n for n in range(31))
#: Feature -> the field of an ID register that says so (4 bits), and its least value.
ID_FIELDS: Final = {
    "PAN": ("id_aa64mmfr1_el1", 20, 1), "UAO": ("id_aa64mmfr2_el1", 4, 1), "DIT": ("id_aa64pfr0_el1", 48, 1),
    "SSBS": ("id_aa64pfr1_el1", 4, 2), "TCO": ("id_aa64pfr1_el1", 8, 2), "LSE": ("id_aa64isar0_el1", 20, 2),
    "AArch32 at EL0": ("id_aa64pfr0_el1", 0, 2), "SCTLR2": ("id_aa64mmfr3_el1", 4, 1),
}


class Access(NamedTuple):
    """One access of the guest; ``state`` is PSTATE at it, as SPSR_EL1 holds it."""

    name: str
    address: int
    state: int
    sctlr_flipped: int = 0
    ttbr0_el1: int = 0
    tcr_el1: int = 0


class Guest:
    """The VM with the guest; ``target`` is the memory whose access aborts (RAM unless given)."""

    def __init__(self, vm: Vm, target: Memory | None = None) -> None:
        self.vm = vm
        self.ram = vm.add(0, guest.GPA_IMAGE, Memory.anonymous(guest.RAM_SIZE))
        self.target = vm.add(1, guest.GPA_TARGET, target or Memory.anonymous(PAGE))
        self.slots = tuple(Memslot(gpa, memory.size, memory.address, 0)
                           for gpa, memory in ((guest.GPA_IMAGE, self.ram), (guest.GPA_TARGET, self.target)))
        self.ram.write(0, (BUILT / guest.IMAGE.name).read_bytes())
        self.vcpu = vm.vcpu()
        self._entry = {name: self.vcpu.get(name) for name in ENTRY if self.vcpu.has(name)} | {"pc": guest.GPA_IMAGE}
        self._ended = False
        self.reported = sum(
            1 << bit for bit, name in enumerate(guest.REPORTED) if self.can(name.upper()))

    def start(self, access: Access) -> None:
        """Put the vCPU at the guest's entry, and tell the guest what to do; it has not run yet.

        KVM_ARM_VCPU_INIT only after a run that did not end: it would give up the stage-2 tables.
        """
        if self._ended:
            self.vcpu.settle()
            for name, value in self._entry.items():
                self.vcpu.set(name, value)
        else:
            self.vcpu.reset()
            self.vcpu.set("pc", guest.GPA_IMAGE)
        self._ended = False
        registers = (access.address, *PATTERN[1:])
        self._put(guest.GPA_PARAM, guest.PARAM.codec.fast.pack(
            guest.ACCESSES.index(access.name), access.state, access.sctlr_flipped, access.ttbr0_el1,
            access.tcr_el1, self.reported,
            b"".join(value.to_bytes(8, "little") for value in registers)))
        self._put(guest.GPA_RESULT, bytes(guest.RESULT.size))

    def seen(self, exited: Exit) -> dict[str, Any]:
        """What the guest tells after it has reached its handler; ``registers_kept``: x1 to x30 are as they were."""
        if exited.reason != "KVM_EXIT_MMIO" or exited.mmio.address != guest.GPA_DONE:
            return {"exit": exited.reason, "late": exited.late, "pc": hex(self.vcpu.get("pc"))}
        self._ended = True
        data = self.ram.read(guest.GPA_RESULT - guest.GPA_IMAGE, guest.RESULT.size)
        values = dict(zip(guest.RESULT.codec.names, guest.RESULT.codec.fast.unpack(data), strict=True))
        kept = values.pop("x")[8:] == b"".join(value.to_bytes(8, "little") for value in PATTERN[1:])
        shown = {n: v for n, v in values.items() if n not in guest.REPORTED
                 or self.reported >> list(guest.REPORTED).index(n) & 1}
        return {name: hex(value) for name, value in shown.items()} | {"registers_kept": kept}

    def ready(self, exited: Exit) -> bool:
        """Whether the guest waits for an SError."""
        return exited.reason == "KVM_EXIT_MMIO" and exited.mmio.address == guest.GPA_READY

    def _put(self, gpa: int, data: bytes) -> None:
        self.ram.write(gpa - guest.GPA_IMAGE, data)

    def can(self, feature: str) -> bool:
        """Whether the vCPU has a feature of ID_FIELDS; "" is on every CPU."""
        if not feature:
            return True
        register, lo, least = ID_FIELDS[feature]
        return least <= self.vcpu.get(register) >> lo & 0xF < 0xF
