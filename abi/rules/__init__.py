# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The rules: what each says, and :func:`check`, which names those that a record breaks."""

from __future__ import annotations

from functools import cache
from typing import Final

from abi.definition import CRITICAL, NEWEST, SIZES
from abi.layout import Version
from abi.record import KNOWN, FaultInfo
from abi.rules import on_record
from abi.rules.fast import Judges
from abi.rules.model import Rule

#: What a reader refuses; every other rule that a record breaks is the host's fault but readable.
REFUSALS = ("vmm.major.unknown", "vmm.size", "vmm.critical.unknown", "vmm.agree")
#: Records that a process judges rule by rule before it makes judges: one that reads a few never pays for them.
ONE_BY_ONE: Final = 200
RECORD_RULES = tuple(dict.fromkeys(check.rule for check in on_record.CHECKS.all))


def check(record: FaultInfo, reader: Version = NEWEST) -> tuple[str, ...]:
    """Names of the rules that a record breaks by itself, in the order in which a reader judges.

    An older ``reader`` does not judge what it does not know: descriptive flags of later versions,
    and the size of a record of a later version, of which it knows only that it is not below its own.
    """
    if reader is not NEWEST and reader != NEWEST:
        record = _as_newest(record, reader)
    if _JUDGES[record.kind](record):
        return ()
    return on_record.CHECKS.broken(record)


def _as_newest(record: FaultInfo, reader: Version) -> FaultInfo:
    """What the newest reader would be shown in the place of ``record`` to judge it as ``reader`` does."""
    record = record._replace(flags=record.flags & (KNOWN[reader] | CRITICAL))
    if record.minor <= reader.minor:
        return record
    return record._replace(minor=NEWEST.minor + 1, size=record.size - SIZES[reader] + SIZES[NEWEST])


#: The straight-line judge of each kind; one that reads a few records never pays for making them.
_JUDGES: Final = Judges(on_record, RECORD_RULES, ONE_BY_ONE)


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule by name, in the order of the specification."""
    from abi.rules import channel, host, vmm  # noqa: PLC0415 - texts are for people, not for the reader

    groups = (
        host.RECORD_RULES, host.EMISSION_RULES, host.REPLY_RULES, channel.CHANNEL_RULES,
        vmm.READING_RULES, vmm.ANSWER_RULES,
    )
    return {rule.name: rule for group in groups for rule in group}
