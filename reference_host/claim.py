# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Step 3: what APEI and memory_failure() do with a trap and its firmware record.

Linux 7.3.4: apei_claim_sea() in arch/arm64/kernel/acpi.c, ghes_notify_sea() and ghes_do_proc() in
drivers/acpi/apei/ghes.c. Not modelled: the cache of records seen within 10 s, by which the second
report of one error is not claimed.
"""

from __future__ import annotations

from typing import NamedTuple

from abi.trap import Trap
from reference_host.firmware import Firmware
from reference_host.trap import Cause


class Claim(NamedTuple):
    """What became of the firmware record.

    ``claimed``: APEI took the trap as its own. ``queued``: physical addresses given to
    memory_failure(), ``lost`` those of pages that are gone. ``panic``: the host stops before it
    queues anything. ``firmware``: the record, where it tells of this very error (``exact``: notified
    as SEA and claimed for this very trap) and may be used.
    """

    claimed: bool = False
    queued: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()
    panic: bool = False
    firmware: Firmware | None = None

    @property
    def exact(self) -> bool:
        """Whether the firmware record was claimed for this very trap."""
        return self.claimed and self.firmware is not None


def claim(trap: Trap, cause: Cause, firmware: Firmware | None) -> Claim:
    """Decide by the record's notification: SEA is claimed, GPIO is handled by itself, SEI only describes."""
    if firmware is None or trap.notify == "none":
        return Claim()
    if trap.notify == "sea":
        return _by_sea(cause, firmware)
    if trap.notify == "gpio":
        if firmware.fatal:
            return Claim(panic=True)
        own = firmware if cause is Cause.NOTICE else None
        return Claim(queued=firmware.queues, lost=firmware.lost, firmware=own)
    # SEI: Linux reads no such source. The record belongs to the SError and describes it.
    described = cause in (Cause.SERROR, Cause.DEFERRED_SERROR)
    return Claim(firmware=firmware if described and not firmware.fatal else None, panic=described and firmware.fatal)


def _by_sea(cause: Cause, firmware: Firmware) -> Claim:
    """apei_claim_sea() is asked for external aborts alone."""
    if cause is not Cause.EXTERNAL_ABORT:
        return Claim()
    if firmware.fatal:
        return Claim(claimed=True, panic=True, firmware=firmware)
    return Claim(claimed=True, queued=firmware.queues, lost=firmware.lost, firmware=firmware)
