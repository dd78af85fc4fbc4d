# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A target that is Python files: the first has ``answer(kind, payload)``, which gives type and payload of the answer.

That is what ``kfp_answer()`` is in C (:mod:`abi.conformance.in_process`): it answers HELLO, too. Files after the first
are what it imports by their names. It is loaded in a process that does nothing else: the worker of an engine, or
this module run as a program, which speaks the conformance protocol so that a case can be asked again outside of any
engine.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from abi.conformance.channel import python
from abi.conformance.protocol import FRAME, FRAME_MAX, HELLO, PROTOCOL, pack, unpack
from abi.conformance.serve import served
from abi.fuzz.plan import Plan

FUNCTION: Final = "answer"
_ROOM: Final = FRAME_MAX - FRAME.size

Answer = Callable[[int, bytes], tuple[int, bytes]]


def load(files: Sequence[str]) -> Answer:
    """Import the files, the first of them last; its function. Raises what they raise, and TypeError without one."""
    module: Any = None
    for word in reversed(files):
        sys.path.insert(0, str(Path(word).parent))
        module = importlib.import_module(Path(word).stem)
    function: Answer | None = getattr(module, FUNCTION, None)
    if function is None:
        raise TypeError(f"{files[0]} has no {FUNCTION}(kind, payload)")
    return function


def checked(answered: object) -> tuple[int, bytes]:
    """Type and payload that the function has returned. Raises TypeError or ValueError where they are no answer."""
    if not isinstance(answered, tuple) or len(answered) != 2:
        raise TypeError(f"{FUNCTION}() returned {str(type(answered))[7:-1]}, not type and payload")
    kind, payload = answered
    if not isinstance(kind, int) or not isinstance(payload, (bytes, bytearray)):
        raise TypeError(f"{FUNCTION}() returned a {type(kind).__name__} and a {type(payload).__name__}, "
                        "not an int and bytes")
    if not 0 <= kind <= 0xFFFF or len(payload) > _ROOM:
        raise ValueError(f"{FUNCTION}() returned type {kind:#x} and {len(payload):#x} bytes, there is room "
                         f"for {_ROOM:#x}")
    return kind, bytes(payload)


def guarded(function: Answer) -> Answer:
    """The function with its answers checked, from which a process that it has started never comes back."""
    mine = os.getpid()

    def answer(kind: int, payload: bytes) -> tuple[int, bytes]:
        try:
            return checked(function(kind, payload))
        finally:
            if os.getpid() != mine:
                os._exit(0)

    return answer


def features(function: Answer) -> frozenset[str]:
    """What it says in HELLO that it answers. Raises what it raises, and ProtocolError."""
    _kind, payload = checked(function(HELLO.type, pack(HELLO.request, HELLO.parts, {"protocol": PROTOCOL})))
    said: bytes = unpack(HELLO.answer, HELLO.answer_parts, payload)["features"]
    return frozenset(said.decode().split())


def bounded(memory: int, file: int) -> None:
    """Have this process raise MemoryError, or OSError, beyond so many bytes of memory, or of one file."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file, file))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Apart(NamedTuple):
    """The function in a process of its own, of which nobody hears what the target prints."""

    function: Answer
    take: BinaryIO
    give: BinaryIO


def described(plan: Plan) -> str:
    """What such a process is told of a plan."""
    return json.dumps({"target": plan.target, "folder": str(plan.scratch), "memory": plan.memory << 20,
                       "file": plan.file})


def apart(text: str) -> Apart:
    """Load a target into this process; standard input and output are only the two streams from then on."""
    said = json.loads(text)
    take, give = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    if Path(said["folder"]).is_dir():
        os.chdir(said["folder"])
    bounded(said["memory"], said["file"])
    return Apart(load(said["target"]), take, give)


def command(plan: Plan) -> list[str]:
    """The command of the process that speaks for a plan's target."""
    return python(f"from {__name__} import main; main(sys.argv[1])", described(plan))


def main(text: str) -> None:
    """Answer requests on standard input until BYE or its end."""
    function, take, give = apart(text)
    served(take, give, guarded(function))
