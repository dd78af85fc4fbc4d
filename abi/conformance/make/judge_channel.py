# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Judges of what has to do with the exit page, the ring and the guest's error source, from the rules' texts.

They share no code with what answers: offsets are the kernel's and the specification's numbers, and a ring
is read as a file. Each returns what is wrong, nothing if nothing is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from abi.conformance.protocol import Values
from abi.decode import Decoded, decode
from abi.errors import InputError
from abi.record import FaultInfo
from abi.ring.header import parse_header
from abi.ring.image import read_image
from abi.rules import facts
from abi.trap import Trap

#: struct kvm_run: exit_reason, the exit union, its end.
_REASON, _UNION, _END = 8, 32, 288
_ARM_SEA: Final = 41
#: FSC of an external abort; EC of an abort -> kind.
_EXTERNAL: Final = frozenset({0x10, *range(0x12, 0x19), *range(0x1A, 0x20)})
_KIND: Final = {0x24: 1, 0x25: 1, 0x20: 2, 0x21: 2}
#: SET -> severity; 0 is UER, or hidden from a VM without RAS.
_SET: Final = {0b10: 5, 0b11: 2}
_RECOVERABLE, _FATAL, _CORRECTED, _INFORMATIONAL = range(4)
_SHOWN: Final = {1: _CORRECTED, 2: _RECOVERABLE, 3: _RECOVERABLE, 4: _FATAL, 5: _FATAL}
_RING_HEAD: Final = struct.Struct("<IHBBIIQQQ")


def judge_exit(asked: Values, said: Values) -> tuple[str, ...]:
    """vmm.exit.reason, vmm.exit.lifetime, vmm.migrate, and each field that is imported."""
    page, answered = asked["page"], bool(asked["answered"])
    if len(page) < _END:
        return differ(said, {"rule": b"vmm.malformed", "save": int(answered)})
    reason = int.from_bytes(page[_REASON : _REASON + 4], "little")
    if reason != _ARM_SEA and not (asked["kinds"] & 1 << 3 and reason == asked["serror_exit"]):
        return differ(said, {"rule": b"vmm.exit.reason", "save": 1})
    if asked["errno"]:
        return differ(said, {"rule": b"vmm.exit.lifetime", "save": 1})
    right: Values = {"save": int(answered), "found": 1, "record": page[_UNION:_END]}
    flags, esr, gva, gpa = struct.unpack_from("<4Q", page, _UNION)
    kinds = [_KIND[esr >> 26 & 0x3F]] if esr >> 26 & 0x3F in _KIND else [1, 2]
    if reason != _ARM_SEA or any(asked["kinds"] >> kind & 1 for kind in kinds):
        return differ(said, right)
    if esr & 0x3F not in _EXTERNAL or esr >> 26 & 0x3F not in _KIND:
        return differ(said, {"rule": b"host.record.cause", "save": int(answered)})
    return differ(said, right | {"record": _imported(flags, esr, gva, gpa)})


def _imported(flags: int, esr: int, gva: int, gpa: int) -> bytes:
    """The 64 bytes of a record of 1.0: not claimed, origin 1, gpa by a walk, SET as far as it can be believed."""
    has_far = facts.far(Trap(esr, gva, 0), None)
    severity = _SET.get(esr >> 11 & 3, 0) if esr & 0x3F == 0x10 else 0
    place = (gpa & ~0xFFF | (gva & 0xFFF if has_far else 0)) if flags & 1 else 0
    return struct.pack(
        "<4QHBBHBBQQBBBBI", flags, esr, gva if has_far else 0, place, 64, 1, 0, _KIND[esr >> 26 & 0x3F], 1, 1,
        1 << 6 | has_far | (1 << 5 if severity else 0), 0, 0, 2 if flags & 1 else 0, severity, 0, 0,
    )


def judge_ring(asked: Values, said: Values) -> tuple[str, ...]:
    """As a file that ends with the slot after those that were dealt with: no consumer comes further."""
    image, dealt = asked["image"], asked["dealt"]
    try:
        header = parse_header(image, len(image))
        end = min(header.tail + dealt + 1, header.head)
        _, slots = read_image(_window(image[: header.size], header.tail, end))
    except InputError as error:
        return differ(said, {"rule": error.code.encode()})
    if dealt >= len(slots):
        return differ(said, {})
    slot = slots[dealt]
    return differ(said, slot.envelope._asdict() | {"position": slot.position, "record": slot.record, "found": 1})


def judge_produce(asked: Values, said: Values) -> tuple[str, ...]:
    """host.ring.*, host.sequence: what is refused, what is counted, what stands in the slots, and nothing else."""
    before = asked["image"]
    rule = _refused(before)
    if rule:
        return differ(said, {"rule": rule.encode(), "image": before})
    if asked["number"] and len(asked["record"]) > _RING_HEAD.unpack_from(before)[4] - 24:
        rule, asked = "vmm.size", asked | {"number": 0}
    wrong = differ({"rule": said.get("rule")}, {"rule": rule.encode()})
    return wrong + tuple(_produced(asked, said, before, said["image"]))


def _refused(before: bytes) -> str:
    """Why no producer left this ring, "" if one may have; read as a file with other ends of its window."""
    try:
        read_image(_window(before, 0, 0))
        _, slot_size, slots, head, tail, _ = _RING_HEAD.unpack_from(before)[-6:]
        if not 0 <= head - tail <= slots:
            return "vmm.ring.header"
        read_image(_window(before, max(head - 1, 0), head))
        stamp = int.from_bytes(before[(at := 64 + head % slots * slot_size) : at + 8], "little")
        if stamp == 2 * head + 2:
            read_image(_window(before, max(head - 1, 0), head + 1))
        elif stamp not in (2 * head + 1, max(2 * (head - slots) + 2, 0)):
            return "vmm.ring.stamp"
    except InputError as error:
        return error.code
    return ""


def _window(image: bytes, tail: int, head: int) -> bytes:
    return image[:16] + struct.pack("<QQ", head, tail) + image[32:]


def _produced(asked: Values, said: Values, before: bytes, after: bytes) -> Iterator[str]:
    *fixed, slot_size, slots, head, tail, lost = _RING_HEAD.unpack_from(before)
    *fixed_now, slot_size_now, slots_now, head_now, tail_now, lost_now = _RING_HEAD.unpack_from(after)
    if (fixed, slot_size, slots, tail) != (fixed_now, slot_size_now, slots_now, tail_now):
        yield "PRODUCE: the header's other fields are not the producer's"
    resumed = head_now - head - said["published"]
    stamp = int.from_bytes(before[(at := 64 + head % slots * slot_size) : at + 8], "little")
    if resumed != int(stamp == 2 * head + 2):
        yield "host.ring.restart"
    if lost_now - lost != asked["number"] - said["published"] or (lost_now > lost and head_now - tail != slots):
        yield "host.ring.full"
    if not said["woken"]:
        yield "host.ring.restart"
    untouched = bytearray(after)
    for n in range(head_now - head):
        start = 64 + (head + n) % slots * slot_size
        vcpu = asked["vcpu"] + n - resumed & 0xFFFF_FFFF
        written = after[start + 8 : start + 12] + after[start + 24 : start + slot_size]
        if n < resumed:
            continue
        if written != vcpu.to_bytes(4, "little") + asked["record"].ljust(slot_size - 24, b"\0"):
            yield "host.ring.publish"
        untouched[start : start + slot_size] = before[start : start + slot_size]
    if untouched[64:] != before[64:]:
        yield "host.ring.full: a slot was written that was not free"
    try:
        read_image(after)
    except InputError as error:
        yield error.code


def judge_report(asked: Values, said: Values) -> tuple[str, ...]:
    """vmm.report.*: the register and the queue as the rule has them, then what the newest block must say."""
    waits = [_record(raw) for raw in (asked["earlier"], asked["record"]) if raw]
    register, shown = asked["read_ack"], []
    if register & 1:
        shown, waits, register = waits[:1], waits[1:], register - 1
    if asked["acknowledges"]:
        register = asked["ack"]
        if register & 1 and waits:
            shown, waits, register = [*shown, waits[0]], waits[1:], register - 1
    right: Values = {"notified": len(shown), "waiting": len(waits), "read_ack": register}
    right |= {"rule": b"vmm.report.ack"} if waits else {}
    right |= _told(shown[-1], bool(asked["firmware_va"])) if shown else {"block": asked["block"]}
    return differ(said, right)


def _told(record: FaultInfo, takes_firmware: bool) -> Values:
    severity = _SHOWN.get(record.severity) if record.flags & 1 << 5 else None
    if severity is None:
        said = record.firmware_severity - 1
        severity = said if record.kind > 2 and 0 <= said <= _INFORMATIONAL else _RECOVERABLE
    status = 1 << 4 | (1 if severity in (_RECOVERABLE, _FATAL) else 2)
    right: Values = {"block_severity": severity + 1, "entry_severity": severity + 1, "block_status": status}
    if record.sea_flags & 1:
        right |= {"section": 1, "error_type": 1, "addresses": 1, "physical_addr": record.gpa}
        mask = {"addresses": 5, "physical_addr_mask": (1 << 64) - (1 << record.address_lsb)}
        return right | mask if record.address_lsb in range(1, 64) else right
    if record.kind == 4:
        return right | {"section": 1, "error_type": 1}
    right |= {"section": 2, "error_type": 1 << 1}
    if record.flags & 1:
        return right | {"addresses": 2, "virt_fault_addr": record.far}
    if record.flags & 1 << 4 and takes_firmware:
        return right | {"addresses": 2, "virt_fault_addr": record.firmware_va}
    return right


def _record(raw: bytes) -> FaultInfo:
    found = decode(raw, plain=True)
    assert isinstance(found, Decoded)
    return found.record


def differ(said: Values, right: Values) -> tuple[str, ...]:
    """Names of what is not right; what is 0 or empty may be left out."""
    names = (name for name in {**right, **said} if not name.startswith("zero"))
    return tuple(f"(answer) {name}" for name in names if (right.get(name) or 0) != (said.get(name) or 0))
