# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The exception entry to EL1 against a table written by hand from the Arm ARM, and against the host's own entry.

The host carries out a reply by code that shares nothing with the VMM's; wherever both can do it, the
guest must not be able to tell which one did.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given, settings

from abi.decode import Decoded
from abi.record import FaultInfo
from abi.vcpu import BASELINE, Decision, Machine, Vcpu
from reference_host.entry import enter_exception64
from reference_host.reply import Applied, apply_reply
from reference_vmm.answer import reply_for
from reference_vmm.decide import decide
from reference_vmm.inject import apply, take_exception, take_serror
from tests.abi.broken_records import SERROR
from tests.reference_vmm.strategies import ELSEWHERE, machines, read_records, vcpus

VBAR = 0xFFFF_8000_1000_0800
#: Arm ARM, AArch64.TakeException(): where the exception comes from -> offset of a synchronous one, EC of a data abort.
MODES = {
    "EL0t": (0x00, 0x400, 0x24),
    "EL1t": (0x04, 0x000, 0x25),
    "EL1h": (0x05, 0x200, 0x25),
    "AArch32 User": (0x10, 0x600, 0x24),
}
#: PSTATE bits by hand: SPSR_EL1 layout.
DAIF_EL1H = 0x3C5
PAN, SSBS, TCO, ALLINT = 1 << 22, 1 << 12, 1 << 25, 1 << 13
PM, PPEND, EXLOCK, PACM, UINJ = (1 << n for n in range(32, 37))
SPAN, DSSBS, SPINTMASK, EXLOCKEN, EASE = 1 << 23, 1 << 44, 1 << 62, 1 << 6, 1 << 5
EL1 = ("EL1t", "EL1h")
U64 = (1 << 64) - 1


class Row(NamedTuple):
    """What one bit of PSTATE is in the handler, by what decides it."""

    said: str
    feature: str
    bit: int
    before: int = 0  # PSTATE, beside the mode
    sctlr: int = SPAN | SPINTMASK
    gcscr: int = 0
    only: tuple[str, ...] = tuple(MODES)  # elsewhere the bit is 0


ROWS = (
    Row("PAN is set with SPAN=0", "FEAT_PAN", PAN, sctlr=U64 & ~SPAN),
    Row("PAN stays 1 with SPAN=1", "FEAT_PAN", PAN, before=PAN),
    Row("PAN stays 0 with SPAN=1", "FEAT_PAN", 0),
    Row("SSBS is SCTLR_EL1.DSSBS, 1", "FEAT_SSBS", SSBS, sctlr=SPAN | SPINTMASK | DSSBS),
    Row("SSBS is SCTLR_EL1.DSSBS, 0", "FEAT_SSBS", 0, before=SSBS, sctlr=U64 & ~DSSBS),
    Row("TCO is set", "FEAT_MTE", TCO),
    Row("ALLINT is set with SPINTMASK=0", "FEAT_NMI", ALLINT, sctlr=U64 & ~SPINTMASK),
    Row("ALLINT is cleared with SPINTMASK=1", "FEAT_NMI", 0, before=ALLINT),
    Row("EXLOCK is GCSCR_EL1.EXLOCKEN from the same EL, 0 from below", "FEAT_GCS", EXLOCK, gcscr=EXLOCKEN, only=EL1),
    Row("EXLOCK is cleared with EXLOCKEN=0", "FEAT_GCS", 0, before=EXLOCK, gcscr=U64 & ~EXLOCKEN),
    Row("PM is set", "FEAT_EBEP", PM),
    Row("PPEND is cleared", "FEAT_SEBEP", 0, before=PPEND),
    Row("UINJ is cleared", "FEAT_UINJ", 0, before=UINJ),
    Row("PACM is cleared", "FEAT_PAuth_LR", 0, before=PACM),
    Row("UAO, SS, IL and BTYPE are cleared", "FEAT_UAO", 0, before=1 << 23 | 1 << 21 | 1 << 20 | 3 << 10),
    Row("NZCV and DIT stay", "FEAT_RAS", 0xF << 28 | 1 << 24, before=0xF << 28 | 1 << 24),
    Row("DAIF is set whatever it was", "FEAT_RAS", 0),
)


def entered_by_both(vcpu: Vcpu, features: frozenset[str], esr: int, *, serror_vector: bool) -> Vcpu:
    """The entry as both sides make it, which must be one."""
    vmm = take_exception(vcpu, Machine(features=features), esr, 0x180 if serror_vector else 0)
    assert vmm == enter_exception64(vcpu, features, esr, serror_vector=serror_vector)
    return vmm


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.said)
def test_pstate_in_the_handler_is_what_the_architecture_says(row: Row, mode: str) -> None:
    """vmm.entry.state"""
    before = row.before | MODES[mode][0]
    vcpu = Vcpu(0x1000, before, VBAR, row.sctlr, gcscr_el1=row.gcscr)
    after = entered_by_both(vcpu, frozenset({row.feature}), 0, serror_vector=False)
    assert after.pstate == DAIF_EL1H | (row.bit if mode in row.only else 0)
    assert after.spsr_el1 == before
    assert after.elr_el1 == 0x1000


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.feature not in ("FEAT_RAS", "FEAT_UAO")], ids=lambda row: row.said
)
def test_a_bit_of_a_feature_that_is_not_there_is_zero(row: Row, mode: str) -> None:
    vcpu = Vcpu(0x1000, row.before | MODES[mode][0], VBAR, row.sctlr, gcscr_el1=row.gcscr)
    assert entered_by_both(vcpu, frozenset(), 0, serror_vector=False).pstate == DAIF_EL1H


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("features", "sctlr2", "offset"),
    [
        (BASELINE, 0, 0x000),
        (BASELINE, EASE, 0x180),
        (BASELINE - {"FEAT_DoubleFault2"}, EASE, 0x000),
        (BASELINE, U64 & ~EASE, 0x000),
    ],
)
@pytest.mark.parametrize("kind", [1, 2])
def test_an_abort_enters_at_the_vector_and_with_the_class_of_where_it_came_from(
    mode: str, features: frozenset[str], sctlr2: int, offset: int, kind: int
) -> None:
    """vmm.sea.vector, vmm.esr.rewrite: EASE moves the vector, never the exception class"""
    bits, vectors, ec = MODES[mode]
    record = FaultInfo(kind=kind, esr=0x92000010 if kind == 1 else 0x82000010, far=0x123, flags=1)
    vcpu, machine = Vcpu(0x1000, bits, VBAR | 0x7FF, 0, sctlr2), Machine(features=features)
    after = apply(decide(Decoded(record, ()), vcpu, machine), vcpu, machine)
    assert after.pc == VBAR + vectors + offset
    assert after.esr_el1 == (ec if kind == 1 else ec - 4) << 26 | 0x2000010


@pytest.mark.parametrize("mode", MODES)
def test_a_virtual_serror_enters_at_the_serror_vector(mode: str) -> None:
    bits, vectors, _ = MODES[mode]
    before = Vcpu(0x1000, bits, VBAR, 0, far_el1=0xABC)
    after = take_serror(before, Machine(), 0xC11)
    assert (after.pc, after.esr_el1, after.far_el1) == (VBAR + vectors + 0x180, 0xBE000C11, 0xABC)
    assert after == entered_by_both(before, BASELINE, 0xBE000C11, serror_vector=True)


@pytest.mark.parametrize(
    ("record", "machine", "said"),
    [
        (FaultInfo(kind=1, esr=0x92001B50, far=0x123, flags=1), Machine(), (1, 0, 1, 1, 0x1B50, 0x123)),
        (FaultInfo(kind=2, esr=0x82001A10, far=0x123, flags=1), Machine(), (0, 1, 1, 1, 0x1A10, 0x123)),
        (FaultInfo(kind=1, esr=0x92000410), Machine(), (1, 0, 1, 0, 0x10, 0)),
        (FaultInfo(kind=1, esr=0x92001810, flags=1), Machine(features=frozenset()), (1, 0, 1, 1, 0x10, 0)),
    ],
)
def test_a_reply_says_what_is_the_vmms_to_say(
    record: FaultInfo, machine: Machine, said: tuple[int, int, int, int, int, int]
) -> None:
    """host.reply.esr: abort kind, FSC, EA, WnR, CM, SET and FAR; EC, IL and FnV are the host's"""
    reply = reply_for(decide(Decoded(record, ()), Vcpu(0x1000, 5, VBAR, 0), machine), record)
    assert reply is not None
    assert (*reply[2:6], reply.ext_abt_esr, reply.ext_abt_far) == said
    assert reply == reply._replace(serror_pending=0, serror_has_esr=0, serror_esr=0)


@pytest.mark.parametrize("iss", [0, 0xC11, 0x411, 1 << 24], ids=hex)
def test_an_serror_with_and_without_a_syndrome_can_be_said_in_a_reply(iss: int) -> None:
    """host.reply.serror: uncategorized (0) is a syndrome, the bare IDS=1 form is what comes without one"""
    decision, vcpu = Decision("pend", "vmm.notify", serror_esr=iss), Vcpu(0x1000, 0x2C5, VBAR, 0)
    reply = reply_for(decision, SERROR)
    assert reply is not None
    assert reply.serror_has_esr == (iss != 1 << 24)
    applied = apply_reply(reply, vcpu, SERROR.kind)
    assert isinstance(applied, Applied)
    assert applied.vcpu == apply(decision, vcpu, Machine())
    assert applied.vcpu.esr_el1 == 0xBE000000 | iss


@settings(max_examples=300, deadline=None)
@given(vcpus(), machines(targets=True), read_records())
def test_the_host_told_by_the_reply_and_the_vmm_by_itself_leave_the_same_vcpu(
    vcpu: Vcpu, machine: Machine, record: FaultInfo
) -> None:
    """vmm.entry.state, host.reply.entry: two paths, one result, for every state, machine and record"""
    decision = decide(Decoded(record, ()), vcpu, machine)
    reply = reply_for(decision, record)
    assert (reply is None) == (decision.action not in ("inject", "pend"))
    written = apply(decision, vcpu, machine)
    if reply is None:
        assert written == vcpu
        return
    applied = apply_reply(reply, vcpu, record.kind, machine.features)
    assert isinstance(applied, Applied), applied
    assert applied.vcpu == written
    masked = bool(vcpu.pstate & 0x100)
    assert applied.pending_serror == (decision.serror_esr if decision.action == "pend" and masked else None)
    if decision.action == "pend" and masked:
        assert written == vcpu


@settings(max_examples=100, deadline=None)
@given(vcpus(modes=ELSEWHERE), machines(), read_records())
def test_a_vcpu_outside_aarch64_el0_and_el1_is_never_entered(
    vcpu: Vcpu, machine: Machine, record: FaultInfo
) -> None:
    """vmm.target"""
    decision = decide(Decoded(record, ()), vcpu, machine)
    assert decision.action not in ("inject", "pend")
    assert apply(decision, vcpu, machine) == vcpu
