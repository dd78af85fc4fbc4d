# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The loop of a target written in Python: frames in, answers out, one after the other."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import BinaryIO, Final

from abi.conformance.protocol import (
    BY_TYPE,
    BYE,
    COUNTED,
    FAILED,
    FRAME,
    HELLO,
    PROTOCOL,
    QUESTIONS,
    UNSUPPORTED,
    ProtocolError,
    Values,
    frame,
    pack,
    unpack,
)
from abi.definition import VERSIONS

Answers = Mapping[str, Callable[[Values], Values]]
_ABI_VERSIONS: Final = " ".join(map(str, VERSIONS)).encode()


def serve(name: str, version: str, answers: Answers) -> None:
    """Answer requests on standard input until BYE or its end; ``answers`` by the name of the message."""
    served(sys.stdin.buffer, sys.stdout.buffer, partial(answer, name, version, answers))


def served(take: BinaryIO, give: BinaryIO, function: Callable[[int, bytes], tuple[int, bytes]]) -> None:
    """The same by a function from type and payload to type and payload. Raises what that raises."""
    kind = HELLO.type
    while kind != BYE.type:
        head = take.read(FRAME.size)
        if len(head) < FRAME.size:
            return
        length, number, kind, _zero = FRAME.codec.fast.unpack(head)
        give.write(frame(number, *function(kind, take.read(length - COUNTED))))
        give.flush()


def answer(name: str, version: str, answers: Answers, kind: int, payload: bytes) -> tuple[int, bytes]:
    """Type and payload of the answer to one request."""
    message = BY_TYPE.get(kind)
    if message is None or not (message.name in answers or message in (HELLO, BYE)):
        return UNSUPPORTED, b""
    try:
        values = unpack(message.request, message.parts, payload)
        if message is HELLO:
            said = _hello(name, version, answers)
        else:
            said = {} if message is BYE else answers[message.name](values)
    except ProtocolError as error:
        return FAILED, str(error).encode()
    return kind, pack(message.answer, message.answer_parts, said)


def _hello(name: str, version: str, answers: Answers) -> Values:
    features = " ".join(m.feature for m in QUESTIONS.values() if m.name in answers)
    return {"protocol": PROTOCOL, "name": name.encode(), "version": version.encode(), "abi_versions": _ABI_VERSIONS,
            "features": features.encode()}
