# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the kernel under test says of its KVM."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from tests.lab.inside.channel import Inside
from tests.lab.inside.firmware import sources

KVM_GET_API_VERSION: Final = 0xAE00
KVM_CREATE_VM: Final = 0xAE01
KVM_CHECK_EXTENSION: Final = 0xAE03
#: As in <linux/kvm.h>.
CAPABILITIES: Final = {
    "KVM_CAP_VCPU_EVENTS": 41, "KVM_CAP_ARM_INJECT_SERROR_ESR": 158, "KVM_CAP_ARM_NISV_TO_USER": 177,
    "KVM_CAP_ARM_INJECT_EXT_DABT": 178, "KVM_CAP_ARM_SEA_TO_USER": 245,
}
_NONE: Final[Mapping[str, int]] = MappingProxyType({})


def kvm(_inside: Inside, provisional: Mapping[str, int] = _NONE) -> dict[str, Any]:
    """The API's version and the capabilities of a VM that matter here; ``provisional``: not in <linux/kvm.h>."""
    fd = os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC)
    try:
        version = fcntl.ioctl(fd, KVM_GET_API_VERSION, 0)
        vm = fcntl.ioctl(fd, KVM_CREATE_VM, 0)
        try:
            return {"api": version} | {
                name: fcntl.ioctl(vm, KVM_CHECK_EXTENSION, number)
                for name, number in (*CAPABILITIES.items(), *provisional.items())
            }
        finally:
            os.close(vm)
    finally:
        os.close(fd)


def acpi(inside: Inside, provisional: Mapping[str, int]) -> dict[str, Any]:
    """KVM's capabilities under ACPI, and how each error source in HEST announces its records."""
    return kvm(inside, provisional) | {"notifications": [source.notification for source in sources()]}
