# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Answers that need neither host nor VMM but this package alone; for targets written in Python."""

from __future__ import annotations

import os
from typing import Final

from abi.conformance import values as v
from abi.conformance.protocol import Values
from abi.conformance.serve import Answers
from abi.decode import Decoded, decode
from abi.errors import InputError
from abi.layout import Version
from abi.negotiate import Enabled, Refused, Request, VmState, enable
from abi.record import NotUnderstood
from abi.ring import wake
from abi.ring.consumer import Consumer
from abi.ring.memory import Memory
from abi.ring.producer import Producer
from abi.ring.slot import Slot


def reading(q: Values) -> Values:
    """READ: what a reader alone makes of a record."""
    found = _decoded(q)
    if not isinstance(found, Decoded):
        return found
    return {"info": v.info(found.record), "tail": len(found.record.tail)}


def checking(q: Values) -> Values:
    """CHECK: which rules a record breaks by itself."""
    found = _decoded(q)
    return {"broken": " ".join(found.broken).encode()} if isinstance(found, Decoded) else found


def _decoded(q: Values) -> Decoded | Values:
    """The record, or the answer that refuses it."""
    try:
        found = decode(q["record"], v.reader_of(q), exact=bool(q["exact"]))
    except InputError as error:
        return {"outcome": v.outcome(error), "rule": error.code.encode()}
    if isinstance(found, NotUnderstood):
        return {"outcome": v.outcome(found), "rule": found.rule.encode()}
    return found


def enabling(q: Values) -> Values:
    """ENABLE: the VMM enables the capability."""
    wanted = Request(Version(q["major"], q["minor"]), q["kinds"], q["critical"])
    vm = VmState(Enabled(*wanted) if q["enabled"] else None, q["vcpus"], bool(q["protected"]))
    got = enable(vm, wanted, Version(1, q["host_minor"]))
    if isinstance(got, Refused):
        return {"errno": -got.errno, "rule": got.rule.encode()}
    return got.version._asdict() | {"kinds": got.kinds, "critical": got.critical}


def fetching(q: Values) -> Values:
    """RING: what a consumer finds first after another has dealt with some and died."""
    memory = Memory(bytearray(q["image"]))
    try:
        _dies_after(memory, q["dealt"])
        slot = Consumer(memory).fetch()
    except InputError as error:
        return {"rule": error.code.encode()}
    return slot.envelope._asdict() | {"position": slot.position, "record": slot.record, "found": 1} if slot else {}


def _dies_after(memory: Memory, dealt: int) -> None:
    first = Consumer(memory)
    slot: Slot | None = first.fetch()
    while slot and dealt:
        first.commit(slot)
        dealt -= 1
        slot = first.fetch()


def producing(q: Values) -> Values:
    """PRODUCE: a producer starts on what is there, and appends."""
    image, wake_fd = bytearray(q["image"]), wake.new_eventfd()
    said: Values = {"published": 0}
    try:
        producer = Producer(Memory(image), wake_fd)
        for n in range(q["number"]):
            said["published"] += producer.produce(q["record"], (q["vcpu"] + n) % (1 << 32))
    except InputError as error:
        said["rule"] = error.code.encode()
    said["woken"] = int(wake.wait(wake_fd, 0))
    os.close(wake_fd)
    return said | {"image": bytes(image)}


ALONE: Final[Answers] = {
    "read": reading, "check": checking, "enable": enabling, "ring": fetching, "produce": producing,
}
