# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Targets that are wrong on purpose in how they speak: ``python wrong_manners.py NAME``.

They answer as the reference does, until or beside the one thing that each does wrong.
"""

from __future__ import annotations

import os
import signal
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from abi.conformance.make.book import reference
from abi.conformance.protocol import BYE, COUNTED, FRAME, HELLO, frame
from abi.conformance.serve import answer

FEW, HALF_WAY = 10, 40


class Target:
    """Reads requests and answers them rightly."""

    def __init__(self) -> None:
        self.number = 0

    def take(self) -> tuple[int, int, bytes]:
        """Id, type and payload of the next request; it ends where the input does."""
        head = sys.stdin.buffer.read(FRAME.size)
        if len(head) < FRAME.size:
            sys.exit(0)
        length, number, kind, _zero = FRAME.codec.fast.unpack(head)
        self.number += 1
        return number, kind, sys.stdin.buffer.read(length - COUNTED)

    def right(self, number: int, kind: int, payload: bytes) -> bytes:
        """The frame that answers it."""
        return frame(number, *answer("wrong on purpose", "1", reference().ANSWERS, kind, payload))

    def say(self, data: bytes) -> None:
        """Write at once."""
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def serve(self, wrong: Callable[[Target, int, int, bytes], bytes]) -> None:
        """Answer everything as ``wrong`` does."""
        while True:
            number, kind, payload = self.take()
            self.say(wrong(self, number, kind, payload))
            if kind == BYE.type:
                return


def asked(kind: int) -> bool:
    return kind not in (HELLO.type, BYE.type)


def echoes(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    return frame(number, kind, payload) if asked(kind) else t.right(number, kind, payload)


def hangs(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    if t.number > FEW:
        time.sleep(1000)
    return t.right(number, kind, payload)


def hangs_at_start(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    time.sleep(1000)
    return b""


def hangs_at_a_fetch(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    if kind == 1 and len(payload) > 160 and payload[114 + 36 :][:1] == b"\2":
        time.sleep(1000)
    return t.right(number, kind, payload)


def dies_at_start(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    print("cannot open the device", file=sys.stderr, flush=True)
    sys.exit(3)


def dies_half_way(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    if t.number > HALF_WAY:
        os.kill(os.getpid(), signal.SIGKILL)
    return t.right(number, kind, payload)


def dies_of_a_notice(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    if kind == 1 and payload[114 + 36 :][:1] == b"\4":
        os.kill(os.getpid(), signal.SIGSEGV)
    return t.right(number, kind, payload)


def prints_garbage(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    return t.right(number, kind, payload) + (b"debug: here\n" if t.number == FEW else b"")


def leaves_bytes(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    return t.right(number, kind, payload) + (b"\xff\xff\xff" if t.number == FEW else b"")


def prints_a_banner(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    return (b"hello, this is the target\n" if t.number == 1 else b"") + t.right(number, kind, payload)


def splits_messages(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    whole = t.right(number, kind, payload)[FRAME.size :]
    if not asked(kind):
        return frame(number, kind, whole)
    return frame(number, kind, whole[:40]) + frame(number, kind, whole[40:])


def cuts_the_last_message(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    whole = t.right(number, kind, payload)
    if kind == BYE.type:
        t.say(whole[:-1])
        sys.exit(0)
    return whole


def another_protocol(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    whole = t.right(number, kind, payload)
    return whole[: FRAME.size] + struct.pack("<H", 2) + whole[FRAME.size + 2 :] if kind == HELLO.type else whole


def no_handshake(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    return frame(number, 0xFFFF) if kind == HELLO.type else t.right(number, kind, payload)


def floods(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    if t.number > FEW:
        noise = frame(0x7FFF_FFFF, kind, bytes(1000)) * 1000
        while True:
            t.say(noise)
    return t.right(number, kind, payload)


def complains_endlessly(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    if asked(kind):
        os.write(2, b"x" * 4096)
        if t.number == FEW:
            sys.exit(4)
    return t.right(number, kind, payload)


def says_everything_twice(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    return t.right(number, kind, payload) * (2 if asked(kind) else 1)


def forgets_ids(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    return t.right(0, kind, payload)


def changes_the_type(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    return frame(number, 0x100, b"") if asked(kind) else t.right(number, kind, payload)


def promises_too_much(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    return frame(number, 0xFFFF) if kind == 7 else t.right(number, kind, payload)


def too_long_a_frame(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    whole = t.right(number, kind, payload)
    return struct.pack("<I", 1 << 30) + whole[4:] if asked(kind) else whole


def stays_after_bye(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    if kind == BYE.type:
        t.say(t.right(number, kind, payload))
        time.sleep(1000)
    return t.right(number, kind, payload)


def fails_at_the_end(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    if kind == BYE.type:
        t.say(t.right(number, kind, payload))
        sys.exit(9)
    return t.right(number, kind, payload)


def closes_its_output(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    if t.number > FEW:
        os.close(1)
        time.sleep(1000)
    return t.right(number, kind, payload)


#: Not wrong: a frame may come in as many pieces as the pipe likes, and in any order of ids.
def byte_by_byte(t: Target, number: int, kind: int, payload: bytes) -> bytes:
    for byte in t.right(number, kind, payload):
        os.write(1, bytes((byte,)))
    return b""


WRONG = {
    f.__name__.replace("_", "-"): f
    for f in (
        echoes, hangs, hangs_at_start, hangs_at_a_fetch, dies_at_start, dies_half_way, dies_of_a_notice, prints_garbage,
        leaves_bytes, prints_a_banner, splits_messages, cuts_the_last_message, another_protocol, no_handshake, floods,
        complains_endlessly, says_everything_twice, forgets_ids, changes_the_type, promises_too_much, too_long_a_frame,
        stays_after_bye, fails_at_the_end, closes_its_output,
    )
}
RIGHT = {"byte-by-byte": byte_by_byte}

if __name__ == "__main__":
    Target().serve((WRONG | RIGHT)[sys.argv[1]])
