# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a vCPU is, as far as an exception entry depends on it: read from the registers that its guest reads."""

from __future__ import annotations

from typing import Final, NamedTuple

from abi.vcpu import BASELINE, Machine
from reference_vmm.kvm.vcpu import KvmVcpu


class Shown(NamedTuple):
    """A feature is there if the field of an ID register at ``lo`` (4 bits) is at least ``least``, and below 0xf."""

    register: str
    lo: int
    least: int = 1


#: Arm ARM, the ID registers' fields.
ID_FIELDS: Final = {
    "FEAT_RAS": Shown("id_aa64pfr0_el1", 28),
    "FEAT_PAN": Shown("id_aa64mmfr1_el1", 20),
    "FEAT_UAO": Shown("id_aa64mmfr2_el1", 4),
    "FEAT_SSBS": Shown("id_aa64pfr1_el1", 4),
    "FEAT_MTE": Shown("id_aa64pfr1_el1", 8, 2),
    "FEAT_NMI": Shown("id_aa64pfr1_el1", 36),
    "FEAT_GCS": Shown("id_aa64pfr1_el1", 44),
    "FEAT_DoubleFault2": Shown("id_aa64pfr1_el1", 56),
    "FEAT_UINJ": Shown("id_aa64pfr2_el1", 16),
    "FEAT_EBEP": Shown("id_aa64dfr1_el1", 48),
}
#: KVM_ARM_VCPU_* -> what it makes of the vCPU.
MADE: Final = {"KVM_ARM_VCPU_HAS_EL2": "FEAT_NV", "KVM_ARM_VCPU_EL1_32BIT": "FEAT_AA32EL1"}
_ABSENT: Final = 0xF


def features_of(vcpu: KvmVcpu) -> frozenset[str]:
    """The features of :data:`abi.vcpu.FEATURES` that this vCPU has."""
    values = {name: vcpu.get(name) if vcpu.has(name) else 0 for name in {f.register for f in ID_FIELDS.values()}}
    shown = {
        name for name, field in ID_FIELDS.items()
        if field.least <= values[field.register] >> field.lo & 0xF < _ABSENT
    }
    return frozenset(shown | {MADE[name] for name in vcpu.features if name in MADE})


def machine_of(vcpu: KvmVcpu, base: Machine | None = None) -> Machine:
    """``base`` with the features of the vCPU."""
    return (base or Machine())._replace(features=features_of(vcpu))


assert set(ID_FIELDS) >= BASELINE
