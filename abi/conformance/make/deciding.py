# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of deciding: one thing about the record or the machine is changed at a time."""

from __future__ import annotations

from itertools import permutations
from typing import Final

from abi.conformance.make.book import VCPU, Book, hand_made
from abi.definition import (
    ACTION_REQUIRED,
    CONTEXT_CORRUPT,
    FAR_VALID,
    FIRMWARE_VA_VALID,
    NESTED,
    SEVERITY_VALID,
    STAGE1_WALK,
    V1_0,
    VERSIONS,
)
from abi.esr_fields import AET_SHIFT, FNV, IDS
from abi.pstate import MODE
from abi.pstate import I as IRQS_MASKED
from abi.record import FaultInfo, new
from abi.severity import SEVERITY_OF_AET
from abi.vcpu import BASELINE, MACHINE_NOTIFICATIONS, Machine

ABOUT: Final = "Record and machine to a decision, ESR_EL1 and FAR_EL1: sources of the address, ways, bounds, SErrors."
_WAYS: Final = tuple(ways for n in range(5) for ways in permutations(MACHINE_NOTIFICATIONS, n))
_NO_RAS: Final = BASELINE - {"FEAT_RAS"}
#: Fully described load and fetch whose flags hold no more than they need.
_LOAD: Final = new(kind=1, origin=1, esr=0x9200_0010, far=0xFFFF_0000_1234_5678, flags=FAR_VALID | ACTION_REQUIRED)
_FETCH: Final = new(kind=2, origin=1, esr=0x8200_0010, far=0x40_1000, flags=FAR_VALID | ACTION_REQUIRED)
_KINDS: Final = (("load", _LOAD), ("fetch", _FETCH))


def fill(book: Book) -> None:
    """Ask."""
    _sources(book)
    _syndromes(book)
    _ways(book)
    _repeats(book)
    _serrors(book)
    _targets(book)
    _stops(book)


def _sources(book: Book) -> None:
    """vmm.far.source, vmm.far.odds."""
    for name, record in _KINDS:
        for flags in (0, FAR_VALID, FIRMWARE_VA_VALID, FAR_VALID | FIRMWARE_VA_VALID):
            for fnv in (0, FNV):
                for takes in (True, False):
                    said = "+".join(n for n, bit in (("far", FAR_VALID), ("fw", FIRMWARE_VA_VALID)) if flags & bit)
                    slug = f"source-{name}-{(said or 'none').replace('+', '-')}-fnv{int(bool(fnv))}-{int(takes)}"
                    asked = record._replace(
                        flags=ACTION_REQUIRED | flags, esr=record.esr | fnv, origin=3, firmware_severity=1,
                        firmware_va=0xFFFF_8000_0ABC_D000,
                    )
                    book.vmm(slug, ("vmm.far.source", "vmm.far.odds"),
                             f"Valid: {said or 'neither'}; FnV {int(bool(fnv))}; the machine takes firmware's "
                             f"address: {takes}.", asked, machine=Machine(firmware_va=takes))
    claimed: FaultInfo = hand_made().DATA_CLAIMED
    for reader in VERSIONS:
        book.vmm(f"source-firmware-by-{reader}", ("vmm.far.source", "vmm.trailing", "vmm.enum.unknown"),
                 "Firmware's address is a field of 1.1: a reader of 1.0 has none, and does not know the flag.",
                 claimed, reader=reader)
    for far in (0, 1, 0xFFF, 1 << 63, (1 << 64) - 1, 0xF000_0000_0000_0000):
        book.vmm(f"source-far-{far:x}", "vmm.far.source", "Every value of far is an address if FAR_VALID says so.",
                 _LOAD._replace(far=far))


def _syndromes(book: Book) -> None:
    """vmm.esr.rewrite."""
    for name, record in _KINDS:
        for fsc in range(64):
            for walk in (0, STAGE1_WALK):
                esr = record.esr & ~0x3F | fsc
                asked = record._replace(esr=esr, flags=record.flags | walk, origin=5 if walk else 1)
                book.vmm(f"esr-{name}-fsc-{fsc:02x}-walk{int(bool(walk))}", "vmm.esr.rewrite",
                         f"FSC {fsc:#x}, STAGE1_WALK {int(bool(walk))}: shown as it is, or as 0x10?", asked)
        for fsc in (0x01, 0x11, 0x17, 0x3F):
            book.vmm(f"esr-{name}-fsc-{fsc:02x}-noras", "vmm.esr.rewrite",
                     f"FSC {fsc:#x}, a guest without RAS: what of the syndrome is it shown?",
                     record._replace(esr=record.esr & ~0x3F | fsc), machine=Machine(features=_NO_RAS))
        for fsc in (0x12, 0x13, 0x17, 0x18):
            book.vmm(f"esr-{name}-blind-walk-{fsc:x}", ("vmm.esr.rewrite", "vmm.far.source"),
                     "A walk whose address nobody knows is shown as FSC 0x10.",
                     record._replace(esr=record.esr & ~0x3F | fsc, flags=ACTION_REQUIRED | STAGE1_WALK))
        for bit in (*range(6, 26), 32, 40, 55, 63):
            for features in (BASELINE, _NO_RAS):
                ras = "ras" if "FEAT_RAS" in features else "noras"
                book.vmm(f"esr-{name}-bit-{bit}-{ras}", "vmm.esr.rewrite",
                         f"Bit {bit} of esr is the other way round, the guest has {ras}: is it shown the bit?",
                         record._replace(esr=record.esr ^ 1 << bit), machine=Machine(features=features))


def _ways(book: Book) -> None:
    """vmm.notify: who prefers what."""
    notice: FaultInfo = hand_made().NOTICE
    for ways in _WAYS:
        name = "-".join(ways) or "none"
        for masked in (0, IRQS_MASKED):
            vcpu = VCPU._replace(pstate=VCPU.pstate | masked)
            book.vmm(f"ways-load-{name}-i{int(bool(masked))}", "vmm.notify",
                     f"A load, the machine has: {name}; PSTATE.I {int(bool(masked))}.", _LOAD, vcpu,
                     Machine(notifications=ways))
        for features in (BASELINE, _NO_RAS):
            ras = "ras" if "FEAT_RAS" in features else "noras"
            book.vmm(f"ways-notice-{name}-{ras}", "vmm.notify",
                     f"A memory notice, the machine has: {name}; the guest has {ras}.", notice,
                     machine=Machine(notifications=ways, features=features))


def _repeats(book: Book) -> None:
    """vmm.notify, vmm.once: an interrupt may answer so often."""
    for repeats in range(5):
        for bound in range(4):
            machine = Machine(notifications=("irq", "sea"), repeats=repeats, bound=bound)
            book.vmm(f"repeats-{repeats}-of-{bound}", "vmm.notify",
                     f"Reported {repeats} times before, an interrupt may answer {bound} times.", _LOAD, machine=machine)
    for name, record in (*_KINDS, ("serror", _serror(0b011)), ("notice", hand_made().NOTICE)):
        for ways in (("sea",), ("irq", "sea"), ("irq",)):
            book.vmm(f"answered-{name}-{'-'.join(ways)}", "vmm.once",
                     "The vCPU's report was answered before: not twice.",
                     record, machine=Machine(notifications=ways, answered=True))


def _serror(aet: int, ea: int = 0) -> FaultInfo:
    severity = SEVERITY_OF_AET[aet]
    return new(kind=3, origin=1, esr=0xBE00_0011 | aet << AET_SHIFT | ea << 9, severity=severity,
               flags=SEVERITY_VALID if severity else 0)


def _serrors(book: Book) -> None:
    """vmm.notify and vmm.serror.worse, kind 3."""
    waiting = (None, 0, IDS, *(aet << AET_SHIFT | 0x11 for aet in range(8)), 0x1_FFFF, 0x0C12)
    for features in (BASELINE, _NO_RAS):
        ras = "ras" if "FEAT_RAS" in features else "noras"
        records = [(f"aet{aet}-ea{ea}", _serror(aet, ea)) for aet in range(8) for ea in (0, 1) if aet == 3 or not ea]
        records += [("ids", hand_made().SERROR_IDS), ("dfsc0", new(kind=3, origin=1, esr=0xBE00_0000))]
        records += [("ids-impdef", new(kind=3, origin=1, esr=0xBF12_3C11))]
        # IDS=1: what looks like AET and DFSC is not.
        for aet in (0, 2, 3):
            alike = new(kind=3, origin=1, esr=0xBF00_0011 | aet << AET_SHIFT)
            records.append((f"ids-like-aet{aet}", alike))
        for name, record in records:
            for pending in waiting if ras == "ras" else waiting[:4]:
                text = "none" if pending is None else f"{pending:x}"
                book.vmm(f"serror-{name}-waits-{text}-{ras}", ("vmm.notify", "vmm.serror.worse"),
                         f"An SError ({name}) while ISS {text} waits: the worse of the two stays.", record,
                         machine=Machine(features=features, pending_serror=pending))
    for pending in waiting[1:]:
        book.vmm(f"notice-by-sei-waits-{pending:x}", ("vmm.notify", "vmm.serror.worse"),
                 "A notice by SEI is a restartable SError; the worse stays.", hand_made().NOTICE,
                 machine=Machine(notifications=("sei",), pending_serror=pending))


def _targets(book: Book) -> None:
    """vmm.target."""
    records = (*_KINDS, ("serror", _serror(0b011)), ("notice", hand_made().NOTICE))
    for name, record in records:
        machine = Machine(notifications=("sei", "sea"))
        for mode in range(32):
            vcpu = VCPU._replace(pstate=VCPU.pstate & ~MODE | mode)
            book.vmm(f"target-{name}-mode-{mode:02x}", ("vmm.target", "vmm.sea.vector"),
                     f"The vCPU is in mode {mode:#x}: can it take an exception to EL1 in AArch64?", record, vcpu,
                     machine)
        for feature in ("FEAT_NV", "FEAT_AA32EL1"):
            book.vmm(f"target-{name}-{feature.lower().replace('_', '-')}", "vmm.target",
                     f"The vCPU has {feature}: is EL1 in AArch64 its target?", record,
                     machine=machine._replace(features=BASELINE | {feature}))
        book.vmm(f"target-{name}-nested", "vmm.target",
                 "The trap was a nested guest's: EL1 is not the target.",
                 record._replace(flags=record.flags | NESTED), machine=machine)
        book.vmm(f"target-{name}-nested-by-irq", "vmm.target", "The trap was a nested guest's, the machine has irq.",
                 record._replace(flags=record.flags | NESTED), machine=Machine(notifications=("irq",)))


def _stops(book: Book) -> None:
    """vmm.notify: what is never resumed."""
    for name, record in (*_KINDS, ("serror", _serror(0b011)), ("uncontainable", _serror(0)), ("ueo", _serror(2)),
                         ("notice", hand_made().NOTICE)):
        book.vmm(f"stops-{name}-machine-without-ras", "vmm.notify",
                 "The machine is not set up for RAS: print and stop.", record,
                 machine=Machine(ras=False))
        for answered in (False, True):
            book.vmm(f"stops-{name}-context-corrupt-{int(answered)}", "vmm.notify",
                     f"CONTEXT_CORRUPT: the vCPU is not resumed; answered before: {answered}.",
                     record._replace(flags=record.flags | CONTEXT_CORRUPT), machine=Machine(answered=answered))
    old = new(V1_0, kind=1, origin=1, esr=0x9200_0010, far=8, flags=FAR_VALID | ACTION_REQUIRED)
    book.vmm("stops-not-without-reason", "vmm.notify", "A plain record of 1.0 is answered: nothing stops the vCPU.",
             old)
