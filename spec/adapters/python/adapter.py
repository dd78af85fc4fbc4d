# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A conformance target in Python: the reference host and the reference VMM behind the protocol.

Run it with ``faultinfo conform --role vmm --target python3 spec/adapters/python/adapter.py``.
"""

from __future__ import annotations

import sys

from abi.conformance import protocol as p
from abi.conformance import values as v
from abi.conformance.codes import ENDS, NOTE_BITS, WAYS, bits
from abi.cper import StatusBlock, parse_status_block
from abi.decode import Decoded
from abi.definition import CRITICAL
from abi.errors import InputError
from abi.layout import Version
from abi.negotiate import Enabled, Refused, Request, VmState, enable
from abi.record import KNOWN, NotUnderstood, build, new
from abi.reply import parse_reply
from abi.ring.consumer import Consumer
from abi.ring.memory import Memory
from abi.vcpu import ACTIONS
from reference_host.emit import emit
from reference_host.reply import Applied, apply_reply, without_reply
from reference_vmm.decide import decide, odds
from reference_vmm.inject import apply
from reference_vmm.parse import Unreadable, parse


def read(q: p.Values) -> tuple[int, Decoded | NotUnderstood | Unreadable]:
    parsed = parse(q["record"], v.reader_of(q), exact=bool(q["exact"]))
    return {Decoded: p.VALUE, NotUnderstood: p.NOT_UNDERSTOOD}.get(type(parsed), p.MALFORMED), parsed


def vmm(q: p.Values) -> p.Values:
    outcome, parsed = read(q)
    vcpu, machine, said = v.vcpu_of(q), v.machine_of(q), {"outcome": outcome}
    if isinstance(parsed, Decoded):
        record = parsed.record
        said |= {"info": v.info(record), "tail": len(record.tail)}
        # A reader acts by the flags that it knows, and keeps the others as they are.
        record = record._replace(flags=record.flags & (KNOWN[v.reader_of(q)] | CRITICAL))
        parsed = parsed._replace(record=record)
    d = decide(parsed, vcpu, machine)
    at_odds = isinstance(parsed, Decoded) and bool(odds(parsed.record))
    notes = [name for name, so in zip(NOTE_BITS, (d.has_far, at_odds), strict=True) if so]
    return said | v.after(apply(d, vcpu, machine)) | {
        "action": ACTIONS.index(d.action), "via": WAYS.index(d.via), "notes": bits(NOTE_BITS, notes),
        "serror_esr": d.serror_esr, "rule": d.rule.encode(),
    }


def host(q: p.Values) -> p.Values:
    block: StatusBlock | None
    try:
        block = parse_status_block(q["cper"]) if q["firmware"] else None
    except InputError:  # host.cper.strict: nothing of it is used
        block = None
    e = emit(v.trap_of(q), block)
    return {
        "end": ENDS.index(e.end.name.lower()), "memory_failure": int(e.memory_failure), "injected": e.injected or 0,
        "rule": (e.rule or "").encode(), "record": build(e.record) if e.record else b"",
    }


def reply(q: p.Values) -> p.Values:
    vcpu, features = v.vcpu_of(q), v.features_of(q)
    if q["reply"]:
        done = apply_reply(parse_reply(q["reply"]), vcpu, q["kind"], features, host_ras=bool(q["host_ras"]))
    else:
        done = without_reply(new(kind=q["kind"], severity=q["severity"]), vcpu, features)
    if not isinstance(done, Applied):
        return v.after(vcpu) | {"errno": -done.errno, "rule": done.rule.encode()}
    waits = done.pending_serror
    return v.after(done.vcpu) | {"has_pending_serror": int(waits is not None), "pending_serror": waits or 0}


def check(q: p.Values) -> p.Values:
    outcome, parsed = read(q)
    if isinstance(parsed, Decoded):
        return {"outcome": outcome, "broken": " ".join(parsed.broken).encode()}
    return {"outcome": outcome, "rule": (parsed.rule if isinstance(parsed, NotUnderstood) else parsed.error.code).encode()}


def enabled(q: p.Values) -> p.Values:
    wanted = Request(Version(q["major"], q["minor"]), q["kinds"], q["critical"])
    vm = VmState(Enabled(*wanted) if q["enabled"] else None, q["vcpus"], bool(q["protected"]))
    got = enable(vm, wanted, Version(1, q["host_minor"]))
    if isinstance(got, Refused):
        return {"errno": -got.errno, "rule": got.rule.encode()}
    return {"major": got.version.major, "minor": got.version.minor, "kinds": got.kinds, "critical": got.critical}


def ring(q: p.Values) -> p.Values:
    try:
        slot = Consumer(Memory(bytearray(q["image"]))).fetch()
    except InputError as error:
        return {"rule": error.code.encode()}
    return {} if slot is None else slot.envelope._asdict() | {
        "position": slot.position, "record": slot.record, "found": 1,
    }


def hello(_q: p.Values) -> p.Values:
    return {"protocol": p.PROTOCOL, "name": b"reference", "version": b"1", "abi_versions": b"1.0 1.1",
            "features": " ".join(p.QUESTIONS).encode()}


ANSWERS = {"hello": hello, "bye": lambda _q: {}, "vmm": vmm, "host": host, "reply": reply, "check": check,
           "enable": enabled, "ring": ring}


def main() -> None:
    take, give = sys.stdin.buffer, sys.stdout.buffer
    kind = -1
    while kind != p.BYE.type and len(head := take.read(p.FRAME.size)) == p.FRAME.size:
        length, number, kind, _zero = p.FRAME.codec.fast.unpack(head)
        payload = take.read(length - p.COUNTED)
        m = p.BY_TYPE.get(kind)
        answer = b"" if m is None else p.pack(
            m.answer, m.answer_parts, ANSWERS[m.name](p.unpack(m.request, m.parts, payload)))
        give.write(p.frame(number, kind if m else p.UNSUPPORTED, answer))
        give.flush()


if __name__ == "__main__":
    main()
