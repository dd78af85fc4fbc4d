# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of the host that lie on the edge of a mask or a bound: each bit of each register by itself."""

from __future__ import annotations

from typing import Any, Final

from abi import pstate as ps
from abi.conformance.make.book import VCPU, Book
from abi.conformance.make.firmware import PA, VA, arm, block, info, memory
from abi.conformance.make.traps import DABT, FAR, FNV, IABT, IL, PAGE, PFV, S1PTW, SERROR, SLOTS, trap
from abi.conformance.make.vmm_edges import header_edges
from abi.conformance.protocol import PRODUCE
from abi.cper import bits
from abi.reply import FaultReply
from abi.trap import Isolated, Memslot
from abi.vcpu import FEATURES

ABOUT: Final = "One bit of one register at a time, and both sides of bounds, where an answer hangs on that bit alone."
_PFAR: Final = 1 << 63 | SLOTS[1].pa + 0x5FFF
_ASYNC: Final = 0xC11
#: An error information whose details say that the processor context is corrupt, and that this is valid.
_CORRUPT: Final = 1 << 25 | 1 << 3
_DISR_A: Final = 1 << 31
#: Traps of which every bit of the syndrome is turned round.
_BASES: Final[dict[str, tuple[int, dict[str, Any]]]] = {
    "sea-fnv": (DABT | IL | FNV | 0x10, {"pfar_el2": _PFAR}),
    "sea-pfar": (DABT | IL | PFV | 0x10, {"pfar_el2": _PFAR, "isolated": ()}),
    "sea-walk": (DABT | IL | 0x15, {"walk": PAGE | 0xFFF}),
    "sea-owned": (DABT | IL | S1PTW | 0x13, {}),
    "fetch-fnv": (IABT | IL | FNV | 0x10, {"pfar_el2": _PFAR}),
    "serror": (SERROR | IL | _ASYNC | 1 << 15 | PFV, {"pfar_el2": _PFAR}),
    "isolated": (DABT | IL | 0x07, {}),
    "isolated-walk": (DABT | IL | S1PTW | 0x07, {"walk_level": 2}),
    "isolated-perm": (DABT | IL | 0x0F, {"walk": PAGE | 0xFFF}),
    "isolated-perm-walk": (IABT | IL | S1PTW | 0x0F, {"walk": PAGE | 0xFFF, "walk_level": 3}),
}
_SYNDROME: Final = ("host.record.cause", "host.esr.mask", "host.far.fnv", "host.far.valid", "host.pa.valid",
                    "host.hpfar.valid", "host.action_required.kind", "host.reserved.zero")


def fill(book: Book) -> None:
    """Ask."""
    _syndromes(book)
    _codes(book)
    _registers(book)
    _memslots(book)
    _notices(book)
    _replies(book)
    _rings(book)


def _syndromes(book: Book) -> None:
    """Every bit of ESR_EL2, and of DISR_EL1."""
    for name, (esr, facts) in _BASES.items():
        for bit in range(64):
            book.host(f"edge-{name}-esr-{bit}", _SYNDROME, f"{name}: bit {bit} of ESR_EL2 is the other way round.",
                      trap(esr ^ 1 << bit, **facts))
    deferred: dict[str, Any] = {"disr_el1": _DISR_A | _ASYNC}
    known: dict[str, dict[str, Any]] = {
        "disr": deferred, "disr-sei": deferred | {"notify": "sei"}, "walk": {"walk": PAGE | 0xFFF}, "nothing": {},
    }
    for name, facts in known.items():
        for mpidr in (None, 0x8000_0100):
            book.host(f"edge-known-{name}-mpidr-{int(bool(mpidr))}", ("host.record.cause", "host.gpa.origin"),
                      f"Of a permission fault {name} is known; MPIDR_EL1 is known: {bool(mpidr)}: whose error is it?",
                      trap(DABT | IL | 0x0F, mpidr=mpidr, **facts),
                      block(arm(info(VA))) if name == "disr-sei" else None)
    for bit in range(64):
        book.host(f"edge-deferred-{bit}", ("host.serror.given", "host.esr.mask"),
                  f"Bit {bit} of DISR_EL1 is the other way round: was an SError deferred, and what is kept of it?",
                  trap(DABT | IL | 0x10, disr_el1=(_DISR_A | _ASYNC) ^ 1 << bit))


def _codes(book: Book) -> None:
    """Every fault status code where a software walk of FAR_EL2 found a page, isolated and not."""
    for name, ec in (("dabt", DABT), ("iabt", IABT)):
        for fsc in range(64):
            for pages in ((), (Isolated(PAGE, 12),)):
                for walk in (0, S1PTW):
                    where = f"{'isolated' if pages else 'sound'}{'-s1ptw' if walk else ''}"
                    book.host(f"edge-walked-{name}-{fsc:02x}-{where}", ("host.record.cause", "host.gpa.origin"),
                              f"FSC {fsc:#x}, a walk of FAR_EL2 found the page: {where}.",
                              trap(ec | IL | fsc | walk, walk=PAGE | 0xFFF, isolated=pages, nested=bool(walk)))


def _registers(book: Book) -> None:
    """host.gpa.low, host.hpfar.fipa, host.pa.valid: every bit of the registers that hold an address."""
    for bit in range(64):
        book.host(f"edge-far-{bit}", "host.gpa.low",
                  f"Bit {bit} of FAR_EL2 is the other way round: gpa takes the low 12.",
                  trap(DABT | IL | 0x10, far_el2=FAR ^ 1 << bit, walk=PAGE))
        book.host(f"edge-hpfar-{bit}", ("host.hpfar.fipa", "host.gpa.hpfar"),
                  f"Bit {bit} of HPFAR_EL2 is turned: is it one of FIPA?",
                  trap(DABT | IL | 0x07, hpfar_el2=PAGE >> 8 ^ 1 << bit, memslots=None,
                       isolated=(Isolated((PAGE >> 8 ^ 1 << bit) << 8 & (1 << 56) - 1, 12),)))
        book.host(f"edge-pfar-{bit}", ("host.pa.valid", "host.gpa.space"),
                  f"Bit {bit} of PFAR_EL2 is turned: is it one of the address?",
                  trap(DABT | IL | PFV | 0x10, pfar_el2=_PFAR ^ 1 << bit, isolated=(),
                       memslots=(Memslot(PAGE & ~0xFFF, 0x1000, 0x1000, _PFAR & (1 << 56) - 1 & ~0xFFF),
                                 Memslot(0x8000_0000, 0x1000, 0x4000, (_PFAR ^ 1 << 55) & (1 << 56) - 1 & ~0xFFF))))
    for name, slots in (("nowhere", ()), ("elsewhere", SLOTS[1:])):
        book.host(f"edge-isolated-{name}", ("host.lsb.address", "host.gpa.space"),
                  f"The isolated page is {name}: no gpa, so no granule.", trap(DABT | IL | 0x07, memslots=slots))
    for bit in range(64):
        book.host(f"edge-isolated-lsb-{bit}", "host.lsb.address",
                  f"An isolated block of 2^{bit} bytes that begins a page away: is the page that was touched in it?",
                  trap(DABT | IL | 0x07, memslots=None, isolated=(Isolated(PAGE ^ 1 << 12, min(bit, 55)),)))


def _memslots(book: Book) -> None:
    """host.gpa.space: two slots that meet in one address space and not in the other."""
    meet = (Memslot(0x4000_0000, 0x1000, 0x1_0000, 0x8000_0000), Memslot(0x4000_1000, 0x1000, 0x9_0000, 0x9000_0000))
    apart = (Memslot(0x4000_0000, 0x1000, 0x1_0000, 0x8000_0000), Memslot(0x5000_0000, 0x1000, 0x9_0000, 0x8000_1000))
    for name, slots in (("meet", meet), ("apart", apart)):
        for pa in (0x7FFF_FFFF, 0x8000_0000, 0x8000_0FFF, 0x8000_1000, 0x8000_1FFF, 0x8000_2000):
            book.host(f"edge-slots-{name}-pfar-{pa:x}", ("host.gpa.space", "host.hva.valid"),
                      f"PFAR_EL2 is {pa:#x}, slots of the guest {name}.",
                      trap(DABT | IL | PFV | FNV | 0x10, pfar_el2=1 << 63 | pa, memslots=slots, isolated=()))
        for gpa in (0x3FFF_FFFF, 0x4000_0000, 0x4000_0FFF, 0x4000_1000, 0x4000_1FFF, 0x4000_2000):
            book.host(f"edge-slots-{name}-walk-{gpa:x}", ("host.gpa.space", "host.hva.valid"),
                      f"The walk of FAR_EL2 ends at {gpa:#x}, slots of the guest {name}.",
                      trap(DABT | IL | 0x10, walk=gpa, memslots=slots, isolated=()))


def _notices(book: Book) -> None:
    """host.context_corrupt.firmware: details, their validity bits, and what was enabled."""
    for name, esr, notify in (("notice", 0, "gpio"), ("sea", DABT | IL | FNV | 0x10, "sea"),
                              ("serror", SERROR | IL | _ASYNC, "sei")):
        for bit in range(64 if name == "sea" else 4):
            said = info(VA, validation_bits=bits.VALID_VIRT_ADDR | bits.VALID_ERR_INFO, error_info=_CORRUPT ^ 1 << bit)
            sections = (arm(said), memory()) if name == "notice" else (arm(said),)
            book.host(f"edge-{name}-details-{bit}", "host.context_corrupt.firmware",
                      f"Bit {bit} of error_info is the other way round: is the context said to be corrupt?",
                      trap(esr, notify=notify), block(*sections))
        for bit in range(26, 33):
            said = info(VA, validation_bits=bits.VALID_VIRT_ADDR | bits.VALID_ERR_INFO, error_info=1 << 3 | 1 << bit)
            sections = (arm(said), memory()) if name == "notice" else (arm(said),)
            book.host(f"edge-{name}-not-corrupt-{bit}", "host.context_corrupt.firmware",
                      f"error_info says that the context is sound, and has bit {bit}.", trap(esr, notify=notify),
                      block(*sections))
        for critical in (0, 1 << 31, 1 << 32, 1 << 33, 3 << 32):
            said = info(VA, validation_bits=bits.VALID_VIRT_ADDR | bits.VALID_ERR_INFO, error_info=_CORRUPT)
            sections = (arm(said), memory()) if name == "notice" else (arm(said),)
            book.host(f"edge-{name}-critical-{critical:x}", ("host.context_corrupt.firmware", "host.enabled.only"),
                      f"The context is corrupt, critical flags {critical:#x} were enabled: is CONTEXT_CORRUPT one?",
                      trap(esr, notify=notify, critical=critical), block(*sections))
        for kind in range(8 if name == "sea" else 2):
            for valid in range(32):
                said = info(VA, PA, validation_bits=valid, type=1 << kind, error_info=_CORRUPT)
                book.host(f"edge-{name}-type-{kind}-valid-{valid:x}",
                          ("host.context_corrupt.firmware", "host.claim.queued", "host.firmware_va.usable"),
                          f"An error of type bit {kind} with validity bits {valid:#x}.", trap(esr, notify=notify),
                          block(arm(said)))


def _rings(book: Book) -> None:
    """host.ring.restart: a producer starts on rings at the edges of what a header may say, and appends nothing."""
    for slug, why, data in header_edges():
        book.ask(PRODUCE.name, f"edge-produce-{slug}", ("host.ring.restart", "vmm.ring.header"), why,
                 {"image": data, "number": 0, "vcpu": 7, "record": bytes(8)})


def _replies(book: Book) -> None:
    """host.reply.entry: every bit of the registers that the entry reads, with every feature."""
    told = FaultReply(ext_dabt_pending=1, ext_abt_has_esr=1, ext_abt_has_far=1, ext_abt_esr=0x10, ext_abt_far=0x1230)
    every = FEATURES - {"FEAT_NV", "FEAT_AA32EL1"}
    for mode, state in (("el0", ps.MODE_EL0T), ("el1h", ps.MODE_EL1H), ("el1t", ps.MODE_EL1T)):
        for bit in range(64):
            for name in ("sctlr_el1", "sctlr2_el1", "gcscr_el1", "vbar_el1"):
                if mode == "el1h" or name in ("sctlr_el1", "gcscr_el1"):
                    vcpu = VCPU._replace(pstate=state)._replace(**{name: 1 << bit})
                    book.reply(f"edge-reply-{mode}-{name.removesuffix('_el1')}-{bit}", "host.reply.entry",
                               f"Entry from {mode}, {name.upper()} has bit {bit} alone: what is read of it?", told,
                               vcpu, features=every)
            if not ps.MODE >> bit & 1 and mode == "el1h":
                book.reply(f"edge-reply-{mode}-pstate-{bit}", "host.reply.entry",
                           f"PSTATE has bit {bit} alone: kept, set or cleared, and saved in SPSR_EL1.", told,
                           VCPU._replace(pstate=state | 1 << bit, sctlr_el1=ps.SCTLR_SPAN), features=every)
    for feature in sorted(FEATURES - {"FEAT_NV", "FEAT_AA32EL1"}):
        vcpu = VCPU._replace(sctlr_el1=ps.SCTLR_DSSBS, sctlr2_el1=ps.SCTLR2_EASE, gcscr_el1=ps.GCSCR_EXLOCKEN)
        book.reply(f"edge-reply-feature-{feature[5:].lower().replace('_', '-')}", "host.reply.entry",
                   f"The vCPU has {feature} alone: what of the entry hangs on it?", told, vcpu,
                   features=frozenset({feature}))
    for bit in range(64):
        for name, kind in (("ext_abt_esr", "fnv"), ("serror_esr", "serror")):
            asked = FaultReply(ext_dabt_pending=1, ext_abt_has_esr=1, ext_abt_esr=0x10 ^ 1 << bit)
            if name == "serror_esr":
                asked = FaultReply(serror_pending=1, serror_has_esr=1, serror_esr=1 << bit)
            book.reply(f"edge-reply-{kind}-{bit}", ("host.reply.fnv", "host.reply.esr", "host.reply.serror"),
                       f"Bit {bit} of {name} is turned, no address is given: taken, or EINVAL.", asked)
