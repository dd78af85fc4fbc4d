# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the VMM remembers between reports: ``vmm.once``, and the bound of ``vmm.notify`` on repeats.

A record does not say which instruction it is about, so an access is the vCPU's pc and the address.
Two things can look like a repeated report. Until the vCPU has run again it is the same report once
more (the exit and its copy on the ring), and needs no second answer. After it has run, the access was
made again: that is a new error report, to be answered, and counted. A count that is too old does no
harm: the access then gets its SEA sooner, which is right for every guest.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from abi.definition import FAR_VALID, KIND_DATA_ABORT, KIND_INSTRUCTION_ABORT
from abi.record import FaultInfo
from abi.vcpu import Decision, Machine, Vcpu

#: Accesses remembered for one vCPU: several threads of a guest may come back to theirs in turn.
REMEMBERED: Final = 64
#: What tells the guest of an access; after anything else the next report is as new as this one.
_ANSWERS: Final = ("inject", "interrupt")


class Access(NamedTuple):
    """Where the vCPU stood and the virtual address that it touched, None if that is not known."""

    pc: int
    far: int | None


class _Seen:
    """One vCPU: how often each access was answered, and the last answer until the vCPU runs."""

    def __init__(self) -> None:
        self.answers: dict[Access, int] = {}
        self.open: Access | None = None
        self.left_at = 0  # pc after the open answer


class History:
    """The memory of one VM; vCPUs are told apart by their index."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._vcpus: dict[int, _Seen] = {}

    def machine(self, index: int, record: FaultInfo, vcpu: Vcpu, machine: Machine) -> Machine:
        """``machine`` with ``repeats`` and ``answered`` for this report, as ``decide`` wants it."""
        seen = self._vcpus.get(index)
        if seen is None or not _is_access(record):
            return machine._replace(repeats=0, answered=False)
        access = _access(seen, record, vcpu)
        return machine._replace(repeats=seen.answers.get(access, 0), answered=seen.open == access)

    def answered(self, index: int, record: FaultInfo, vcpu: Vcpu, decision: Decision, after: Vcpu) -> None:
        """Remember the answer; ``vcpu`` as it was at the report, ``after`` as the answer left it."""
        if decision.action not in _ANSWERS or not _is_access(record):
            return
        seen = self._vcpus.setdefault(index, _Seen())
        access = _access(seen, record, vcpu)
        number = seen.answers.pop(access, 0) + 1  # the youngest stands last
        while len(seen.answers) >= self._remembered:
            del seen.answers[next(iter(seen.answers))]
        seen.answers[access] = number
        seen.open, seen.left_at = access, after.pc

    def ran(self, index: int) -> None:
        """The vCPU has moved on: what is reported from now on happened after the last answer.

        A copy of an earlier report that is read from the ring only now is for the log; whoever reads
        it must not decide on it again, since the vCPU no longer stands at its access.
        """
        if index in self._vcpus:
            self._vcpus[index].open = None

    def forget(self, index: int) -> None:
        """The vCPU was reset or is gone."""
        self._vcpus.pop(index, None)


def _is_access(record: FaultInfo) -> bool:
    return record.kind in (KIND_DATA_ABORT, KIND_INSTRUCTION_ABORT)


def _access(seen: _Seen, record: FaultInfo, vcpu: Vcpu) -> Access:
    """The access of the report; a vCPU still standing where the open answer left it stood before at its pc."""
    far = record.far if record.has(FAR_VALID) else None
    held = seen.open
    if held is not None and (vcpu.pc, far) == (seen.left_at, held.far):
        return held
    return Access(vcpu.pc, far)
