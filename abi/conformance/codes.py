# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The names of the numbers that the protocol sends: codes, and bits of sets."""

from __future__ import annotations

from typing import Final

from abi.conformance.protocol import OUTCOMES
from abi.trap import NOTIFICATIONS, End
from abi.vcpu import ACTIONS, FEATURES, MACHINE_NOTIFICATIONS

#: Names of the bits of ``features``, bit 0 first.
FEATURE_BITS: Final = tuple(sorted(FEATURES))
#: Ways of a machine to tell its guest, 0 being none.
WAYS: Final = ("", *MACHINE_NOTIFICATIONS)
#: Bits of HOST's ``has``: what is known, then what is so.
KNOWN_BITS: Final = ("pfar_el2", "disr_el1", "mpidr", "walk", "walk_level", "memslots")
STATE_BITS: Final = ("host_ras", "vm_ras", "hyp_context", "nested", "protected")
HAS_BITS: Final = KNOWN_BITS + STATE_BITS
#: Bits of VMM's ``notes``.
NOTE_BITS: Final = ("has_far", "fnv_at_odds")
#: Bits of REPORT's ``addresses``.
ADDRESS_BITS: Final = ("physical_addr", "virt_fault_addr", "physical_addr_mask")
#: Sections that REPORT tells apart, 0 being any other.
SECTIONS: Final = ("", "platform_memory", "arm_processor")
#: Ends of an error, as ``enum kfi_end`` numbers them.
ENDS: Final = tuple(end.name.lower() for end in End)
#: Fields that hold one code, by name of the field: the names of the codes, in their order.
CODED: Final = {
    "outcome": OUTCOMES, "action": tuple(ACTIONS), "via": WAYS, "notify": NOTIFICATIONS, "end": ENDS,
    "section": SECTIONS,
}
#: Fields that hold a set, by name of the field: the names of the bits, bit 0 first.
SETS: Final = {"features": FEATURE_BITS, "has": HAS_BITS, "notes": NOTE_BITS, "addresses": ADDRESS_BITS}


def bits(names: tuple[str, ...], chosen: frozenset[str] | tuple[str, ...] | list[str]) -> int:
    """The number whose bits have these names. ValueError for a name that is not among them."""
    return sum(1 << names.index(name) for name in set(chosen))


def names_of(names: tuple[str, ...], number: int) -> list[str]:
    """The names of the bits of a number, ``bit n`` for one without a name."""
    return [names[n] if n < len(names) else f"bit {n}" for n in range(number.bit_length()) if number >> n & 1]
