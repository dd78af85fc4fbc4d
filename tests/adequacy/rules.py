# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Rules that no mutant switches off: those that no vector asks about, those that an implementation does not have."""

from __future__ import annotations

from typing import Final

from abi.rules import RECORD_RULES, all_rules
from tests.trace import DECIDED_BY

#: What no vector can ask, and the tests that decide it instead.
ELSEWHERE: Final = DECIDED_BY
_KVM_RUN: Final = "the page of KVM_RUN is the VMM's own code"
_TABLES: Final = "the guest's error source is the VMM's own code"
_VMM: Final = {
    "vmm.exit.reason": _KVM_RUN, "vmm.exit.lifetime": _KVM_RUN, "vmm.migrate": _KVM_RUN,
    "vmm.report.ack": _TABLES, "vmm.report.address": _TABLES, "vmm.report.severity": _TABLES,
}
#: By implementation, rules that it has no code for, and why.
NOT_HAD: Final = {
    "python": {},
    "c": _VMM | {
        "host.byte_order": "nothing is turned on the machine that measures",
        "host.enable.once": "KVM_ENABLE_CAP is the kernel's own code",
        "host.enable.known": "KVM_ENABLE_CAP is the kernel's own code",
        "host.reply.none": "the next KVM_RUN is the kernel's own code",
        "host.ring.full": "the producer is the kernel's own code",
        "host.ring.restart": "the producer is the kernel's own code",
    },
    "rust": _VMM,
}


def expected(implementation: str) -> frozenset[str]:
    """Rules that the implementation must have a mutant of, in some role."""
    rules = {rule for rule in all_rules() if rule not in ELSEWHERE and rule not in NOT_HAD[implementation]}
    if implementation == "rust":  # the VMM's side alone: of the host's rules those that a record or a ring shows
        own = {"host.byte_order", "host.sequence", "host.ring.publish", *RECORD_RULES}
        rules = {rule for rule in rules if rule.startswith("vmm.") or rule in own}
    return frozenset(rules)
