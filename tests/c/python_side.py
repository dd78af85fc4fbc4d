# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the Python reference says, in the values of :mod:`tests.c.c_side`."""

from __future__ import annotations

from collections.abc import Iterator

from abi.cper import ArmProcessor, PlatformMemory, StatusBlock, parse_status_block
from abi.cper.layouts import ARM_PROCESSOR, ERROR_INFO, MEMORY, MEMORY_OLD, STATUS_BLOCK
from abi.decode import Decoded, decode
from abi.errors import InputError
from abi.layout import Version
from abi.record import FaultInfo, NotUnderstood, build
from abi.reply import FaultReply, build_reply
from abi.rules import check
from abi.trap import Trap
from abi.vcpu import Machine, Vcpu
from reference_host.emit import emit
from reference_host.firmware import read_firmware
from reference_host.reply import Refused, apply_reply
from reference_vmm.answer import reply_for
from reference_vmm.decide import decide, odds
from reference_vmm.inject import apply
from reference_vmm.parse import parse
from tests.c.c_side import RECORD, Answered, Applied, Emitted, Reading, Reduced, Refusal

_WORD = (1 << 64) - 1


def number(text: str) -> int:
    """The number that begins a text, as far as it fits a word."""
    return int(text.partition(" ")[0], 16) & _WORD


def refusal(error: InputError) -> Refusal:
    """The refusal that an InputError is."""
    assert error.offset is not None
    return Refusal("malformed", error.code, error.path, error.offset, number(error.got))


def reading(record: FaultInfo, broken: tuple[str, ...]) -> Reading:
    """A record that was read."""
    return Reading(RECORD.pack(*record[:-1]), record.tail, broken)


def read(data: bytes, minor: int, exact: bool) -> Refusal | Reading | tuple[Refusal, Reading]:
    """A refusal, a record, or both where it is not understood."""
    reader = Version(1, minor)
    try:
        decoded = decode(data, reader, exact=exact)
    except InputError as error:
        return refusal(error)
    if isinstance(decoded, NotUnderstood):
        refused = Refusal("not understood", decoded.rule, decoded.path, decoded.offset, number(decoded.got))
        if decoded.record is None:
            return refused
        return refused, reading(decoded.record, check(decoded.record, reader))
    return reading(*decoded)


def answer(data: bytes, minor: int, vcpu: Vcpu, machine: Machine, *, exact: bool = False) -> Answered:
    """The decision on a record or on its refusal, carried out."""
    came = parse(data, Version(1, minor), exact=exact)
    made = decide(came, vcpu, machine)
    record = came.record if isinstance(came, Decoded) else None
    reply = record and reply_for(made, record)
    decision = (made.action, made.rule, made.via, made.esr_el1, made.far_el1, made.has_far, made.serror_esr)
    return Answered(
        (*decision, bool(record and odds(record))),
        apply(made, vcpu, machine), None if reply is None else build_reply(reply),
    )


def applied(reply: FaultReply, kind: int, host_ras: bool, vcpu: Vcpu, having: frozenset[str]) -> Applied:
    """A reply, by the host."""
    done = apply_reply(reply, vcpu, kind, having, host_ras=host_ras)
    if isinstance(done, Refused):
        return Applied(done.rule, vcpu, None)
    return Applied("", done.vcpu, done.pending_serror)


def items(block: StatusBlock) -> Iterator[tuple[str, int, int, int, int]]:
    """What there is in a block: type, number of the entry, number in the section, offset and size."""
    at = STATUS_BLOCK.size
    for n, entry in enumerate(block.entries):
        head = 64 if entry.time_stamp is None else 72
        yield "entry", n, 0, at, head
        at += head
        section = entry.section
        if isinstance(section, ArmProcessor):
            yield from _arm(section, n, at)
            at = list(_arm(section, n, at))[-1][3] + len(section.vendor) + len(section.trailing)
        elif isinstance(section, PlatformMemory):
            size = (MEMORY_OLD if section.old else MEMORY).size
            yield "memory", n, 0, at, size
            at += size
        else:
            yield "raw", n, 0, at, len(section.data)
            at += len(section.data)


def _arm(section: ArmProcessor, n: int, at: int) -> Iterator[tuple[str, int, int, int, int]]:
    yield "arm", n, 0, at, ARM_PROCESSOR.size
    at += ARM_PROCESSOR.size
    for item, info in enumerate(section.error_info):
        size = ERROR_INFO.size + len(info.extra)
        yield "error_info", n, item, at, size
        at += size
    for item, context in enumerate(section.context_info):
        size = 8 + len(context.registers)
        yield "context", n, item, at, size
        at += size + len(context.padding)
    yield "vendor", n, 0, at, len(section.vendor)


def firmware(data: bytes) -> Refusal | Reduced:
    """A status block, walked and reduced."""
    try:
        block = parse_status_block(data)
    except InputError as error:
        return refusal(error)
    found = tuple(items(block))
    fw = read_firmware(block)
    if fw is None:
        return Reduced(found, False, 0, False, (), (), (), 0, 0, None)
    return Reduced(
        found, True, fw.severity, fw.context_corrupt, fw.physical, fw.queues, fw.lost, fw.addressed, len(fw.virtual),
        fw.virtual[0] if fw.virtual else None,
    )


def fill(trap: Trap, block: StatusBlock | None) -> Emitted:
    """What the reference host makes of a trap."""
    made = emit(trap, block)
    return Emitted(
        None if made.record is None else build(made.record), made.rule or "", made.end.value, made.memory_failure,
        made.injected or 0,
    )
