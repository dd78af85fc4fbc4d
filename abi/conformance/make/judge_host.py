# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Judges of replies and of enabling: the rules' conditions side by side, the entry by the VMM's own rules.

Which of several broken rules is named is the answer's to choose; that one of them is, and that nothing is
refused that breaks none, is judged.
"""

from __future__ import annotations

import errno
import struct
from typing import Final

from abi import pstate as ps
from abi.conformance import values as v
from abi.conformance.make.judge_channel import differ
from abi.conformance.protocol import Values
from abi.rules import on_answer, wanted
from abi.vcpu import Answer, Decision, Machine, Vcpu

#: struct kvm_vcpu_events of spec/reply.rst: six flags, two bytes of padding, three words, 32 bytes of nothing.
_EVENTS: Final = struct.Struct("<6B2sQQQ32s")
_ON_WALK: Final = range(0x13, 0x18)
_EA, _CM, _WNR, _SET, _FNV, _IL, _IDS = 1 << 9, 1 << 8, 1 << 6, 3 << 11, 1 << 10, 1 << 25, 1 << 24
_UEO: Final = 2


def judge_reply(asked: Values, said: Values) -> tuple[str, ...]:
    """host.reply.*: refused if and only if a rule is broken, else the vCPU as the architecture enters EL1."""
    vcpu, machine = v.vcpu_of(asked), Machine(features=v.features_of(asked))
    if not asked["reply"]:
        serror = asked["kind"] == 3 and asked["severity"] != _UEO
        return differ(said, _pended(vcpu, machine, _IDS) if serror else v.after(vcpu))
    broken = _broken(asked, machine)
    if broken:
        named = said["rule"].decode()
        wrong = differ(said, v.after(vcpu) | {"errno": errno.EINVAL, "rule": said["rule"]})
        return wrong if named in broken else (*wrong, f"{named or 'no rule'}, not {' or '.join(broken)}")
    pending, has_esr, data, fetch, has_iss, has_far, _, serror_esr, iss, far, _ = _EVENTS.unpack(asked["reply"])
    if data or fetch:
        iss = (iss if has_iss else 0x10) | (0 if has_far or iss & 0x3F in _ON_WALK else _FNV)
        low = vcpu.pstate & ps.MODE not in on_answer.FROM_EL1
        ease = "FEAT_DoubleFault2" in machine.features and vcpu.sctlr2_el1 & ps.SCTLR2_EASE
        ec = (0x24 if data else 0x20) + (not low)
        vcpu = _entered(vcpu, machine, ec << 26 | _IL | iss, 0x180 if ease else 0)._replace(far_el1=far)
    if not pending:
        return differ(said, v.after(vcpu))
    return differ(said, _pended(vcpu, machine, serror_esr if has_esr else _IDS))


def _broken(asked: Values, machine: Machine) -> tuple[str, ...]:
    """Every rule that the reply breaks."""
    flags = asked["reply"][:6]
    pending, has_esr, data, fetch, has_iss, has_far, pad, serror_esr, iss, far, rest = _EVENTS.unpack(asked["reply"])
    allowed = 0x3F | _EA | (_WNR | _CM if data else 0) | (_SET if "FEAT_RAS" in machine.features else 0)
    known = iss & 0x3F == 0x10 or iss & 0x3F in _ON_WALK
    stray = (iss and not has_iss) or (far and not has_far) or ((has_iss or has_far) and not (data or fetch))
    wrong = {
        "reserved": max(flags) > 1 or any(pad) or any(rest),
        "one_abort": data and fetch,
        "kind": asked["kind"] and ((data and asked["kind"] != 1) or (fetch and asked["kind"] != 2)),
        "serror": (has_esr and not asked["host_ras"]) or serror_esr >> 25
        or (serror_esr and not (has_esr and pending)),
        "esr": stray or (has_iss and (iss & ~allowed or not known)),
        "far": has_iss and iss & 0x3F in _ON_WALK and not has_far,
    }
    return tuple(f"host.reply.{name}" for name, broken in wrong.items() if broken)


def _pended(vcpu: Vcpu, machine: Machine, iss: int) -> Values:
    if vcpu.pstate & ps.A:
        return v.after(vcpu) | {"has_pending_serror": 1, "pending_serror": iss}
    return v.after(_entered(vcpu, machine, 0x2F << 26 | _IL | iss, 0x180))


def _entered(vcpu: Vcpu, machine: Machine, esr: int, offset: int) -> Vcpu:
    base = vcpu.vbar_el1 - vcpu.vbar_el1 % ps.VECTORS + wanted.VECTOR_SETS.get(vcpu.pstate & ps.MODE, 0)
    state = on_answer.new_pstate(Answer(None, vcpu, machine, Decision("inject", ""), vcpu))
    return vcpu._replace(pc=base + offset, pstate=state, esr_el1=esr, elr_el1=vcpu.pc, spsr_el1=vcpu.pstate)


def judge_enable(asked: Values, said: Values) -> tuple[str, ...]:
    """host.enable.*: refused for each of the reasons, else the older of both versions and what was asked for."""
    reasons = {
        "host.enable.protected": asked["protected"],
        "host.enable.once": asked["enabled"] or asked["vcpus"],
        "host.enable.known": asked["major"] != 1 or asked["kinds"] & ~0b11110 or asked["critical"] & ~(1 << 32),
    }
    broken = [rule for rule, holds in reasons.items() if holds]
    if not broken:
        right = {name: asked[name] for name in ("major", "kinds", "critical")}
        return differ(said, right | {"minor": min(asked["minor"], asked["host_minor"])})
    wrong = differ(said, {"errno": errno.EINVAL, "rule": said["rule"]})
    return wrong if said["rule"].decode() in broken else (*wrong, *broken)
