# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The reference VMM's own parts: what ends KVM_RUN, what it refuses, what it leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from abi.cper import PlatformMemory, parse_status_block
from abi.trap import BUS_MCEERR_AR
from tests.lab.case import Case, Facts, Finding, Said
from tests.lab.guest import GPA_TARGET
from tests.lab.guest_build import ABORT, RELABEL

_INSIDE: Final = "tests.lab.inside.vmm:"
_PAGE_SHIFT: Final = 12
_CAPABILITY: Final = "KVM_CAP_ARM_SEA_TO_USER"
#: A data abort from EL1, not on a walk.
_SEA_EL1: Final = 0x96000010
_PREPARE: Final = ("tests.lab.inside.equality:warm",)


def _signals(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    bus = [[BUS_MCEERR_AR, result["address"], _PAGE_SHIFT]]
    wanted = {"reason": "EINTR", "late": False, "bus": bus}
    findings = [Finding(name, str(value), str(result[name])) for name, value in wanted.items() if result[name] != value]
    if result["endless"][:2] != ["EINTR", True]:
        findings.append(Finding("endless", "EINTR, late", str(result["endless"])))
    return tuple(findings)


def _refusals(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    wanted = {"action": "stop", "rule": "vmm.target", "untouched": True}
    return tuple(Finding(name, str(wanted), str(found)) for name, found in result.items()
                 if "absent" not in found and found != wanted)


def _once(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    if result["exit"] != "KVM_EXIT_ARM_SEA":
        return (Finding("exit", "KVM_EXIT_ARM_SEA", result["exit"], "host.owned"),)
    decisions = [["inject", "vmm.notify"], ["retry", "vmm.once"], ["inject", "vmm.notify"]]
    findings = [Finding(name, str(wanted), str(result[name]))
                for name, wanted in (("decisions", decisions), ("untouched", True)) if result[name] != wanted]
    if result["seen"].get("esr_el1") != hex(_SEA_EL1):
        findings.append(Finding("ESR_EL1", hex(_SEA_EL1), str(result["seen"])))
    (entry,) = parse_status_block(bytes.fromhex(result["block"])).entries
    if not isinstance(entry.section, PlatformMemory) or entry.section.physical_addr != GPA_TARGET + 8:
        findings.append(Finding("CPER", f"a memory error at {GPA_TARGET + 8:#x}", str(entry.section)))
    return tuple(findings)


def _told(facts: Facts) -> str | None:
    return None if facts.capabilities.get(_CAPABILITY) else f"this kernel has no {_CAPABILITY}"


def _left(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    if result["before"] == result["after"]:
        return ()
    return (Finding("descriptors", str(result["before"]), str(result["after"])),)


CASES: Final = (
    Case("vmm.signals", "SIGBUS of a poisoned page with its siginfo; a guest that never exits", f"{_INSIDE}signals",
         builds=(ABORT,), prepare=_PREPARE, judge=_signals),
    Case("vmm.refusals", "an AArch32 EL1 and a vEL2 are refused by vmm.target, untouched", f"{_INSIDE}refusals",
         prepare=_PREPARE, judge=_refusals, seconds=30),
    Case("vmm.once", "an abort that is reported twice is answered once, and told by one CPER", f"{_INSIDE}once",
         builds=(ABORT, RELABEL), prepare=("tests.lab.inside.equality:warm_with_module",), needs=_told, judge=_once),
    Case("vmm.left", "twenty VMs leave no descriptor behind", f"{_INSIDE}left_behind", builds=(ABORT,),
         prepare=_PREPARE, judge=_left),
)
