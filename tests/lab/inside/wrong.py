# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""VMMs that are wrong on purpose, one mistake each: the tables must show every one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from abi import pstate
from abi.esr_fields import CM, EA, EC_SHIFT, FNV, SET, WNR
from abi.vcpu import Decision
from reference_vmm.decide import decide
from reference_vmm.kvm.answer import Decide
from reference_vmm.kvm.vcpu import KvmVcpu
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


#: What no decision says: a register that the VMM writes behind its injection, and the bits of it that are other.
WRITES: Final[dict[str, tuple[str, int]]] = {"another SPSR_EL1": ("spsr_el1", pstate.I), "another x1": ("x1", 1)}
NAMES: Final = (*MISTAKES, *WRITES)


def decided(wrong: str) -> Decide:
    """Who decides with the mistake of that name; "" makes none."""
    mistake = MISTAKES.get(wrong)
    if mistake is None:
        return decide
    return lambda parsed, vcpu, machine: mistake(decide(parsed, vcpu, machine))


def written(vcpu: KvmVcpu, wrong: str) -> None:
    """What the mistake of that name has the VMM write behind its injection."""
    if wrong in WRITES:
        name, bits = WRITES[wrong]
        vcpu.set(name, vcpu.get(name) ^ bits)
