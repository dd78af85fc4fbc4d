# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of reporting: a record, and the state of the guest's error source, to what the guest finds there."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from abi.captures import load
from abi.conformance.make.book import Book, hand_made
from abi.conformance.protocol import REPORT
from abi.decode import Decoded, decode
from abi.definition import (
    ACTION_REQUIRED,
    FAR_VALID,
    FIRMWARE_VA_VALID,
    GPA_VALID,
    SEVERITY_VALID,
    V1_0,
)
from abi.esr_fields import AET_SHIFT, FNV, SET_SHIFT
from abi.record import FaultInfo, build, new
from abi.severity import SEVERITY_OF_AET, SEVERITY_OF_SET

ABOUT: Final = "What the guest's firmware interface tells it: addresses, severity, and blocks that wait for their turn."
_U64: Final = (1 << 64) - 1
_LOAD: Final = new(kind=1, origin=1, esr=0x9200_0010, far=0xFFFF_8000_1234_5678, flags=FAR_VALID | ACTION_REQUIRED)
_BLIND: Final = new(kind=1, origin=1, esr=0x9200_0010 | FNV, flags=ACTION_REQUIRED)
_SERROR: Final = new(kind=3, origin=1, esr=0xBE00_0C11)
_NOTICE: Final = new(kind=4, origin=2, host_action=2)
_ACK: Final = ("vmm.report.ack",)


def fill(book: Book) -> None:
    """Ask."""
    ask = partial(_ask, book)
    for name, record in hand_made().VALID.items():
        for takes in (1, 0):
            ask(f"valid-{name}-{takes}", ("vmm.report.address", "vmm.report.severity"),
                f"A valid record ({name}); the machine takes firmware's virtual address: {bool(takes)}.", record,
                firmware_va=takes)
    _severities(ask)
    _addresses(ask)
    _acknowledgments(ask)


def _ask(book: Book, slug: str, rules: Any, why: str, record: FaultInfo, earlier: FaultInfo | None = None,
         **given: Any) -> None:
    for one in (record, earlier):
        if one is not None and not isinstance(decode(build(one)), Decoded):
            raise ValueError(f"{slug}: a record that no VMM acts on is not reported")
    parts = {"record": build(record), "earlier": build(earlier) if earlier else b""}
    book.ask(REPORT.name, f"report-{slug}", rules, why, {"read_ack": 1, "firmware_va": 1} | parts | given)


def _severities(ask: Any) -> None:
    """vmm.report.severity: the record's own, what stands for it, and firmware's where there is none."""
    known = [(f"load-set-{n}", _BLIND._replace(esr=_BLIND.esr | n << SET_SHIFT, severity=s, flags=_BLIND.flags | 32))
             for n, s in enumerate(SEVERITY_OF_SET) if s]
    known += [(f"serror-aet-{n}", _SERROR._replace(esr=0xBE00_0011 | n << AET_SHIFT, severity=s, flags=SEVERITY_VALID))
              for n, s in enumerate(SEVERITY_OF_AET) if s]
    unknown = [(f"{name}-{value}", record._replace(severity=value, flags=record.flags | SEVERITY_VALID))
               for name, record in (("load", _BLIND), ("serror", _SERROR)) for value in (0, 6, 255)]
    unsaid = [(f"{name}-unsaid-{value}", record._replace(severity=value))
              for name, record in (("load", _BLIND), ("serror", _SERROR)) for value in (1, 4, 5)]
    silent = [("load", _BLIND), ("fetch", _BLIND._replace(kind=2, esr=0x8200_0010 | FNV)),
              ("serror", _SERROR._replace(esr=0xBF00_0000)), ("notice", _NOTICE)]
    for name, record in (*known, *unknown, *unsaid, *silent):
        for said in (*range(6), 255):
            ask(f"severity-{name}-firmware-{said}", "vmm.report.severity",
                f"Record: {name}; firmware_severity is {said}: which severity is the guest told?",
                record._replace(firmware_severity=said))


def _addresses(ask: Any) -> None:
    """vmm.report.address: what is known, and which of it comes first."""
    for kind, base in (("load", _BLIND), ("serror", _SERROR), ("notice", _NOTICE)):
        for bits in range(8 if kind == "load" else 2):
            known = base._replace(
                sea_flags=bits & GPA_VALID, gpa=0x8_0123_4678 * (bits & 1),
                flags=base.flags | (FAR_VALID if bits & 2 else 0) | (FIRMWARE_VA_VALID if bits & 4 else 0),
                far=0xFFFF_8000_1234_5678 * (bits >> 1 & 1), firmware_va=0xFFFF_8000_0ABC_D000 * (bits >> 2),
            )
            for takes in (1, 0):
                ask(f"address-{kind}-{bits}-{takes}", "vmm.report.address",
                    f"{kind}; known: gpa {bits & 1}, far {bits >> 1 & 1}, firmware_va {bits >> 2}; the last is taken: "
                    f"{takes}.", known, firmware_va=takes)
    for far in (0, 1, 0xFFF, 1 << 63, _U64):
        ask(f"address-far-{far:x}", "vmm.report.address", f"far is {far:#x}, and valid: any number is an address.",
            _LOAD._replace(far=far))
    for gpa in (0, 1, 0xFFF, 0xF_FFFF_FFFF_F000):
        for lsb in (0, 1, 12, 21, 55, 62, 63, 64, 255):
            ask(f"address-gpa-{gpa:x}-{lsb}", "vmm.report.address",
                f"gpa is {gpa:#x}, address_lsb {lsb}: the address, and the granule around it.",
                _NOTICE._replace(sea_flags=GPA_VALID, gpa=gpa, address_lsb=lsb))
    for bit in (1, 2, 63):
        ask(f"address-sea-flag-{bit}", "vmm.report.address", f"sea_flags has bit {bit} alone: gpa is not valid.",
            _LOAD._replace(sea_flags=1 << bit, gpa=0x8_0123_4678))
    old = new(V1_0, kind=1, origin=1, esr=0x9200_0010, far=8, flags=FAR_VALID | ACTION_REQUIRED)
    ask("address-of-1.0", "vmm.report.address", "A record of 1.0, which has no firmware_va.", old)


def _acknowledgments(ask: Any) -> None:
    """vmm.report.ack: the register as the guest left it, what it writes later, and who waits already."""
    earlier = _NOTICE._replace(sea_flags=GPA_VALID, gpa=0x4000_0000)
    blocks = {"empty": b"", "full": bytes.fromhex(load("apei-linux-7.3.4.json")["cases"][0]["cper"])}
    blocks["cleared"] = bytes(4) + blocks["full"][4:]
    writes = (None, 0, 1, 2, _U64 - 1, _U64)
    for name, block in blocks.items():
        for register in (0, 1, 2, 3, 1 << 63, _U64 - 1, _U64):
            for waits in (None, earlier):
                for ack in writes if name == "full" else (None, 1):
                    text = "none" if ack is None else f"{ack:x}"
                    ask(f"ack-{name}-{register:x}-{'two' if waits else 'one'}-{text}", _ACK,
                        f"The block is {name}, the register {register:#x}; {'another' if waits else 'none'} waits; the "
                        f"guest's write: {text}.", _LOAD, waits, block=block, read_ack=register, ack=ack or 0,
                        acknowledges=int(ack is not None))
