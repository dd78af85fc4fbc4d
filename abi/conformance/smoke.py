# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Whether an adapter speaks the protocol, before its answers are judged: one small trial at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final, NamedTuple

from abi.conformance.channel import Channel, Frame, Hello, TargetError
from abi.conformance.protocol import FRAME, FRAME_MAX, UNSUPPORTED, ProtocolError, frame, unpack
from abi.conformance.vectors import Vector

#: A type that no version of the protocol has.
_NOBODYS: Final = 0x7E57


class Trial(NamedTuple):
    """One trial: what was tried, and what is wrong, "" if nothing is."""

    name: str
    wrong: str


class _Smoke:
    def __init__(self, command: Sequence[str], vectors: Sequence[Vector], timeout: float) -> None:
        self.command, self.timeout = command, timeout
        self.vectors = list({v.request: v for v in reversed(vectors)}.values())
        self.hello: Hello | None = None

    def trials(self) -> Iterator[tuple[str, Callable[[Channel], str]]]:
        yield "unknown request", self.unknown
        yield "longest frame", self.longest
        yield "id", self.numbers
        for vector in self.vectors:
            if self.hello and vector.message.feature in self.hello.features:
                yield f"request {vector.request}", partial(self.form, vector)
        yield "two at once", self.together
        yield "byte by byte", self.slowly

    def unknown(self, channel: Channel) -> str:
        channel.send(_ask(1))
        return _expect(self.collect(channel, 1), 1)

    def longest(self, channel: Channel) -> str:
        channel.send(frame(1, _NOBODYS, bytes(FRAME_MAX - FRAME.size)))
        return _expect(self.collect(channel, 1), 1)

    def numbers(self, channel: Channel) -> str:
        for number in (0, 1, 0x1234_5678, 0xFFFF_FFFF):
            channel.send(_ask(number))
            wrong = _expect(self.collect(channel, 1), number)
            if wrong:
                return wrong
        return ""

    def form(self, vector: Vector, channel: Channel) -> str:
        message = vector.message
        channel.send(frame(7, message.type, vector.question()))
        (answer,) = self.collect(channel, 1)
        if (answer.id, answer.type) != (7, message.type):
            return f"id {answer.id:#x}, type {answer.type:#x} came: {answer.payload[:80]!r}"
        try:
            unpack(message.answer, message.answer_parts, answer.payload)
        except ProtocolError as error:
            return str(error)
        if answer.payload != vector.answer():
            return f"the form is right, the answer to {vector.slug} is not: {answer.payload.hex()}"
        return ""

    def together(self, channel: Channel) -> str:
        channel.send(_ask(1) + _ask(2))
        return "" if {f.id for f in self.collect(channel, 2)} == {1, 2} else "ids 0x1 and 0x2 did not come"

    def slowly(self, channel: Channel) -> str:
        for byte in _ask(9):
            channel.send(bytes((byte,)))
            time.sleep(0.001)
        return _expect(self.collect(channel, 1), 9)

    def collect(self, channel: Channel, number: int) -> list[Frame]:
        found: list[Frame] = []
        deadline = time.monotonic() + self.timeout
        while len(found) < number:
            if time.monotonic() > deadline:
                raise TargetError("timeout", f"no answer in {self.timeout:g} s")
            found += channel.frames(self.timeout / 4)
        if len(found) > number:
            raise TargetError("garbled", f"{len(found)} frames to {number} requests")
        return found


def smoke(command: Sequence[str], vectors: Sequence[Vector], timeout: float) -> Iterator[Trial]:
    """Try everything, each in the same process while that lives."""
    tried = _Smoke(command, vectors, timeout)
    channel: Channel | None = None
    try:
        channel = Channel(command)
        tried.hello = channel.hello(timeout)
        yield Trial("HELLO", "")
        for name, trial in tried.trials():
            yield Trial(name, trial(channel))
        channel.bye(timeout)
        yield Trial("BYE", "")
    except TargetError as broken:
        yield Trial("the target", f"{broken.kind}: {broken.text}{_said(channel)}")
    finally:
        if channel is not None:
            channel.close()


def _ask(number: int) -> bytes:
    """A request that every target answers."""
    return frame(number, _NOBODYS, bytes(8))


def _said(channel: Channel | None) -> str:
    if channel is None:
        return ""
    channel.close()
    return f"; standard error: {channel.complaint.decode('utf-8', 'replace')[-400:]}" if channel.complaint else ""


def _expect(frames: list[Frame], number: int) -> str:
    (got,) = frames
    if (got.id, got.type) == (number, UNSUPPORTED):
        return ""
    return f"id {number:#x}, type {UNSUPPORTED:#x} expected, id {got.id:#x}, type {got.type:#x} came"
