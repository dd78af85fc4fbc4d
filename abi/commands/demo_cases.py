# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The cases of the demo: from the captures where one exists, else made, and it says which."""

from __future__ import annotations

from typing import Any, NamedTuple

from abi.captures import case, load, registers

_KVM = "kvm-linux-7.3.4.json"
_APEI = "apei-linux-7.3.4.json"
#: RAM of a small VM for the cases that need memslots and have none captured.
_RAM = {"gpa": "0x40000000", "size": "0x20000000", "hva": "0x7f0000000000", "pa": "0x40000000"}


class Case(NamedTuple):
    """One case: what goes in, what the guest gets today, and what it must get by the record.

    ``far_el1`` is what the guest must read, None where FAR_EL1 has no meaning (SError, notice, none).
    ``expect``: (action, rule) of the VMM, or None with the host's rule where there is no record.
    """

    title: str
    source: str
    trap: dict[str, Any]
    cper: str | None
    vcpu: dict[str, Any]
    today: str
    expect: tuple[str | None, str]
    esr_el1: int | None = None
    far_el1: int | None = None


def cases() -> list[Case]:
    """All cases, in the order in which they are told."""
    kvm, apei = load(_KVM), load(_APEI)
    return [
        *_virtual_address_only(kvm),
        *_page_and_fetch(kvm),
        *_walk_and_owned(kvm),
        *_serrors(kvm),
        *_notices(apei, case(kvm, "data-read-el1")["before"]),
        _machine_without_ras(kvm),
    ]


def _saw(captured: dict[str, Any]) -> str:
    saw = captured["guest_saw"]
    return f"guest reads ESR_EL1 {saw['esr_el1']}, FAR_EL1 {saw['far_el1']}"


def _sigbus(captured: dict[str, Any]) -> str:
    signal = captured["sigbus"][-1]
    address = f"si_addr {signal['si_addr']} (of the VMM)" if int(signal["si_addr"], 16) else "no address"
    return f"SIGBUS si_code {signal['si_code']:#x}, {address}, lsb {signal['si_addr_lsb']}; guest learns nothing"


def _virtual_address_only(kvm: dict[str, Any]) -> list[Case]:
    claimed, fnv = kvm["claimed_without_address"], case(kvm, "data-read-el1-fnv")
    va = int(claimed["guest_va"], 16)
    inject = ("inject", "vmm.notify")
    return [
        Case("virtual address only: claimed without address", f"{_KVM} claimed_without_address",
             registers(claimed, "as_handled"), claimed["cper"], claimed["before"], _sigbus(claimed), inject,
             0x96000010, va),
        Case("FnV=1, firmware has the virtual address",
             f"{_KVM} data-read-el1-fnv, with the firmware record of claimed_without_address",
             registers(fnv, "as_handled") | {"mpidr": "0x80000000"}, claimed["cper"], fnv["before"],
             _sigbus(claimed), inject, 0x96000010, va),
        Case("FnV=1, nobody has an address", f"{_KVM} data-read-el1-fnv", registers(fnv, "as_handled"), None,
             fnv["before"], f"{_saw(fnv)}: stale, shown as valid", inject, 0x96000410, 0),
    ]


def _page_and_fetch(kvm: dict[str, Any]) -> list[Case]:
    poisoned, fetch = kvm["poisoned_page"], case(kvm, "exec-el1")
    page = hex(int(poisoned["guest_gpa"], 16) & ~0xFFF)
    trap = registers(poisoned, "as_taken") | {
        "memslots": [{"gpa": page, "size": "0x1000", "hva": poisoned["hva_of_page"], "pa": "0x424dc000"}],
        "isolated": [{"gpa": page, "lsb": "0xc"}],
    }
    before = case(kvm, "data-read-el1")["before"]
    return [
        Case("a page isolated before", f"{_KVM} poisoned_page", trap, None, before, _sigbus(poisoned),
             ("inject", "vmm.notify"), 0x96000010, int(poisoned["guest_va"], 16)),
        Case("instruction abort", f"{_KVM} exec-el1", registers(fetch, "as_handled"), None, fetch["before"],
             f"{_saw(fetch)}: a data abort", ("inject", "vmm.notify"), 0x86000010, int(fetch["va"], 16)),
    ]


def _walk_and_owned(kvm: dict[str, Any]) -> list[Case]:
    owned = case(kvm, "stage1-walk-sea")
    before = case(kvm, "data-read-el1")["before"]
    walk = {"esr_el2": "0x93c88017", "far_el2": "0x40201128", "hpfar_el2": "0x0"}
    return [
        Case("abort on a walk, FSC 0x17", "made: a stage-2 descriptor that points to no memory", walk, None, before,
             "KVM_EXIT_ARM_SEA with gva; injection drops EA, SET, WnR", ("inject", "vmm.notify"),
             0x96000010, 0x40201128),
        Case("abort that the host owns", f"{_KVM} stage1-walk-sea", registers(owned, "as_handled"), None, before,
             _saw(owned), (None, "host.owned"), 0xBF000000),
    ]


def _serrors(kvm: dict[str, Any]) -> list[Case]:
    claimed = kvm["claimed_without_address"]
    before = case(kvm, "data-read-el1")["before"] | {"pstate": "0x600002c5"}
    none = {"far_el2": "0x0", "hpfar_el2": "0x0"}
    today = "no exit, severity lost: guest reads ESR_EL1 0xbf000000"
    return [
        Case("SEI, firmware has a virtual address only", "made, with the firmware record of claimed_without_address",
             {"esr_el2": "0xbe000c11", **none, "notify": "sei"}, claimed["cper"], before, today,
             ("pend", "vmm.notify"), 0xBE000C11),
        Case("SError without address", "made", {"esr_el2": "0xbe000411", **none}, None, before, today,
             ("pend", "vmm.notify"), 0xBE000411),
    ]


def _notices(apei: dict[str, Any], before: dict[str, Any]) -> list[Case]:
    lost = case(apei, "memory-pa")
    trap = {"esr_el2": "0x0", "far_el2": "0x0", "hpfar_el2": "0x0", "notify": "gpio", "memslots": [_RAM],
            "isolated": [{"gpa": "0x48008000", "lsb": "0xc"}]}
    today = "SIGBUS BUS_MCEERR_AO to a thread of the VMM, at best"
    return [
        Case("memory notice, by interrupt", f"{_APEI} memory-pa", trap, lost["cper"], before, today,
             ("interrupt", "vmm.notify")),
        Case("memory notice, polled", f"{_APEI} memory-pa", trap, lost["cper"],
             before | {"notifications": ["sea", "poll"]}, today, ("log", "vmm.notify")),
    ]


def _machine_without_ras(kvm: dict[str, Any]) -> Case:
    read = case(kvm, "data-read-el1")
    return Case("a machine not set up for RAS", f"{_KVM} data-read-el1", registers(read, "as_handled"), None,
                read["before"] | {"ras": False}, _saw(read), ("stop", "vmm.notify"))
