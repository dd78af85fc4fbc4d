# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Where the fields of ESR_ELx are, and when a bit is a field at all.

One table for the word, one for the ISS and one for the ISS2 of each class that this project
decodes (Data Abort, Instruction Abort, SError). The masks that other modules use are derived from
these tables. Source: Arm ARM, ESR_ELx; see :mod:`abi.esr_codes` for the values.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from abi import esr_codes as codes

ALL_CODES: Final = (1 << 64) - 1


class When(NamedTuple):
    """A condition: ``esr & mask == value`` and the fault status code is in the bitmap ``fsc``."""

    text: str
    mask: int = 0
    value: int = 0
    fsc: int = ALL_CODES

    def holds(self, esr: int) -> bool:
        """Whether the field exists in this syndrome."""
        return esr & self.mask == self.value and bool(self.fsc >> (esr & _FSC_MASK) & 1)

    def also(self, other: When) -> When:
        """Both conditions."""
        return When(f"{self.text} and {other.text}", self.mask | other.mask, self.value | other.value,
                    self.fsc & other.fsc)


class EsrField(NamedTuple):
    """A run of bits of ESR_ELx, ``lo`` counted from bit 0 of the whole 64-bit word.

    ``texts`` is the meaning of each value, "" for a reserved one; a single text describes a number.
    Where ``when`` does not hold the bits are RES0 or belong to another field. Where then ``kept``
    holds, the field is still shown under its name, as tools and kernels print it, and said to be RES0.
    """

    name: str
    lo: int
    width: int
    texts: tuple[str, ...] | str
    when: When | None = None
    kept: When | None = None

    @property
    def mask(self) -> int:
        """The bits of the field in the word."""
        return ((1 << self.width) - 1) << self.lo

    def of(self, esr: int) -> int:
        """Take the field's value out of ``esr``."""
        return esr >> self.lo & ((1 << self.width) - 1)

    def holds(self, esr: int) -> bool:
        """Whether these bits are this field in ``esr``."""
        return self.when is None or self.when.holds(esr)

    def shown(self, esr: int) -> bool:
        """Whether the field is listed: it holds, or is kept although it is RES0."""
        return self.holds(esr) or (self.kept is not None and self.kept.holds(esr))


WORD: Final = (
    EsrField("EC", 26, 6, "Exception Class"),
    EsrField("IL", 25, 1, ("16-bit instruction", "32-bit instruction, or not tied to one")),
    EsrField("ISS", 0, 25, "Instruction Specific Syndrome"),
    EsrField("ISS2", 32, 24, "Instruction Specific Syndrome 2"),
)

_DFSC: Final = EsrField("DFSC", 0, 6, codes.FAULT_TEXTS)
_FSC_MASK: Final = _DFSC.mask
_ISV: Final = EsrField("ISV", 24, 1, ("[23:14] do not describe the access", "[23:14] describe the access"))
_IDS: Final = EsrField("IDS", 24, 1, ("ISS as the architecture defines it", "[23:0] IMPLEMENTATION DEFINED"))

_ALWAYS: Final = When("always")
_VALID: Final = When("ISV is 1", _ISV.mask, _ISV.mask)
_NOT_VALID: Final = When("ISV is 0", _ISV.mask)
_PERMISSION: Final = When("the fault is a permission fault", fsc=codes.PERMISSION)
_EXTERNAL: Final = When("the fault is an external abort", fsc=codes.RAS_EXTERNAL_ABORT)
_NOT_ON_WALK: Final = When("the fault status code is 0x10", fsc=codes.NOT_ON_WALK)
_DIRTY_STATE: Final = When("the fault is a permission fault, or an external abort or GPF on a walk",
                           fsc=codes.DIRTY_STATE)
_LST: Final = When("the fault is a translation, access flag or permission fault", fsc=codes.LOAD_STORE_TYPE)
_NOT_VALID_PERMISSION: Final = _NOT_VALID.also(_PERMISSION)
_NOT_VALID_EXTERNAL: Final = _NOT_VALID.also(_EXTERNAL)
_ARCHITECTED: Final = When("IDS is 0", _IDS.mask)
_VENDOR: Final = When("IDS is 1", _IDS.mask, _IDS.mask)
_ASYNC: Final = _ARCHITECTED.also(When("DFSC is 0x11", fsc=1 << codes.DFSC_ASYNC))
_WNRV: Final = EsrField("WnRV", 7, 1, ("WnR not valid", "WnR valid"), _ASYNC)
_ASYNC_WNR: Final = _ASYNC.also(When("WnRV is 1", _WNRV.mask, _WNRV.mask))

_SET: Final = EsrField("SET", 11, 2, codes.SET_TEXTS, _EXTERNAL)
_PFV: Final = EsrField("PFV", 14, 1, ("PFAR_ELx not valid", "PFAR_ELx valid"), _EXTERNAL)
_FNP: Final = EsrField("FnP", 15, 1, ("FAR_ELx, where valid, is exact",
                                      "FAR_ELx, where valid, is any address in the faulting granule"))
_FNV: Final = EsrField("FnV", 10, 1, ("FAR_ELx valid", "FAR_ELx not valid"), _NOT_ON_WALK, kept=_ALWAYS)
_EA: Final = EsrField("EA", 9, 1, ("external abort type 0", "external abort type 1"))
_S1PTW: Final = EsrField("S1PTW", 7, 1,
                         ("not a stage 2 fault on a stage 1 walk", "stage 2 fault on a stage 1 walk"))
_WNR: Final = EsrField("WnR", 6, 1, ("read", "write"))
_TOP_LEVEL: Final = EsrField("TopLevel", 21, 1, ("not due to TopLevel", "due to TopLevel"), _PERMISSION)
_WU: Final = EsrField("WU", 16, 2, codes.WU_TEXTS)

DATA_ABORT_ISS: Final = (
    _ISV,
    EsrField("SAS", 22, 2, codes.SAS_TEXTS, _VALID),
    EsrField("SSE", 21, 1, ("zero extended", "sign extended"), _VALID),
    _TOP_LEVEL._replace(when=_NOT_VALID_PERMISSION),
    EsrField("SRT", 16, 5, "register transferred", _VALID),
    _WU._replace(when=_NOT_VALID_EXTERNAL),
    EsrField("SF", 15, 1, ("32-bit register", "64-bit register"), _VALID),
    _FNP._replace(when=_NOT_VALID),
    EsrField("AR", 14, 1, ("no acquire or release", "acquire or release"), _VALID),
    _PFV._replace(when=_NOT_VALID_EXTERNAL),
    EsrField("VNCR", 13, 1, ("not an access through VNCR_EL2", "access through VNCR_EL2")),
    _SET,
    EsrField("LST", 11, 2, codes.LST_TEXTS, _LST),
    _FNV,
    _EA,
    EsrField("CM", 8, 1, ("not cache maintenance", "cache maintenance or address translation instruction")),
    _S1PTW,
    _WNR,
    _DFSC,
)
INSTRUCTION_ABORT_ISS: Final = (
    _TOP_LEVEL, _FNP, _PFV, _SET._replace(kept=_ALWAYS), _FNV, _EA, _S1PTW, _DFSC._replace(name="IFSC"),
)
SERROR_ISS: Final = (
    _IDS,
    EsrField("IMPDEF", 0, 24, "IMPLEMENTATION DEFINED", _VENDOR),
    EsrField("ELS", 18, 1, ("asynchronous: ELR_ELx does not say what caused it",
                            "synchronous: the instruction at ELR_ELx caused it"), _ASYNC),
    _WU._replace(when=_ASYNC),
    EsrField("VFV", 15, 1, ("FAR_ELx not valid", "FAR_ELx valid"), _ASYNC),
    _PFV._replace(when=_ASYNC),
    EsrField("IESB", 13, 1, ("not synchronized by an implicit ESB", "synchronized by an implicit ESB"),
             _ASYNC, kept=_ARCHITECTED),
    EsrField("AET", 10, 3, codes.AET_TEXTS, _ASYNC, kept=_ARCHITECTED),
    _EA._replace(when=_ASYNC, kept=_ARCHITECTED),
    _WNRV,
    _WNR._replace(when=_ASYNC_WNR),
    _DFSC._replace(texts=codes.SERROR_TEXTS, when=_ARCHITECTED),
)

_ASSURED_ONLY: Final = EsrField("AssuredOnly", 39, 1,
                                ("not due to AssuredOnly", "due to AssuredOnly"), _PERMISSION)
_OVERLAY: Final = EsrField("Overlay", 38, 1, ("not due to overlay permissions", "due to overlay permissions"),
                           _PERMISSION)
_DIRTY_BIT: Final = EsrField("DirtyBit", 37, 1, ("not due to dirty state", "due to dirty state"), _PERMISSION)

DATA_ABORT_ISS2: Final = (
    EsrField("HDBSSF", 43, 1, ("not due to the HDBSS", "due to the hardware dirty state structure (HDBSS)"),
             _DIRTY_STATE),
    EsrField("TnD", 42, 1, ("not due to an allocation tag write", "due to an allocation tag write"),
             _PERMISSION),
    EsrField("TagAccess", 41, 1, ("not due to NoTagAccess", "due to NoTagAccess"), _PERMISSION),
    EsrField("GCS", 40, 1, ("not a Guarded Control Stack access", "Guarded Control Stack access")),
    _ASSURED_ONLY,
    _OVERLAY,
    _DIRTY_BIT,
    EsrField("Xs", 32, 5, "register Xs of ST64BV or ST64BV0", _LST),
)
#: As the pseudocode AArch64.FaultSyndrome sets it; a fetch cannot make DirtyBit 1.
INSTRUCTION_ABORT_ISS2: Final = (_ASSURED_ONLY, _OVERLAY, _DIRTY_BIT)


def _mask(name: str, table: tuple[EsrField, ...] = DATA_ABORT_ISS) -> int:
    return next(f.mask for f in table if f.name == name)


def _shift(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


EC_MASK: Final = _mask("EC", WORD)
EC_SHIFT: Final = _shift(EC_MASK)
IL: Final = _mask("IL", WORD)
ISS: Final = _mask("ISS", WORD)
ISS2: Final = _mask("ISS2", WORD)

ISV: Final = _mask("ISV")
SAS: Final = _mask("SAS")
SSE: Final = _mask("SSE")
SRT: Final = _mask("SRT")
SF: Final = _mask("SF")
AR: Final = _mask("AR")
FNP: Final = _mask("FnP")
PFV: Final = _mask("PFV")
VNCR: Final = _mask("VNCR")
SET: Final = _mask("SET")
SET_SHIFT: Final = _shift(SET)
LST: Final = _mask("LST")
FNV: Final = _mask("FnV")
EA: Final = _mask("EA")
CM: Final = _mask("CM")
S1PTW: Final = _mask("S1PTW")
WNR: Final = _mask("WnR")
FSC: Final = _FSC_MASK

IDS: Final = _mask("IDS", SERROR_ISS)
ELS: Final = _mask("ELS", SERROR_ISS)
VFV: Final = _mask("VFV", SERROR_ISS)
IESB: Final = _mask("IESB", SERROR_ISS)
AET: Final = _mask("AET", SERROR_ISS)
AET_SHIFT: Final = _shift(AET)
DFSC_ASYNC: Final = codes.DFSC_ASYNC

EC_IABT_LOW: Final = codes.CLASS_BY_NAME["IABT_LOW"].value
EC_IABT_CUR: Final = codes.CLASS_BY_NAME["IABT_CUR"].value
EC_DABT_LOW: Final = codes.CLASS_BY_NAME["DABT_LOW"].value
EC_DABT_CUR: Final = codes.CLASS_BY_NAME["DABT_CUR"].value
EC_SERROR: Final = codes.CLASS_BY_NAME["SERROR"].value

EXTERNAL_ABORT: Final = codes.EXTERNAL_ABORT


class Class(NamedTuple):
    """The fields below ISS and ISS2 of one exception class."""

    iss: tuple[EsrField, ...]
    iss2: tuple[EsrField, ...]


_DATA_ABORT: Final = Class(DATA_ABORT_ISS, DATA_ABORT_ISS2)
_INSTRUCTION_ABORT: Final = Class(INSTRUCTION_ABORT_ISS, INSTRUCTION_ABORT_ISS2)
#: By EC; a class that is not here is shown by its name and its raw ISS and ISS2.
CLASSES: Final = {
    EC_IABT_LOW: _INSTRUCTION_ABORT,
    EC_IABT_CUR: _INSTRUCTION_ABORT,
    EC_DABT_LOW: _DATA_ABORT,
    EC_DABT_CUR: _DATA_ABORT,
    EC_SERROR: Class(SERROR_ISS, ()),
}
