# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of exits: the vCPU's page and what KVM_RUN returned, to a record or none."""

from __future__ import annotations

import struct
from functools import partial
from typing import Any, Final

from abi.captures import load
from abi.conformance.make.book import Book, hand_made
from abi.conformance.make.captured_exits import KVM
from abi.conformance.protocol import EXIT
from abi.definition import ALL_KINDS, GPA_VALID, KVM_EXIT_ARM_SEA, KVM_EXIT_ARM_SERROR, KVM_RUN
from abi.esr_fields import EA, FNV, SET, WNR
from abi.record import build

ABOUT: Final = "A kvm_run page and what KVM_RUN returned: the record, or none and the rule; may the vCPU be saved?"
_SEA: Final = KVM_EXIT_ARM_SEA
_SERROR: Final = KVM_EXIT_ARM_SERROR
#: Another number that the exit of kind 3 could be given.
_ELSE: Final = 44
#: Reasons that are no record's: UNKNOWN, EXCEPTION, MMIO, INTR, INTERNAL_ERROR, SYSTEM_EVENT, ARM_NISV,
#: MEMORY_FAULT; neighbours of those that are, in number and in bits.
_OTHERS: Final = (0, 1, 6, 10, 17, 24, 28, 39, 40, 42, _SERROR - 1, _SERROR + 1, _SEA << 8, _SEA << 16, _SEA | 1 << 31,
                  0x4000_0000 | _SEA, (1 << 32) - 1)
#: arm64's numbers.
_ERRNOS: Final = {"none": 0, "eperm": 1, "eintr": 4, "enoexec": 8, "eagain": 11, "efault": 14, "ehwpoison": 133,
                  "unknown": (1 << 32) - 1}
_PAGE: Final = 0x5_0012_3000
_GVA: Final = 0xFFFF_8000_1234_5678


def page(reason: int, union: bytes, size: int = KVM_RUN.size, noise: int = 0) -> bytes:
    """So many bytes of a page with that exit; every other byte is ``noise``."""
    data = bytearray([noise]) * max(size, KVM_RUN.size)
    data[KVM_RUN.offsets["exit_reason"] : KVM_RUN.end("exit_reason")] = reason.to_bytes(4, "little")
    start = KVM_RUN.offsets["exit"]
    data[start : start + len(union)] = union
    return bytes(data[:size])


def sea(flags: int = 0, esr: int = 0x9200_0010, gva: int = _GVA, gpa: int = 0) -> bytes:
    """``arm_sea`` as a kernel without the capability leaves it."""
    return struct.pack("<4Q", flags, esr, gva, gpa)


def fill(book: Book) -> None:
    """Ask."""
    ask = partial(_ask, book)
    _reasons(ask)
    _failures(ask)
    _lengths(ask)
    _records(ask)
    _imports(ask)
    _subsets(ask)


def _ask(book: Book, slug: str, rules: Any, why: str, raw: bytes, *, enabled: bool = True, source: str = "made",
         **given: int) -> None:
    asked = {"page": raw, "kinds": ALL_KINDS if enabled else 0, "serror_exit": _SERROR} | given
    book.ask(EXIT.name, f"exit-{slug}-{'on' if enabled else 'off'}", rules, why, asked, source)


def _reasons(ask: Any) -> None:
    """vmm.exit.reason: the union always holds a record, perhaps an earlier exit's."""
    record = build(hand_made().DATA_1_0)
    for enabled in (True, False):
        for reason in (_SEA, _SERROR, *_OTHERS):
            ask(f"reason-{reason:x}", "vmm.exit.reason", f"exit_reason is {reason:#x}, the union holds a record.",
                page(reason, record), enabled=enabled)
        for reason in (_SERROR, _ELSE):
            ask(f"reason-{reason:x}-of-{_ELSE:x}", "vmm.exit.reason",
                f"exit_reason is {reason:#x}, the exit of kind 3 has the number {_ELSE:#x}.", page(reason, record),
                enabled=enabled, serror_exit=_ELSE)


def _failures(ask: Any) -> None:
    """vmm.exit.lifetime, vmm.migrate: KVM_RUN failed, and what is there was another's; answered or not."""
    record = build(hand_made().DATA_1_0)
    for enabled in (True, False):
        for reason in (_SEA, _SERROR, 39, 10):
            raw = page(reason, record)
            for name, number in _ERRNOS.items():
                for answered in (0, 1):
                    ask(f"errno-{name}-{reason:x}-{answered}", ("vmm.exit.lifetime", "vmm.exit.reason", "vmm.migrate"),
                        f"KVM_RUN failed with: {name}; exit_reason is {reason:#x}, answered: {bool(answered)}.", raw,
                        enabled=enabled, errno=number, answered=answered)


def _lengths(ask: Any) -> None:
    for size in (0, 8, 11, 12, 32, 64, 96, 112, KVM_RUN.size - 1, KVM_RUN.size, KVM_RUN.size + 1, 4096):
        for enabled in (True, False):
            ask(f"page-of-{size}", ("vmm.malformed", "vmm.exit.reason"),
                f"{size} bytes of a page are mapped: a record needs all of the exit union.",
                page(_SEA, sea(), size), enabled=enabled)


def _records(ask: Any) -> None:
    """What the union holds is given whole: the reader judges it. Nothing else on the page has a say."""
    for name, record in hand_made().VALID.items():
        reason = _SERROR if record.kind == 3 else _SEA
        for noise in (0x00, 0xFF):
            ask(f"record-{name}-in-{noise:02x}", ("vmm.exit.reason", "vmm.migrate"),
                f"A record ({name}) on a page that is {noise:#x} elsewhere.", page(reason, build(record), noise=noise))
    for one in load(KVM)["cases"]:
        if "exit" in one:
            for enabled in (True, False):
                ask(f"captured-{one['name']}", ("vmm.exit.reason", "vmm.migrate"),
                    f"The page of a real exit, {one['name']}, kinds enabled: {enabled}.",
                    bytes.fromhex(one["exit"]["kvm_run"]), enabled=enabled, source=f"{KVM} {one['name']}")


def _imports(ask: Any) -> None:
    """KVM_EXIT_ARM_SEA of a kernel without the capability, as a record of 1.0."""
    off = partial(ask, enabled=False)
    for kind, ec in (("data", 0x9200_0000), ("fetch", 0x8200_0000)):
        for fsc in range(64):
            off(f"import-{kind}-fsc-{fsc:02x}", ("host.record.cause", "host.far.valid"),
                f"arm_sea of a {kind} abort, FSC {fsc:#x}: only an external abort makes a record.",
                page(_SEA, sea(GPA_VALID, ec | fsc, gpa=_PAGE)))
        for bits in (0, FNV, EA, WNR, 1 << 11, 1 << 12, SET, FNV | SET, SET | 0x07):
            for flags in (0, GPA_VALID):
                off(f"import-{kind}-bits-{bits:x}-{flags}", ("host.far.valid", "host.gpa.low", "host.severity.valid"),
                    f"arm_sea of a {kind} abort, ISS bits {bits:#x}, GPA_VALID {flags}: what is kept, what is valid.",
                    page(_SEA, sea(flags, ec | 0x10 | bits, gpa=_PAGE)))
    for answered in (0, 1):
        off(f"import-no-abort-{answered}", ("vmm.migrate", "host.record.cause"),
            f"The syndrome is no abort's, answered: {bool(answered)}.", page(_SEA, sea(esr=0)), answered=answered)
    for ec in (0x00, 0x16, 0x20, 0x21, 0x24, 0x25, 0x2F, 0x3F):
        off(f"import-ec-{ec:02x}", "host.record.cause",
            f"arm_sea with EC {ec:#x}: only an abort's class makes a record.",
            page(_SEA, sea(esr=ec << 26 | 1 << 25 | 0x10)))
    for gva in (0, 0xFFF, 0x1000, (1 << 64) - 1):
        for gpa in (0, 0xABC, _PAGE, _PAGE | 0xFFF, 0xF_FFFF_FFFF_F000):
            off(f"import-places-{gva:x}-{gpa:x}", ("host.gpa.low", "host.gpa.origin"),
                f"arm_sea with gva {gva:#x}, gpa {gpa:#x}: from which has the record's gpa its low bits?",
                page(_SEA, sea(GPA_VALID, gva=gva, gpa=gpa)))
    for bit in (0, 1, 31, 63):
        off(f"import-flag-{bit}", ("vmm.enum.unknown", "host.invalid.zero"),
            f"arm_sea's flags have bit {bit} alone: only GPA_VALID, bit 0, is known.",
            page(_SEA, sea(1 << bit, gpa=_PAGE)))
    off("import-noise", "vmm.exit.reason", "The rest of the union is not arm_sea's, and not read.",
        page(_SEA, sea(), noise=0xA5))


def _subsets(ask: Any) -> None:
    """Of a kind that was not enabled there is no record: arm_sea alone, or no exit of that reason."""
    for kinds in range(2, 32, 2):
        for name, esr, reason in (("data", 0x9200_0010, _SEA), ("fetch", 0x8600_0010, _SEA), ("no-abort", 0, _SEA),
                                  ("serror", 0xBE00_0011, _SERROR)):
            ask(f"kinds-{kinds:x}-{name}", ("host.enabled.only", "vmm.exit.reason"),
                f"Kinds {kinds:#x} were enabled; the exit is: {name}: is there a record, or arm_sea alone?",
                page(reason, sea(esr=esr)), kinds=kinds)
