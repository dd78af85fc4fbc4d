# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Step 0 on a kernel: what KVM_RUN left on the vCPU's page, and whether a record is there.

Rules ``vmm.exit.reason``, ``vmm.exit.lifetime`` and ``vmm.migrate``. :mod:`abi.exit_page` is the same
between processes, where no system call ends one exit and begins the next.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from abi.address import kind_of
from abi.definition import (
    ALL_KINDS,
    KIND_DATA_ABORT,
    KIND_INSTRUCTION_ABORT,
    KIND_SERROR,
    KVM_EXIT_ARM_SEA,
    KVM_EXIT_ARM_SERROR,
    KVM_RUN,
    RECORD,
)
from abi.errors import InputError
from abi.record import build
from reference_vmm.parse import import_arm_sea

_REASON: Final = slice(KVM_RUN.offsets["exit_reason"], KVM_RUN.end("exit_reason"))
_UNION: Final = slice(KVM_RUN.offsets["exit"], KVM_RUN.end("exit"))
_ESR: Final = slice(_UNION.start + RECORD.offsets["esr"], _UNION.start + RECORD.end("esr"))
#: By these there was no exit with a record: nothing waits for an answer.
_NONE: Final = ("vmm.exit.reason", "vmm.exit.lifetime")


class Returned(NamedTuple):
    """What KVM_RUN left behind: the page, and 0 or the errno that it failed with.

    ``kinds``: bit n for each kind n that was enabled, 0 without the capability. ``serror_exit`` is the exit of
    kind 3.
    """

    page: bytes | memoryview
    errno: int = 0
    kinds: int = ALL_KINDS
    serror_exit: int = KVM_EXIT_ARM_SERROR


def take(returned: Returned) -> bytes:
    """A copy of the exit union, in which the record may end early.

    Of an abort whose kind was not enabled the union holds ``arm_sea`` alone: the record that it stands for.

    InputError: ``vmm.malformed`` for a page that ends before its union does, ``vmm.exit.reason`` for an
    exit without a record, ``vmm.exit.lifetime`` where KVM_RUN failed and what it left is an earlier
    exit's, and what :func:`reference_vmm.parse.import_arm_sea` raises.
    """
    page = returned.page
    reasons = (KVM_EXIT_ARM_SEA, returned.serror_exit)[: 1 + (returned.kinds >> KIND_SERROR & 1)]
    if len(page) < _UNION.stop:
        raise InputError("vmm.malformed", "kvm_run", 0, f">= {_UNION.stop:#x} bytes", f"{len(page):#x} bytes")
    reason = int.from_bytes(page[_REASON], "little")
    if reason not in reasons:
        known = ", ".join(f"{one:#x}" for one in reasons)
        raise InputError("vmm.exit.reason", "kvm_run.exit_reason", _REASON.start, known, f"{reason:#x}")
    if returned.errno:
        raise InputError("vmm.exit.lifetime", "KVM_RUN", None, "0x0", f"{returned.errno:#x}",
                         "exit_reason is that of an earlier KVM_RUN")
    if reason == KVM_EXIT_ARM_SEA and not _enabled(returned.kinds, int.from_bytes(page[_ESR], "little")):
        return build(import_arm_sea(page))
    return bytes(page[_UNION])


def _enabled(kinds: int, esr: int) -> bool:
    """Whether an abort with that syndrome makes a record; what is no abort's is for the reader to refuse."""
    kind = kind_of(esr)
    aborts = 1 << KIND_DATA_ABORT | 1 << KIND_INSTRUCTION_ABORT
    return bool(kinds & (1 << kind & aborts or aborts))


def may_save(returned: Returned, *, answered: bool) -> bool:
    """Whether the vCPU may be saved, to go on elsewhere: not while an exit waits for its answer (``vmm.migrate``).

    A record that cannot be read waits for ever: its vCPU is not resumed, here or there.
    """
    try:
        take(returned)
    except InputError as error:
        return answered or error.code in _NONE
    return answered
