# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The chain of the 2017 discussion, whole, on a stock kernel: firmware knows a virtual address only.

Firmware's record lies where the HEST source that is notified by an SEA points, before the abort. What the kernel makes
of it is seen by a return probe, by the live emitter, in the log and in the signals that the VMM gets; the emitter's
record goes through the reference VMM, and the guest reads its own address back. Beside it: the same record again, no
record, a record with a physical address, one where the CPU does not know the address, a page poisoned under the guest.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from tests.lab import apei_blocks, apei_judging, claims
from tests.lab import chain_judging as judging
from tests.lab.case import Case, Facts
from tests.lab.cases.probe import since_qemu_10_2
from tests.lab.chain_showing import chain
from tests.lab.guest_build import ABORT, RELABEL
from tests.lab.live_build import EMITTER

INSIDE: Final = "tests.lab.inside.chain:"


def needs(facts: Facts) -> str | None:
    """Why the chain is not to be had there."""
    if (why := since_qemu_10_2(facts)) is not None:
        return why
    if not facts.capabilities.get("KVM_CAP_ARM_INJECT_SERROR_ESR"):
        return "host.owned: without FEAT_RAS no external abort of a guest comes to KVM"
    if not facts.capabilities.get("KVM_CAP_ARM_SEA_TO_USER"):
        return "a kernel without KVM_EXIT_ARM_SEA enters an abort at the next KVM_RUN only: no register to correct"
    return None


def case(name: str, what: str, inside: str, judge: Any, **arguments: Any) -> Case:
    """A case with the emitter, the module and the probe in place."""
    return Case(
        name, what, f"{INSIDE}{inside}", arguments,
        prepare=("tests.lab.inside.live:load", "tests.lab.inside.relabel:load", f"{INSIDE}probe"),
        builds=(ABORT, RELABEL, EMITTER), platform="firmware", needs=needs, judge=judge,
        show=chain, seconds=20,
    )


def aborted(name: str, what: str, abort: claims.Abort, *, printed: bool = True, repeated: bool = False) -> Case:
    """A case of an abort; see its judge."""
    judge = partial(judging.aborted, abort=abort, printed=printed, repeated=repeated)
    return case(f"firmware.{name}", what, "aborted", judge, abort=list(abort), printed=printed and not repeated)


#: Linux prints two firmware records, then none for 5 s.
CASES: Final = (
    aborted("virtual", "claimed without a physical address: SIGBUS without one, the record, the guest's own address",
            claims.VIRTUAL),
    aborted("repeated", "the same firmware record within 10 s: not claimed, exit 41", claims.VIRTUAL, repeated=True),
    aborted("control", "no firmware record: exit 41 at once", claims.CONTROL),
    aborted("physical", "a physical address: memory_failure(), then the record of an isolated page", claims.PHYSICAL),
    aborted("lost", "the CPU does not know the address (FnV), firmware does: FAR_EL1 from firmware's record",
            claims.LOST, printed=False),
    case("firmware.poisoned", "MADV_HWPOISON under a running guest: SIGBUS, the record of an isolated page", "poisoned",
         judging.poisoned),
    case("apei.checks", "blocks with a wrong number: some the kernel's own checks refuse, by others it claims",
         "checks", apei_judging.checks, abort=list(apei_blocks.ABORT),
         blocks={name: block.hex() for name, block in apei_blocks.blocks().items()})._replace(show=apei_judging.shown),
)
