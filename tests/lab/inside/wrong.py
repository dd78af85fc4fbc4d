# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""VMMs that are wrong on purpose, one mistake each: the tables must show every one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from abi.esr_fields import CM, EA, EC_SHIFT, FNV, SET, WNR
from abi.vcpu import Decision
from reference_vmm.decide import decide
from reference_vmm.kvm.answer import Decide
from tests.lab.inside.relabel import taken

Mistake = Callable[[Decision], Decision]
_DATA: Final = 4  # EC of a data abort, above that of an instruction abort


def _without(bits: int) -> Mistake:
    return lambda decision: decision._replace(esr_el1=decision.esr_el1 & ~bits)


#: By name; each takes what the reference VMM decided.
MISTAKES: Final[dict[str, Mistake]] = {
    "drops WnR": _without(WNR),
    "drops EA": _without(EA),
    "drops SET": _without(SET),
    "drops CM": _without(CM),
    "forgets FnV": _without(FNV),
    "shows the FAR of the last trap": lambda decision: decision._replace(far_el1=taken().far_el2),
    "always a data abort": lambda decision: decision._replace(esr_el1=decision.esr_el1 | _DATA << EC_SHIFT),
    "FAR in whole pages": lambda decision: decision._replace(far_el1=decision.far_el1 & ~0xFFF),
    "level as at EL2": lambda decision: decision._replace(esr_el1=decision.esr_el1 & ~(1 << EC_SHIFT)),
}


def decided(wrong: str) -> Decide:
    """Who decides with the mistake of that name; "" makes none."""
    if not wrong:
        return decide
    mistake = MISTAKES[wrong]
    return lambda parsed, vcpu, machine: mistake(decide(parsed, vcpu, machine))
