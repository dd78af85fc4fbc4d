# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Step 0 on a kernel: what KVM_RUN left on the vCPU's page, and whether a record is there.

Rules ``vmm.exit.reason``, ``vmm.exit.lifetime`` and ``vmm.migrate``. :mod:`abi.exit_page` is the same
between processes, where no system call ends one exit and begins the next.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from abi.definition import KVM_EXIT_ARM_SEA, KVM_EXIT_ARM_SERROR, KVM_RUN
from abi.errors import InputError
from abi.record import build
from reference_vmm.parse import import_arm_sea

_REASON: Final = slice(KVM_RUN.offsets["exit_reason"], KVM_RUN.end("exit_reason"))
_UNION: Final = slice(KVM_RUN.offsets["exit"], KVM_RUN.end("exit"))
#: By these there was no exit with a record: nothing waits for an answer.
_NONE: Final = ("vmm.exit.reason", "vmm.exit.lifetime")


class Returned(NamedTuple):
    """What KVM_RUN left behind: the page, and 0 or the errno that it failed with.

    ``enabled``: the capability is enabled for this VM; ``serror_exit`` is then the exit of kind 3.
    """

    page: bytes | memoryview
    errno: int = 0
    enabled: bool = True
    serror_exit: int = KVM_EXIT_ARM_SERROR


def take(returned: Returned) -> bytes:
    """A copy of the exit union, in which the record may end early; or the record that arm_sea stands for.

    InputError: ``vmm.malformed`` for a page that ends before its union does, ``vmm.exit.reason`` for an
    exit without a record, ``vmm.exit.lifetime`` where KVM_RUN failed and what it left is an earlier
    exit's, and what :func:`reference_vmm.parse.import_arm_sea` raises.
    """
    page, reasons = returned.page, (KVM_EXIT_ARM_SEA, returned.serror_exit)
    if len(page) < _UNION.stop:
        raise InputError("vmm.malformed", "kvm_run", 0, f">= {_UNION.stop:#x} bytes", f"{len(page):#x} bytes")
    reason = int.from_bytes(page[_REASON], "little")
    if reason not in reasons[: 1 + returned.enabled]:
        known = ", ".join(f"{one:#x}" for one in reasons[: 1 + returned.enabled])
        raise InputError("vmm.exit.reason", "kvm_run.exit_reason", _REASON.start, known, f"{reason:#x}")
    if returned.errno:
        raise InputError("vmm.exit.lifetime", "KVM_RUN", None, "0x0", f"{returned.errno:#x}",
                         "exit_reason is that of an earlier KVM_RUN")
    return bytes(page[_UNION]) if returned.enabled else build(import_arm_sea(page))


def may_save(returned: Returned, *, answered: bool) -> bool:
    """Whether the vCPU may be saved, to go on elsewhere: not while an exit waits for its answer (``vmm.migrate``).

    A record that cannot be read waits for ever: its vCPU is not resumed, here or there.
    """
    try:
        take(returned)
    except InputError as error:
        return answered or error.code in _NONE
    return answered
