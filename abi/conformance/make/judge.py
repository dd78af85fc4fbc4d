# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The rules as judges of what the reference answers: nothing that breaks one becomes a vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from abi.conformance import values as v
from abi.conformance.codes import ENDS, WAYS
from abi.conformance.make.judge_channel import differ, judge_exit, judge_produce, judge_report, judge_ring
from abi.conformance.make.judge_host import judge_enable, judge_reply
from abi.conformance.protocol import MALFORMED, NOT_UNDERSTOOD, Values
from abi.cper import StatusBlock, parse_status_block
from abi.decode import Decoded, decode
from abi.definition import CRITICAL, KIND_MEMORY_NOTICE, RECORD, SIZES
from abi.errors import InputError
from abi.record import KNOWN, FaultInfo, NotUnderstood, read
from abi.rules import on_answer, on_emission
from abi.rules.given import Given
from abi.trap import BUS_MCEERR_AR, Emission, End, Signal
from abi.vcpu import ACTIONS, Answer, Decision

_HAS_FAR, _AT_ODDS = 1, 2
_KIND: Final = slice(RECORD.offsets["kind"], RECORD.end("kind"))


def judge_vmm(asked: Values, said: Values) -> tuple[str, ...]:
    """The rules of a VMM that an answer breaks, and what a reader alone would have said otherwise."""
    if said["action"] >= len(ACTIONS) or said["via"] >= len(WAYS):
        return ("(answer) a code that has no name",)
    vcpu, notes = v.vcpu_of(asked), said.get("notes", 0)
    inject = ACTIONS[said["action"]] == "inject"
    texts = (("FnV",) if notes & _AT_ODDS else ()) + (("stopped",) if ACTIONS[said["action"]] == "stop" else ())
    decision = Decision(
        ACTIONS[said["action"]], said["rule"].decode(), said["esr_el1"] if inject else 0,
        said["far_el1"] if inject else 0, bool(notes & _HAS_FAR), said.get("serror_esr", 0),
        WAYS[said.get("via", 0)], texts,
    )
    after = vcpu._replace(**{name: said[name] for name in v.AFTER})
    broken = on_answer.broken(Answer(_record(asked), vcpu, v.machine_of(asked), decision, after))
    return _as_read(asked, said) + _form(said, decision) + broken


def _as_read(asked: Values, said: Values) -> tuple[str, ...]:
    read_ = {name: said[name] for name in ("outcome", "info", "tail")}
    return judge_read(asked, read_ | {"rule": said["rule"] if said["outcome"] else b""})


def _form(said: Values, decision: Decision) -> tuple[str, ...]:
    """Fields that do not apply to this decision and are not 0."""
    waits = decision.action == "pend" or decision.rule == "vmm.serror.worse"
    notice = int.from_bytes(said["info"][_KIND], "little") == KIND_MEMORY_NOTICE
    notes = _HAS_FAR | _AT_ODDS if decision.action == "inject" else _AT_ODDS
    extra = {"serror_esr": said["serror_esr"] and not waits, "via": decision.via not in _ways(decision, notice=notice),
             "notes": said["notes"] & ~notes}
    return tuple(f"(answer) {name}" for name, wrong in extra.items() if wrong)


def _ways(decision: Decision, *, notice: bool) -> tuple[str, ...]:
    if decision.action == "interrupt":
        return ("irq",)
    if not notice:
        return ("",)
    if decision.rule == "vmm.serror.worse":
        return ("sei",)
    return {"log": ("", "poll"), "pend": ("sei",)}.get(decision.action, ("",))


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
    found = _plainly(asked)
    if not isinstance(found, Decoded):
        return differ(said, found | {"info": bytes(RECORD.size)})
    size, own = found.record.size, min(found.record.size, SIZES[v.reader_of(asked)])
    return differ(said, {"info": asked["record"][:own].ljust(RECORD.size, b"\0"), "tail": size - own})


def judge_check(asked: Values, said: Values) -> tuple[str, ...]:
    """A reader of plain construct must name the same rules."""
    found = _plainly(asked)
    return differ(said, {"broken": " ".join(found.broken).encode()} if isinstance(found, Decoded) else found)


def _plainly(asked: Values) -> Decoded | Values:
    """The record as plain construct reads it, or the answer that refuses it."""
    try:
        found = decode(asked["record"], v.reader_of(asked), exact=bool(asked.get("exact")), plain=True)
    except InputError as error:
        return {"outcome": MALFORMED, "rule": error.code.encode()}
    if isinstance(found, NotUnderstood):
        return {"outcome": NOT_UNDERSTOOD, "rule": found.rule.encode()}
    return found


JUDGES: Final[dict[str, Callable[[Values, Values], tuple[str, ...]]]] = {
    "vmm": judge_vmm, "host": judge_host, "read": judge_read, "check": judge_check,
    "exit": judge_exit, "ring": judge_ring, "produce": judge_produce, "report": judge_report,
    "reply": judge_reply, "enable": judge_enable,
}
