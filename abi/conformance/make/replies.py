# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of replies: what the host does to the vCPU, or the errno and nothing changed."""

from __future__ import annotations

from typing import Any, Final

from abi import pstate as ps
from abi.conformance.make.book import VCPU, Book
from abi.definition import SEVERITIES
from abi.esr_fields import CM, EA, FNV, IDS, ISV, SET, WNR
from abi.reply import VCPU_EVENTS, FaultReply
from abi.vcpu import BASELINE, FEATURES, Vcpu

ABOUT: Final = "KVM_SET_VCPU_EVENTS with the extension, and no reply at all: registers or a refusal."
_DATA: Final = FaultReply(ext_dabt_pending=1)
_FETCH: Final = FaultReply(ext_iabt_pending=1)
_TOLD: Final = _DATA._replace(ext_abt_has_esr=1, ext_abt_has_far=1, ext_abt_esr=0x10, ext_abt_far=0x1234_5678)
_SERROR: Final = FaultReply(serror_pending=1)
_NO_RAS: Final = BASELINE - {"FEAT_RAS"}
_MODES: Final = {"el0": ps.MODE_EL0T, "el1t": ps.MODE_EL1T, "el1h": ps.MODE_EL1H, "usr": ps.MODE_USR}


def fill(book: Book) -> None:
    """Ask."""
    _aborts(book)
    _kinds(book)
    _bits(book)
    _serrors(book)
    _entry(book)
    _bits_alone(book)
    _none(book)


def _aborts(book: Book) -> None:
    """host.reply.esr, host.reply.far, host.reply.fnv, host.reply.one_abort."""
    rules = ("host.reply.esr", "host.reply.far", "host.reply.fnv")
    for name, base in (("data", _DATA), ("fetch", _FETCH), ("neither", FaultReply())):
        for esr in (0, 1):
            for far in (0, 1):
                for fsc in (0, 0x10, 0x14) if base is _DATA else (0, 0x14):
                    for address in (0, 0x7FFF_0000_1230):
                        asked = base._replace(ext_abt_has_esr=esr, ext_abt_has_far=far, ext_abt_esr=fsc,
                                              ext_abt_far=address)
                        book.reply(f"abort-{name}-esr{esr}-far{far}-{fsc:02x}-{int(bool(address))}", rules,
                                   f"Abort: {name}; ISS given {esr}, address given {far}, FSC {fsc:#x}: is that whole?",
                                   asked)
        for fsc in range(64) if base is _DATA else (0, 0x0F, 0x10, 0x11, 0x12, 0x13, 0x17, 0x18, 0x3F):
            asked = base._replace(ext_abt_has_esr=1, ext_abt_has_far=1, ext_abt_esr=fsc, ext_abt_far=0x1230)
            book.reply(f"abort-{name}-fsc-{fsc:02x}", "host.reply.esr",
                       f"Abort: {name}; FSC {fsc:#x} and an address are given: EINVAL but for 0x10 and 0x13 to 0x17.",
                       asked)
            if fsc in range(0x0F, 0x1A):
                book.reply(f"abort-{name}-fsc-{fsc:02x}-blind", "host.reply.far",
                           f"Abort: {name}; FSC {fsc:#x} without an address, which only 0x10 may go without.",
                           asked._replace(ext_abt_has_far=0, ext_abt_far=0))
        for bit in range(6, 64):
            for features in (BASELINE, _NO_RAS):
                if bit > 26 and (features is _NO_RAS or bit not in (31, 32, 63)):
                    continue
                book.reply(f"abort-{name}-bit-{bit}-{'ras' if features is BASELINE else 'noras'}", "host.reply.esr",
                           f"Abort: {name}; ext_abt_esr has bit {bit} beside FSC 0x10: is it a VMM's to give?",
                           base._replace(ext_abt_has_esr=1, ext_abt_has_far=1, ext_abt_esr=0x10 | 1 << bit,
                                         ext_abt_far=0x1230), features=features)
    both = _TOLD._replace(ext_iabt_pending=1)
    book.reply("abort-both", "host.reply.one_abort", "Both kinds of abort at once: a vCPU takes one.", both)
    book.reply("abort-both-untold", "host.reply.one_abort", "Both kinds of abort at once, and no ISS or address.",
               _DATA._replace(ext_iabt_pending=1))
    for bits in (EA, EA | WNR | CM, EA | SET, FNV, ISV):
        book.reply(f"abort-data-bits-{bits:x}", "host.reply.esr",
                   f"ISS bits {bits:#x} with FSC 0x10: FnV and ISV are not a VMM's to give.",
                   _TOLD._replace(ext_abt_esr=0x10 | bits))


def _kinds(book: Book) -> None:
    """host.reply.kind."""
    for kind in range(6):
        for name, asked in (("data", _TOLD), ("fetch", _FETCH), ("serror", _SERROR), ("empty", FaultReply())):
            book.reply(f"kind-{kind}-{name}", "host.reply.kind",
                       f"A reply of {name} to a record of kind {kind}: they fit, or EINVAL.",
                       asked, kind=kind)


def _bits(book: Book) -> None:
    """host.reply.reserved."""
    for field in VCPU_EVENTS.fields:
        for value in (2, 0x80, 0xFF) if field.width == 1 else ():
            asked = FaultReply(**FaultReply()._asdict() | {field.name: value})
            book.reply(f"flag-{field.name.replace('_', '-')}-{value:x}", "host.reply.reserved",
                       f"{field.name} is {value:#x}: a flag is 0 or 1, all else is EINVAL.", asked)
    for name in ("pad", "reserved"):
        width = VCPU_EVENTS.field(name).width
        for place in range(width):
            for bit in (0, 7):
                raw = bytes(place) + bytes((1 << bit,)) + bytes(width - place - 1)
                asked = FaultReply(**FaultReply()._asdict() | {name: raw})
                book.reply(f"{name}-{place}-{bit}", "host.reply.reserved",
                           f"Byte {place} of {name} is not 0: what has no meaning is EINVAL.", asked)
    book.reply("reserved-with-abort", "host.reply.reserved", "An abort, and a byte that has no meaning.",
               _TOLD._replace(reserved=bytes(31) + b"\1"))


def _serrors(book: Book) -> None:
    """host.reply.serror."""
    masked = VCPU._replace(pstate=VCPU.pstate | ps.A)
    for iss in (0, 1, 0x11, 0xC11, IDS, (1 << 25) - 1, 1 << 25, 1 << 32, 1 << 63):
        for has in (0, 1):
            for pending in (0, 1):
                for ras in (True, False):
                    for vcpu in (VCPU, masked) if pending and ras else (VCPU,):
                        asked = FaultReply(serror_pending=pending, serror_has_esr=has, serror_esr=iss)
                        slug = f"serror-{iss:x}-has{has}-pending{pending}-{'ras' if ras else 'noras'}"
                        slug += "-masked" if vcpu is masked else ""
                        book.reply(slug, "host.reply.serror",
                                   f"serror_esr {iss:#x}, has_esr {has}, pending {pending}, RAS: {ras}: taken?",
                                   asked, vcpu, host_ras=ras)
    for vcpu, name in ((VCPU, "open"), (masked, "masked")):
        book.reply(f"serror-and-abort-{name}", ("host.reply.entry", "host.reply.serror"),
                   f"An abort and an SError at once, SErrors are {name}: both reach the guest.",
                   _TOLD._replace(serror_pending=1), vcpu)


def _entry(book: Book) -> None:
    """host.reply.entry, by mode and feature."""
    ease = VCPU._replace(sctlr2_el1=ps.SCTLR2_EASE)
    for name, asked in (("data", _TOLD), ("fetch", _FETCH), ("serror", _SERROR)):
        for mode, bits in _MODES.items():
            book.reply(f"entry-{name}-{mode}", "host.reply.entry",
                       f"Entry ({name}) from {mode}: vector, PSTATE, SPSR_EL1 and ELR_EL1.", asked,
                       VCPU._replace(pstate=bits))
            book.reply(f"entry-{name}-{mode}-ease", "host.reply.entry",
                       f"Entry ({name}) from {mode} with SCTLR2_EL1.EASE: an abort goes to the SErrors' vector.", asked,
                       ease._replace(pstate=bits))
            for feature in sorted(FEATURES - {"FEAT_NV", "FEAT_AA32EL1"}):
                features = BASELINE ^ {feature}
                every: dict[str, Any] = dict.fromkeys(("sctlr_el1", "sctlr2_el1", "gcscr_el1"), (1 << 64) - 1)
                state = (1 << 37) - 1 & ~(ps.MODE | ps.A) | bits
                book.reply(f"entry-{name}-{mode}-{feature[5:].lower().replace('_', '-')}", "host.reply.entry",
                           f"Entry ({name}) from {mode}, {feature} the other way round, every bit set.", asked,
                           VCPU._replace(pstate=state, **every), features=features)


def _bits_alone(book: Book) -> None:
    """host.reply.entry: each bit that the entry reads, alone, on a vCPU with every feature."""
    features = FEATURES - {"FEAT_NV", "FEAT_AA32EL1"}
    registers = {"sctlr_el1": (0, 22, 23, 43, 44, 62, 63), "sctlr2_el1": (*range(8), 63), "gcscr_el1": (*range(8), 63),
                 "vbar_el1": (0, 6, 7, 10, 11, 12, 63)}
    for name, asked in (("data", _TOLD), ("serror", _SERROR)):
        for bit in (*range(5, 8), *range(9, 37)):
            book.reply(f"reply-entry-{name}-pstate-{bit}", "host.reply.entry",
                       f"Entry ({name}), PSTATE has bit {bit} alone: kept, set or cleared, and saved in SPSR_EL1.",
                       asked, VCPU._replace(pstate=ps.MODE_EL1H | 1 << bit), features=features)
        for register, bits in registers.items():
            for bit in bits:
                vcpu = Vcpu(**VCPU._asdict() | {register: 1 << bit})
                book.reply(f"reply-entry-{name}-{register.replace('_', '-')}-{bit}", "host.reply.entry",
                           f"Entry ({name}), {register} has bit {bit} alone: what is read of it?", asked, vcpu,
                           features=features)
        for mode, state in _MODES.items():
            plain = VCPU._replace(sctlr_el1=0, gcscr_el1=ps.GCSCR_EXLOCKEN, pstate=state)
            book.reply(f"reply-entry-{name}-{mode}-plain", "host.reply.entry",
                       f"Entry ({name}) from {mode}, SCTLR_EL1 is 0: SPAN and DSSBS are clear.", asked,
                       plain, features=features)
    for esr in (1, 0x11, 0x3F, 0xFF):
        asked = _FETCH._replace(ext_abt_has_esr=1, ext_abt_has_far=1, ext_abt_esr=esr, ext_abt_far=0x1230)
        book.reply(f"abort-fetch-noras-{esr:x}", "host.reply.esr",
                   f"An instruction abort with ISS {esr:#x} in a VM without RAS: only FSC and EA may be given.", asked,
                   features=_NO_RAS)


def _none(book: Book) -> None:
    """host.reply.none."""
    for kind in range(5):
        for severity in range(len(SEVERITIES)):
            for mask in (0, ps.A):
                book.reply(f"none-kind-{kind}-severity-{severity}-{mask:x}", "host.reply.none",
                           f"No reply to a record of kind {kind}, severity {severity}: as with the capability off.",
                           None, VCPU._replace(pstate=VCPU.pstate | mask), kind=kind, severity=severity)
