# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A record made to break nothing by as few changes as it takes, so that what is changed next is the one lie.

kind decides, then the version, origin and what flags claim; what cannot be beside them is made to fit or
dropped. ``kfi_settle()`` of ``spec/fuzz`` is the same.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Final

from abi import definition as d
from abi import esr_fields as esr
from abi.address import FIPA, FIPA_TO_IPA, IN_PAGE, NOT_ON_WALK, PADDR, PAGE_SHIFT
from abi.esr_mask import KEPT_DABT, KEPT_IABT
from abi.layout import Version
from abi.record import KNOWN, FaultInfo
from abi.ring_layout import WORD
from abi.rules import on_record as rule
from abi.severity import AET_GIVEN, SEVERITY_OF_AET, SEVERITY_OF_SET

NAMES: Final = FaultInfo._fields[:-1]
#: By kind: bitmap of the origins that it can have; the lowest is taken for any other.
ORIGINS: Final = (0, *(
    sum(1 << o.value for o in d.ORIGINS if rule.origin_kind(FaultInfo(kind=kind.value, origin=o.value)))
    for kind in d.KINDS
))
#: By kind: the exception class, of an abort that from a lower level; and what is kept of the syndrome beside it.
CLASSES: Final = (0, esr.EC_DABT_LOW, esr.EC_IABT_LOW, esr.EC_SERROR, 0)
KEPT: Final = (0, KEPT_DABT & esr.ISS, KEPT_IABT & esr.ISS, esr.AET | esr.EA, 0)
#: AET of an SError that is made recoverable.
AET_UER: Final = SEVERITY_OF_AET.index(d.SEVERITY_UER) << esr.AET_SHIFT
#: Flags whose field is 0 without them, but for gpa, whose flag stands elsewhere.
VALIDATING: Final = tuple((f.mask, f.validates) for f in d.FLAGS if f.validates)
_FIRMWARE: Final = 1 << d.ORIGIN_FIRMWARE | 1 << d.ORIGIN_BOTH
_SOURCES: Final = ((d.GPA_HPFAR, d.HPFAR_VALID), (d.GPA_WALK, d.FAR_VALID), (d.GPA_REVERSE, d.PA_VALID))


class Fields(SimpleNamespace):
    """The fields of a record as numbers that can be changed."""

    @classmethod
    def of(cls, values: tuple[Any, ...]) -> Fields:
        """From numbers in the order of the definition; fields that are newer are 0."""
        return cls(**dict.fromkeys(NAMES, 0) | dict(zip(NAMES, values, strict=False)))

    def values(self) -> tuple[int, ...]:
        """The numbers, in the order of the definition."""
        return tuple(vars(self)[name] for name in NAMES)

    @property
    def abort(self) -> bool:
        """Whether it says that it is a data or instruction abort."""
        return bool(self.kind in (d.KIND_DATA_ABORT, d.KIND_INSTRUCTION_ABORT))

    @property
    def has_syndrome(self) -> bool:
        """Whether it says that it is an SError whose syndrome the architecture defines."""
        return bool(self.kind == d.KIND_SERROR and self.esr & (esr.IDS | esr.FSC) == esr.DFSC_ASYNC)


def version_within(size: int) -> Version:
    """The newest version all of whose fields lie within so many bytes, the oldest if none does."""
    return max((v for v in d.VERSIONS if d.SIZES[v] <= size), default=d.V1_0)


def settle(r: Fields, room: int) -> None:
    """Change the fields until none breaks a rule; ``room`` are the bytes that there can be, 64 or more."""
    _version(r, room)
    if not d.KIND_DATA_ABORT <= r.kind <= d.KIND_MEMORY_NOTICE:
        r.kind = d.KIND_DATA_ABORT + r.kind % len(d.KINDS)
    if not ORIGINS[r.kind] >> min(r.origin, 63) & 1:
        r.origin = (ORIGINS[r.kind] & -ORIGINS[r.kind]).bit_length() - 1
    if r.abort:
        _abort(r)
    else:
        _not_abort(r)
    _host(r)
    _place(r)
    _zeros(r)


def agree(r: Fields) -> None:
    """FAR_VALID and severity as the syndrome says them, whatever else the record says."""
    fsc, severity = r.esr & esr.FSC, 0
    valid = r.abort and (fsc != NOT_ON_WALK or not r.esr & esr.FNV)
    if r.abort and fsc == NOT_ON_WALK:
        severity = SEVERITY_OF_SET[r.esr >> esr.SET_SHIFT & 3]
    elif r.has_syndrome:
        severity = SEVERITY_OF_AET[r.esr >> esr.AET_SHIFT & 7]
    r.flags = r.flags & ~(d.FAR_VALID | d.SEVERITY_VALID) | (d.FAR_VALID if valid else 0)
    r.flags |= d.SEVERITY_VALID if severity else 0
    r.severity = severity


def _version(r: Fields, room: int) -> None:
    """Version, size and what a version does not define."""
    r.major = d.V1_0.major
    fits = version_within(room).minor
    if fits < d.NEWEST.minor:
        r.minor = min(r.minor, fits)
    known = min(r.minor, d.NEWEST.minor)
    if r.minor == known or not d.SIZES[d.NEWEST] <= r.size <= room or r.size % WORD:
        r.size = rule.SIZE_BY_MINOR[known]
    flags = KNOWN[d.VERSIONS[known]]
    if r.minor > known:
        flags |= d.CRITICAL ^ (1 << 64) - 1
    else:
        r.reserved0 = 0
        r.sea_flags &= d.GPA_VALID
    r.flags &= flags


def _abort(r: Fields) -> None:
    """Syndrome, far and severity of kinds 1 and 2."""
    fsc, isolated = r.esr & esr.FSC, r.origin == d.ORIGIN_ISOLATED
    r.flags |= d.ACTION_REQUIRED
    if not isolated:
        r.flags &= ~(d.STAGE1_WALK | d.HPFAR_VALID)
    possible = esr.EXTERNAL_ABORT
    if isolated:
        possible = rule.WALK_FSCS if r.flags & d.STAGE1_WALK else 0
    if not possible >> fsc & 1:
        fsc = NOT_ON_WALK
    kept = KEPT[r.kind] & ~(esr.FSC | esr.FNV) | esr.SET
    if isolated:
        kept &= ~(esr.EA | esr.SET)
        r.flags |= d.PA_VALID | (d.FAR_VALID if fsc == NOT_ON_WALK else 0)
    pair = r.esr & 1 << esr.EC_SHIFT
    r.esr = CLASSES[r.kind] << esr.EC_SHIFT | pair | esr.IL | r.esr & kept | fsc
    if fsc == NOT_ON_WALK and not r.flags & d.FAR_VALID:
        r.esr |= esr.FNV
    r.severity = SEVERITY_OF_SET[r.esr >> esr.SET_SHIFT & 3]
    if fsc != NOT_ON_WALK or isolated or not r.severity:
        r.flags &= ~d.SEVERITY_VALID
    if not r.flags & d.FAR_VALID:
        r.flags &= ~d.FAR_IMPRECISE


def _not_abort(r: Fields) -> None:
    """Syndrome, far and severity of kinds 3 and 4."""
    r.flags &= ~(d.ACTION_REQUIRED | d.STAGE1_WALK | d.HPFAR_VALID | d.FAR_IMPRECISE | d.FIRMWARE_VA_VALID)
    r.severity = 0
    if r.kind == d.KIND_MEMORY_NOTICE:
        r.esr = 0
        r.flags &= ~(d.FAR_VALID | d.SEVERITY_VALID | d.NESTED)
        return
    head = CLASSES[r.kind] << esr.EC_SHIFT | esr.IL
    if r.esr & esr.IDS:
        r.esr = head | esr.IDS
        r.flags &= ~(d.FAR_VALID | d.SEVERITY_VALID)
        return
    if not AET_GIVEN >> (r.esr >> esr.AET_SHIFT & 7) & 1:
        r.esr = r.esr & ~esr.AET | AET_UER
    r.esr = head | r.esr & KEPT[r.kind] | esr.DFSC_ASYNC
    r.severity = SEVERITY_OF_AET[r.esr >> esr.AET_SHIFT & 7]


def _host(r: Fields) -> None:
    """What the host and its firmware did and knew."""
    claimed = bool(_FIRMWARE >> r.origin & 1)
    isolated = r.origin == d.ORIGIN_ISOLATED or r.kind == d.KIND_MEMORY_NOTICE
    if r.host_action > d.ACTION_FAILED or (r.host_action == d.ACTION_CLAIMED and not claimed) or (
        r.host_action in (d.ACTION_ISOLATED, d.ACTION_FAILED) and not isolated
    ):
        r.host_action = d.ACTION_NOT_CLAIMED
    if not claimed:
        r.firmware_severity = 0
        r.flags &= ~d.CONTEXT_CORRUPT
    elif not 0 < r.firmware_severity < len(d.FIRMWARE_SEVERITIES):
        r.firmware_severity = d.FIRMWARE_SEVERITIES[1].value
    if r.origin != d.ORIGIN_BOTH or not r.firmware_va:
        r.flags &= ~d.FIRMWARE_VA_VALID


def _place(r: Fields) -> None:
    """The guest physical address and what stands beside it."""
    r.hpfar &= FIPA
    possible = [source for source, flag in _SOURCES if r.flags & flag]
    if not r.sea_flags & d.GPA_VALID or not possible:
        r.sea_flags &= ~d.GPA_VALID
        r.flags &= ~d.HVA_VALID
        r.gpa = r.gpa_origin = r.address_lsb = 0
        return
    if r.gpa_origin not in possible:
        r.gpa_origin = possible[0]
    if r.gpa_origin == d.GPA_HPFAR:
        r.gpa = r.hpfar << FIPA_TO_IPA & PADDR
    r.gpa &= ~IN_PAGE
    exact = r.flags & (d.FAR_VALID | d.STAGE1_WALK | d.FAR_IMPRECISE) == d.FAR_VALID
    if exact and r.gpa_origin <= d.GPA_WALK:
        r.gpa |= r.far & IN_PAGE
    if r.address_lsb > rule.LSB_MAX:
        r.address_lsb = PAGE_SHIFT


def _zeros(r: Fields) -> None:
    """What is not valid is 0."""
    for flag, name in VALIDATING:
        if not r.flags & flag:
            setattr(r, name, 0)
