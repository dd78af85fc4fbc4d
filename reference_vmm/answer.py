# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The decision as a reply for the host: ``kvm_vcpu_events`` of spec/reply.rst."""

from __future__ import annotations

from abi.definition import KIND_DATA_ABORT
from abi.esr_fields import CM, EA, FSC, IDS, SET, WNR
from abi.record import FaultInfo
from abi.reply import FaultReply
from abi.vcpu import Decision

_SAID = FSC | EA | CM | WNR | SET


def reply_for(decision: Decision, record: FaultInfo) -> FaultReply | None:
    """The reply that makes the host do what was decided; None where there is nothing for it to do.

    FnV, EC, IL and the vector are the host's to choose. The bare IDS=1 form is what the host gives
    when no syndrome is said.
    """
    if decision.action == "inject":
        data = record.kind == KIND_DATA_ABORT
        return FaultReply(
            ext_dabt_pending=int(data),
            ext_iabt_pending=int(not data),
            ext_abt_has_esr=1,
            ext_abt_has_far=int(decision.has_far),
            ext_abt_esr=decision.esr_el1 & _SAID,
            ext_abt_far=decision.far_el1,
        )
    if decision.action == "pend":
        bare = decision.serror_esr == IDS
        return FaultReply(serror_pending=1, serror_has_esr=int(not bare), serror_esr=0 if bare else decision.serror_esr)
    return None
