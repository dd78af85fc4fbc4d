# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the reference VMM makes of captured exits, against what real software delivered to the guest.

The ``hw-*`` cases are aborts that the CPU delivered to the guest by itself: the yardstick.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from abi.cper import build_status_block, parse_status_block
from abi.decode import Decoded
from abi.record import FaultInfo, build
from abi.trap import Isolated, Memslot, Trap
from abi.vcpu import Decision, Machine, Vcpu
from reference_host.emit import emit
from reference_vmm.decide import decide
from reference_vmm.inject import apply, take_serror
from reference_vmm.parse import import_arm_sea, parse
from reference_vmm.report import report

KVM: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "captures" / "kvm-linux-7.3.4.json").read_text(encoding="utf-8")
)
CASES: dict[str, Any] = {case["name"]: case for case in KVM["cases"]}
EXITS = [name for name, case in CASES.items() if "exit" in case]
SERRORS = [name for name in CASES if name.startswith("serror-")]
#: The hardware's own delivery of the same access; a write was not captured, a read was.
HARDWARE = {
    "data-read-el1": "hw-data-read-el1",
    "data-read-el1-fnv": "hw-data-read-el1",
    "data-write-el1-set-uc": "hw-data-read-el1",
    "data-read-el0": "hw-data-read-el0",
    "exec-el1": "hw-exec-el1",
}
FNV, WNR, SET = 0x400, 0x40, 0x1800


def number(registers: dict[str, str], name: str) -> int:
    return int(registers[name], 16)


def vcpu_of(registers: dict[str, str]) -> Vcpu:
    return Vcpu(**{name: int(value, 16) for name, value in registers.items()})


def answer(record: FaultInfo, vcpu: Vcpu, machine: Machine | None = None) -> tuple[Decision, Vcpu]:
    """The bytes of the record through the whole VMM."""
    machine = machine or Machine()
    parsed = parse(build(record))
    assert isinstance(parsed, Decoded)
    decision = decide(parsed, vcpu, machine)
    return decision, apply(decision, vcpu, machine)


def trap_of(capture: dict[str, Any], view: str, **known: Any) -> Trap:
    registers = next(r for r in capture["trap_registers"] if r["view"] == view)
    return Trap(number(registers, "esr_el2"), number(registers, "far_el2"), number(registers, "hpfar_el2"), **known)


def test_every_captured_exit_has_a_yardstick() -> None:
    assert set(EXITS) == set(HARDWARE)
    assert all(CASES[name]["kind"] == "hardware" for name in HARDWARE.values())


@pytest.mark.parametrize("name", EXITS)
def test_an_exit_page_is_imported_as_it_was_decoded_by_the_capturing_program(name: str) -> None:
    exit_ = CASES[name]["exit"]
    record = import_arm_sea(bytes.fromhex(exit_["kvm_run"]))
    assert record.esr == int(exit_["esr"], 16)
    assert record.far == int(exit_["gva"], 16)
    assert record.sea_flags == int(exit_["flags"], 16)
    # The kernel gives the page, the low bits are those of gva.
    assert record.gpa == int(exit_["gpa"], 16) | int(exit_["gva"], 16) & 0xFFF


@pytest.mark.parametrize("name", EXITS)
def test_the_guest_reads_what_the_hardware_would_have_shown(name: str) -> None:
    """vmm.far.source, vmm.esr.rewrite, vmm.sea.vector, vmm.entry.state"""
    case, hardware = CASES[name], CASES[HARDWARE[name]]["guest_saw"]
    before = vcpu_of(case["before"])
    decision, after = answer(import_arm_sea(bytes.fromhex(case["exit"]["kvm_run"])), before)
    assert decision.action == "inject"
    # The captured write was made to look uncontainable (SET=2); FnV was set in the trap, not by the hardware.
    said = (WNR if case["access"] == "data-write" else 0) | case["set"] << 11 | case["fnv"] * FNV
    assert after.esr_el1 == number(hardware, "esr_el1") | said
    assert after.far_el1 == (0 if case["fnv"] else int(case["va"], 16))
    assert after.pc == before.vbar_el1 + hardware["vector"] * 0x80
    assert after.spsr_el1 == number(hardware, "spsr_el1") == before.pstate
    assert after.elr_el1 == number(case["guest_saw"], "elr_el1") == before.pc
    assert after.pstate & 0x3C0 == number(hardware, "daif")
    assert after.pstate & 1 == number(hardware, "spsel")
    assert after.pstate & 0xC == number(hardware, "currentel")


@pytest.mark.parametrize("name", EXITS)
def test_the_entry_is_the_one_that_kvm_makes(name: str) -> None:
    """vmm.entry.state: of what Linux 7.3.4 injects, only ESR_EL1 and FAR_EL1 are in need of correction"""
    case = CASES[name]
    _, after = answer(import_arm_sea(bytes.fromhex(case["exit"]["kvm_run"])), vcpu_of(case["before"]))
    kvm = vcpu_of(case["after_kvm_inject"])
    assert after._replace(esr_el1=0, far_el1=0) == kvm._replace(esr_el1=0, far_el1=0)


@pytest.mark.parametrize("name", [*SERRORS, "data-read-el1-no-optin"])
def test_a_virtual_serror_is_taken_as_kvm_takes_it(name: str) -> None:
    case = CASES[name]
    saw = case["guest_saw"]
    vbar = number(CASES["data-read-el1"]["before"], "vbar_el1")
    stale = number(saw, "far_el1")
    before = Vcpu(number(saw, "elr_el1"), number(saw, "spsr_el1"), vbar, 0xC50079, far_el1=stale)
    iss = int(case["serror_esr"], 16) if "serror_esr" in case else 1 << 24
    after = take_serror(before, Machine(), iss)
    assert after.esr_el1 == number(saw, "esr_el1")
    assert after.pc == vbar + saw["vector"] * 0x80
    assert (after.elr_el1, after.spsr_el1) == (before.pc, before.pstate)
    assert after.pstate & 0x3C0 == number(saw, "daif")
    assert after.far_el1 == stale


def test_the_claimed_error_without_an_address_reaches_the_guest_with_its_virtual_address() -> None:
    """The case that started it: SIGBUS without an address on Linux 7.3.4, FAR_EL1 = guest_va by the record."""
    capture = KVM["claimed_without_address"]
    block = parse_status_block(bytes.fromhex(capture["cper"]))
    record = emit(trap_of(capture, "as_handled"), block).record
    assert record is not None
    decision, after = answer(record, vcpu_of(capture["before"]))
    assert decision.action == "inject"
    assert after.far_el1 == int(capture["guest_va"], 16)
    assert after.esr_el1 == 0x96000010


def test_firmwares_virtual_address_stands_in_where_the_cpu_had_none() -> None:
    """vmm.far.source: FnV=1, and the firmware record names this PE"""
    capture, fnv = KVM["claimed_without_address"], CASES["data-read-el1-fnv"]
    block = parse_status_block(bytes.fromhex(capture["cper"]))
    assert block.arm_processors[0].mpidr == 0x80000000
    record = emit(trap_of(fnv, "as_handled", mpidr=0x80000000), block).record
    assert record is not None
    before = vcpu_of(fnv["before"])
    _, after = answer(record, before)
    assert (after.esr_el1, after.far_el1) == (0x96000010, int(capture["guest_va"], 16))
    # A machine may refuse that source.
    _, after = answer(record, before, Machine(firmware_va=False))
    assert (after.esr_el1, after.far_el1) == (0x96000410, 0)


def test_a_poisoned_page_reaches_the_guest_and_its_firmware_interface() -> None:
    capture = KVM["poisoned_page"]
    page = int(capture["guest_gpa"], 16) & ~0xFFF
    slot = Memslot(page, 0x1000, int(capture["hva_of_page"], 16), 0x424DC000)
    signal = capture["sigbus"][-1]
    trap = trap_of(capture, "as_taken", memslots=(slot,), isolated=(Isolated(page, signal["si_addr_lsb"]),))
    record = emit(trap).record
    assert record is not None
    assert (record.hva, record.address_lsb) == (int(signal["si_addr"], 16), signal["si_addr_lsb"])
    decision, after = answer(record, vcpu_of(CASES["data-read-el1"]["before"]))
    assert decision.action == "inject"
    assert (after.esr_el1, after.far_el1) == (0x96000010, int(capture["guest_va"], 16))
    block = report(record)
    assert block is not None
    section = parse_status_block(build_status_block(block)).entries[0].section
    assert getattr(section, "physical_address", None) == int(capture["guest_gpa"], 16)
