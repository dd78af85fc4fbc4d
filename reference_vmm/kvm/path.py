# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Which way a kernel tells a VMM of an abort and takes its answer: asked once, before the first vCPU.

A kernel with the capability of this specification is the emitter: it writes the record itself, and makes of the
reply the whole exception entry. One that has KVM_EXIT_ARM_SEA alone is read through the import, and its injection is
corrected by KVM_SET_ONE_REG. With neither the VMM learns nothing, and the kernel ends each abort by itself.
"""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

from abi.definition import ALL_KINDS, KIND_MEMORY_NOTICE, KNOWN_CRITICAL, NEWEST
from abi.errors import InputError
from abi.layout import Version
from abi.negotiate import version_word
from reference_vmm.kvm.answer import Source, arm_sea
from reference_vmm.kvm.run import Exit
from reference_vmm.kvm_run import Returned, take

RECORD: Final = "KVM_CAP_ARM_FAULT_INFO"
ARM_SEA: Final = "KVM_CAP_ARM_SEA_TO_USER"
#: Kinds that come by an exit; a memory notice comes by a ring, which a kernel need not have.
KINDS: Final = ALL_KINDS & ~(1 << KIND_MEMORY_NOTICE)
#: The newest first; "" for a VMM that knows neither.
ORDER: Final = (RECORD, ARM_SEA, "")


class Offering(Protocol):
    """What is asked of a VM; ``reference_vmm.kvm.vm.Vm`` does it by system calls."""

    def extension(self, name: str) -> int:
        """KVM_CHECK_EXTENSION of a capability by its name."""

    def enable(self, name: str, *args: int) -> None:
        """KVM_ENABLE_CAP with these arguments."""


class Path(NamedTuple):
    """``capability``: what was enabled, "" for nothing; ``version`` of the records, ``kinds`` that there are."""

    capability: str
    source: Source
    version: Version | None = None
    kinds: int = 0

    @property
    def extended(self) -> bool:
        """Whether KVM_SET_VCPU_EVENTS takes the whole reply."""
        return self.capability == RECORD


def enabled(vm: Offering, newest: str = RECORD) -> Path:
    """Enable the best that the kernel offers and that the VMM knows.

    ``newest``: RECORD, or the newest capability that an older VMM knows: ARM_SEA, "" for none.
    Raises InputError ``vmm.major.unknown``; KvmError where the kernel refuses.
    """
    word = vm.extension(RECORD) if newest == RECORD else 0
    if word:
        host = Version(word >> 8 & 0xFF, word & 0xFF)
        if word >> 16 or host.major != NEWEST.major:
            raise InputError("vmm.major.unknown", RECORD, None, f"version {NEWEST.major}.x", hex(word),
                             "records of another major version: nothing was enabled")
        vm.enable(RECORD, version_word(NEWEST), KINDS, KNOWN_CRITICAL)
        return Path(RECORD, written, min(host, NEWEST), KINDS)
    if newest and vm.extension(ARM_SEA):
        vm.enable(ARM_SEA)
        return Path(ARM_SEA, arm_sea)
    return Path("", nothing)


def written(exited: Exit) -> bytes | None:
    """The record that the kernel wrote into the exit union; None for an exit without one, or none at all."""
    try:
        return None if exited.failed else take(Returned(exited.page))
    except InputError as error:
        if error.code != "vmm.exit.reason":
            raise
        return None


def nothing(_exited: Exit) -> bytes | None:
    """A kernel that tells nobody."""
    return None
