# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The cells of the equality tables: one access each, and how the trap of it is to look.

A cell of HARDWARE is done by the emulated CPU too, which delivers the abort itself; one of ARCHITECTURE it cannot show
(FnV, SET, EA, CM, walk levels, EASE), so there the fields say what the guest must read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from abi import pstate
from abi.esr_fields import AET_SHIFT, CM, DFSC_ASYNC, EA, FNV, FSC, ISV, S1PTW, SET_SHIFT, WNR
from tests.lab import guest

#: Where the guest is: PSTATE at the access, with flags that no default has. SError is not masked, as in Linux.
_FLAGS: Final = 0xA << 28
LEVELS: Final = {
    "EL1h": pstate.MODE_EL1H | pstate.D | pstate.I | pstate.F | _FLAGS,
    "EL1t": pstate.MODE_EL1T | pstate.D | pstate.I | _FLAGS,
    "EL0": pstate.MODE_EL0T | pstate.F | _FLAGS,
}
#: EL0 in AArch32; T32 sets PSTATE.T.
AARCH32: Final = "EL0 AArch32"
_AARCH32: Final = pstate.MODE_USR | pstate.F | _FLAGS
_T32: Final = 1 << 5
#: Number of the vector of a synchronous exception, and of an SError.
VECTORS: Final = {"EL1t": 0, "EL1h": 4, "EL0": 8, AARCH32: 12}
SERROR: Final = 3

#: ISS of a stage-2 fault that an external abort does not have: ISV and what it makes valid, S1PTW, FSC.
NOT_KEPT: Final = (ISV << 1) - (1 << 14) | S1PTW | FSC
#: FAR_EL2 is UNKNOWN where FnV is 1: no address that anybody uses.
UNKNOWN_FAR: Final = 0xDEAD_BEEF_DEAD_BEE8


class Cell(NamedTuple):
    """One access at ``address`` with PSTATE ``state``; the trap's ESR_EL2 gets ``bits`` in the place of NOT_KEPT.

    ``fields``: ESR_EL1 by the architecture, None where the hardware shows it. ``like``: the cell of HARDWARE that is
    the same but for the syndrome. ``far``: what FAR_EL2 is made, None: left. ``isolated``: the record is that of an
    isolated page, made of the trap as it was taken. ``ease``: SCTLR2_EL1.EASE is set. ``refused``: the rule that Linux
    7.3.4 breaks there: it says that it injected, and did not. ``sctlr_flipped``: bits of SCTLR_EL1 that are not as
    usual. ``ttbr0_el1``, ``tcr_el1``: other tables for the lower half. ``device``: an access that the CPU makes to
    Device memory too. ``needs``: a feature that not every CPU has. ``walk``: level of the guest's own walk that aborts;
    one on which the kernel is silent stands for all.
    """

    name: str
    access: str
    level: str
    address: int
    state: int
    bits: int = 0x10
    fields: Mapping[str, int] | None = None
    like: str = ""
    far: int | None = None
    isolated: bool = False
    ease: bool = False
    refused: str = ""
    sctlr_flipped: int = 0
    ttbr0_el1: int = 0
    tcr_el1: int = 0
    device: bool = True
    needs: str = ""
    walk: int | None = None


#: Accesses that must be aligned, also to Normal memory, to their block or to 16 bytes with FEAT_LSE2.
PLAIN: Final = ("ldr", "str", "fetch", "ldrb", "strh", "ldp", "stp", "ldr_q", "ldaxr", "ldadd", "cas", "dc_zva")
_OFFSET: Final = 0x140
#: Address forms -> base, and offset from the target page; ``over 16`` is unaligned, over a multiple of 16; ``across``
#: begins in a good page.
FORMS: Final = {
    "high": (guest.VA_HIGH, _OFFSET), "tagged": (guest.VA_LOW | 0x5A << 56, _OFFSET),
    "unaligned": (guest.VA_LOW, _OFFSET + 3), "over 16": (guest.VA_LOW, _OFFSET + 15), "across": (guest.VA_LOW, -4),
    "last": (guest.VA_LOW, 0xFF8),
}
#: What the emulated CPU cannot do, so that no cell has it; QEMU 11.1.3.
NOT_SHOWN: Final = {
    "DC CVAC, DC CIVAC, IC IVAU": "the emulated CPU makes no access for them; CM is judged by the architecture's table",
    "DC ZVA inside of a block": "the emulated CPU reports the block's first byte for an external abort, and the "
    "address that it was given for a stage-2 fault",
    "translation tables in Device memory": "no such walk is made: HCR_EL2.PTW",
}


def _page(level: str) -> int:
    return guest.TARGET_EL0 if level == "EL0" else guest.TARGET_EL1


def _cell(access: str, level: str, base: int, offset: int, form: str = "") -> Cell:
    name = " ".join(part for part in (access, level, form) if part)
    device = form not in ("unaligned", "over 16", "across") and access not in ("ldaxr", "ldadd", "cas", "dc_zva")
    needs = "LSE" if access in ("ldadd", "cas") else ""
    return Cell(name, access, level, base + _page(level) + offset, LEVELS[level], device=device, needs=needs)


def _hardware() -> Iterator[Cell]:
    for level in LEVELS:
        for access in PLAIN:
            yield _cell(access, level, guest.VA_LOW, _OFFSET)
        for form, (base, offset) in FORMS.items():
            for access in ("ldr", "str"):
                yield _cell(access, level, base, offset, form)
        yield _cell("fetch", level, *FORMS["high"], "high")
    for text, bit in (("PAN", pstate.PAN), ("UAO", pstate.UAO), ("DIT", pstate.DIT), ("SSBS", pstate.SSBS)):
        yield _cell("ldr", "EL1h", guest.VA_LOW, _OFFSET, text)._replace(state=LEVELS["EL1h"] | bit, needs=text)
    for level in LEVELS:
        yield _cell("ldr", level, guest.VA_LOW, _OFFSET, "A=1")._replace(state=LEVELS[level] | pstate.A)
    for access, level, text, bit, needs in (("ldr", "EL0", "SPAN=0", pstate.SCTLR_SPAN, "PAN"),
                                            ("str", "EL1h", "DSSBS=1", pstate.SCTLR_DSSBS, "SSBS")):
        yield _cell(access, level, guest.VA_LOW, _OFFSET, text)._replace(sctlr_flipped=bit, needs=needs)
    for access in ("a32_ldr", "a32_str", "a32_fetch", "t32_ldr", "t32_str"):
        state = _AARCH32 | (_T32 if access.startswith("t32") else 0)
        address = guest.VA_LOW32 + guest.TARGET_EL0 + _OFFSET
        yield Cell(f"{access} {AARCH32}", access, AARCH32, address, state, needs="AArch32 at EL0")
    for level in ("EL1h", "EL0"):
        for access in ("ldr", "str", "fetch"):
            for walk, (address, ttbr0, tcr) in _WALKED.items():
                made = _cell(access, level, guest.VA_LOW, _OFFSET, f"walk level {walk}")._replace(
                    bits=0x14 + walk, ttbr0_el1=ttbr0, tcr_el1=tcr, device=False, walk=walk)
                made = made._replace(address=address or made.address)
                yield made
                yield made._replace(name=f"{made.name}, isolated", isolated=True)
        for access in ("ldr", "str", "fetch"):
            yield _cell(access, level, guest.VA_LOW, _OFFSET, "isolated")._replace(isolated=True, device=False)


#: Level of the walk at which the table is the target page -> by which address (0: any), or by which TTBR0_EL1, TCR_EL1.
_WALKED: Final = {
    3: (guest.VA_WALK_2 + _OFFSET, 0, 0),
    2: (guest.VA_WALK_1 + _OFFSET, 0, 0),
    1: (0, guest.GPA_TARGET, guest.TCR),
    0: (0, guest.GPA_TARGET, guest.TCR & ~0x3F | 16),  # 48 bits
}


def _base(access: str, level: str) -> dict[str, int]:
    same = int(level != "EL0")
    fetch = access == "fetch"
    return {"EC": (0x20 if fetch else 0x24) + same, "IL": 1, "IFSC" if fetch else "DFSC": 0x10} | (
        {"WnR": 1} if access in ("str", "strh", "stp", "dc_zva") else {})


def _architecture() -> Iterator[Cell]:
    def one(access: str, level: str, text: str, bits: int, far: int | None = None, **fields: int) -> Cell:
        made = _cell(access, level, guest.VA_LOW, _OFFSET)
        return made._replace(name=f"{made.name} {text}", bits=bits, far=far, like=made.name,
                             fields=MappingProxyType(_base(access, level) | fields))

    for level in LEVELS:
        for access in ("ldr", "str", "fetch"):
            yield one(access, level, "FnV", 0x10 | FNV, UNKNOWN_FAR, FnV=1)
            yield one(access, level, "EA", 0x10 | EA, EA=1)
            for text, value in (("UC", 2), ("UEO", 3)):
                yield one(access, level, f"SET={text}", 0x10 | value << SET_SHIFT, SET=value)
        yield one("str", level, "all", 0x10 | FNV | EA | CM | 3 << SET_SHIFT, UNKNOWN_FAR, FnV=1, EA=1, CM=1, SET=3)
        yield one("ldr", level, "CM", 0x10 | CM | WNR, CM=1, WnR=1)
        for walk in (-1, 0, 1, 2, 3):
            yield one("ldr", level, f"walk level {walk}, not known whose", 0x14 + walk)
        yield one("fetch", level, "walk level 3, not known whose", 0x17)
        yield one("ldr", level, "parity or ECC", 0x18)
    for access, level in (("ldr", "EL1h"), ("fetch", "EL1t"), ("str", "EL0")):
        yield one(access, level, "EASE", 0x10)._replace(ease=True, needs="SCTLR2")
        made = one(access, level, "FnV, S1PTW", 0x10 | FNV | S1PTW, UNKNOWN_FAR, FnV=1)
        yield made._replace(refused="vmm.sea.vector")


class SErrorCell(NamedTuple):
    """A virtual SError with an ISS (None: the kernel's own, IDS=1), while PSTATE.A is set or not."""

    name: str
    level: str
    iss: int | None
    masked: bool


#: AET encodings by the error's state, Arm ARM ESR_ELx.AET.
AETS: Final = {"UC": 0, "UEU": 1, "UEO": 2, "UER": 3, "CE": 6}
#: ISS of the architecture's form: AET, DFSC 0x11; and EA with it.
_ISS: Final = {text: aet << AET_SHIFT | DFSC_ASYNC for text, aet in AETS.items()}


def _serrors() -> Iterator[SErrorCell]:
    forms: dict[str, int | None] = {**_ISS, "UER, EA": _ISS["UER"] | EA, "no syndrome": None}
    for text, iss in forms.items():
        for level in LEVELS:
            yield SErrorCell(f"{text} {level}", level, iss, masked=False)
            yield SErrorCell(f"{text} {level}, waited masked", level, iss, masked=True)


SERRORS: Final = {cell.name: cell for cell in _serrors()}
HARDWARE: Final = {cell.name: cell for cell in _hardware()}
ARCHITECTURE: Final = {cell.name: cell for cell in _architecture()}
#: Cells of HARDWARE done without any module, through a stage-2 table that lies where there is nothing.
TABLE: Final = tuple(f"{access} {level}" for level in LEVELS for access in ("ldr", "str", "fetch", "ldp", "strh"))
