# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of traps without a firmware record: every syndrome, and every fact that the host knows beside it."""

from __future__ import annotations

from typing import Any, Final

from abi.conformance.make.book import Book
from abi.definition import ALL_KINDS, CONTEXT_CORRUPT, V1_0, VERSIONS
from abi.trap import Isolated, Memslot, Trap

ABOUT: Final = "Registers of a trap to the exact record, or to none and the rule: syndromes, addresses, memslots."
#: Two slots that do not touch.
SLOTS: Final = (
    Memslot(0x4000_0000, 0x1000_0000, 0xFFFF_A000_0000, 0x8_8000_0000),
    Memslot(0x10_0000_0000, 0x4000_0000, 0xFFFE_0000_0000, 0x20_4000_0000),
)
PAGE: Final = 0x4012_3000
FAR: Final = 0x3_0050_0123
MPIDR: Final = 0x8000_0100
DABT, IABT, CUR, SERROR = 0x24 << 26, 0x20 << 26, 0x25 << 26, 0x2F << 26
IL: Final = 1 << 25
ISV, FNP, PFV, VNCR, FNV, S1PTW = 1 << 24, 1 << 15, 1 << 14, 1 << 13, 1 << 10, 1 << 7
#: Every bit of an ISS that does not change what FSC means.
_REST: Final = 0xFF_0A40
_PFAR: Final = 1 << 63 | SLOTS[1].pa + 0x5678


def trap(esr: int, **facts: Any) -> Trap:
    """A trap of which as much is known as can be."""
    known: dict[str, Any] = {
        "far_el2": FAR, "hpfar_el2": PAGE >> 8, "mpidr": MPIDR, "memslots": SLOTS, "isolated": (Isolated(PAGE, 12),),
    }
    return Trap(esr, **known | facts)


def fill(book: Book) -> None:
    """Ask."""
    _classes(book)
    _bits(book)
    _serrors(book)
    _facts(book)
    _places(book)
    _isolated(book)
    _elsewhere(book)


def _classes(book: Book) -> None:
    """Every EC and FSC, on an isolated page and not."""
    for name, ec in (("dabt", DABT), ("iabt", IABT), ("cur", CUR)):
        for fsc in range(64):
            for more, bits in (("", 0), ("-s1ptw", S1PTW), ("-fnv", FNV), ("-vncr", VNCR)):
                for isolated in ((), (Isolated(PAGE, 12),)):
                    few = (0x00, 0x03, 0x07, 0x0B, 0x0F, 0x10, 0x12, 0x13, 0x15, 0x17, 0x18, 0x2A)
                    if fsc not in few and (name == "cur" or more or not isolated):
                        continue
                    where = "isolated" if isolated else "sound"
                    book.host(
                        f"class-{name}-{fsc:02x}{more}-{where}",
                        ("host.record.cause", "host.far.valid", "host.hpfar.valid", "host.far.fnv", "host.owned"),
                        f"FSC {fsc:#x}{more.replace('-', ' with ').upper()}, the page of HPFAR_EL2 is {where}.",
                        trap(ec | IL | fsc | bits, isolated=isolated),
                    )
    for ec in range(64):
        book.host(f"class-ec-{ec:02x}", "host.record.cause",
                  f"EC {ec:#x} with an ISS of 0x11: is it the class of an abort or SError?",
                  trap(ec << 26 | IL | 0x11))


def _bits(book: Book) -> None:
    """host.esr.mask, host.esr.il, host.far.imprecise, host.pa.valid, host.severity.valid: one bit at a time."""
    for name, ec in (("dabt", DABT), ("iabt", IABT)):
        for fsc in (0x10, 0x15, 0x07):
            for bit in (*range(6, 26), 32, 44, 63):
                for pfar in (None, _PFAR) if bit in (14, 24) else (_PFAR,):
                    slug = f"bit-{name}-{fsc:02x}-{bit}-{'pfar' if pfar else 'plain'}"
                    book.host(slug, ("host.esr.mask", "host.esr.il", "host.far.imprecise", "host.pa.valid"),
                              f"FSC {fsc:#x}, bit {bit} of ESR_EL2 is the other way round.",
                              trap((ec | IL | fsc) ^ 1 << bit, pfar_el2=pfar))
        for fsc in range(64):
            book.host(f"pfar-{name}-{fsc:02x}", "host.pa.valid",
                      f"PFAR_EL2 with PFV=1 and FSC {fsc:#x}: is it the abort's?",
                      trap(ec | IL | fsc | PFV, pfar_el2=_PFAR))
        for pair in (PFV | ISV, FNP | ISV, PFV | FNP, VNCR | FNV, FNV | FNP, 1 << 11 | 1 << 12, _REST):
            for ras in (True, False):
                book.host(f"bits-{name}-{pair:x}-{'ras' if ras else 'noras'}",
                          ("host.esr.mask", "host.pa.valid", "host.far.imprecise", "host.severity.valid"),
                          f"ISS bits {pair:#x} together: what one says may change what the other means.",
                          trap(ec | IL | 0x10 | pair, pfar_el2=_PFAR, vm_ras=ras))
        for set_ in range(4):
            for fsc in (0x10, 0x14, 0x18):
                for ras in (True, False):
                    book.host(f"set-{name}-{set_}-{fsc:02x}-{'ras' if ras else 'noras'}",
                              ("host.severity.valid", "host.esr.mask"),
                              f"SET {set_:#b}, FSC {fsc:#x}, the VM has RAS: {ras}: is the severity given?",
                              trap(ec | IL | fsc | set_ << 11, vm_ras=ras))


def _serrors(book: Book) -> None:
    """host.serror.given, host.far.valid: AET, IDS, DFSC, VFV, and DISR_EL1."""
    rules = ("host.serror.given", "host.far.valid", "host.esr.mask", "host.severity.valid")
    for aet in range(8):
        for ids in (0, 1 << 24):
            for dfsc in (0x00, 0x10, 0x11, 0x12, 0x31):
                iss = aet << 10 | ids | dfsc
                book.host(f"serror-{iss:x}", rules,
                          f"AET {aet:#b}, IDS {ids >> 24}, DFSC {dfsc:#x}: is AET a severity here?",
                          trap(SERROR | IL | iss))
                if dfsc != 0x11:
                    continue
                book.host(f"serror-{iss:x}-vfv", rules,
                          f"AET {aet:#b}, IDS {ids >> 24}, DFSC 0x11 with VFV: is FAR_EL2 the SError's?",
                          trap(SERROR | IL | iss | 1 << 15))
                book.host(f"deferred-{iss:x}", rules,
                          f"DISR_EL1 has AET {aet:#b}, IDS {ids >> 24}, DFSC 0x11, VFV: FAR_EL2 is another trap's.",
                          trap(DABT | IL | 0x10, disr_el1=1 << 31 | iss | 1 << 15))
    for bit in (*range(6, 26), 32, 63):
        for pfar in (None, _PFAR):
            book.host(f"serror-bit-{bit}-{'pfar' if pfar else 'plain'}", ("host.esr.mask", "host.pa.valid"),
                      f"Bit {bit} of the syndrome is the other way round.",
                      trap((SERROR | IL | 0xC11) ^ 1 << bit, pfar_el2=pfar))
    book.host("deferred-pfar", ("host.pa.valid", "host.gpa.origin"),
              "DISR_EL1 has the SError: PFAR_EL2 is that of another trap.",
              trap(DABT | IL | 0x10 | PFV, disr_el1=1 << 31 | 0xC11, pfar_el2=_PFAR))
    book.host("serror-mark", "host.gpa.origin", "KVM's mark belongs to an external abort, not to an SError with VFV.",
              trap(SERROR | IL | 0xC11 | 1 << 15, hpfar_el2=1 << 63 | PAGE >> 8))
    book.host("deferred-not", "host.record.cause", "DISR_EL1.A is clear: nothing was deferred.",
              trap(DABT | IL | 0x10, disr_el1=0x7FFF_FFFF))
    for vfv in (0, 1 << 15):
        book.host(f"serror-walk-{vfv:x}", ("host.gpa.origin", "host.gpa.low"),
                  f"A walk of the SError's FAR_EL2, VFV is {vfv >> 15}: a gpa only if that is its address.",
                  trap(SERROR | IL | 0xC11 | vfv, walk=PAGE | 0x123))


def _facts(book: Book) -> None:
    """Each fact the other way round, with each kind of trap."""
    bases = {
        "sea": DABT | IL | 0x10, "fetch": IABT | IL | 0x10, "walk-sea": DABT | IL | 0x15 | S1PTW,
        "vncr": CUR | IL | VNCR | 0x10,
        "isolated": DABT | IL | 0x07, "isolated-walk": DABT | IL | 0x07 | S1PTW, "isolated-perm": DABT | IL | 0x0F,
        "isolated-perm-walk": DABT | IL | 0x0F | S1PTW, "serror": SERROR | IL | 0xC11,
        "serror-ids": SERROR | IL | 1 << 24, "serror-ueo": SERROR | IL | 0x811, "serror-ce": SERROR | IL | 0x1811,
        "notice": 0,
    }
    facts: dict[str, dict[str, Any]] = {
        "plain": {}, "no-host-ras": {"host_ras": False}, "no-vm-ras": {"vm_ras": False}, "nested": {"nested": True},
        "hyp": {"hyp_context": True}, "protected": {"protected": True}, "v10": {"version": V1_0},
        "kinds-0": {"kinds": 0}, "walk": {"walk": PAGE | 0x123}, "walk-else": {"walk": 0x5000_0123},
        "no-slots": {"memslots": ()}, "slots-unknown": {"memslots": None}, "not-isolated": {"isolated": ()},
        "mark": {"hpfar_el2": 1 << 63 | PAGE >> 8}, "mark-nested": {"hpfar_el2": 1 << 63 | PAGE >> 8, "nested": True},
        "hpfar-rest": {"hpfar_el2": 0xF | PAGE >> 8}, "level-2": {"walk_level": 2}, "level-minus-2": {"walk_level": -2},
        "nested-walk": {"nested": True, "walk": PAGE}, "pfar": {"pfar_el2": _PFAR}, "critical-0": {"critical": 0},
        "walked-v10": {"walk": PAGE | 0x123, "version": V1_0},
    }
    for kind in range(1, 5):
        facts[f"without-kind-{kind}"] = {"kinds": ALL_KINDS & ~(1 << kind)}
        facts[f"kind-{kind}-alone"] = {"kinds": 1 << kind}
    rules = ("host.owned", "host.enabled.only", "host.enable.protected", "host.never_silent", "host.gpa.origin",
             "host.gpa.space", "host.nested.trap", "host.hva.valid", "host.one_report")
    for base, esr in bases.items():
        for name, changed in facts.items():
            book.host(f"fact-{base}-{name}", rules,
                      f"Trap: {base}, ESR_EL2 {esr:#x}; {name}: does its end hang on that?",
                      trap(esr, **changed))
    for level in range(-2, 4):
        for version in VERSIONS:
            book.host(f"level-{level % 256:x}-{version}", ("host.esr.isolated", "host.stage1_walk.known"),
                      f"The guest's own walk met the isolated page at level {level}.",
                      trap(DABT | IL | 0x07 | S1PTW, walk_level=level, version=version))
    book.host("critical-unused", "host.enabled.only", "A critical flag was enabled, nothing sets it.",
              trap(bases["sea"], critical=CONTEXT_CORRUPT))


def _places(book: Book) -> None:
    """host.gpa.space, host.gpa.low: both sides of each end of a slot; the low bits."""
    rules = ("host.gpa.space", "host.gpa.low", "host.hva.valid", "host.gpa.origin", "host.invalid.zero")
    for n, slot in enumerate(SLOTS):
        for name, page in (("before", slot.gpa - 0x1000), ("first", slot.gpa), ("last", slot.gpa + slot.size - 0x1000),
                           ("after", slot.gpa + slot.size)):
            book.host(f"place-walk-{n}-{name}", rules, f"The walk ends in the {name} page of slot {n}.",
                      trap(DABT | IL | 0x10, walk=page | 0xABC, isolated=()))
            book.host(f"place-isolated-{n}-{name}", rules, f"HPFAR_EL2 names the {name} page of slot {n}.",
                      trap(DABT | IL | 0x07, hpfar_el2=page >> 8, isolated=(Isolated(page, 12),)))
            pa = slot.pa + page - slot.gpa
            book.host(f"place-pfar-{n}-{name}-0", rules, f"PFAR_EL2 names the start of the {name} page of slot {n}.",
                      trap(DABT | IL | 0x10 | PFV, pfar_el2=1 << 63 | pa, isolated=()))
            book.host(f"place-pfar-{n}-{name}", rules, f"PFAR_EL2 names an address in the {name} page of slot {n}.",
                      trap(DABT | IL | 0x10 | PFV, pfar_el2=1 << 63 | pa | 0x10, isolated=()))
    for fsc in range(0x10, 0x20):
        book.host(f"place-walk-fsc-{fsc:02x}", ("host.gpa.origin", "host.owned"),
                  f"FSC {fsc:#x}, a walk of FAR_EL2 ends in the VM: of an abort on a walk that is not the descriptor.",
                  trap(DABT | IL | fsc, walk=PAGE | 0xABC, isolated=()))
    for far in (0, 0xFFF, 0x1000, FAR | 0xF << 60):
        for fnp in (0, FNP):
            book.host(f"place-low-{far:x}-{fnp:x}", ("host.gpa.low", "host.far.imprecise"),
                      f"FAR_EL2 is {far:#x}, FnP is {int(bool(fnp))}: has gpa low bits, and which?",
                      trap(DABT | IL | 0x10 | fnp, far_el2=far, walk=PAGE))


def _isolated(book: Book) -> None:
    """host.lsb.address: the granule; which isolated page it is."""
    for lsb in (0, 1, 11, 12, 13, 16, 21, 30, 54, 55):
        book.host(f"isolated-lsb-{lsb}", ("host.lsb.address", "host.esr.isolated"),
                  f"The isolated page has 2^{lsb} bytes, which address_lsb says.",
                  trap(DABT | IL | 0x07, isolated=(Isolated(PAGE, lsb),)))
    big = 1 << 21
    for name, at in (("before", -0x1000), ("first", 0), ("last", big - 0x1000), ("after", big)):
        book.host(f"isolated-huge-{name}", "host.record.cause", f"The {name} page of an isolated block of 2 MiB.",
                  trap(DABT | IL | 0x07, hpfar_el2=(0x4020_0000 + at) >> 8, isolated=(Isolated(0x4020_0000, 21),)))
    book.host("isolated-second", "host.record.cause", "The page is the second of two that are isolated.",
              trap(DABT | IL | 0x07, isolated=(Isolated(SLOTS[1].gpa, 21), Isolated(PAGE, 12))))
    for bit in (3, 4, 5, 43, 46, 47, 48, 62, 63):
        page = (1 << bit & 0xFFFF_FFFF_FFF0) << 8
        book.host(f"isolated-fipa-{bit}", "host.hpfar.fipa", f"HPFAR_EL2 has bit {bit} alone: is it one of FIPA?",
                  trap(DABT | IL | 0x07, hpfar_el2=1 << bit, isolated=(Isolated(page, 12),), memslots=None))


def _elsewhere(book: Book) -> None:
    """What looks like an abort in a class that has none; bits of PFAR_EL2 that are, and are not, the address's."""
    for ec in range(64):
        for iss in (0x07, 0x10):
            book.host(f"class-ec-{ec:02x}-iss-{iss:02x}", "host.record.cause",
                      f"EC {ec:#x} with an ISS of {iss:#x}, the page of HPFAR_EL2 is isolated.",
                      trap(ec << 26 | IL | iss))
    first, second = SLOTS[0], SLOTS[1]._replace(pa=SLOTS[0].pa + SLOTS[0].size)
    for name, slots in (("first", (first, second)), ("last", (second, first))):
        book.host(f"place-pfar-between-{name}", ("host.gpa.space", "host.hva.valid"),
                  f"PFAR_EL2 names where one slot ends and the next begins; the former stands {name}.",
                  trap(DABT | IL | 0x10 | PFV, pfar_el2=1 << 63 | second.pa, isolated=(), memslots=slots))
    for bit in (0, 4, 11, 54, 55, 56, 57, 61, 62):
        book.host(f"place-pfar-bit-{bit}", ("host.pa.valid", "host.gpa.space"),
                  f"PFAR_EL2 has bit {bit} besides: is it one of the address?",
                  trap(DABT | IL | 0x10 | PFV, pfar_el2=_PFAR & ~0xFFF ^ 1 << bit, isolated=()))
