# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What is asked of both: the request as the pipe takes it, and the answer as Python gives it.

An answer of the pipe is text. Python's is the same text, but for a refusal, which is compared by parts
(:func:`differs`): the crate says in its own words what it expected, with the same numbers.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import NamedTuple

from abi.cper import (
    parse_arm_processor_section,
    parse_error_info,
    parse_platform_memory_section,
    parse_record,
    parse_status_block,
)
from abi.decode import Decoded, complaint, decode
from abi.definition import CODECS, NEWEST
from abi.errors import InputError
from abi.layout import Version
from abi.record import FaultInfo, NotUnderstood, build
from abi.reply import build_reply
from abi.ring.consumer import Consumer
from abi.ring.header import parse_header
from abi.ring.image import read_image
from abi.ring.memory import Memory
from abi.ring_layout import RING_HEADER
from abi.rules import check
from abi.vcpu import Machine, Vcpu
from reference_vmm.answer import reply_for
from reference_vmm.decide import decide, odds
from reference_vmm.inject import apply
from reference_vmm.parse import Unreadable, parse
from tests.rust import firmware_text as firmware
from tests.rust.text import ring_text, slot_text

RECORD = CODECS[NEWEST].fast
NOT_UNDERSTOOD = "not understood"


class Asked(NamedTuple):
    """A request, and Python's answer: a text, or the refusal."""

    request: bytes
    answer: str | InputError

    def differs(self, answer: str) -> str:
        """Why the pipe's answer is another one, empty if it is the same."""
        if isinstance(self.answer, str):
            return "" if answer == self.answer else f"\nPython {self.answer}\nRust   {answer}"
        return _refusal_differs(self.answer, answer)


def _refusal_differs(error: InputError, answer: str) -> str:
    """Kind, rule, path and offset are the same; expected and got have no number that Python's lacks."""
    kind = NOT_UNDERSTOOD if error.code in ("vmm.major.unknown", "vmm.critical.unknown") else "malformed"
    wanted = [kind, error.code, error.path, hex(error.offset or 0)]
    parts = answer.split("\n")
    if parts[:4] != wanted:
        return f"\nPython {wanted} {error}\nRust   {parts}"
    for said, theirs in ((parts[4], error.expected), (parts[5], error.got)):
        if not _numbers(said) <= _numbers(theirs):
            return f"\nPython {error}\nRust   {parts}"
    return ""


def _numbers(text: str) -> set[int]:
    """The numbers in a text, as far as they fit a word; a signature stands there as plain bytes."""
    if re.fullmatch("[0-9a-f]{8}", text):
        return {int.from_bytes(bytes.fromhex(text), "little")}
    found = {int(number, 16) for number in re.findall("0x([0-9a-f]+)", text)}
    wide = {number for number in found if number >> 64}
    return (found | {number >> 64 * n & (1 << 64) - 1 for number in wide for n in range(4)}) | (
        {(1 << 64) - 1} if wide else set()
    )


def _asked(request: bytes, answer: Callable[[], str]) -> Asked:
    try:
        return Asked(request, answer())
    except InputError as error:
        return Asked(request, error)


def reading(data: bytes, minor: int, *, exact: bool) -> Asked:
    """Read one record."""

    def answer() -> str:
        decoded = decode(data, Version(1, minor), exact=exact)
        if isinstance(decoded, NotUnderstood):
            raise complaint(decoded)
        return record_text(decoded)

    return _asked(b"r" + bytes((minor, exact)) + data, answer)


def record_text(decoded: Decoded) -> str:
    """A record that was read."""
    record, broken = decoded
    return f"record {RECORD.pack(*record[:-1]).hex()}\ntail {record.tail.hex()}\nbroken {', '.join(broken)}"


def judging(record: FaultInfo, minor: int) -> Asked:
    """Hold a record against the rules, whether a reader would let it pass or not."""
    return Asked(b"c" + bytes((minor,)) + RECORD.pack(*record[:-1]), ", ".join(check(record, Version(1, minor))))


def deciding(data: bytes, minor: int, vcpu: Vcpu, machine: Machine, *, exact: bool = False) -> Asked:
    """Decide about bytes."""
    ways, features = ",".join(machine.notifications), ",".join(sorted(machine.features))
    request = struct.pack("<10Q", *vcpu) + b"".join(bytes((len(t),)) + t.encode() for t in (ways, features))
    request += bytes((machine.ras, machine.firmware_va, machine.answered, machine.repeats, machine.bound))
    pending = machine.pending_serror
    request += struct.pack("<BQ", pending is not None, pending or 0)
    parsed = parse(data, Version(1, minor), exact=exact)
    return Asked(b"d" + request + bytes((minor, exact)) + data, _decision(parsed, vcpu, machine))


def _decision(parsed: Decoded | NotUnderstood | Unreadable, vcpu: Vcpu, machine: Machine) -> str:
    reply, at_odds = None, False
    made = decide(parsed, vcpu, machine)
    if isinstance(parsed, Decoded):
        reply, at_odds = reply_for(made, parsed.record), bool(odds(parsed.record))
    reason = made.notes[-1] if made.action == "stop" and isinstance(parsed, Decoded) else ""
    return (
        f"{made.action} {made.rule} esr {made.esr_el1:#x} far {made.far_el1:#x} {str(made.has_far).lower()} "
        f"iss {made.serror_esr:#x} via {made.via} odds {str(at_odds).lower()} reason {reason}\n"
        f"reply {'none' if reply is None else build_reply(reply).hex()}\n"
        f"after {' '.join(map(hex, apply(made, vcpu, machine)))}"
    )


def image(data: bytes) -> Asked:
    """Read a ring that nobody writes."""

    def answer() -> str:
        header, slots = read_image(data)
        return "".join((ring_text(header), *map(slot_text, slots)))

    return _asked(b"i" + data, answer)


class Consumed(NamedTuple):
    """All that a consumer took: slots, then perhaps a refusal, then tail as it stands in the memory."""

    request: bytes
    slots: str
    refused: InputError | None
    tail: str

    def differs(self, answer: str) -> str:
        """Why the pipe's consumer took other steps, empty if it took the same."""
        rest, _, tail = answer.rpartition("\ntail ")
        if not rest.startswith(self.slots) or tail != self.tail or (self.refused is None and rest != self.slots):
            return f"\nPython {self}\nRust   {answer}"
        return _refusal_differs(self.refused, rest.removeprefix(self.slots)) if self.refused else ""


def consuming(data: bytes) -> Consumed:
    """Take all that a ring has, slot by slot; ``data`` is whole words."""
    own = bytearray(data)
    memory, slots, refused = Memory(own), "", None
    try:
        parse_header(data, len(data))  # as who maps it would refuse less than a header, abi.ring.channel.attach
        consumer = Consumer(memory)
        while (slot := consumer.fetch()) is not None:
            slots += slot_text(slot)
            consumer.commit(slot)
    except InputError as error:
        refused = error
    finally:
        memory.close()
    at = RING_HEADER.offsets["tail"]
    tail = hex(int.from_bytes(own[at : at + 8], "little")) if len(own) >= at + 8 else "none"
    return Consumed(b"q" + data, slots, refused, tail)


def status_block(data: bytes) -> Asked:
    """Walk a status block, and reduce it."""
    return _asked(b"s" + data, lambda: firmware.block_text(parse_status_block(data)))


def cper_record(data: bytes) -> Asked:
    """Walk a whole CPER record."""
    return _asked(b"e" + data, lambda: firmware.record_text(parse_record(data), data))


def arm_section(data: bytes) -> Asked:
    """Read an ARM processor section by itself."""
    return _asked(b"a" + data, lambda: firmware.section_text(parse_arm_processor_section(data)))


def memory_section(data: bytes) -> Asked:
    """Read a memory section by itself."""
    return _asked(b"m" + data, lambda: firmware.section_text(parse_platform_memory_section(data)))


def error_info(data: bytes) -> Asked:
    """Read an error information by itself."""
    return _asked(b"f" + data, lambda: firmware.info_text(parse_error_info(data)))


def bytes_of(record: FaultInfo, minor: int) -> bytes:
    """A record as an area holds it, zeros behind it."""
    return build(record, Version(1, minor)).ljust(256, b"\0")
