# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A conformance target in Python: the reference host and the reference VMM behind the protocol.

Run it with ``faultinfo conform --role vmm --target python3 spec/adapters/python/adapter.py``; fuzz it, in process, with
``faultinfo fuzz --target spec/adapters/python/adapter.py``.
"""

from __future__ import annotations

from functools import partial

from abi.conformance import protocol as p
from abi.conformance import serve
from abi.conformance import values as v
from abi.conformance.alone import ALONE
from abi.conformance.codes import ENDS, NOTE_BITS, WAYS, bits
from abi.cper import parse_status_block
from abi.decode import Decoded
from abi.errors import InputError
from abi.record import NotUnderstood, build, new, read
from abi.reply import parse_reply
from abi.vcpu import ACTIONS
from reference_host.emit import emit
from reference_host.reply import Applied, apply_reply, without_reply
from reference_vmm.decide import decide, odds
from reference_vmm.ghes import AREA, BLOCK_LENGTH, Source
from reference_vmm.inject import apply
from reference_vmm.kvm_run import Returned, may_save, take
from reference_vmm.parse import parse
from reference_vmm.report import report


def vmm(q: p.Values) -> p.Values:
    """A record has come: read it, decide, and make the exception entry."""
    reader, exact = v.reader_of(q), bool(q["exact"])
    parsed = parse(q["record"], reader, exact=exact)
    vcpu, machine, said, at_odds = v.vcpu_of(q), v.machine_of(q), p.Values(outcome=v.outcome(parsed)), False
    if isinstance(parsed, Decoded):
        kept = read(q["record"], reader, exact=exact)  # with the flags that the steps after it leave out
        assert not isinstance(kept, NotUnderstood)
        said |= {"info": v.info(kept), "tail": len(kept.tail)}
        at_odds = bool(odds(parsed.record))
    d = decide(parsed, vcpu, machine)
    notes = ["has_far"] * d.has_far + ["fnv_at_odds"] * at_odds
    said |= {"action": ACTIONS.index(d.action), "via": WAYS.index(d.via), "notes": bits(NOTE_BITS, notes)}
    return said | v.after(apply(d, vcpu, machine)) | {"serror_esr": d.serror_esr, "rule": d.rule.encode()}


def host(q: p.Values) -> p.Values:
    """A trap was taken: write the record."""
    try:
        block = parse_status_block(q["cper"]) if q["firmware"] else None
    except InputError:  # host.cper.strict: nothing of it is used
        block = None
    e = emit(v.trap_of(q), block)
    return {"end": ENDS.index(e.end.name.lower()), "memory_failure": int(e.memory_failure), "injected": e.injected or 0,
            "rule": (e.rule or "").encode(), "record": build(e.record) if e.record else b""}


def reply(q: p.Values) -> p.Values:
    """The vCPU runs again, with a reply or without."""
    vcpu, features, ras = v.vcpu_of(q), v.features_of(q), bool(q["host_ras"])
    done = (apply_reply(parse_reply(q["reply"]), vcpu, q["kind"], features, host_ras=ras) if q["reply"]
            else without_reply(new(kind=q["kind"], severity=q["severity"]), vcpu, features))
    if not isinstance(done, Applied):
        return v.after(vcpu) | {"errno": -done.errno, "rule": done.rule.encode()}
    waits = {} if done.pending_serror is None else {"has_pending_serror": 1, "pending_serror": done.pending_serror}
    return v.after(done.vcpu) | waits


def exit_(q: p.Values) -> p.Values:
    """KVM_RUN has returned."""
    returned = Returned(q["page"], q["errno"], q["kinds"], q["serror_exit"])
    save = int(may_save(returned, answered=bool(q["answered"])))
    try:
        return {"found": 1, "save": save, "record": take(returned)}
    except InputError as error:
        return {"save": save, "rule": error.code.encode()}


def tell(q: p.Values) -> p.Values:
    """The guest's error source tells of a record."""
    area = AREA.codec.fast.pack(0, q["read_ack"], q["block"].ljust(BLOCK_LENGTH, b"\0"))
    source = Source(memory := bytearray(area), 0, kept=True)
    records = (read(raw) for raw in (q["earlier"], q["record"]) if raw)
    blocks = (report(r, firmware_va=bool(q["firmware_va"])) for r in records if not isinstance(r, NotUnderstood))
    notified = sum(source.submit(block) for block in blocks if block)
    notified += source.ack(q["ack"]) if q["acknowledges"] else 0
    _, read_ack, block = AREA.codec.fast.unpack(memory)
    said = {"read_ack": read_ack, "notified": notified, "waiting": source.waiting,
            "rule": b"vmm.report.ack" if source.waiting else b""}
    return said | (v.told(block) if notified else {"block": block[: len(q["block"])]})


ANSWERS = {"vmm": vmm, "host": host, "reply": reply, "exit": exit_, "report": tell} | ALONE
answer = partial(serve.answer, "reference", "1", ANSWERS)  # for whoever calls it in process
if __name__ == "__main__":
    serve.serve("reference", "1", ANSWERS)
