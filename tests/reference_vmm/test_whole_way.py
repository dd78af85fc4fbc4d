# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The whole way: a trap and firmware's word on it, through the host and the record's bytes, to FAR_EL1."""

from __future__ import annotations

from hypothesis import given, settings

from abi.cper import PlatformMemory, StatusBlock
from abi.decode import Decoded
from abi.layout import Version
from abi.record import FaultInfo, build
from abi.trap import Trap
from abi.vcpu import Machine, Vcpu
from reference_host.emit import emit
from reference_vmm.decide import decide
from reference_vmm.inject import apply
from reference_vmm.parse import parse
from reference_vmm.report import report
from tests.reference_vmm.strategies import claims, machines, records, vcpus

FNV = 0x400


def far_as_the_architecture_left_it(trap: Trap) -> int | None:
    """Arm ARM, ReportException() and FnV: an abort writes FAR_EL2, but with FSC 0x10 only if FnV=0.

    A data abort through VNCR_EL2 (bit 13) writes an address of the hypervisor's.
    """
    esr = trap.esr_el2
    data = esr >> 26 == 0x24
    if data and esr & 1 << 13:
        return None
    return None if esr & 0x3F == 0x10 and esr & FNV else trap.far_el2


def firmwares_address(trap: Trap, block: StatusBlock | None) -> int | None:
    """host.firmware_va.usable, from the block's own bits (UEFI N.2.4.4: bit 3 virtual, bit 4 physical, bit 0 MPIDR)."""
    if block is None or trap.notify != "sea" or trap.isolated:
        return None
    infos = [(section, info) for section in block.arm_processors for info in section.error_info]
    addressed = [(section, info) for section, info in infos if info.validation_bits & 0x18]
    if len(addressed) != 1:
        return None
    section, info = addressed[0]
    tied = section.validation_bits & 1 and section.mpidr_raw == trap.mpidr
    return info.virt_fault_addr if tied and info.validation_bits & 8 and info.virt_fault_addr else None


def guest_of(trap: Trap, block: StatusBlock | None, vcpu: Vcpu) -> tuple[FaultInfo, Vcpu] | None:
    """The record and the vCPU in its handler; None where there is no record."""
    record = emit(trap, block).record
    if record is None:
        return None
    parsed = parse(build(record))
    assert isinstance(parsed, Decoded)
    assert parsed.broken == ()
    decision = decide(parsed, vcpu, Machine())
    assert decision.action == "inject"
    return parsed.record, apply(decision, vcpu, Machine())


@settings(max_examples=500, deadline=None)
@given(claims(Version(1, 1)), vcpus())
def test_the_guest_reads_the_cpus_address_else_firmwares_else_is_told_that_there_is_none(
    claim: tuple[Trap, StatusBlock | None], vcpu: Vcpu
) -> None:
    """vmm.far.source, host.far.valid, host.firmware_va.usable: in both directions, for version 1.1"""
    trap, block = claim
    reached = guest_of(trap, block, vcpu)
    if reached is None:
        return
    _, after = reached
    address = far_as_the_architecture_left_it(trap)
    if address is None:
        address = firmwares_address(trap, block)
    shown = (after.far_el1, bool(after.esr_el1 & FNV))
    assert shown == ((0, True) if address is None else (address, False))
    assert not after.esr_el1 & FNV or after.esr_el1 & 0x3F == 0x10


@settings(max_examples=300, deadline=None)
@given(claims(Version(1, 0)), vcpus())
def test_version_1_0_loses_firmwares_address_and_the_report_says_so(
    claim: tuple[Trap, StatusBlock | None], vcpu: Vcpu
) -> None:
    """vmm.far.source, vmm.report.address: FnV=1, and a CPER without a virtual address"""
    trap, block = claim
    reached = guest_of(trap, block, vcpu)
    if reached is None:
        return
    record, after = reached
    address = far_as_the_architecture_left_it(trap)
    assert (after.far_el1, bool(after.esr_el1 & FNV)) == ((0, True) if address is None else (address, False))
    told = report(record)
    assert told is not None
    section = told.entries[0].section
    if not isinstance(section, PlatformMemory):
        assert [i.virtual_address for i in told.arm_processors[0].error_info] == [address]


@settings(max_examples=200, deadline=None)
@given(records(kinds=(3,)), vcpus(), machines())
def test_bit_10_of_an_serror_is_aet_and_stays_what_it_was(record: FaultInfo, vcpu: Vcpu, machine: Machine) -> None:
    """vmm.far.source: neither FAR_VALID nor firmware's address turn it"""
    decision = decide(Decoded(record, ()), vcpu, machine)
    if decision.action == "pend" and decision.serror_esr != 1 << 24:
        assert (decision.serror_esr ^ record.esr) & FNV == 0
        assert record.esr & (1 << 24 | 0x3F) == 0x11
