# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The judge of the chain: what is right holds, each link that is wrong turns red, here and on a real machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from abi.cper import build_status_block
from abi.decode import Decoded
from abi.record import build
from abi.trap import Emission, Isolated, Memslot, Trap
from reference_host.apei import handled
from reference_host.emit import emit
from reference_vmm.kvm.path import RECORD as FAULT_INFO
from reference_vmm.parse import parse
from reference_vmm.report import report
from tests.lab import chain_judging as judging
from tests.lab import claims, guest
from tests.lab.cache import Cache, default_root
from tests.lab.case import Case, Facts, Said
from tests.lab.cases.firmware import CASES, aborted, needs
from tests.lab.claims import Abort
from tests.lab.lab import Choice, prepared
from tests.lab.platforms import firmware
from tests.lab.session import Session

PA: Final = 0x72D0_4000
FRAME: Final = hex(PA >> 12)
SLOT: Final = Memslot(guest.GPA_TARGET, 0x1000, 0xFFFF_95C0_8000, PA)
PC: Final = "0xffffffc008001000"
FAILURE: Final = f"Memory failure: {FRAME}: recovery action for dirty LRU page: Recovered"
SENT: Final = f"Memory failure: {FRAME}: Sending SIGBUS to python3:9 due to hardware memory corruption"


def taken(abort: Abort) -> Trap:
    return Trap(0x93C1_8006, abort.address, guest.GPA_TARGET >> 8 | 1 << 63, mpidr=claims.MPIDR, memslots=(SLOT,))


def run(emission: Emission, claim: int | None, *events: tuple[str, str]) -> dict[str, Any]:
    """KVM_RUN as the kernel and the emitter tell of it."""
    raw = build(emission.record) if emission.record else b""
    exits = emission.legacy is None
    said = () if claim is None else (("claimed", f"(kvm_handle_guest_sea+0x34/0x1a0 <- apei_claim_sea) said={claim}"),)
    return {
        "exit": "KVM_EXIT_ARM_SEA" if exits else "EINTR", "pc": PC, "late": False,
        "bus": [] if emission.legacy is None else [list(emission.legacy)],
        "arm_sea": page_of(raw).hex() if exits else None,
        "emitted": [{"record": raw.hex(), "sequence": 1, "lost": 0, "claim": claim}] if raw else [],
        "events": [*said, *events],
    }


def page_of(record: bytes) -> bytes:
    """What the kernel gives of the record: no low bits of the gpa."""
    return record[:24] + (int.from_bytes(record[24:32], "little") & ~0xFFF).to_bytes(8, "little")


def again(abort: Abort, *events: tuple[str, str]) -> dict[str, Any]:
    return run(emit(taken(abort)._replace(isolated=(Isolated(guest.GPA_TARGET, 12),))), None, *events)


def ended(abort: Abort, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """A whole result, whose guest was told all."""
    parsed = parse(bytes.fromhex(runs[-1]["emitted"][-1]["record"]))
    assert isinstance(parsed, Decoded)
    block = report(parsed.record)
    assert block is not None
    registers = taken(abort)
    return {
        "pa": PA, "memslots": [list(SLOT)], "taken": [registers.esr_el2, registers.far_el2, registers.hpfar_el2],
        "runs": runs, "left": [0, True] if abort.record else None,
        "answer": {"action": "inject"}, "report": build_status_block(block).hex(),
        "guest": {"far_el1": hex(abort.address), "esr_el1": "0x96000010", "vector": "0x4", "access": PC, "elr_el1": PC,
                  "registers_kept": True},
    }


def claimed(abort: Abort) -> dict[str, Any]:
    block = abort.block(PA)
    emission = emit(abort.given(taken(abort)), block)
    if block is None:
        return ended(abort, [run(emission, -2)]) | {"log": [], "corrupted_kb": 0}
    said = handled(block, judging.SOURCE)
    raw = bytes.fromhex(said.processor[0]).hex(" ")
    events = [("arm_event", f"cpu: 0; ARM Processor Err Info raw data: {raw}; x: ")]
    printed = [f"{{1}}[Hardware Error]: {line}" for line in said.lines]
    if not said.frames:
        log = ["[Firmware Warn]: GHES: Unhandled processor error type 0x02: cache error",
               "GHES GHES.0: [Hardware Error]: GHES: python3:9: synchronous unrecoverable error (SIGBUS)", *printed]
        return ended(abort, [run(emission, 0, *events)]) | {"log": log, "corrupted_kb": 0}
    events.append(("memory_failure_event", f"pfn {FRAME}: recovery action for dirty LRU page: Recovered"))
    return ended(abort, [run(emission, 0, *events), again(abort)]) | {
        "log": [*printed, SENT, FAILURE], "corrupted_kb": 4}


def poisoned() -> dict[str, Any]:
    event = ("memory_failure_event", f"pfn {FRAME}: recovery action for dirty LRU page: Recovered")
    return ended(claims.POISONED, [again(claims.POISONED, event)]) | {
        "before": {"esr_el1": "0x56000000"}, "corrupted_kb": 4,
        "log": [f"Injecting memory failure for pfn {FRAME} at process virtual address 0xffff95c08000", SENT, FAILURE]}


def red(abort: Abort | None, result: Said) -> set[str]:
    found = judging.poisoned(result, {}) if abort is None else judging.aborted(result, {}, abort=abort)
    return {finding.field for finding in found}


@pytest.mark.parametrize("abort", [claims.CONTROL, claims.VIRTUAL, claims.PHYSICAL, claims.LOST])
def test_what_is_right_holds(abort: Abort) -> None:
    assert red(abort, claimed(abort)) == set()


def test_a_poisoned_page_that_went_right_holds() -> None:
    assert red(None, poisoned()) == set()


def flipped(record: str, at: int) -> str:
    raw = bytearray.fromhex(record)
    raw[at] ^= 1
    return raw.hex()


def flip(run: dict[str, Any], at: int) -> None:
    """Change a bit of the record that the emitter made."""
    (one,) = run["emitted"]
    one["record"] = flipped(one["record"], at)


Change = Callable[[dict[str, Any]], object]
FIRST: Final[dict[str, Change]] = {
    "runs[0].exit": lambda r: r["runs"][0].update(exit="KVM_EXIT_MMIO"),
    "runs[0].bus": lambda r: r["runs"][0].update(bus=[[4, 0, 0]]),
    "runs[0].pc": lambda r: r["runs"][0].update(pc="0x0"),
    "runs[0].apei_claim_sea (probe)": lambda r: r["runs"][0]["events"].remove(r["runs"][0]["events"][0]),
    "runs[0].apei_claim_sea (fexit)": lambda r: r["runs"][0]["emitted"][0].update(claim=-115),
    "runs[0].records": lambda r: r["runs"][0]["emitted"].append(r["runs"][0]["emitted"][0]),
    "runs[0].said": lambda r: flip(r["runs"][0], 38),
    "runs[0].lost": lambda r: r["runs"][0]["emitted"][0].update(lost=1),
    "runs[0].arm_event": lambda r: r["runs"][0]["events"].pop(),
    "log": lambda r: r["log"].pop(), "log.warned": lambda r: r["log"].pop(0),
    "log.signalled": lambda r: r["log"].pop(1),
    "log.other": lambda r: r["log"].append("a line"), "log.memory_failure": lambda r: r["log"].append(FAILURE),
    "log.sent": lambda r: r["log"].append(SENT),
    "HardwareCorrupted": lambda r: r.update(corrupted_kb=4), "answer": lambda r: r["answer"].update(action="stop"),
    "guest.far_el1": lambda r: r["guest"].update(far_el1="0x0"),
    "guest.esr_el1": lambda r: r["guest"].update(esr_el1="0x96000410"),
    "guest.vector": lambda r: r["guest"].update(vector="0x7"),
    "guest.elr_el1": lambda r: r["guest"].update(elr_el1="0x0"),
    "guest.registers_kept": lambda r: r["guest"].update(registers_kept=False), "report": lambda r: r.update(report=""),
    "record taken": lambda r: r.update(left=[17, False]), "runs": lambda r: r["runs"].append(r["runs"][0]),
}


@pytest.mark.parametrize("field", FIRST)
def test_each_link_that_is_wrong_turns_red(field: str) -> None:
    result = claimed(claims.VIRTUAL)
    FIRST[field](result)
    assert field in red(claims.VIRTUAL, result)


AGAIN: Final[dict[str, Change]] = {
    "runs[1].exit": lambda r: r["runs"][1].update(exit="KVM_EXIT_ARM_SEA"),
    "runs[1].bus": lambda r: r["runs"][1].update(bus=[]), "runs[1].said": lambda r: flip(r["runs"][1], 39),
    "runs[1].records": lambda r: r["runs"][1]["emitted"].append(r["runs"][1]["emitted"][0]),
    "runs[1].apei_claim_sea (probe)": lambda r: r["runs"][1]["events"].append(("claimed", "x said=-2")),
    "runs[0].memory_failure_event": lambda r: r["runs"][0]["events"].pop(),
    "runs": lambda r: r["runs"].append(r["runs"][1]),
}


@pytest.mark.parametrize("field", AGAIN)
def test_each_link_to_an_isolated_page_that_is_wrong_turns_red(field: str) -> None:
    result = claimed(claims.PHYSICAL)
    AGAIN[field](result)
    assert field in red(claims.PHYSICAL, result)


@pytest.mark.parametrize("at", [0, 16, 38, 40])
def test_a_bit_of_the_emitters_record_turns_red(at: int) -> None:
    result = claimed(claims.VIRTUAL)
    flip(result["runs"][0], at)
    assert "runs[0].records" in red(claims.VIRTUAL, result)


def test_the_exit_of_the_kernel_must_be_the_beginning_of_the_record() -> None:
    result = claimed(claims.CONTROL)
    result["runs"][0]["arm_sea"] = flipped(result["runs"][0]["arm_sea"], 16)
    assert red(claims.CONTROL, result) == {"runs[0].arm_sea"}


def by_the_kernel(result: dict[str, Any]) -> dict[str, Any]:
    """The same on a kernel that writes its own records, and has other ways to them."""
    for one in result["runs"]:
        if one["emitted"]:
            raw = bytes.fromhex(one["emitted"][0]["record"])
            one |= {"exit": "KVM_EXIT_ARM_SEA", "bus": [], "own": raw.hex(), "arm_sea": raw[:32].hex()}
    return result | {"capability": FAULT_INFO, "log": ["of its own"]}


@pytest.mark.parametrize("abort", [claims.CONTROL, claims.VIRTUAL, claims.PHYSICAL, claims.LOST, None])
def test_a_kernel_that_writes_its_own_records_sends_no_signal_beside_them(abort: Abort | None) -> None:
    def made() -> dict[str, Any]:
        return by_the_kernel(poisoned() if abort is None else claimed(abort))

    assert red(abort, made()) == set()
    last = len(made()["runs"]) - 1
    for field, change in {
        "exit": {"exit": "EINTR"}, "bus": {"bus": [[4, 0, 12]]}, "own": {"own": None},
    }.items():
        result = made()
        result["runs"][last] |= change
        assert f"runs[{last}].{field}" in red(abort, result)
    result = made()
    result["runs"][last]["own"] = flipped(result["runs"][last]["own"], 38)
    assert f"runs[{last}].own" in red(abort, result)


@pytest.mark.parametrize(("field", "change"), [
    ("before.esr_el1", {"before": {"exit": "EINTR"}}), ("log.madvise", {"log": [SENT, FAILURE]}),
    ("HardwareCorrupted", {"corrupted_kb": 0}),
])
def test_each_link_of_a_poisoned_page_that_is_wrong_turns_red(field: str, change: dict[str, Any]) -> None:
    assert red(None, poisoned() | change) == {field}


def test_where_there_is_no_chain_it_is_said() -> None:
    ras = {"KVM_CAP_ARM_INJECT_SERROR_ESR": 1}
    facts = Facts("", "max", (11, 1), "firmware", {**ras, "KVM_CAP_ARM_SEA_TO_USER": 1})
    assert needs(facts) is None
    assert "host.owned" in str(needs(facts._replace(capabilities={})))
    assert "KVM_EXIT_ARM_SEA" in str(needs(facts._replace(capabilities=ras)))
    assert "QEMU" in str(needs(facts._replace(emulator=(10, 0))))


def elsewhere(name: str, **arguments: Any) -> Case:
    """The case ``virtual`` with something wrong in what is done."""
    made = aborted(name, "", claims.VIRTUAL)
    return made._replace(arguments={**made.arguments, **arguments})


@pytest.mark.check
def test_a_chain_that_is_broken_on_a_real_kernel_turns_red() -> None:
    lab = prepared(Cache(default_root()), Choice(), lambda _text: None)
    session = Session(lab, lambda _text: None)
    broken = {
        "unannounced": (elsewhere("unannounced", notification="GPIO"), {"runs[0].exit", "runs[0].bus", "log"}),
        "physical": (elsewhere("physical", abort=list(claims.PHYSICAL)), {"runs", "runs[0].records", "log"}),
        "address": (elsewhere("address", abort=list(claims.LOST)), {"runs[0].records", "guest.far_el1"}),
    }
    session.run(firmware(lab), {each.name: each for each in (CASES[0], *(case for case, _ in broken.values()))})
    assert session.outcomes[CASES[0].name].status == "holds", session.outcomes[CASES[0].name]
    for case, fields in broken.values():
        outcome = session.outcomes[case.name]
        assert outcome.status == "differs", outcome
        assert fields <= {finding.field for finding in outcome.findings}, outcome.findings

