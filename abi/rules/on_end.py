# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The host's rules about how an error ends: whether there is a record at all, and what there is instead.

What a record says is judged before, by :mod:`abi.rules.on_emission`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from abi.definition import (
    ACTION_CLAIMED,
    CONTEXT_CORRUPT,
    CRITICAL,
    FIRMWARE_VA_VALID,
    ORIGIN_BOTH,
    ORIGIN_FIRMWARE,
)
from abi.esr_fields import (
    EC_MASK,
    EC_SERROR,
    EC_SHIFT,
    IDS,
    IL,
)
from abi.record import FaultInfo
from abi.rules import facts
from abi.rules.facts import Sort
from abi.rules.given import Given, on_record
from abi.rules.model import Checks
from abi.trap import End

CHECKS = Checks()
_on_record = partial(on_record, CHECKS)

#: ESR_EL1 of the SError that a host makes by itself (rule ``host.owned``).
_SERROR_IDS: Final = EC_SERROR << EC_SHIFT | IL | IDS


@CHECKS("host.owned")
def owned(g: Given) -> bool:
    e = g.emission
    if not facts.owned(*g.event):
        return e.rule != "host.owned"
    if facts.fatal(*g.event) or _queued_claim(g):
        return e.record is None
    chosen = ~0 if g.trap.host_ras else EC_MASK | IL
    injected = e.injected is not None and (e.injected ^ _SERROR_IDS) & chosen == 0
    return e.record is None and e.end is End.INJECTED and injected


@CHECKS("host.claim.queued")
def claim_queued(g: Given) -> bool:
    e = g.emission
    return not _queued_claim(g) or (e.record is None and e.end is End.RESUMED and e.memory_failure)


@CHECKS("host.never_silent")
def never_silent(g: Given) -> bool:
    """The end is one of those allowed, is what the emission holds, and no record lacks without a reason."""
    e = g.emission
    reason = e.record is not None or any(e.rule == rule and holds(g) for rule, holds in _REASONS)
    error = g.sort not in (Sort.ORDINARY, Sort.NOTICE) or facts.told(*g.event) is not None
    return (
        reason
        and (e.end is not End.NO_ERROR) is error
        and (e.end is End.RECORD) is (e.record is not None)
        and (e.end is End.INJECTED) is (e.injected is not None)
        and (e.end is not End.SIGNAL or e.signal is not None)
        and (e.end is End.PANIC or not facts.fatal(*g.event))
    )


@CHECKS("host.one_report")
def one_report(g: Given) -> bool:
    return g.emission.record is None or g.emission.signal is None


@_on_record("host.enabled.only")
def enabled_only(g: Given, r: FaultInfo) -> bool:
    enabled = g.trap.kinds >> r.kind & 1 == 1 and not r.flags & CRITICAL & ~g.trap.critical
    return enabled and r.version == g.trap.version


@CHECKS("host.enable.protected")
def enable_protected(g: Given) -> bool:
    return g.emission.record is None or not g.trap.protected


@CHECKS("host.cper.strict")
def cper_strict(g: Given) -> bool:
    """Where no firmware record was accepted, nothing of one is used."""
    e = g.emission
    used = e.record is not None and (
        e.record.origin in (ORIGIN_FIRMWARE, ORIGIN_BOTH)
        or e.record.host_action == ACTION_CLAIMED
        or e.record.firmware_severity != 0
        or e.record.flags & (CONTEXT_CORRUPT | FIRMWARE_VA_VALID) != 0
    )
    return g.block is not None or not (used or e.memory_failure)


def _queued_claim(g: Given) -> bool:
    return facts.claimed(*g.event) and bool(facts.handed_over(*g.event))


def _not_the_vms(g: Given) -> bool:
    return any(facts.slot_of_pa(g.trap, pa) is None for pa in facts.lost_pages(*g.event))


#: Why there may be no record, and when that is a reason.
_REASONS: Final[tuple[tuple[str, Callable[[Given], bool]], ...]] = (
    ("host.record.cause", lambda g: g.sort is Sort.ORDINARY or (
        g.sort is Sort.NOTICE and not facts.lost_pages(*g.event))),
    ("host.never_silent", lambda g: facts.fatal(*g.event)),
    ("host.claim.queued", _queued_claim),
    ("host.owned", lambda g: facts.owned(*g.event)),
    ("host.serror.given", lambda g: not facts.given(*g.event)),
    ("host.enable.protected", lambda g: g.trap.protected),
    ("host.enabled.only", lambda g: not g.trap.kinds >> facts.kind(*g.event) & 1),
    ("host.gpa.space", lambda g: g.sort is Sort.NOTICE and _not_the_vms(g)),
)
