# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""From a case to the requests of the conformance protocol that it stands for, as ``spec/fuzz/kfi_request.h`` has it.

What a case does not say is fixed here, or is a bit of its options.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from construct import Int8ul as u8
from construct import Int32ul as u32
from construct import Int64ul as u64

from abi.conformance.codes import FEATURE_BITS, HAS_BITS, WAYS, bits
from abi.conformance.protocol import (
    CHECK,
    FRAME,
    FRAME_MAX,
    HOST,
    MEMSLOT,
    QUESTIONS,
    READ,
    RING,
    VMM,
    Message,
    Values,
    array,
    pack,
)
from abi.definition import ALL_KINDS, CONTEXT_CORRUPT
from abi.fuzz.case import FIRMWARE, NO_FIRMWARE_VA, NO_RAS, RECORD, Case
from abi.layout import Field, Layout
from abi.trap import NOTIFICATIONS

#: Options of a case with a record: the vCPU runs at EL0; it has no FEAT_RAS; a virtual SError waits; the machine
#: prefers an interrupt; this report was answered before.
EL0, GUEST_NO_RAS, PENDING, IRQ, ANSWERED = (1 << n for n in range(3, 8))
#: Options of a case with a firmware record: no trap, it came by an interrupt; the VM has no RAS; FAR_EL2 is valid.
NO_TRAP, VM_NO_RAS, FAR = (1 << n for n in range(3, 6))

_PSTATE_EL1: Final = 0x3C5
_ESR_SEA, _ESR_SEA_NO_FAR = 0x9200_0010, 0x9200_0410
_TRAP_FAR: Final = 0xFFFF_8000_0ABC_D128
_TRAP_MPIDR: Final = 0x8000_0000
_ISS_PENDING: Final = 0xC11
_MEMSLOT: Final = (0x4000_0000, 0x4000_0000, 0x7F00_0000_0000, 0x8000_0000)
_ROOM: Final = FRAME_MAX - FRAME.size

WALK_ANSWER: Final = Layout(
    "kfi_walk_answer", "What a walk over a firmware record has met.",
    Field("outcome", u8, "0 value, 2 malformed"),
    Field("zero", u8, "zero", number=3),
    Field("items", u32, "how many things"),
    Field("digest", u64, "FNV-1a of what each of them is, where it is, and its bytes"),
)
#: A request that only the kit has: its C harness asks a target that names the feature, no runner does.
WALK: Final = Message(0xF000, "walk", "host", "walk", Layout("kfi_walk", "Walk a firmware record."), ("cper",),
                      WALK_ANSWER, ("rule",))
#: Requests that a case can stand for, by name.
ASKED: Final = {message.name: message for message in (VMM, READ, CHECK, RING, HOST, WALK)}


class Request(NamedTuple):
    """What is asked: the message, its values and its payload."""

    message: Message
    values: Values
    payload: bytes


def requests(case: Case, features: frozenset[str]) -> list[Request]:
    """The requests of a case, those that a target with these features answers; READ where it has no VMM."""
    if case.surface == RECORD:
        first = VMM if "vmm" in features else READ
        return [_made(message, case) for message in (first, CHECK) if message.feature in features]
    if case.surface == FIRMWARE:
        return [_made(message, case) for message in (HOST, WALK) if message.feature in features]
    return [_made(RING, case)] if RING.feature in features else []


def answers_any(features: frozenset[str]) -> bool:
    """Whether a case can ask anything of a target with these features."""
    return any(message.feature in features for message in ASKED.values() if message.name in QUESTIONS)


def _made(message: Message, case: Case) -> Request:
    values = _FIXED[message.name](case)
    values[message.parts[-1]] = b""
    most = _ROOM - len(pack(message.request, message.parts, values))
    values[message.parts[-1]] = case.data[:most]
    return Request(message, values, pack(message.request, message.parts, values))


def _vmm(case: Case) -> Values:
    said = case.options
    ways = ("irq", "sea") if said & IRQ else ("sea", "irq")
    return {
        "pc": 0xFFFF_8000_8001_0000, "pstate": 0 if said & EL0 else _PSTATE_EL1, "vbar_el1": 0xFFFF_8000_8002_0000,
        "sctlr_el1": 0x30D0_0980, "features": 0 if said & GUEST_NO_RAS else bits(FEATURE_BITS, ("FEAT_RAS",)),
        "bound": 2, "ways": bytes(map(WAYS.index, ways)).ljust(4, b"\0"), "ras": int(not said & NO_RAS),
        "firmware_va": int(not said & NO_FIRMWARE_VA), "answered": int(bool(said & ANSWERED)),
        "has_pending_serror": int(bool(said & PENDING)), "pending_serror": _ISS_PENDING if said & PENDING else 0,
        "reader": case.reader, "exact": int(case.exact),
    }


def _read(case: Case) -> Values:
    return {"reader": case.reader, "exact": int(case.exact)}


def _ring(case: Case) -> Values:
    return {"dealt": case.dealt}


def _host(case: Case) -> Values:
    said = case.options
    known = ("mpidr", "memslots", "host_ras") + (() if said & VM_NO_RAS else ("vm_ras",))
    esr = _ESR_SEA if said & FAR else _ESR_SEA_NO_FAR
    return {
        "esr_el2": 0 if said & NO_TRAP else esr, "far_el2": _TRAP_FAR if said & FAR else 0, "mpidr": _TRAP_MPIDR,
        "critical": CONTEXT_CORRUPT, "has": bits(HAS_BITS, known), "kinds": ALL_KINDS,
        "notify": NOTIFICATIONS.index("gpio" if said & NO_TRAP else "sea"), "minor": case.reader, "firmware": 1,
        "memslots": array(MEMSLOT, [_MEMSLOT]),
    }


def _walk(_case: Case) -> Values:
    return {}


_FIXED: Final = {"vmm": _vmm, "read": _read, "check": _read, "ring": _ring, "host": _host, "walk": _walk}
