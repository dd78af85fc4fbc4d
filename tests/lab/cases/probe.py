# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the kernel offers, asked before anything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.lab.case import PROVISIONAL_CAPS, Case, Facts, Finding, Said

KVM_API_VERSION: Final = 12
#: Of a HEST error source: a synchronous external abort.
NOTIFY_SEA: Final = "SEA"


def _is_kvm(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    if result["api"] == KVM_API_VERSION:
        return ()
    return (Finding("KVM_GET_API_VERSION", str(KVM_API_VERSION), str(result["api"])),)


def since_qemu_10_2(facts: Facts) -> str | None:
    """An error source for SEA, one for GPIO, and a QMP command that fills that."""
    return None if facts.emulator >= (10, 2) else "QEMU before 10.2 has one error source and no QMP command for it"


def _has_sea_source(result: Said, others: Mapping[str, Said]) -> tuple[Finding, ...]:
    if NOTIFY_SEA in result["notifications"]:
        return _is_kvm(result, others)
    return (Finding("HEST", f"a source with notification type {NOTIFY_SEA}", str(result["notifications"])),)


CASES: Final = (
    Case("probe.kvm", "KVM is there, with its capabilities", "tests.lab.inside.probe:kvm",
         PROVISIONAL_CAPS, judge=_is_kvm),
    Case("probe.acpi", "started by firmware with ACPI, KVM is there too, and HEST", "tests.lab.inside.probe:acpi",
         PROVISIONAL_CAPS, platform="firmware", needs=since_qemu_10_2, judge=_has_sea_source),
)
