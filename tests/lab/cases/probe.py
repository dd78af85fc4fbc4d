# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the kernel offers, asked before anything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.lab.case import Case, Finding, Said

KVM_API_VERSION: Final = 12


def _is_kvm(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    if result["api"] == KVM_API_VERSION:
        return ()
    return (Finding("KVM_GET_API_VERSION", str(KVM_API_VERSION), str(result["api"])),)


CASES: Final = (
    Case("probe.kvm", "KVM is there, with its capabilities", "tests.lab.inside.probe:kvm", judge=_is_kvm),
)
