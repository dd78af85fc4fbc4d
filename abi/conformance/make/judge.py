# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The rules as judges of what the reference answers: nothing that breaks one becomes a vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from abi.conformance import values as v
from abi.conformance.codes import ENDS, WAYS
from abi.conformance.protocol import MALFORMED, NOT_UNDERSTOOD, Values
from abi.cper import StatusBlock, parse_status_block
from abi.decode import Decoded, decode
from abi.definition import CRITICAL, RECORD, SIZES
from abi.errors import InputError
from abi.record import KNOWN, FaultInfo, NotUnderstood, read
from abi.rules import on_answer, on_emission
from abi.rules.on_emission import Given
from abi.trap import BUS_MCEERR_AR, Emission, End, Signal
from abi.vcpu import ACTIONS, Answer, Decision

_HAS_FAR, _AT_ODDS = 1, 2
_SIZE: Final = slice(RECORD.offsets["size"], RECORD.end("size"))


def judge_vmm(asked: Values, said: Values) -> tuple[str, ...]:
    """The rules of a VMM that an answer breaks."""
    vcpu, notes = v.vcpu_of(asked), said.get("notes", 0)
    inject = ACTIONS[said["action"]] == "inject"
    texts = (("FnV",) if notes & _AT_ODDS else ()) + (("stopped",) if ACTIONS[said["action"]] == "stop" else ())
    decision = Decision(
        ACTIONS[said["action"]], said["rule"].decode(), said["esr_el1"] if inject else 0,
        said["far_el1"] if inject else 0, bool(notes & _HAS_FAR), said.get("serror_esr", 0),
        WAYS[said.get("via", 0)], texts,
    )
    after = vcpu._replace(**{name: said[name] for name in v.AFTER})
    return on_answer.broken(Answer(_record(asked), vcpu, v.machine_of(asked), decision, after))


def _record(asked: Values) -> FaultInfo | NotUnderstood | None:
    """The record by what its reader knows, None if it is malformed."""
    reader = v.reader_of(asked)
    try:
        found = decode(asked["record"], reader, exact=bool(asked.get("exact")))
    except InputError:
        return None
    if isinstance(found, NotUnderstood):
        return found
    return found.record._replace(flags=found.record.flags & (KNOWN[reader] | CRITICAL))


def judge_host(asked: Values, said: Values) -> tuple[str, ...]:
    """The rules of a host that an answer breaks."""
    trap = v.trap_of(asked)
    block: StatusBlock | None = None
    try:
        block = parse_status_block(asked["cper"]) if asked["firmware"] else None
    except InputError:
        block = None
    record = read(said["record"]) if said.get("record") else None
    assert not isinstance(record, NotUnderstood)
    end = next(e for e in End if e.name.lower() == ENDS[said["end"]])
    rule = said.get("rule", b"").decode() or None
    # The protocol does not tell which signal: that is Linux's business, one is enough.
    signal = Signal(BUS_MCEERR_AR) if end is End.SIGNAL else None
    emission = Emission(
        record, rule, end, bool(said.get("memory_failure")), signal, None, said.get("injected") or None
    )
    return on_emission.broken(Given(trap, block, emission))


def judge_read(asked: Values, said: Values) -> tuple[str, ...]:
    """The refusal as a reader of plain construct names it; of what is read the bytes themselves."""
    reader = v.reader_of(asked)
    raw = asked["record"]
    try:
        found = decode(raw, reader, exact=bool(asked.get("exact")), plain=True)
    except InputError as error:
        right: Values = {"outcome": MALFORMED, "rule": error.code.encode()}
    else:
        if isinstance(found, NotUnderstood):
            right = {"outcome": NOT_UNDERSTOOD, "rule": found.rule.encode()}
        else:
            size = int.from_bytes(raw[_SIZE], "little")
            own = min(size, SIZES[reader])
            right = {"info": raw[:own].ljust(RECORD.size, b"\0"), "tail": size - own}
    return tuple(f"READ: {name}" for name in {**right, **said} if right.get(name, 0) != said.get(name, 0))


def judge_check(asked: Values, said: Values) -> tuple[str, ...]:
    """A reader of plain construct must name the same rules."""
    try:
        found = decode(asked["record"], v.reader_of(asked), exact=bool(asked.get("exact")), plain=True)
    except InputError as error:
        named = error.code.encode()
        return () if said.get("rule") == named else (error.code,)
    if isinstance(found, NotUnderstood):
        return () if said.get("rule") == found.rule.encode() else (found.rule,)
    assert isinstance(found, Decoded)
    return () if said.get("broken", b"").decode().split() == list(found.broken) else found.broken


JUDGES: Final[dict[str, Callable[[Values, Values], tuple[str, ...]]]] = {
    "vmm": judge_vmm, "host": judge_host, "read": judge_read, "check": judge_check,
}
