# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The reference host against what a stock Linux 7.3.4 did with the same registers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from abi.cper import parse_status_block
from abi.definition import (
    ACTION_REQUIRED,
    FAR_VALID,
    FIRMWARE_VA_VALID,
    GPA_VALID,
    HPFAR_VALID,
    HVA_VALID,
    KVM_RUN,
    PA_VALID,
    SEVERITY_VALID,
    V1_0,
)
from abi.record import FaultInfo, build
from abi.rules.given import Given
from abi.rules.on_emission import broken
from abi.trap import Emission, End, Trap
from reference_host.emit import emit
from reference_host.trap import parse_trap

CAPTURES = Path(__file__).parents[1] / "captures"
KVM = json.loads((CAPTURES / "kvm-linux-7.3.4.json").read_text())
APEI = json.loads((CAPTURES / "apei-linux-7.3.4.json").read_text())
CASES = {case["name"]: case for case in KVM["cases"]}
EXITS = [name for name, case in CASES.items() if "exit" in case]
TRAPS = [name for name, case in CASES.items() if case["trap_registers"]]
SEA = 32  # bytes of upstream's arm_sea


def trap_of(capture: dict[str, Any], view: str, **known: Any) -> Trap:
    registers = next(r for r in capture["trap_registers"] if r["view"] == view)
    return parse_trap(json.dumps({k: v for k, v in registers.items() if k != "view"} | known))


def judged(trap: Trap, cper: str | None = None) -> Emission:
    """The emission, which must keep every rule."""
    block = None if cper is None else parse_status_block(bytes.fromhex(cper))
    emission = emit(trap, block)
    assert broken(Given(trap, block, emission)) == ()
    return emission


def record_of(trap: Trap, cper: str | None = None) -> FaultInfo:
    record = judged(trap, cper).record
    assert record is not None
    return record


def assert_same_sea(record: FaultInfo, exit_: dict[str, str]) -> None:
    """The first four fields are KVM's, but for gpa[11:0], which it leaves to gva (rule ``host.gpa.low``)."""
    kernel = [int(exit_[key], 16) for key in ("flags", "esr", "gva", "gpa")]
    assert [record.sea_flags, record.esr, record.far, record.gpa & ~0xFFF] == kernel
    valid = record.sea_flags & GPA_VALID
    assert record.gpa & 0xFFF == (record.far & 0xFFF if valid else 0)


def test_there_are_exits_to_compare_with() -> None:
    assert len(EXITS) == 5
    assert len(TRAPS) == 7


@pytest.mark.parametrize("name", EXITS)
def test_the_record_says_what_the_exit_said(name: str) -> None:
    case = CASES[name]
    record = record_of(trap_of(case, "as_handled"))
    assert record.kind == (2 if case["access"] == "instruction-fetch" else 1)
    assert_same_sea(record, case["exit"])
    assert record.has(FAR_VALID) is (case["fnv"] == 0)
    assert record.has(ACTION_REQUIRED)
    assert record.host_action == 1
    assert (record.origin, record.gpa_origin) == (1, 2 if case["exit"]["flags"] == "0x1" else 0)
    assert record.has(SEVERITY_VALID)
    assert record.severity == {0: 3, 2: 5}[case["set"]]
    assert not record.has(HPFAR_VALID)


@pytest.mark.parametrize("name", EXITS)
def test_the_first_32_bytes_are_those_of_the_kvm_run_page(name: str) -> None:
    case = CASES[name]
    union = bytes.fromhex(case["exit"]["kvm_run"])[KVM_RUN.offsets["exit"] :]
    record = record_of(trap_of(case, "as_handled", version="1.0"))
    assert build(record._replace(gpa=record.gpa & ~0xFFF))[:SEA] == union[:SEA]
    assert not any(union[SEA:256])


@pytest.mark.parametrize("name", TRAPS)
def test_host_record_cause_a_stage2_fault_alone_is_no_error(name: str) -> None:
    emission = judged(trap_of(CASES[name], "as_taken"))
    assert emission == Emission(None, "host.record.cause", End.NO_ERROR)


def test_host_owned_injects_what_the_guest_saw_of_its_broken_walk() -> None:
    case = CASES["stage1-walk-sea"]
    emission = judged(trap_of(case, "as_handled"))
    assert (emission.record, emission.rule) == (None, "host.owned")
    assert emission.injected == int(case["guest_saw"]["esr_el1"], 16) == 0xBF00_0000


def test_without_the_capability_the_guest_sees_an_serror() -> None:
    case = CASES["data-read-el1-no-optin"]
    trap = trap_of(case, "as_handled")
    emission = judged(trap._replace(kinds=0))
    assert (emission.record, emission.rule, emission.end) == (None, "host.enabled.only", End.INJECTED)
    assert emission.injected == int(case["guest_saw"]["esr_el1"], 16)
    enabled = record_of(trap)
    other = CASES["data-read-el1"]["exit"] | {"gva": case["va"]}
    assert_same_sea(enabled, other)


def poisoned(**known: Any) -> Trap:
    case = KVM["poisoned_page"]
    slot = {"gpa": "0x51000000", "size": "0x10000", "hva": case["hva_of_page"], "pa": "0x424dc000"}
    return trap_of(case, "as_taken", memslots=[slot], isolated=[{"gpa": "0x51000000", "lsb": "0xc"}], **known)


def test_a_poisoned_page_makes_the_record_that_the_kernel_had_the_registers_for() -> None:
    case = KVM["poisoned_page"]
    record = record_of(poisoned())
    assert (record.kind, record.origin, record.host_action, record.gpa_origin) == (1, 5, 2, 1)
    assert record.has(HPFAR_VALID | FAR_VALID | HVA_VALID | PA_VALID | ACTION_REQUIRED)
    assert record.far == int(case["guest_va"], 16)
    assert record.gpa == int(case["guest_gpa"], 16) == 0x5100_0128
    assert record.hpfar == 0x51_0000
    assert record.esr == 0x9200_0010
    assert (record.hva, record.address_lsb) == (int(case["hva_of_page"], 16), 12)


def test_the_legacy_signal_of_a_poisoned_page_is_the_captured_sigbus() -> None:
    taken = [s for s in KVM["poisoned_page"]["sigbus"] if s["when"] == "KVM_RUN"]
    assert taken
    signal = judged(poisoned()).legacy
    assert signal is not None
    for captured in taken:
        assert signal.si_code == captured["si_code"]
        assert signal.si_addr == int(captured["si_addr"], 16)
        assert signal.si_addr_lsb == captured["si_addr_lsb"]


def test_host_enable_protected_leaves_the_signal_of_today() -> None:
    emission = judged(poisoned(protected=True))
    assert (emission.record, emission.rule, emission.end) == (None, "host.enable.protected", End.SIGNAL)
    assert emission.signal == emission.legacy == judged(poisoned()).legacy


CLAIMED = KVM["claimed_without_address"]


def test_a_claim_without_an_address_still_makes_a_record() -> None:
    record = record_of(trap_of(CLAIMED, "as_handled", mpidr="0x80000000"), CLAIMED["cper"])
    assert (record.host_action, record.origin) == (3, 3)
    assert record.firmware_severity == 1  # recoverable
    assert record.has(FAR_VALID)
    assert not record.has(PA_VALID)
    assert record.gpa == int(CLAIMED["guest_gpa"], 16)
    assert_same_sea(record, CLAIMED["second_run"])
    assert record.has(FIRMWARE_VA_VALID)
    assert record.firmware_va == int(CLAIMED["guest_va"], 16)


def test_the_legacy_signal_of_a_claim_without_an_address_is_the_captured_sigbus() -> None:
    (captured,) = CLAIMED["sigbus"]
    emission = judged(trap_of(CLAIMED, "as_handled"), CLAIMED["cper"])
    signal = emission.legacy
    assert signal is not None
    assert signal.si_code == captured["si_code"] == 0x80
    assert (signal.si_addr, signal.si_addr_lsb) == (int(captured["si_addr"], 16), captured["si_addr_lsb"]) == (0, 0)
    assert emission.signal is None
    assert not emission.memory_failure


def test_host_firmware_va_usable_needs_the_mpidr_of_the_trapping_pe() -> None:
    for known in ({}, {"mpidr": "0x80000001"}):
        record = record_of(trap_of(CLAIMED, "as_handled", **known), CLAIMED["cper"])
        assert not record.has(FIRMWARE_VA_VALID)
        assert record.firmware_va == 0


@pytest.mark.parametrize("case", APEI["cases"], ids=lambda case: case["name"])
def test_memory_failure_is_queued_where_the_kernel_queued_it(case: dict[str, Any]) -> None:
    trap = parse_trap('{"esr_el2": "0x0", "far_el2": "0x0", "hpfar_el2": "0x0", "notify": "gpio"}')
    assert judged(trap, case["cper"]).memory_failure is case["memory_failure"]


@pytest.mark.parametrize("case", [c for c in APEI["cases"] if c["memory_failure"]], ids=lambda case: case["name"])
def test_the_page_that_the_kernel_gave_up_makes_a_notice_where_it_is_the_vms(case: dict[str, Any]) -> None:
    (line,) = (line for line in case["log"] if line.startswith("Memory failure: "))
    pa = int(line.split()[2].rstrip(":"), 16) << 12
    slot = {"gpa": "0x40000000", "size": "0x1000000", "hva": "0xffff80000000", "pa": "0x48000000"}
    text = {"esr_el2": "0x0", "far_el2": "0x0", "hpfar_el2": "0x0", "notify": "gpio", "memslots": [slot]}
    emission = judged(parse_trap(json.dumps(text)), case["cper"])
    record = emission.record
    assert record is not None
    assert (record.kind, record.origin, record.gpa_origin, record.esr) == (4, 2, 3, 0)
    assert record.gpa == 0x4000_0000 + pa - 0x4800_0000
    assert record.hva == 0xFFFF_8000_0000 + pa - 0x4800_0000
    assert not record.has(ACTION_REQUIRED)
    assert emission.legacy is not None
    assert (emission.legacy.si_code, emission.legacy.si_addr, emission.legacy.si_addr_lsb) == (5, record.hva, 12)


def test_version_1_0_is_the_same_record_without_the_later_fields() -> None:
    new, old = record_of(poisoned()), record_of(poisoned(version="1.0"))
    assert old.version == V1_0
    assert old == new._replace(size=64, minor=0, hva=0, flags=new.flags & ~HVA_VALID)
