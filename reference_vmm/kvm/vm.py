# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A VM: its memory slots, its capabilities, its vCPUs."""

from __future__ import annotations

import contextlib
import os
from typing import Final

from abi.closing import Closing
from abi.definition import PROVISIONAL
from abi.errors import InputError
from reference_vmm.kvm.calls import ioctl
from reference_vmm.kvm.memory import Memory
from reference_vmm.kvm.numbers import CAPABILITIES, ENABLE_CAP, MEMORY_REGION, OTHERS
from reference_vmm.kvm.vcpu import KvmVcpu

DEVICE: Final = "/dev/kvm"
#: Those of the header, and those that upstream has not allocated.
_CAPABILITIES: Final = CAPABILITIES | {name: n for name, n in PROVISIONAL.items() if name.startswith("KVM_CAP_")}


class Vm(Closing):
    """One VM, of type 0; a context manager that gives everything back, the memory of its slots too.

    Raises InputError ``kvm.device`` (no such device, no permission) or ``kvm.version``, KvmError.
    """

    def __init__(self, device: str = DEVICE) -> None:
        self._slots: dict[int, Memory] = {}
        self._vcpus = 0
        with contextlib.ExitStack() as stack:
            kvm = _opened(device)
            stack.callback(os.close, kvm)
            version = ioctl(kvm, "KVM_GET_API_VERSION")
            if version != OTHERS["KVM_API_VERSION"]:
                raise InputError("kvm.version", device, None, hex(OTHERS["KVM_API_VERSION"]), hex(version))
            self._page = ioctl(kvm, "KVM_GET_VCPU_MMAP_SIZE")
            self.fd = ioctl(kvm, "KVM_CREATE_VM")
            stack.callback(os.close, self.fd)
            self._stack = stack.pop_all()

    def close(self) -> None:
        """Close the vCPUs, the VM, /dev/kvm; then unmap the slots' memory."""
        self._stack.close()
        for memory in self._slots.values():
            memory.close()
        self._slots.clear()

    def extension(self, name: str) -> int:
        """What KVM_CHECK_EXTENSION says of a capability; 0: not there."""
        return ioctl(self.fd, "KVM_CHECK_EXTENSION", _CAPABILITIES[name])

    def enable(self, name: str, *args: int) -> None:
        """KVM_ENABLE_CAP on the VM. Raises KvmError where the kernel does not know it."""
        words = b"".join(value.to_bytes(8, "little") for value in args).ljust(32, b"\0")
        ioctl(self.fd, "KVM_ENABLE_CAP", ENABLE_CAP.codec.fast.pack(_CAPABILITIES[name], 0, words, bytes(64)), name)

    def add(self, slot: int, gpa: int, memory: Memory, flags: int = 0) -> Memory:
        """Give the guest memory at a guest physical address; it belongs to the VM from now on."""
        self._region(slot, gpa, memory.size, memory.address, flags)
        self._slots[slot] = memory
        return memory

    def remove(self, slot: int) -> None:
        """Take a slot away, and unmap its memory."""
        self._region(slot, 0, 0, 0, 0)
        self._slots.pop(slot).close()

    def vcpu(self, *features: str) -> KvmVcpu:
        """The next vCPU, initialised with these KVM_ARM_VCPU_* features."""
        vcpu = KvmVcpu(self.fd, self._vcpus, self._page)
        self._vcpus += 1
        self._stack.callback(vcpu.close)
        vcpu.initialise(self.fd, features)
        return vcpu

    def _region(self, slot: int, gpa: int, size: int, address: int, flags: int) -> None:
        ioctl(self.fd, "KVM_SET_USER_MEMORY_REGION",
              MEMORY_REGION.codec.fast.pack(slot, flags, gpa, size, address), f"slot {slot} at {gpa:#x}")


def _opened(device: str) -> int:
    try:
        return os.open(device, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        hint = "as root, or in its group"
        raise InputError("kvm.device", device, None, "KVM", str(error.strerror), hint) from None
