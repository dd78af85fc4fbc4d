# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The validity tables of the architecture, typed by hand: a second opinion that shares nothing with ``abi``.

Arm ARM: ESR_ELx, FAR_ELx, HPFAR_EL2, PFAR_EL2, DISR_EL1; the masks are those of Linux 7.3.4
kvm_handle_guest_sea() for data aborts, and the same without CM and WnR for fetches.
"""

from __future__ import annotations

EC_DABT, EC_IABT, EC_VNCR, EC_SERROR = 0x24, 0x20, 0x25, 0x2F
KIND_OF_EC = {EC_DABT: 1, EC_VNCR: 1, EC_IABT: 2, EC_SERROR: 3}

NOT_ON_WALK = 0x10
SEA_ON_WALK = (0x12, 0x13, 0x14, 0x15, 0x16, 0x17)
PARITY = (0x18, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F)
EXTERNAL = (NOT_ON_WALK, *SEA_ON_WALK, *PARITY)
TRANSLATION = (0x04, 0x05, 0x06, 0x07, 0x2A, 0x2B)
ACCESS_FLAG = (0x08, 0x09, 0x0A, 0x0B)
ADDRESS_SIZE = (0x00, 0x01, 0x02, 0x03, 0x29, 0x2C)
PERMISSION = (0x0C, 0x0D, 0x0E, 0x0F)
STAGE2 = TRANSLATION + ACCESS_FLAG + ADDRESS_SIZE + PERMISSION
CLASSES = {
    "not on walk": (NOT_ON_WALK,),
    "on walk": SEA_ON_WALK,
    "parity": PARITY,
    "translation": TRANSLATION,
    "access flag": ACCESS_FLAG,
    "address size": ADDRESS_SIZE,
    "permission": PERMISSION,
}

ISV, VNCR, PFV, FNP, FNV, S1PTW = 1 << 24, 1 << 13, 1 << 14, 1 << 15, 1 << 10, 1 << 7
IDS, VFV = 1 << 24, 1 << 15
IL = 1 << 25

#: Class -> HPFAR_EL2 written with S1PTW=0, with S1PTW=1.
HPFAR_WRITTEN = {
    "translation": (True, True),
    "access flag": (True, True),
    "address size": (True, True),
    "permission": (False, True),
    "not on walk": (False, False),
    "on walk": (False, False),
    "parity": (False, False),
}
#: SET -> severity, None where reserved.
SEVERITY_OF_SET = {0b00: 3, 0b01: None, 0b10: 5, 0b11: 2}
#: AET -> severity and how it ends; an AET that is not here is reserved.
SEVERITY_OF_AET = {0b000: 5, 0b001: 4, 0b010: 2, 0b011: 3, 0b110: 1}
ENDS_OF_AET = {
    0b000: "host panic", 0b001: "record", 0b010: "record", 0b011: "record", 0b100: "host panic",
    0b101: "host panic", 0b110: "logged resume", 0b111: "host panic",
}

MASK_DABT = 0xFE00_077F
MASK_IABT = 0xFE00_063F
MASK_SET = 0x1800
MASK_SERROR = 0xFF00_0000
MASK_SERROR_ASYNC = 0xFF00_1E3F


def class_of(fsc: int) -> str:
    """The class of a fault status code, "" for any other."""
    return next((name for name, codes in CLASSES.items() if fsc in codes), "")


def far_valid(ec: int, fsc: int, *, fnv: int, vncr: int) -> bool:
    """Whether FAR_EL2 is the faulting address of an abort."""
    if ec in (EC_DABT, EC_VNCR) and vncr:
        return False
    return not (fsc == NOT_ON_WALK and fnv)
