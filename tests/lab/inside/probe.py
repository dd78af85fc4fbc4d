# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the kernel under test says of its KVM."""

from __future__ import annotations

import fcntl
import os
import struct
from pathlib import Path
from typing import Any, Final

from tests.lab.inside.channel import Inside

KVM_GET_API_VERSION: Final = 0xAE00
KVM_CHECK_EXTENSION: Final = 0xAE03
#: As in <linux/kvm.h>.
CAPABILITIES: Final = {
    "KVM_CAP_VCPU_EVENTS": 41, "KVM_CAP_ARM_INJECT_SERROR_ESR": 158, "KVM_CAP_ARM_NISV_TO_USER": 177,
    "KVM_CAP_ARM_INJECT_EXT_DABT": 178, "KVM_CAP_ARM_SEA_TO_USER": 245,
}


def kvm(_inside: Inside) -> dict[str, Any]:
    """The API's version and the capabilities that matter here."""
    fd = os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC)
    try:
        version = fcntl.ioctl(fd, KVM_GET_API_VERSION, 0)
        return {"api": version} | {
            name: fcntl.ioctl(fd, KVM_CHECK_EXTENSION, number) for name, number in CAPABILITIES.items()
        }
    finally:
        os.close(fd)


HEST: Final = Path("/sys/firmware/acpi/tables/HEST")
#: Bytes: the table's header and its count of sources; a generic hardware error source version 2.
_HEADER: Final = 40
_GHES_V2: Final = 10
_GHES_V2_SIZE: Final = 92
_NOTIFICATION: Final = 32


def acpi(inside: Inside) -> dict[str, Any]:
    """KVM's capabilities under ACPI, and the notification type of each GHESv2 error source in HEST."""
    table = HEST.read_bytes()
    count, = struct.unpack_from("<I", table, _HEADER - 4)
    sources = [table[_HEADER + n * _GHES_V2_SIZE:][:_GHES_V2_SIZE] for n in range(count)]
    kinds = [struct.unpack_from("<H", source)[0] for source in sources]
    if set(kinds) != {_GHES_V2}:
        raise ValueError(f"error sources of types {kinds}, not all {_GHES_V2}")
    return kvm(inside) | {"notifications": [source[_NOTIFICATION] for source in sources]}
