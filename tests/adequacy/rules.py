# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Rules that no mutant switches off: those that no vector asks about, those that an implementation does not have."""

from __future__ import annotations

from typing import Final

from tests.trace import DECIDED_BY

#: What no vector can ask, and the tests that decide it instead.
ELSEWHERE: Final = DECIDED_BY
_KVM_RUN: Final = "the page of KVM_RUN is the VMM's own code"
_TABLES: Final = "the guest's error source is the VMM's own code"
_PRODUCER: Final = "the producer is the kernel's own code"
_VMM: Final = {
    "vmm.exit.reason": _KVM_RUN, "vmm.exit.lifetime": _KVM_RUN, "vmm.migrate": _KVM_RUN,
    "vmm.report.ack": _TABLES, "vmm.report.address": _TABLES, "vmm.report.severity": _TABLES,
}
_NOT_HOST: Final = {
    "host.byte_order": "nothing is turned on the machine that measures",
    "host.enable.once": "KVM_ENABLE_CAP is the kernel's own code",
    "host.enable.known": "KVM_ENABLE_CAP is the kernel's own code",
    "host.reply.none": "the next KVM_RUN is the kernel's own code",
    "host.sequence": _PRODUCER,
    "host.ring.publish": _PRODUCER,
    "host.ring.full": _PRODUCER,
    "host.ring.restart": _PRODUCER,
}
#: By implementation and role, rules that another has code for in that role and this one has not, and why.
NOT_HAD: Final[dict[tuple[str, str], dict[str, str]]] = {
    ("python", "vmm"): {},
    ("python", "host"): {},
    ("c", "vmm"): _VMM | {"host.byte_order": _NOT_HOST["host.byte_order"]},
    ("c", "host"): _NOT_HOST,
    ("rust", "vmm"): _VMM,
}


def why_not(rule: str, role: str, implementation: str) -> str:
    """Why no mutant of the implementation switches the rule off in that role; KeyError if there is no reason."""
    if (implementation, role) not in NOT_HAD:
        return "has not this role"
    return NOT_HAD[implementation, role][rule]
