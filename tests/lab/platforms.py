# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The boards that cases can ask for, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from tests.lab.extras import uefi
from tests.lab.lab import Lab
from tests.lab.machine import Platform


def plain(lab: Lab) -> Platform:
    """KVM's host, described by a device tree: no firmware, no ACPI."""
    return Platform("plain", lab.cpu)


def firmware(lab: Lab) -> Platform:
    """The same started by UEFI with ACPI tables: error sources in HEST, KVM as well."""
    return Platform("firmware", lab.cpu, firmware=uefi(lab.site.cache, lab.site.packages))


def guest(lab: Lab) -> Platform:
    """A guest as a VMM makes it, with an error source that the VMM fills: its own kernel judges what it is told."""
    return Platform("guest", lab.cpu, firmware=uefi(lab.site.cache, lab.site.packages), virtualization=False)


PLATFORMS: Final[dict[str, Callable[[Lab], Platform]]] = {"plain": plain, "firmware": firmware, "guest": guest}


def platforms(lab: Lab, names: set[str]) -> Iterator[Platform]:
    """Those that are named, in the order of the table."""
    return (make(lab) for name, make in PLATFORMS.items() if name in names)
