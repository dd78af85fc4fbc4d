# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Step 4: which addresses are valid, and where the guest physical one comes from."""

from __future__ import annotations

from typing import Final, NamedTuple

from abi.address import (
    IN_PAGE,
    KVM_MARK,
    NOT_ON_WALK,
    PADDR,
    PAGE_SHIFT,
    far_imprecise,
    far_valid,
    hpfar_valid,
    ipa_of,
    pfar_valid,
)
from abi.definition import GPA_HPFAR, GPA_REVERSE, GPA_UNKNOWN, GPA_WALK
from abi.esr_fields import FSC, S1PTW
from abi.trap import Memslot, Trap
from reference_host.claim import Claim
from reference_host.trap import Cause, fault_page, isolated_page, syndrome

#: Parity code of an access that is not a walk; with it too FAR may be walked in software.
_PARITY_NOT_ON_WALK: Final = 0x18


class Addresses(NamedTuple):
    """What is known of where the error is; None where it is not valid.

    ``far``, ``hpfar``, ``firmware_va`` as the record has them; ``has_pa``: the host had a physical
    address; ``gpa`` with ``gpa_origin``, ``hva`` of its page, ``lsb`` of the damaged granule.
    """

    far: int | None = None
    imprecise: bool = False
    hpfar: int | None = None
    has_pa: bool = False
    gpa: int | None = None
    gpa_origin: int = GPA_UNKNOWN
    hva: int | None = None
    lsb: int = 0
    firmware_va: int | None = None
    stage1_walk: bool = False


def resolve(trap: Trap, cause: Cause, claim: Claim) -> Addresses:
    """Decide every address of a trap (rules ``host.far.*``, ``host.hpfar.*``, ``host.gpa.*``, ``host.pa.valid``)."""
    esr = syndrome(trap)
    deferred = cause is Cause.DEFERRED_SERROR
    far = trap.far_el2 if far_valid(esr, deferred=deferred) else None
    imprecise = far is not None and far_imprecise(esr)
    isolated = isolated_page(trap) if cause is Cause.ISOLATED else None
    stage1_walk = isolated is not None and bool(esr & S1PTW)
    pas = physical_addresses(trap, cause, claim)
    page, origin = _gpa(trap, cause, far, pas)
    offset = 0
    if far is not None and origin in (GPA_HPFAR, GPA_WALK) and not (stage1_walk or imprecise):
        offset = far & IN_PAGE
    slot = None if page is None else slot_of(trap.memslots, page)
    return Addresses(
        far=far,
        imprecise=imprecise,
        hpfar=ipa_to_fipa(trap) if isolated and hpfar_valid(esr) else None,
        has_pa=bool(pas) or isolated is not None,
        gpa=None if page is None else page | offset,
        gpa_origin=origin,
        hva=None if slot is None or page is None else slot.hva + page - slot.gpa,
        lsb=isolated.lsb if isolated and page is not None else 0,
        firmware_va=_firmware_va(trap, cause, claim),
        stage1_walk=stage1_walk,
    )


def ipa_to_fipa(trap: Trap) -> int:
    """HPFAR_EL2.FIPA alone (rule ``host.hpfar.fipa``)."""
    return ipa_of(trap.hpfar_el2) >> 8


def physical_addresses(trap: Trap, cause: Cause, claim: Claim) -> tuple[int, ...]:
    """Every valid physical address of this very error, PFAR_EL2's first (rule ``host.pa.valid``)."""
    pas: tuple[int, ...] = ()
    direct = cause in (Cause.EXTERNAL_ABORT, Cause.SERROR)
    if direct and trap.pfar_el2 is not None and pfar_valid(trap.esr_el2):
        pas = (trap.pfar_el2 & PADDR,)
    return pas + (claim.firmware.physical if claim.firmware else ())


def slot_of(memslots: tuple[Memslot, ...] | None, gpa: int) -> Memslot | None:
    """The memslot that holds ``gpa``."""
    return next((s for s in memslots or () if s.gpa <= gpa < s.gpa + s.size), None)


def page_of_pa(memslots: tuple[Memslot, ...] | None, pa: int) -> int | None:
    """The page of the guest behind a physical address of the host, by reverse map."""
    slot = next((s for s in memslots or () if s.pa <= pa < s.pa + s.size), None)
    return None if slot is None else (slot.gpa + pa - slot.pa) & ~IN_PAGE


def notice_addresses(trap: Trap, pa: int) -> Addresses | None:
    """Addresses of a memory notice; None where the page is not the VM's (rule ``host.gpa.space``)."""
    page = page_of_pa(trap.memslots, pa)
    slot = None if page is None else slot_of(trap.memslots, page)
    if page is None or slot is None:
        return None
    isolated = next((i for i in trap.isolated if i.holds(page)), None)
    return Addresses(
        has_pa=True,
        gpa=page,
        gpa_origin=GPA_REVERSE,
        hva=slot.hva + page - slot.gpa,
        lsb=isolated.lsb if isolated else PAGE_SHIFT,
    )


def _gpa(trap: Trap, cause: Cause, far: int | None, pas: tuple[int, ...]) -> tuple[int | None, int]:
    """The page and its origin: hardware first, then a walk of FAR, then the reverse map."""
    if cause is Cause.ISOLATED:
        hardware = hpfar_valid(trap.esr_el2) and not trap.nested
        candidates = [(fault_page(trap), GPA_HPFAR if hardware else GPA_WALK)]
    else:
        candidates = [(_walked_page(trap, cause, far), GPA_WALK)]
    candidates += [(page_of_pa(trap.memslots, pa), GPA_REVERSE) for pa in pas]
    return next(
        ((page, origin) for page, origin in candidates if page is not None and _in_vm(trap, page)),
        (None, GPA_UNKNOWN),
    )


def _walked_page(trap: Trap, cause: Cause, far: int | None) -> int | None:
    """What a software walk of FAR_EL2 found; of an abort on a walk, FAR does not lead to the descriptor.

    KVM's mark in bit 63 of HPFAR_EL2 says that its walk of an external abort succeeded; of a nested
    guest's trap that walk ends in the nested guest's space.
    """
    if far is None or (cause is Cause.EXTERNAL_ABORT and trap.esr_el2 & FSC not in (NOT_ON_WALK, _PARITY_NOT_ON_WALK)):
        return None
    if trap.walk is not None:
        return trap.walk & ~IN_PAGE
    marked = cause is Cause.EXTERNAL_ABORT and trap.hpfar_el2 & KVM_MARK and not trap.nested
    return ipa_of(trap.hpfar_el2) if marked else None


def _in_vm(trap: Trap, page: int) -> bool:
    return trap.memslots is None or slot_of(trap.memslots, page) is not None


def _firmware_va(trap: Trap, cause: Cause, claim: Claim) -> int | None:
    """Rule ``host.firmware_va.usable``."""
    firmware = claim.firmware
    if not claim.exact or firmware is None or cause is not Cause.EXTERNAL_ABORT:
        return None
    if firmware.addressed != 1 or len(firmware.virtual) != 1:
        return None
    address, mpidr = firmware.virtual[0]
    return address if address and mpidr is not None and mpidr == trap.mpidr else None
