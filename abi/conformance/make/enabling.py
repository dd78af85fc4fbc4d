# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of KVM_ENABLE_CAP: versions, kinds, critical flags, and when it may come."""

from __future__ import annotations

from typing import Final

from abi.conformance.make.book import Book
from abi.definition import ALL_KINDS, KNOWN_CRITICAL, NEWEST, VERSIONS

ABOUT: Final = "KVM_ENABLE_CAP to what holds from then on, or a refusal."


def fill(book: Book) -> None:
    """Ask."""
    base = {"critical": KNOWN_CRITICAL, "kinds": ALL_KINDS, "major": NEWEST.major, "minor": NEWEST.minor,
            "host_minor": NEWEST.minor}
    for host in VERSIONS:
        for major in (0, 1, 2, 255):
            for minor in (0, 1, 2, 255):
                book.enable(f"enable-{major}.{minor}-on-{host}", "host.enable.known",
                            f"The VMM knows {major}.{minor}, the host writes {host}: the older holds, or EINVAL.",
                            **base | {"major": major, "minor": minor, "host_minor": host.minor})
    for kinds in (0, 1, *(1 << n for n in range(1, 17)), 1 << 31, ALL_KINDS, ALL_KINDS | 1, ALL_KINDS | 1 << 5):
        book.enable(f"enable-kinds-{kinds:x}", "host.enable.known",
                    f"The VMM understands the kinds {kinds:#x}: a bit that is no kind's is EINVAL.",
                    **base | {"kinds": kinds})
    for bit in range(64):
        book.enable(f"enable-critical-{bit}", "host.enable.known",
                    f"Critical flag {bit} alone: one that the host does not know is EINVAL.",
                    **base | {"critical": 1 << bit})
    book.enable("enable-critical-none", "host.enable.known", "No critical flag: a VMM need not understand one.",
                **base | {"critical": 0})
    for enabled in (0, 1):
        for vcpus in (0, 1, 0xFFFF_FFFF):
            for protected in (0, 1):
                book.enable(f"enable-again{enabled}-vcpus{vcpus:x}-protected{protected}",
                            ("host.enable.once", "host.enable.protected"),
                            f"Enabled before {enabled}, {vcpus} vCPUs, protected {protected}: may it be enabled now?",
                            **base | {"enabled": enabled, "vcpus": vcpus, "protected": protected})
