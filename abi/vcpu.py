# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the VMM knows when a record comes, and what it does: the values between its steps.

They stand here, not in ``reference_vmm``, because the host's answer to a reply and the rules use
them too.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from abi.record import FaultInfo, NotUnderstood


class Vcpu(NamedTuple):
    """The registers of one vCPU that an exception entry to EL1 reads or writes (VCPU.json).

    ``pstate`` has the layout of SPSR_EL1. ``sctlr2_el1`` and ``gcscr_el1`` are 0 where the vCPU has
    no such register.
    """

    pc: int
    pstate: int
    vbar_el1: int
    sctlr_el1: int
    sctlr2_el1: int = 0
    gcscr_el1: int = 0
    esr_el1: int = 0
    far_el1: int = 0
    elr_el1: int = 0
    spsr_el1: int = 0


#: Features of a vCPU that change what it does at an exception. BASELINE is what every machine has
#: unless it says otherwise; the others are off unless named.
BASELINE: Final = frozenset({"FEAT_RAS", "FEAT_PAN", "FEAT_UAO", "FEAT_SSBS", "FEAT_DoubleFault2"})
FEATURES: Final = BASELINE | {
    "FEAT_MTE", "FEAT_NMI", "FEAT_GCS", "FEAT_EBEP", "FEAT_SEBEP", "FEAT_UINJ", "FEAT_PAuth_LR",
    "FEAT_NV", "FEAT_AA32EL1",
}

#: Ways in which a machine can tell its guest, in order of preference.
MACHINE_NOTIFICATIONS: Final = ("sea", "irq", "poll", "sei")


class Machine(NamedTuple):
    """How the VMM's machine is set up (rule ``vmm.notify``).

    ``ras``: it has an error source for its guest at all. ``notifications``: those that it has, the
    preferred first. ``firmware_va``: it takes firmware's virtual address as a source of FAR_EL1.
    ``pending_serror``: ISS of a virtual SError that still waits, None if there is none.
    ``repeats``: how often this access was reported before, ``bound`` how often an interrupt may
    answer it; ``answered``: whether this very report was answered before (rule ``vmm.once``).
    """

    ras: bool = True
    features: frozenset[str] = BASELINE
    notifications: tuple[str, ...] = ("sea", "irq")
    firmware_va: bool = True
    pending_serror: int | None = None
    repeats: int = 0
    bound: int = 3
    answered: bool = False


Action = Literal["inject", "pend", "interrupt", "log", "retry", "stop"]
ACTIONS: Final[tuple[Action, ...]] = ("inject", "pend", "interrupt", "log", "retry", "stop")


class Decision(NamedTuple):
    """What the VMM does about a record, and the rule that says so.

    With ``inject``: ``esr_el1`` and ``far_el1`` as the guest will read them, and ``has_far`` whether
    FAR_EL1 is an address. With ``pend``: ``serror_esr``, the ISS of the virtual SError.
    ``via`` names the notification of an ``interrupt`` or ``log``. ``notes`` are for people.
    """

    action: Action
    rule: str
    esr_el1: int = 0
    far_el1: int = 0
    has_far: bool = False
    serror_esr: int = 0
    via: str = ""
    notes: tuple[str, ...] = ()


class Answer(NamedTuple):
    """One whole step of the VMM, for the rules to judge: what came, what it did, what the vCPU is now."""

    record: FaultInfo | NotUnderstood | None
    vcpu: Vcpu
    machine: Machine
    decision: Decision
    after: Vcpu
