# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of captured traps and firmware records."""

from __future__ import annotations

import importlib
import json
from typing import Any, Final

from abi.captures import folder, load, registers
from abi.conformance.make.book import Book
from abi.trap import Isolated, Memslot, Trap

ABOUT: Final = "Trap registers and firmware records of a stock Linux 7.3.4, and firmware records of other software."
_KVM: Final = "kvm-linux-7.3.4.json"
_APEI: Final = "apei-linux-7.3.4.json"
_BLOCKS: Final = ("qemu-ghes-arm-v8-estatus.bin",)


def _trap(capture: dict[str, Any], view: str) -> Trap:
    found: Trap = importlib.import_module("reference_host.trap").parse_trap(json.dumps(registers(capture, view)))
    return found


def fill(book: Book) -> None:
    """Ask."""
    capture = load(_KVM)
    rules = ("host.record.cause", "host.esr.mask", "host.far.valid", "host.owned", "host.gpa.origin")
    for one in capture["cases"]:
        for view in (r["view"] for r in one["trap_registers"]):
            book.host(f"captured-{one['name']}-{view.replace('_', '-')}", rules,
                      f"The trap of a stock kernel, {one['name']}, {view.replace('_', ' ')}.",
                      _trap(one, view), source=f"{_KVM} {one['name']}")
    _claimed(book, capture["claimed_without_address"])
    _poisoned(book, capture["poisoned_page"])
    _apei(book)


def _claimed(book: Book, one: dict[str, Any]) -> None:
    """APEI claims the abort and has no physical address to act on."""
    cper = bytes.fromhex(one["cper"])
    for mpidr in (None, 0x8000_0000, 0x8000_0001):
        name = "unknown" if mpidr is None else f"{mpidr:x}"
        book.host(f"captured-claimed-by-{name}", ("host.firmware_va.usable", "host.claim.queued"),
                  "The claim without an address, which Linux 7.3.4 answers by a SIGBUS without one.",
                  _trap(one, "as_handled")._replace(mpidr=mpidr), cper, source=f"{_KVM} claimed_without_address")


def _poisoned(book: Book, one: dict[str, Any]) -> None:
    page = int(one["guest_gpa"], 16) & ~0xFFF
    slot = Memslot(page, 0x1_0000, int(one["hva_of_page"], 16), 0x424D_C000)
    trap = _trap(one, "as_taken")._replace(memslots=(slot,), isolated=(Isolated(page, 12),))
    for name, state in (("sound", trap._replace(isolated=())), ("isolated", trap)):
        book.host(f"captured-poisoned-page-{name}", ("host.hpfar.valid", "host.gpa.hpfar", "host.hva.valid"),
                  f"A page that memory_failure() took from the VM, here {name}.", state, source=f"{_KVM} poisoned_page")


def _apei(book: Book) -> None:
    slot = Memslot(0x4000_0000, 0x100_0000, 0xFFFF_8000_0000, 0x4800_0000)
    blocks = [(c["name"], bytes.fromhex(c["cper"]), f"{_APEI} {c['name']}") for c in load(_APEI)["cases"]]
    blocks += [(name.removesuffix(".bin"), (folder() / "cper" / name).read_bytes(), name) for name in _BLOCKS]
    for name, cper, source in blocks:
        for how, esr, notify in (("gpio", 0, "gpio"), ("sea", 0x9200_0410, "sea"), ("sei", 0xBE00_0C11, "sei")):
            book.host(f"captured-{name}-{how}", ("host.claim.queued", "host.gpa.space", "host.pa.valid"),
                      f"A captured firmware record, {name}, as if it came by {how}.",
                      Trap(esr, 0, 0, notify=notify, memslots=(slot,), mpidr=0x8000_0000), cper, source=source)
