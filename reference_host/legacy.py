# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Beside the record: the signal that Linux 7.3.4 sends the VMM for the same error today.

memory_failure() kills whoever has the page mapped: here the VMM, if a memslot holds the page.
Sources: mm/memory-failure.c kill_proc(), arch/arm64/kvm/mmu.c kvm_send_hwpoison_signal(),
drivers/acpi/apei/ghes.c.
"""

from __future__ import annotations

from abi.address import PAGE_SHIFT
from abi.trap import BUS_MCEERR_AO, BUS_MCEERR_AR, SI_KERNEL, Signal, Trap
from reference_host.claim import Claim
from reference_host.resolve import Addresses, page_of_pa, slot_of
from reference_host.trap import Cause


def legacy_signal(trap: Trap, cause: Cause, claim: Claim, addresses: Addresses) -> Signal | None:
    """The SIGBUS of today, or None where the VMM gets none."""
    if cause is Cause.ISOLATED:
        return Signal(BUS_MCEERR_AR, addresses.hva or 0, addresses.lsb)
    if claim.claimed and not claim.queued and not claim.panic:
        return Signal(SI_KERNEL)
    for pa in claim.lost:
        hva = hva_of_pa(trap, pa)
        if hva is not None:
            return Signal(BUS_MCEERR_AR if claim.claimed else BUS_MCEERR_AO, hva, PAGE_SHIFT)
    return None


def hva_of_pa(trap: Trap, pa: int) -> int | None:
    """Where the VMM has the page mapped, None where it has not."""
    page = page_of_pa(trap.memslots, pa)
    slot = None if page is None else slot_of(trap.memslots, page)
    return None if page is None or slot is None else slot.hva + page - slot.gpa
