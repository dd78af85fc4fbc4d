# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A vCPU: made and reset, its registers, its events, its runs."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable
from typing import Final

from abi.definition import KVM_RUN
from abi.reply import VCPU_EVENTS, FaultReply, build_reply, parse_reply
from abi.vcpu import Vcpu
from reference_vmm.kvm import run as running
from reference_vmm.kvm.calls import KvmError, ffi, ioctl, tried
from reference_vmm.kvm.numbers import MMIO, ONE_REG, UNION, VCPU_FEATURES, VCPU_INIT
from reference_vmm.kvm.registers import identifier

#: How long a run may take that has no limit of its own.
SECONDS: Final = 5.0
#: Registers that are not there on every CPU: 0 in ``Vcpu`` then.
_OPTIONAL: Final = ("sctlr2_el1", "gcscr_el1")
_IMMEDIATE: Final = KVM_RUN.offsets["immediate_exit"]


class KvmVcpu:
    """One vCPU of a VM; made by ``Vm.vcpu``."""

    def __init__(self, vm: int, index: int, page: int) -> None:
        self.index = index
        self.features: frozenset[str] = frozenset()
        self.fd = ioctl(vm, "KVM_CREATE_VCPU", index)
        self._map = mmap.mmap(self.fd, page)
        self._page = memoryview(self._map)
        self._init = b""
        self._value = ffi.new("uint64_t *")
        self._at = int(ffi.cast("uintptr_t", self._value))
        self._absent: set[str] = set()
        self._unfinished = False

    def initialise(self, vm: int, features: Iterable[str]) -> None:
        """Make it what KVM_ARM_PREFERRED_TARGET says, with these KVM_ARM_VCPU_* features. Raises KvmError."""
        init = bytearray(VCPU_INIT.size)
        ioctl(vm, "KVM_ARM_PREFERRED_TARGET", init)
        target, _ = VCPU_INIT.codec.fast.unpack(init)
        self.features = frozenset(features)
        bits = sum(1 << VCPU_FEATURES[name] for name in self.features)
        self._init = VCPU_INIT.codec.fast.pack(target, bits.to_bytes(4, "little"))
        self.reset()
        running.block()
        ioctl(self.fd, "KVM_SET_SIGNAL_MASK", running.mask())

    def close(self) -> None:
        """Unmap the page, close the descriptor."""
        self._page.release()
        self._map.close()
        os.close(self.fd)

    def reset(self) -> None:
        """Every register as after a reset (KVM_ARM_VCPU_INIT); nothing is pending.

        Without FEAT_S2FWB the kernel also gives up the VM's stage-2 tables, if the vCPU has run.
        """
        self.settle()
        ioctl(self.fd, "KVM_ARM_VCPU_INIT", self._init, " ".join(sorted(self.features)))

    def get(self, name: str) -> int:
        """A register. Raises KvmError (ENOENT) for one that this vCPU does not have."""
        self._one("KVM_GET_ONE_REG", name)
        return int(self._value[0])

    def set(self, name: str, value: int) -> None:
        """Write a register. Raises KvmError."""
        self._value[0] = value
        self._one("KVM_SET_ONE_REG", name)

    def has(self, name: str) -> bool:
        """Whether the vCPU has that register."""
        returned, _ = tried(self.fd, "KVM_GET_ONE_REG", ONE_REG.codec.fast.pack(identifier(name), self._at))
        return returned == 0

    def state(self) -> Vcpu:
        """What an exception entry to EL1 reads and writes."""
        values: dict[str, int] = {}
        for name in Vcpu._fields:
            if name in self._absent:
                continue
            try:
                values[name] = self.get(name)
            except KvmError:
                if name not in _OPTIONAL:
                    raise
                self._absent.add(name)
        return Vcpu(**values)

    def events(self) -> FaultReply:
        """KVM_GET_VCPU_EVENTS."""
        data = bytearray(VCPU_EVENTS.size)
        ioctl(self.fd, "KVM_GET_VCPU_EVENTS", data)
        return parse_reply(bytes(data))

    def set_events(self, events: FaultReply) -> None:
        """KVM_SET_VCPU_EVENTS. Raises KvmError; that it returns says nothing of what it did."""
        ioctl(self.fd, "KVM_SET_VCPU_EVENTS", build_reply(events))

    def run(self, seconds: float = SECONDS) -> running.Exit:
        """Enter the guest until it exits, a SIGBUS comes, or the time has passed."""
        exited = running.run(self.fd, self._page, seconds)
        self._unfinished = exited.reason == "KVM_EXIT_MMIO"
        return exited

    def answer(self, data: bytes) -> None:
        """What the read of the last KVM_EXIT_MMIO gives; bytes, little-endian."""
        start = UNION + MMIO.offsets["data"]
        self._page[start : start + len(data)] = data

    def settle(self) -> None:
        """Complete what an MMIO exit has left, if any: the next run would else move a new PC on."""
        if self._unfinished:
            self.complete()

    def complete(self) -> running.Exit:
        """Let the kernel finish the instruction of the last MMIO exit, and enter no guest.

        Documentation/virt/kvm/api.rst: the state of the vCPU is consistent only then.
        """
        self._page[_IMMEDIATE] = 1
        self._unfinished = False
        try:
            return running.run(self.fd, self._page, SECONDS)
        finally:
            self._page[_IMMEDIATE] = 0

    def _one(self, request: str, name: str) -> None:
        ioctl(self.fd, request, ONE_REG.codec.fast.pack(identifier(name), self._at), name)
