# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of captured exits: the record of a real exit, the vCPU as it really stood."""

from __future__ import annotations

import importlib
from typing import Any, Final

from abi.captures import case, load
from abi.conformance.make.book import Book
from abi.conformance.make.reading import Ask
from abi.definition import KVM_RUN, RECORD
from abi.vcpu import Machine, Vcpu

ABOUT: Final = "Exits of a stock Linux 7.3.4: what the guest must read, as its hardware delivers the same access."
KVM: Final = "kvm-linux-7.3.4.json"


def fill(book: Book) -> None:
    """Ask."""
    ask_all(book.vmm)


def ask_all(ask: Ask) -> None:
    """Put every question of this module."""
    parse: Any = importlib.import_module("reference_vmm.parse")
    record: Any = importlib.import_module("abi.record")
    capture = load(KVM)
    for name in (c["name"] for c in capture["cases"] if "exit" in c):
        one = case(capture, name)
        page = bytes.fromhex(one["exit"]["kvm_run"])
        vcpu = Vcpu(**{key: int(value, 16) for key, value in one["before"].items()})
        raw = record.build(parse.import_arm_sea(page))
        source = f"{KVM} {name}"
        ask(f"captured-{name}", ("vmm.far.source", "vmm.esr.rewrite", "vmm.sea.vector", "vmm.entry.state"),
            f"The exit of a stock kernel, {name}, as a record of 1.0.", raw, vcpu, source=source)
        ask(f"captured-{name}-no-ras", "vmm.notify", f"The exit of a stock kernel, {name}, on a machine without RAS.",
            raw, vcpu, Machine(ras=False), source=source)
        union = page[KVM_RUN.offsets["exit"] :]
        ask(f"captured-{name}-bare", "vmm.major.unknown",
            f"The union as this kernel leaves it: beyond {RECORD.offsets['size']} bytes nothing, so no record.",
            union, vcpu, exact=False, source=source)
