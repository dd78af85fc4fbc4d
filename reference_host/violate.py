# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The one switch by which the host breaks a named rule on purpose, so that readers can be tried.

Nothing in the host calls it; ``faultinfo emit --break RULE`` does, after the true emission is made.
No lie is told that :mod:`abi.rules` would not catch: what comes out of :func:`violate` breaks the rule,
or the call is refused. Other rules may be broken with it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from abi.cper import StatusBlock
from abi.decode import decode
from abi.errors import InputError
from abi.record import NotUnderstood, build
from abi.rules import all_rules
from abi.rules.given import Given
from abi.rules.on_emission import broken
from abi.trap import Emission, Trap
from reference_host.lies import BYTES, ENDS, FIELDS

#: Every rule that a record, or how it came to be, can break.
BREAKABLE: Final = (*FIELDS, *ENDS, *BYTES)
#: Rules that a reader of the bytes can only name by another.
SHOWN_AS: Final = {"host.byte_order": "vmm.size"}


class Lie(NamedTuple):
    """What a lying host does; ``raw`` is the record as it is sent, None where there is none."""

    emission: Emission
    raw: bytes | None


def violate(emission: Emission, trap: Trap, rule: str, block: StatusBlock | None = None) -> Lie:
    """Break ``rule`` in the true ``emission`` of ``trap`` and its firmware record.

    Raises InputError ``host.violate`` for a rule that no record can break, or not with this trap.
    """
    if rule not in BREAKABLE:
        raise InputError("host.violate", "rule", None, "a rule that a record can break", repr(rule), _hint(rule))
    lie = _told(emission, trap, rule, block)
    if SHOWN_AS.get(rule, rule) not in named(lie, trap, block):
        raise InputError("host.violate", "rule", None, f"a trap with which {rule} can be broken", "this trap",
                         all_rules()[rule].text)
    return lie


def named(lie: Lie, trap: Trap, block: StatusBlock | None = None) -> tuple[str, ...]:
    """Name the rules that a lie breaks: the one by which a reader refuses its bytes, then the host's."""
    judged = broken(Given(trap, block, lie.emission))
    try:
        seen = None if lie.raw is None else decode(lie.raw)
    except InputError as error:
        return tuple(dict.fromkeys((error.code, *judged)))
    return tuple(dict.fromkeys((seen.rule, *judged))) if isinstance(seen, NotUnderstood) else judged


def _told(emission: Emission, trap: Trap, rule: str, block: StatusBlock | None) -> Lie:
    if rule in ENDS:
        emission = ENDS[rule](emission, trap, block)
    elif rule in FIELDS and emission.record:
        emission = emission._replace(record=FIELDS[rule](emission.record, trap))
    record = emission.record
    raw = build(record) if record else None
    if record and raw and rule in BYTES:
        raw = BYTES[rule](record, raw)
    return Lie(emission, raw)


def _hint(rule: str) -> str:
    if rule not in all_rules():
        return f"rules that can be broken: {', '.join(BREAKABLE)}"
    if rule.startswith(("host.ring.", "host.sequence")):
        return "it is the ring's: abi.ring.producer.Producer(violate=...)"
    if rule.startswith("host.exit."):
        return "it is the exit page's: abi.exit_page.HostSide(violate=...)"
    if rule.startswith("host."):
        return "it is about what the host answers, not about what it reports"
    return "it is the VMM's to keep"
