# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The VMM's reply on a vCPU: applied whole, or refused with an errno and nothing changed (rules ``host.reply.*``)."""

from __future__ import annotations

import errno
from typing import Final, NamedTuple

from abi import pstate as ps
from abi.definition import KIND_DATA_ABORT, KIND_INSTRUCTION_ABORT, KIND_SERROR, SEVERITY_UEO
from abi.esr_fields import CM, EA, EC_DABT_LOW, EC_IABT_LOW, EC_SERROR, EC_SHIFT, FNV, FSC, IDS, IL, SET, WNR
from abi.record import FaultInfo
from abi.reply import FaultReply
from abi.vcpu import BASELINE, Vcpu
from reference_host.entry import enter_exception64

_NOT_ON_WALK: Final = 0x10
_ON_WALK: Final = range(0x13, 0x18)
_VSESR_ISS: Final = (1 << 25) - 1


class Applied(NamedTuple):
    """The vCPU when the ioctl returns, and the ISS of an SError that still waits (None: none)."""

    vcpu: Vcpu
    pending_serror: int | None = None


class Refused(NamedTuple):
    """A negative errno and the rule; the vCPU is as it was."""

    errno: int
    rule: str


def apply_reply(
    reply: FaultReply, vcpu: Vcpu, kind: int = 0, features: frozenset[str] = BASELINE, *, host_ras: bool = True
) -> Applied | Refused:
    """KVM_SET_VCPU_EVENTS on a vCPU whose last exit was a record of ``kind`` (0: none)."""
    rule = _refusal(reply, kind, features, host_ras=host_ras)
    if rule:
        return Refused(-errno.EINVAL, rule)
    if reply.ext_dabt_pending or reply.ext_iabt_pending:
        vcpu = _inject_abort(reply, vcpu, features)
    if not reply.serror_pending:
        return Applied(vcpu)
    iss = reply.serror_esr if reply.serror_has_esr else IDS
    if vcpu.pstate & ps.A:
        return Applied(vcpu, iss)
    esr = EC_SERROR << EC_SHIFT | IL | iss
    return Applied(enter_exception64(vcpu, features, esr, serror_vector=True))


def without_reply(record: FaultInfo, vcpu: Vcpu, features: frozenset[str] = BASELINE) -> Applied:
    """The next KVM_RUN came without a reply (rule ``host.reply.none``)."""
    if record.kind != KIND_SERROR or record.severity == SEVERITY_UEO:
        return Applied(vcpu)
    applied = apply_reply(FaultReply(serror_pending=1), vcpu, record.kind, features)
    assert isinstance(applied, Applied)
    return applied


def _refusal(reply: FaultReply, kind: int, features: frozenset[str], *, host_ras: bool) -> str:
    """The rule that the reply breaks, or ""."""
    flags = reply[:6]
    if any(reply.pad) or any(reply.reserved) or max(flags) > 1:
        return "host.reply.reserved"
    if reply.ext_dabt_pending and reply.ext_iabt_pending:
        return "host.reply.one_abort"
    if not _kind_fits(reply, kind):
        return "host.reply.kind"
    if (reply.serror_has_esr and not host_ras) or reply.serror_esr & ~_VSESR_ISS:
        return "host.reply.serror"
    # KVM_GET_VCPU_EVENTS sets serror_has_esr whether or not one is pending, and VMMs write back what they read.
    if reply.serror_esr and not (reply.serror_has_esr and reply.serror_pending):
        return "host.reply.serror"
    return _abort_refusal(reply, features)


def _kind_fits(reply: FaultReply, kind: int) -> bool:
    if kind == 0 or not (reply.ext_dabt_pending or reply.ext_iabt_pending):
        return True
    return kind == (KIND_DATA_ABORT if reply.ext_dabt_pending else KIND_INSTRUCTION_ABORT)


def _abort_refusal(reply: FaultReply, features: frozenset[str]) -> str:
    said = reply.ext_abt_has_esr or reply.ext_abt_has_far
    stray = (reply.ext_abt_esr and not reply.ext_abt_has_esr) or (reply.ext_abt_far and not reply.ext_abt_has_far)
    if stray or (said and not (reply.ext_dabt_pending or reply.ext_iabt_pending)):
        return "host.reply.esr"
    allowed = FSC | EA | (WNR | CM if reply.ext_dabt_pending else 0) | (SET if "FEAT_RAS" in features else 0)
    fsc = reply.ext_abt_esr & FSC
    if reply.ext_abt_has_esr and (reply.ext_abt_esr & ~allowed or (fsc != _NOT_ON_WALK and fsc not in _ON_WALK)):
        return "host.reply.esr"
    if fsc in _ON_WALK and not reply.ext_abt_has_far:
        return "host.reply.far"
    return ""


def _inject_abort(reply: FaultReply, vcpu: Vcpu, features: frozenset[str]) -> Vcpu:
    """EC, IL, FnV and the vector are chosen here (rules ``host.reply.entry``, ``host.reply.fnv``)."""
    user = vcpu.pstate & ps.MODE in (ps.MODE_EL0T, ps.MODE_USR)
    ec = (EC_DABT_LOW if reply.ext_dabt_pending else EC_IABT_LOW) + (0 if user else 1)
    iss = reply.ext_abt_esr if reply.ext_abt_has_esr else _NOT_ON_WALK
    if iss & FSC == _NOT_ON_WALK and not reply.ext_abt_has_far:
        iss |= FNV
    ease = "FEAT_DoubleFault2" in features and bool(vcpu.sctlr2_el1 & ps.SCTLR2_EASE)
    entered = enter_exception64(vcpu, features, ec << EC_SHIFT | IL | iss, serror_vector=ease)
    return entered._replace(far_el1=reply.ext_abt_far)
