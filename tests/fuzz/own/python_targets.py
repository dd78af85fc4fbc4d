# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The Python reader, walker, ring and host under fuzz: a target takes a head and data as heads.py lays them out.

Any input ends as a value or as an InputError, which is what a target returns: True or False. Anything
else is a finding: another exception, or an answer that does not hold.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any, Final

from abi.cper import build_status_block, parse_status_block
from abi.decode import Decoded, decode
from abi.errors import InputError
from abi.layout import Version
from abi.record import NotUnderstood, build
from abi.reply import build_reply, parse_reply
from abi.ring.consumer import Consumer
from abi.ring.header import parse_header
from abi.ring.memory import Memory
from abi.rules import REFUSALS
from abi.trap import NOTIFICATIONS, End
from abi.vcpu import BASELINE, MACHINE_NOTIFICATIONS, Machine, Vcpu
from reference_host.command import described
from reference_host.emit import emit
from reference_host.firmware import read_firmware
from reference_host.reply import Refused, apply_reply
from reference_host.trap import parse_trap
from reference_vmm.answer import reply_for
from reference_vmm.decide import decide
from reference_vmm.inject import apply
from reference_vmm.parse import parse
from tests.c.c_side import FACTS, KNOWN
from tests.fuzz.own import heads

_RECORD: Final = heads.RECORD.codec.fast
_REPLY: Final = heads.REPLY.codec.fast
_RING: Final = heads.RING.codec.fast
_FILL: Final = heads.FILL.codec.fast
_VCPU: Final = struct.Struct("<10Q")
_VERSIONS: Final = (Version(1, 0), Version(1, 1))


def record(head: bytes, data: bytes) -> bool:
    """Read, judge, decide, carry out; what is understood is built again and is the same bytes."""
    features, repeats, bound, pending, ways, ras, firmware_va, answered, has, registers, reader, exact, _ = (
        _RECORD.unpack(head)
    )
    version = _VERSIONS[min(reader, 1)]
    came = parse(data, version, exact=bool(exact & 1))
    vcpu = Vcpu(*_VCPU.unpack(registers))
    machine = Machine(
        bool(ras), BASELINE if features & 1 else frozenset(), _ways(ways), bool(firmware_va),
        pending if has else None, repeats, bound, bool(answered),
    )
    made = decide(came, vcpu, machine)
    apply(made, vcpu, machine)
    try:
        decoded = decode(data, version, exact=bool(exact & 1))
    except InputError as error:
        return _kept(made.action == "stop" and error.code in str(error), understood=False)
    if isinstance(decoded, NotUnderstood):
        assert made.action == "stop"
        return False
    assert isinstance(came, Decoded)
    assert not set(decoded.broken) & set(REFUSALS)
    assert build(decoded.record, version) == data[: decoded.record.size]
    said = reply_for(made, decoded.record)
    if said is not None:
        assert parse_reply(build_reply(said)) == said
    return True


def _kept(kept: bool, *, understood: bool) -> bool:
    assert kept
    return understood


def _ways(raw: bytes) -> tuple[str, ...]:
    return tuple(MACHINE_NOTIFICATIONS[way - 1] for way in raw.partition(b"\0")[0] if way <= len(MACHINE_NOTIFICATIONS))


def reply(head: bytes, data: bytes) -> bool:
    """A reply applied, or refused with nothing changed."""
    registers, _features, kind, host_ras, _ = _REPLY.unpack(head)
    try:
        said = parse_reply(data)
    except InputError:
        return False
    assert build_reply(said) == data
    done = apply_reply(said, Vcpu(*_VCPU.unpack(registers)), kind % 5, BASELINE, host_ras=bool(host_ras & 1))
    return not isinstance(done, Refused)


def ring(head: bytes, data: bytes) -> bool:
    """A ring consumed: so many records, then one more."""
    dealt = _RING.unpack(head)[4] % 8
    shared = bytearray(data)
    try:
        parse_header(data, len(data))  # as abi.ring.channel.attach refuses less than a header
        consumer = Consumer(Memory(shared))
        for _ in range(dealt + 1):
            slot = consumer.fetch()
            if slot is None:
                break
            parse(slot.record, exact=False)
            consumer.commit(slot)
    except InputError:
        return False
    return True


def firmware(head: bytes, data: bytes) -> bool:
    """A block that is accepted is built again and is the same bytes."""
    try:
        block = parse_status_block(data)
    except InputError:
        return False
    assert build_status_block(block) == data
    read_firmware(block)
    return True


def fill(head: bytes, data: bytes) -> bool:
    """TRAP.json of any numbers: the record that the host makes is understood and breaks no rule."""
    try:
        trap = parse_trap(json.dumps(trap_of(head)))
        block = parse_status_block(data) if _FILL.unpack(head)[15] & 1 else None
    except InputError:
        return False
    emission = emit(trap, block)
    raw = None if emission.record is None else build(emission.record)
    json.dumps(described(emission, raw))
    if raw is None:
        assert emission.rule
        assert emission.end is not End.RECORD
        return False
    decoded = decode(raw)
    assert isinstance(decoded, Decoded)
    assert not decoded.broken, decoded.broken
    return True


def trap_of(head: bytes) -> dict[str, Any]:
    """TRAP.json of a head; slots and pages as they come."""
    values = dict(zip((field.name for field in heads.FILL.fields), _FILL.unpack(head), strict=True))
    has = values["has"]
    told: dict[str, Any] = {name: hex(values[name]) for name in ("esr_el2", "far_el2", "hpfar_el2")}
    told |= {
        name: hex(values[name]) for n, name in enumerate(KNOWN)
        if has >> n & 1 and name not in ("walk_level", "memslots")
    }
    told |= {name: bool(has >> len(KNOWN) + n & 1) for n, name in enumerate(FACTS)}
    if has >> KNOWN.index("walk_level") & 1:
        told["walk_level"] = values["walk_level"] % 6 - 2
    if has >> KNOWN.index("memslots") & 1:
        some = struct.unpack(f"<{4 * heads.MAX_SLOTS}Q", values["memslots"])
        told["memslots"] = [
            dict(zip(("gpa", "size", "hva", "pa"), map(hex, some[4 * n : 4 * n + 4]), strict=True))
            for n in range(values["nr_memslots"] % (heads.MAX_SLOTS + 1))
        ]
    pages = struct.unpack(f"<{2 * heads.MAX_ISOLATED}Q", values["isolated"])
    told["isolated"] = [
        {"gpa": hex(pages[2 * n]), "lsb": hex(pages[2 * n + 1])}
        for n in range(values["nr_isolated"] % (heads.MAX_ISOLATED + 1))
    ]
    told["notify"] = NOTIFICATIONS[values["notify"] % len(NOTIFICATIONS)]
    told["version"] = str(_VERSIONS[values["minor"] % 2])
    return told


def text(data: bytes) -> bool:
    """TRAP.json that may be anything."""
    try:
        trap = parse_trap(data)
    except InputError as error:
        return _kept(error.code.startswith("json."), understood=False)
    emission = emit(trap)
    if emission.record is not None:
        decoded = decode(build(emission.record))
        assert isinstance(decoded, Decoded)
        assert not decoded.broken
    return True


TARGETS: Final[dict[str, Callable[[bytes, bytes], bool]]] = {
    "record": record, "reply": reply, "ring": ring, "firmware": firmware, "fill": fill,
}
