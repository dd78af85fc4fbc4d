# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The registers of a vCPU by their names, and their identifiers by the kernel's scheme.

Documentation/virt/kvm/api.rst, KVM_SET_ONE_REG: a core register's number is its offset in
``struct kvm_regs`` in words of 32 bits, a system register's is its encoding.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from reference_vmm.kvm.numbers import KVM_REGS, OTHERS, USER_PT_REGS


class Encoding(NamedTuple):
    """op0, op1, CRn, CRm, op2 of a system register, as MRS has them."""

    op0: int
    op1: int
    crn: int
    crm: int
    op2: int


#: Arm ARM, "System register encoding"; only what KVM lets a VMM read or write.
SYSTEM: Final = {
    "midr_el1": Encoding(3, 0, 0, 0, 0),
    "mpidr_el1": Encoding(3, 0, 0, 0, 5),
    "id_aa64pfr0_el1": Encoding(3, 0, 0, 4, 0),
    "id_aa64pfr1_el1": Encoding(3, 0, 0, 4, 1),
    "id_aa64pfr2_el1": Encoding(3, 0, 0, 4, 2),
    "id_aa64dfr1_el1": Encoding(3, 0, 0, 5, 1),
    "id_aa64isar0_el1": Encoding(3, 0, 0, 6, 0),
    "id_aa64mmfr1_el1": Encoding(3, 0, 0, 7, 1),
    "id_aa64mmfr2_el1": Encoding(3, 0, 0, 7, 2),
    "id_aa64mmfr3_el1": Encoding(3, 0, 0, 7, 3),
    "sctlr_el1": Encoding(3, 0, 1, 0, 0),
    "sctlr2_el1": Encoding(3, 0, 1, 0, 3),
    "ttbr0_el1": Encoding(3, 0, 2, 0, 0),
    "ttbr1_el1": Encoding(3, 0, 2, 0, 1),
    "tcr_el1": Encoding(3, 0, 2, 0, 2),
    "gcscr_el1": Encoding(3, 0, 2, 5, 0),
    "esr_el1": Encoding(3, 0, 5, 2, 0),
    "far_el1": Encoding(3, 0, 6, 0, 0),
    "mair_el1": Encoding(3, 0, 10, 2, 0),
    "vbar_el1": Encoding(3, 0, 12, 0, 0),
    "disr_el1": Encoding(3, 0, 12, 1, 1),
}
#: Core registers -> bytes into struct kvm_regs.
CORE: Final = (
    {f"x{n}": 8 * n for n in range(31)}
    | {name: USER_PT_REGS.offsets[field] for name, field in (("sp_el0", "sp"), ("pc", "pc"), ("pstate", "pstate"))}
    | {"sp_el1": KVM_REGS.offsets["sp_el1"], "elr_el1": KVM_REGS.offsets["elr_el1"],
       "spsr_el1": KVM_REGS.offsets["spsr"]}
)
_ARM64: Final = OTHERS["KVM_REG_ARM64"] | OTHERS["KVM_REG_SIZE_U64"]
_SHIFTS: Final = tuple(OTHERS[f"KVM_REG_ARM64_SYSREG_{part.upper()}_SHIFT"] for part in Encoding._fields)


@cache
def identifier(name: str) -> int:
    """The number of a register in KVM_GET_ONE_REG; KeyError for one that is not named here."""
    if name in CORE:
        return _ARM64 | OTHERS["KVM_REG_ARM_CORE"] | CORE[name] // 4
    return _ARM64 | OTHERS["KVM_REG_ARM64_SYSREG"] | sum(
        part << shift for part, shift in zip(SYSTEM[name], _SHIFTS, strict=True))
