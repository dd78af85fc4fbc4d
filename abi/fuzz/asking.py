# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""One case asked of a target again, outside of any fuzzer: what was asked, expected and got, or how it broke.

A native target is asked through the program ``replay`` (``spec/fuzz/replay.c``), any other through the
conformance protocol. A target that breaks or hangs is started anew for the next case.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import struct
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from abi.conformance.channel import Channel, TargetError
from abi.conformance.protocol import UNSUPPORTED, frame
from abi.fuzz import reference
from abi.fuzz.case import parse
from abi.fuzz.endings import how, raised
from abi.fuzz.requests import ASKED, WALK, Request, requests

#: Bytes of a target's standard error that are kept.
KEPT: Final = 1 << 16
#: Seconds that a target has to start beyond those for an answer: a busy machine is no hang.
STARTS: Final = 30.0
#: By this in its environment a process is known that was left behind by a target that was asked again.
AGAIN: Final = {"KFI_FUZZ_AGAIN": "1"}


class Exchange(NamedTuple):
    """A request of a case and its answers; ``got`` is None where the target broke. Types are those of the answers.

    ``same``: the harness found nothing wrong with it, which it may although a page that changed is answered
    otherwise than at these very moments.
    """

    request: Request
    expected: bytes
    got_type: int | None
    got: bytes | None
    same: bool


class Told(NamedTuple):
    """What a case has shown: every exchange in order, and how the target broke at the last one, "" if it did not."""

    exchanges: tuple[Exchange, ...]
    broke: str = ""
    complaint: bytes = b""


class Asker(Protocol):
    """Something that asks cases."""

    def ask(self, case: bytes) -> Told:
        """Ask one case."""

    def close(self) -> None:
        """End what was started."""


class Replay:
    """A native target behind ``replay --serve``."""

    def __init__(
        self, command: Sequence[str | Path], environment: Mapping[str, str], timeout: float, folder: Path, limit: int
    ) -> None:
        """``folder`` is where it runs and may write files of at most ``limit`` bytes."""
        self._command, self._environment, self._timeout = list(map(str, command)), environment, timeout
        self._folder, self._limit = folder, limit
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, case: bytes) -> Told:
        """Ask one case; a target that broke is started anew."""
        process = self._process if self._process and self._process.poll() is None else self._start()
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(struct.pack("<I", len(case)) + case)
            process.stdin.flush()
        text, complaint, ended = self._read(process)
        exchanges = tuple(_exchange(line, case) for line in text.splitlines() if line)
        if text.endswith(b"\n\n") or text == b"\n":
            return Told(exchanges)
        if not ended:
            self.close()
            return Told(exchanges, "timeout", complaint)
        code = process.wait()
        self.close()
        return Told(exchanges, how(code, complaint), complaint)

    def close(self) -> None:
        """End it and what it has started."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
            self._process = None

    def _start(self) -> subprocess.Popen[bytes]:
        self.close()
        self._process = subprocess.Popen(
            [*self._command, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**self._environment, **AGAIN}, start_new_session=True, cwd=self._folder,
        )
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (self._limit, self._limit))
        resource.prlimit(self._process.pid, resource.RLIMIT_CORE, (0, 0))
        return self._process

    def _read(self, process: subprocess.Popen[bytes]) -> tuple[bytes, bytes, bool]:
        """What it writes up to an empty line, its complaints, and whether it has ended."""
        assert process.stdout is not None
        assert process.stderr is not None
        out, err = process.stdout.fileno(), process.stderr.fileno()
        texts, open_ = {out: b"", err: b""}, {out, err}
        deadline = time.monotonic() + self._timeout
        while open_ and not (texts[out].endswith(b"\n\n") or texts[out] == b"\n"):
            left = deadline - time.monotonic()
            ready = select.select(list(open_), [], [], max(left, 0))[0]
            if not ready:
                return texts[out], texts[err], False
            for fd in ready:
                data = os.read(fd, 1 << 16)
                texts[fd] = (texts[fd] + data)[-KEPT:] if fd == err else texts[fd] + data
                if not data:
                    open_.discard(fd)
        return texts[out], texts[err], not open_


class Spoken:
    """Any target that speaks the protocol; the expected answers are the Python reference's."""

    def __init__(self, command: Sequence[str], timeout: float) -> None:
        self._command, self._timeout = command, timeout
        self._channel: Channel | None = None
        self._complaint = b""
        self.features: frozenset[str] = frozenset()

    def hello(self) -> None:
        """Start the target. Raises TargetError if it cannot be, or says no hello."""
        self._channel = Channel(self._command, {**os.environ, **AGAIN})
        try:
            self.features = frozenset(self._channel.hello(self._timeout + STARTS).features)
        except TargetError:
            self.close()
            raise

    def ask(self, case: bytes) -> Told:
        """Ask one case; a target that broke is started anew."""
        taken, done = parse(case), []
        try:
            if self._channel is None:
                self.hello()
            assert self._channel is not None
            for number, request in enumerate(requests(taken, self.features)):
                right = reference.expected(request, taken)
                done.append(Exchange(request, right, None, None, same=False))
                self._channel.send(frame(number, request.message.type, request.payload))
                kind, got = self._answer(number, request)
                done[-1] = Exchange(request, right, kind, got, same=(kind, got) == (request.message.type, right))
        except TargetError as error:
            self.close()
            broke = raised(self._complaint.decode("utf-8", "replace")) if error.text.endswith("exit code 1") else ""
            broke = broke or (error.kind if error.kind != "crashed" else f"crashed: {error.text}")
            return Told(tuple(done), broke, self._complaint)
        return Told(tuple(done))

    def close(self) -> None:
        """End it and what it has started."""
        if self._channel is not None:
            self._channel.close()
            self._complaint = self._channel.complaint
            self._channel = None

    def complained(self) -> str:
        """The last line that it had written to its standard error when it was ended; "" if none."""
        return (self._complaint.decode("utf-8", "replace").strip().splitlines() or [""])[-1]

    def _answer(self, number: int, request: Request) -> tuple[int, bytes]:
        assert self._channel is not None
        deadline = time.monotonic() + self._timeout
        while (left := deadline - time.monotonic()) > 0:
            for found in self._channel.frames(left):
                if found.id != number:
                    raise TargetError("garbled", f"id {found.id:#x} came, {number:#x} was asked")
                return found.type, found.payload
        raise TargetError("timeout", f"no answer to {request.message.name} in {self._timeout:g} s")


def _exchange(line: bytes, case: bytes) -> Exchange:
    """A line of ``replay --serve``, whole or cut off after what was expected first."""
    words = line.decode().split(" ")
    message = ASKED[words[0]]
    payloads = [b"" if word == "-" else bytes.fromhex(word) for word in words[1:2] + words[3:8:2]]
    request = next((r for r in requests(parse(case), frozenset(ASKED)) if r.payload == payloads[0]
                    and r.message is message), Request(message, {}, payloads[0]))
    whole = len(words) == 9 and words[-1] in ("same", "differs")
    if not whole:
        return Exchange(request, payloads[1], None, None, same=False)
    return Exchange(request, payloads[3], int(words[4], 16), payloads[2], same=words[8] == "same")


def refused(exchange: Exchange) -> bool:
    """Whether the target did not answer what it said that it answers."""
    return exchange.got_type not in (None, exchange.request.message.type) or exchange.got_type == UNSUPPORTED


def judged_by_python(exchange: Exchange, case: bytes) -> bool:
    """Whether the Python reference, too, finds the answer wrong; of one that never came it need not be asked."""
    if exchange.got is None or refused(exchange):
        return True
    if exchange.request.message is WALK:
        return not reference.agrees(exchange.request, parse(case), exchange.got)
    answers = [reference.expected(exchange.request, parse(case), changing=changing) for changing in (True, False)]
    seen = exchange.expected in answers  # else the two oracles are at odds, and either answer may be right
    return exchange.got not in (answers if not seen else [exchange.expected])
