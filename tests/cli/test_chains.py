# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The captures through the chains import -> inject and emit -> inject.

The judge is what the emulated hardware itself showed a guest (``hw-*``), and what the kernel left in the
vCPU where it enters the same vector: neither was made by this project.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.files import Files, capture, view
from tests.cli.running import Ran, Runner, called

KVM = capture("kvm-linux-7.3.4.json")
APEI = capture("apei-linux-7.3.4.json")
EXITS = [case["name"] for case in KVM["cases"] if "exit" in case]
#: SET, FnV, EA and WnR: what the rules decide, not the hardware of one access.
BY_RULE = 0x1800 | 0x400 | 0x200 | 0x40
FNV = 0x400
#: What emit and import agree in, beside gpa's page.
AGREED = ("kind", "esr", "far", "sea_flags")
ADDRESSES = {"FAR_VALID", "HPFAR_VALID", "PA_VALID", "HVA_VALID", "FIRMWARE_VA_VALID"}


def named(name: str) -> dict[str, Any]:
    (found,) = (case for case in KVM["cases"] if case["name"] == name)
    return dict(found)


def hardware_of(case: dict[str, Any]) -> dict[str, Any]:
    """What hardware showed for the same access from the same level; a write faults like a read but for WnR."""
    access = case["access"].replace("data-write", "data-read")
    level = int(case["before"]["pstate"], 16) & 0xC
    (saw,) = (
        other["guest_saw"] for other in KVM["cases"]
        if other["kind"] == "hardware" and other["access"] == access
        and int(other["guest_saw"]["spsr_el1"], 16) & 0xC == level
    )
    return dict(saw)


def imported(case: dict[str, Any], files: Files, run: Runner = called) -> tuple[dict[str, Any], Path]:
    target = files.folder / "imported.bin"
    done = run("import", "arm-sea", files.page(case), "-o", target, "--json")
    assert done.code == 0, done.err
    return dict(done.json["fields"]), target


def emitted(trap: dict[str, Any], files: Files, cper: str | None = None, run: Runner = called) -> tuple[Ran, Path]:
    target = files.folder / "emitted.bin"
    firmware = ["--cper", files.cper(cper)] if cper else []
    return run("emit", files.trap(trap), *firmware, "-o", target, "--json"), target


def injected(record: Path, before: dict[str, Any], files: Files, run: Runner = called) -> dict[str, Any]:
    done = run("inject", record, "--vcpu", files.json(before, "vcpu.json"), "--json")
    assert (done.code, done.err) == (0, "")
    return dict(done.json)


def assert_as_hardware(got: dict[str, Any], case: dict[str, Any]) -> None:
    saw, before, after = hardware_of(case), case["before"], case["after_kvm_inject"]
    assert got["action"] == "inject"
    esr = int(got["esr_el1"], 16)
    assert esr & ~BY_RULE == int(saw["esr_el1"], 16) & ~BY_RULE
    # EA, SET and WnR as the exit had them; FnV where nobody has an address
    assert esr & BY_RULE == int(case["exit"]["esr"], 16) & BY_RULE
    assert bool(esr & FNV) == bool(case["fnv"])
    assert int(got["far_el1"], 16) == (0 if case["fnv"] else int(case["va"], 16))
    assert (got["elr_el1"], got["spsr_el1"]) == (before["pc"], before["pstate"])
    assert (got["pc"], got["pstate"]) == (after["pc"], after["pstate"])
    # what the hardware showed of that vector and state
    assert int(got["pc"], 16) == int(before["vbar_el1"], 16) + 0x80 * saw["vector"]
    state = int(got["pstate"], 16)
    assert (state & 0x3C0, state & 1, state & 0xC) == tuple(int(saw[k], 16) for k in ("daif", "spsel", "currentel"))


@pytest.mark.parametrize("name", EXITS)
def test_import_then_inject_gives_what_hardware_shows(name: str, files: Files) -> None:
    case = named(name)
    _, record = imported(case, files)
    assert_as_hardware(injected(record, case["before"], files), case)


@pytest.mark.parametrize("name", EXITS)
def test_emit_then_inject_gives_what_hardware_shows(name: str, files: Files) -> None:
    case = named(name)
    done, record = emitted(view(case, "as_handled"), files)
    assert done.code == 0
    assert_as_hardware(injected(record, case["before"], files), case)


def test_both_chains_give_the_same_between_processes(files: Files, run: Runner) -> None:
    case = named("data-write-el1-set-uc")
    _, by_import = imported(case, files, run)
    _, by_emit = emitted(view(case, "as_handled"), files, run=run)
    one, other = (injected(record, case["before"], files, run) for record in (by_import, by_emit))
    for key in ("action", "rule", "pc", "pstate", "esr_el1", "far_el1", "elr_el1", "spsr_el1"):
        assert one[key] == other[key]


@pytest.mark.parametrize("name", EXITS)
def test_import_says_what_the_kernel_said(name: str, files: Files) -> None:
    exit_ = named(name)["exit"]
    fields, _ = imported(named(name), files)
    assert (fields["esr"], fields["sea_flags"]) == (exit_["esr"], exit_["flags"])
    assert int(fields["far"] or "0", 16) == int(exit_["gva"], 16)
    assert int(fields["gpa"] or "0", 16) & ~0xFFF == int(exit_["gpa"], 16)
    assert (fields["far"] is None) == bool(named(name)["fnv"])


@pytest.mark.parametrize("name", EXITS)
def test_emit_of_the_registers_as_handled_agrees_with_the_import(name: str, files: Files) -> None:
    one, _ = imported(named(name), files)
    done, _ = emitted(view(named(name), "as_handled"), files)
    other = done.json["fields"]
    assert {key: one[key] for key in AGREED} == {key: other[key] for key in AGREED}
    assert set(one["flags"]) & ADDRESSES == set(other["flags"]) & ADDRESSES
    assert int(one["gpa"] or "0", 16) >> 12 == int(other["gpa"] or "0", 16) >> 12


@pytest.mark.parametrize("name", EXITS)
def test_import_says_a_severity_only_where_the_kernel_surely_showed_one(name: str, files: Files) -> None:
    """The kernel hides SET of a VM without RAS, so to the importer a SET of 0 is such a VM's."""
    one, _ = imported(named(name), files)
    done, _ = emitted(view(named(name), "as_handled") | {"vm_ras": bool(named(name)["set"])}, files)
    assert one["severity"] == done.json["fields"]["severity"] == {0: None, 2: "0x5"}[named(name)["set"]]
    assert one["flags"] == done.json["fields"]["flags"]


TAKEN = [case["name"] for case in KVM["cases"] if case["trap_registers"]]


@pytest.mark.parametrize("name", TAKEN)
def test_a_stage_2_fault_as_taken_is_no_hardware_error(name: str, files: Files) -> None:
    done, record = emitted(view(named(name), "as_taken"), files)
    assert (done.code, record.exists()) == (1, False)
    assert (done.json["record"], done.json["rule"]) == (None, "host.record.cause")


def test_a_stage_2_fault_claims_no_firmware_record(files: Files) -> None:
    """apei_claim_sea() is asked for external aborts alone."""
    (case,) = (c for c in APEI["cases"] if c["name"] == "arm-cache-pa-only")
    as_taken, as_handled = (view(named("data-read-el1"), name) for name in ("as_taken", "as_handled"))
    assert emitted(as_taken, files, case["cper"])[0].json["memory_failure"] is False
    assert emitted(as_handled, files, case["cper"])[0].json["memory_failure"] is True


def test_an_abort_on_the_guests_own_walk_is_the_hosts_as_the_guest_saw(files: Files) -> None:
    case = named("stage1-walk-sea")
    done, _ = emitted(view(case, "as_handled"), files)
    assert (done.code, done.json["record"], done.json["rule"]) == (1, None, "host.owned")
    assert done.json["injected"] == case["guest_saw"]["esr_el1"]


def test_without_the_opt_in_there_is_the_record_that_the_kernel_did_not_give(files: Files) -> None:
    case = named("data-read-el1-no-optin")
    assert "exit" not in case
    done, record = emitted(view(case, "as_handled"), files)
    fields = done.json["fields"]
    assert (done.code, fields["kind"], fields["esr"], fields["far"]) == (0, "0x1", "0x92000010", case["va"])
    got = injected(record, named("data-read-el1")["before"], files)
    assert (got["far_el1"], got["esr_el1"]) == (case["va"], "0x96000010")


def poisoned_trap() -> dict[str, Any]:
    """The trap on the poisoned page with what KVM knows of the page beside it."""
    poisoned = KVM["poisoned_page"]
    gpa = hex(int(poisoned["guest_gpa"], 16) & ~0xFFF)
    slot = {"gpa": gpa, "size": "0x1000", "hva": poisoned["hva_of_page"], "pa": "0x424dc000"}
    return view(poisoned, "as_taken") | {"memslots": [slot], "isolated": [{"gpa": gpa, "lsb": "0xc"}]}


def test_a_poisoned_page_gives_the_record_and_the_signal_of_the_kernel(files: Files, run: Runner) -> None:
    poisoned = KVM["poisoned_page"]
    done, record = emitted(poisoned_trap(), files, run=run)
    fields, legacy = done.json["fields"], done.json["legacy"]
    assert done.code == 0
    assert (fields["origin"], fields["host_action"]) == ("0x5", "0x2")
    assert (fields["far"], fields["gpa"], fields["hva"]) == (
        poisoned["guest_va"], poisoned["guest_gpa"], poisoned["hva_of_page"])
    assert (fields["hpfar"], fields["address_lsb"]) == ("0x510000", "0xc")
    today = next(signal for signal in poisoned["sigbus"] if signal["when"] == "KVM_RUN")
    assert legacy == {"signal": "SIGBUS"} | {key: today[key] for key in ("si_code", "si_addr", "si_addr_lsb")}
    assert injected(record, named("data-read-el1")["before"], files)["far_el1"] == poisoned["guest_va"]


def test_a_page_that_is_not_isolated_makes_the_same_fault_an_ordinary_exit(files: Files) -> None:
    done, _ = emitted(poisoned_trap() | {"isolated": []}, files)
    assert (done.code, done.json["rule"]) == (1, "host.record.cause")


def test_a_claim_without_an_address_gives_record_and_signal_of_the_kernel(files: Files, run: Runner) -> None:
    claimed = KVM["claimed_without_address"]
    done, record = emitted(view(claimed, "as_handled"), files, claimed["cper"], run)
    fields = done.json["fields"]
    assert (fields["host_action"], fields["origin"]) == ("0x3", "0x3")
    assert fields["firmware_severity"] == "0x1"  # recoverable is CPER severity 0
    (today,) = claimed["sigbus"]
    assert done.json["legacy"] == {"signal": "SIGBUS"} | {k: today[k] for k in ("si_code", "si_addr", "si_addr_lsb")}
    assert done.json["memory_failure"] is any("Memory failure" in line for line in claimed["kernel_log"])
    second = claimed["second_run"]
    assert (fields["esr"], fields["far"], fields["sea_flags"]) == (second["esr"], second["gva"], second["flags"])
    assert fields["gpa"] == claimed["guest_gpa"]
    assert injected(record, claimed["before"], files)["far_el1"] == claimed["guest_va"]


def test_firmwares_virtual_address_is_used_where_fnv_is_1_and_the_pe_is_the_same(files: Files) -> None:
    claimed, fnv = KVM["claimed_without_address"], named("data-read-el1-fnv")
    trap = view(fnv, "as_handled") | {"mpidr": "0x80000000"}  # as the kernel logged it
    done, record = emitted(trap, files, claimed["cper"])
    assert (done.json["fields"]["far"], done.json["fields"]["firmware_va"]) == (None, claimed["guest_va"])
    got = injected(record, fnv["before"], files)
    assert (got["far_el1"], got["esr_el1"]) == (claimed["guest_va"], "0x96000010")
    other, record = emitted(trap | {"mpidr": "0x80000001"}, files, claimed["cper"])
    assert other.json["fields"]["firmware_va"] is None
    got = injected(record, fnv["before"], files)
    assert (got["far_el1"], got["esr_el1"]) == ("0x0", "0x96000410")


NO_TRAP = {"esr_el2": "0x0", "far_el2": "0x0", "hpfar_el2": "0x0", "notify": "gpio"}
RAM = {"gpa": "0x40000000", "size": "0x20000000", "hva": "0x7f0000000000", "pa": "0x40000000"}


@pytest.mark.parametrize("case", APEI["cases"], ids=lambda case: case["name"])
@pytest.mark.parametrize("notify", ["gpio", "sea"])
def test_memory_failure_is_queued_where_the_kernel_queued_it(case: dict[str, Any], notify: str, files: Files) -> None:
    """Claimed for a SEA or handled by itself, ghes_do_proc() decides by the record alone."""
    trap = NO_TRAP if notify == "gpio" else view(named("data-read-el1"), "as_handled")
    done, _ = emitted(trap | {"memslots": [RAM]}, files, case["cper"])
    assert done.json["memory_failure"] is case["memory_failure"]
    # a claim that queued makes no record at the trap; a notice is made only of what was queued
    assert (done.code == 0) is (case["memory_failure"] is (notify == "gpio"))


@pytest.mark.parametrize("case", [c for c in APEI["cases"] if c["memory_failure"]], ids=lambda case: case["name"])
def test_a_notice_names_the_page_that_the_kernel_logged(case: dict[str, Any], files: Files) -> None:
    done, _ = emitted(NO_TRAP | {"memslots": [RAM]}, files, case["cper"])
    (line,) = (line for line in case["log"] if line.startswith("Memory failure: "))
    page = int(line.split()[2].rstrip(":"), 16) << 12
    assert (done.json["fields"]["kind"], int(done.json["fields"]["gpa"], 16)) == ("0x4", page)
    assert int(done.json["fields"]["hva"], 16) == 0x7F0000000000 + page - 0x40000000


def test_a_page_that_is_not_the_vms_makes_no_notice(files: Files) -> None:
    elsewhere = RAM | {"pa": "0x80000000"}
    (case,) = (c for c in APEI["cases"] if c["name"] == "memory-pa")
    done, _ = emitted(NO_TRAP | {"memslots": [elsewhere]}, files, case["cper"])
    assert (done.code, done.json["rule"], done.json["memory_failure"]) == (1, "host.gpa.space", True)


@pytest.mark.parametrize("name", [c["name"] for c in KVM["cases"] if c["kind"] == "serror-injection"])
def test_a_pended_serror_is_what_the_guest_saw(name: str, files: Files, kvm: dict[str, Any]) -> None:
    """The syndrome goes in by emit as trapped and comes out as the guest's handler read it."""
    case = named(name)
    saw = int(case["guest_saw"]["esr_el1"], 16)
    trap = {"esr_el2": hex(saw), "far_el2": "0x0", "hpfar_el2": "0x0"}
    done, record = emitted(trap, files)
    if not saw & 0x3F:  # uncategorized: an AET of 0 without DFSC says nothing, the host does not hand it on
        assert (done.code, done.json["rule"]) == (1, "host.serror.given")
        return
    got = injected(record, named("data-read-el1")["before"], files)
    assert (got["action"], got["serror_esr"]) == ("pend", case["serror_esr"])
