# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of the exception entry: every bit of the registers that it reads, every feature, every mode."""

from __future__ import annotations

from typing import Final

from abi import pstate as ps
from abi.conformance.make.book import VCPU, Book
from abi.definition import ACTION_REQUIRED, FAR_VALID, SEVERITY_VALID
from abi.record import FaultInfo, new
from abi.vcpu import BASELINE, FEATURES, Machine, Vcpu

ABOUT: Final = "The exception entry to EL1: PC, PSTATE, SPSR_EL1, ELR_EL1 for each feature and bit that it reads."
_LOAD: Final = new(kind=1, origin=1, esr=0x9200_0010, far=0x1234, flags=FAR_VALID | ACTION_REQUIRED)
_SERROR: Final = new(kind=3, origin=1, esr=0xBE00_0C11, severity=3, flags=SEVERITY_VALID)
_BOTH: Final = (("sea", _LOAD), ("serror", _SERROR))
_MODES: Final = {"el0": ps.MODE_EL0T, "el1t": ps.MODE_EL1T, "el1h": ps.MODE_EL1H, "usr": ps.MODE_USR}
_RULES: Final = ("vmm.entry.state", "vmm.sea.vector")
_ALL: Final = FEATURES - {"FEAT_NV", "FEAT_AA32EL1"}
_U64: Final = (1 << 64) - 1


def fill(book: Book) -> None:
    """Ask."""
    for name, record in _BOTH:
        for mode, bits in _MODES.items():
            plain = VCPU._replace(pstate=bits)
            for number, vcpu in enumerate((plain, _all_ones(plain))):
                for feature in sorted(_ALL):
                    _feature(book, f"entry-{name}-{mode}-{number}", feature, record, vcpu)
        for bit in range(5, 37):
            if bit == 8 and name == "serror":
                continue  # the mask of SErrors is asked for below
            vcpu = VCPU._replace(pstate=ps.MODE_EL1H | 1 << bit)
            book.vmm(f"entry-{name}-pstate-{bit}", _RULES,
                     f"PSTATE has bit {bit} alone: kept, set or cleared, and saved in SPSR_EL1.", record, vcpu,
                     Machine(features=_ALL))
        for register in ("sctlr_el1", "sctlr2_el1", "gcscr_el1", "vbar_el1"):
            for bit in range(64):
                vcpu = Vcpu(**VCPU._asdict() | {register: 1 << bit})
                if register != "vbar_el1" and bit not in (*range(8), 22, 23, 24, 43, 44, 45, 61, 62, 63):
                    continue
                book.vmm(f"entry-{name}-{register.replace('_', '-')}-{bit}", _RULES,
                         f"{register} has bit {bit} alone: what does the entry read of it?", record, vcpu,
                         Machine(features=_ALL))
    _masked(book)


def _feature(book: Book, slug: str, feature: str, record: FaultInfo, vcpu: Vcpu) -> None:
    """With and without it, beside what every machine has; without it, beside all others."""
    sets = {"with": BASELINE | {feature}, "without": BASELINE - {feature}, "all-but": _ALL - {feature}}
    for how, features in sets.items():
        has = "with every feature but" if how == "all-but" else how
        book.vmm(f"{slug}-{how}-{feature[5:].lower().replace('_', '-')}", _RULES,
                 f"A vCPU {has} {feature}: what of the entry hangs on it?", record, vcpu, Machine(features=features))


def _all_ones(vcpu: Vcpu) -> Vcpu:
    """Every bit that may be set is, but the mask of SErrors."""
    state = (1 << 37) - 1 & ~(ps.MODE | ps.A) | vcpu.pstate
    return Vcpu(_U64, state, *[_U64] * 8)


def _masked(book: Book) -> None:
    """A masked SError stays pending."""
    for mode, bits in _MODES.items():
        vcpu = VCPU._replace(pstate=bits | ps.A)
        book.vmm(f"entry-serror-{mode}-masked", "vmm.entry.state", "PSTATE.A masks SErrors: it is pending, and waits.",
                 _SERROR, vcpu)
        book.vmm(f"entry-sea-{mode}-masked", "vmm.entry.state", "PSTATE.A masks SErrors, and does not mask an abort.",
                 _LOAD, vcpu)
    zero = Vcpu(*[0] * 10)
    book.vmm("entry-sea-all-zero", _RULES, "Every register is 0, and there is no feature.", _LOAD, zero,
             Machine(features=frozenset()))
    book.vmm("entry-serror-all-zero", _RULES, "Every register is 0, and there is no feature.", _SERROR, zero,
             Machine(features=frozenset()))
