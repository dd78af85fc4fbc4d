# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Rule vmm.migrate: an answered vCPU takes its error along in its own registers, an unanswered one loses it."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given, settings

from abi.decode import Decoded
from abi.definition import KVM_EXIT_ARM_SERROR
from abi.exit_page import HostSide, VmmSide, attach_exit_page, create_exit_page
from abi.record import FaultInfo
from abi.reply import FaultReply, build_reply
from abi.vcpu import Machine, Vcpu
from reference_host.reply import Applied, apply_reply
from reference_vmm.answer import reply_for
from reference_vmm.decide import decide
from reference_vmm.parse import parse_vcpu
from tests.cli import by_hand
from tests.reference_vmm.strategies import machines, records, vcpus


def saved(applied: Applied) -> str:
    """What a VMM saves of a vCPU: its registers, and the SError that KVM_GET_VCPU_EVENTS says is pending."""
    events = {} if applied.pending_serror is None else {"pending_serror": hex(applied.pending_serror)}
    return json.dumps({name: hex(value) for name, value in applied.vcpu._asdict().items()} | events)


def restored(text: str) -> Applied:
    vcpu, machine = parse_vcpu(text)
    return Applied(vcpu, machine.pending_serror)


@settings(max_examples=300, deadline=None)
@given(records(kinds=(1, 2, 3)), vcpus(), machines(targets=True))
def test_an_answered_vcpu_takes_what_the_guest_must_see_along(record: FaultInfo, vcpu: Vcpu, machine: Machine) -> None:
    """vmm.migrate: registers and pending SError are the same elsewhere, and one of them has changed"""
    decision = decide(Decoded(record, ()), vcpu, machine)
    reply = reply_for(decision, record)
    if reply is None:
        return
    applied = apply_reply(reply, vcpu, record.kind, machine.features, host_ras="FEAT_RAS" in machine.features)
    assert isinstance(applied, Applied)
    assert applied != Applied(vcpu)
    assert restored(saved(applied)) == applied


def test_an_unanswered_exit_is_lost_with_the_host_that_it_came_from() -> None:
    """vmm.migrate: the saved vCPU does not know of it, and the destination takes no answer to it"""
    host, vmm = sides()
    host.publish(by_hand.serror(0xC11, 3), KVM_EXIT_ARM_SERROR)
    assert vmm.fetch() is not None
    unanswered = Applied(Vcpu(pc=0x1000, pstate=0x3C5, vbar_el1=0x8000, sctlr_el1=0))
    assert restored(saved(unanswered)) == unanswered
    destination, there = sides()
    assert there.fetch() is None
    with pytest.raises(ValueError, match="no exit was fetched"):
        there.reply(build_reply(FaultReply(serror_pending=1)))
    assert destination.take_reply() is None


def sides() -> tuple[HostSide, VmmSide]:
    fd = create_exit_page()
    memory = attach_exit_page(fd)
    os.close(fd)
    return HostSide(memory), VmmSide(memory)
