# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""One running target: its process, its pipes, and the frames that come out of it.

Nothing that a target does blocks the runner or fills its memory: output is read as it comes and judged
frame by frame, what it writes to standard error is kept only at its end.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

from abi.conformance.protocol import BYE, COUNTED, FRAME, FRAME_MAX, HELLO, PROTOCOL, ProtocolError, frame, pack, unpack

#: Bytes of standard error that are kept.
KEPT: Final = 4096
_CHUNK: Final = 1 << 18
_LENGTH: Final = FRAME.end("length")
_unpack_head = FRAME.codec.fast.unpack_from


class Frame(NamedTuple):
    """A frame that came."""

    id: int
    type: int
    payload: bytes


class TargetError(Exception):
    """A target cannot be asked any more. ``kind``: ``crashed``, ``timeout`` or ``garbled``."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


class Hello(NamedTuple):
    """Who a target says it is."""

    name: str
    version: str
    abi_versions: tuple[str, ...]
    features: tuple[str, ...]


class Channel:
    """A target that was started; :meth:`close` ends it, whatever it does."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it. Raises TargetError (``crashed``) if it cannot be."""
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise TargetError("crashed", f"it cannot be started: {error}") from None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        self._err = self._process.stderr.fileno()
        self._select = selectors.DefaultSelector()
        for fd in (self._in, self._out, self._err):
            os.set_blocking(fd, False)
        self._select.register(self._out, selectors.EVENT_READ)
        self._select.register(self._err, selectors.EVENT_READ)
        self._unsent = b""
        self._unread = b""
        self._writing = self._closed = False
        self.complaint = b""

    def send(self, data: bytes) -> None:
        """Queue bytes, and send what the target takes now. A closed pipe shows when it is read from."""
        self._unsent = self._unsent + data if self._unsent else data
        self._flush()

    def frames(self, timeout: float) -> list[Frame]:
        """The frames that have come, after waiting for something; none if nothing came in ``timeout`` seconds.

        Raises TargetError: ``crashed`` at the end of its output, ``garbled`` for what is no frame.
        """
        ended = False
        for key, events in self._select.select(timeout):
            if key.fd == self._in and events & selectors.EVENT_WRITE:
                self._flush()
            elif key.fd == self._err:
                self._hear()
            elif key.fd == self._out:
                data = self._read(self._out)
                ended = not data
                self._unread += data
        found = self._cut()
        if ended and not found:
            raise TargetError("crashed", self._ending())
        return found

    def hello(self, timeout: float) -> Hello:
        """Shake hands. Raises TargetError, also for another version of the protocol."""
        self.send(frame(0, HELLO.type, pack(HELLO.request, HELLO.parts, {"protocol": PROTOCOL})))
        answer = self._one(timeout, "HELLO")
        if (answer.id, answer.type) != (0, HELLO.type):
            raise TargetError("garbled", f"HELLO was answered by id {answer.id:#x}, type {answer.type:#x}")
        try:
            said = unpack(HELLO.answer, HELLO.answer_parts, answer.payload)
            texts = {name: said[name].decode() for name in HELLO.answer_parts}
        except (ProtocolError, UnicodeDecodeError) as error:
            raise TargetError("garbled", f"the answer to HELLO: {error}") from None
        if said["protocol"] != PROTOCOL:
            raise TargetError("garbled", f"it speaks protocol {said['protocol']:#x}, this runner {PROTOCOL:#x}")
        return Hello(texts["name"], texts["version"], tuple(texts["abi_versions"].split()),
                     tuple(texts["features"].split()))

    def bye(self, timeout: float) -> None:
        """Say good-bye. Raises TargetError unless it answers and then ends by itself, with exit code 0."""
        self.send(frame(0, BYE.type, pack(BYE.request, BYE.parts, {})))
        answer = self._one(timeout, "BYE")
        if (answer.id, answer.type) != (0, BYE.type):
            raise TargetError("garbled", f"BYE was answered by id {answer.id:#x}, type {answer.type:#x}")
        try:
            more = self._one(timeout, "the end")
        except TargetError as broken:
            if broken.kind == "crashed" and self._code(timeout) == 0:
                return
            raise
        raise TargetError("garbled", f"it goes on after BYE with id {more.id:#x}, type {more.type:#x}")

    def close(self) -> None:
        """End it and everything that it started in its session; once is enough."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        with contextlib.suppress(OSError):
            self._hear()
        self._select.close()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _one(self, timeout: float, what: str) -> Frame:
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            found = self.frames(left)
            if len(found) > 1:
                raise TargetError("garbled", f"{what} was answered by {len(found)} frames")
            if found:
                return found[0]
        raise TargetError("timeout", f"no answer to {what} in {timeout:g} s")

    def _cut(self) -> list[Frame]:
        """Whole frames of what was read; the rest stays."""
        data, at, found = self._unread, 0, []
        while len(data) - at >= FRAME.size:
            length, number, kind, zero = _unpack_head(data, at)
            if zero or length < COUNTED or length > FRAME_MAX - _LENGTH:
                self._unread = b""
                raise TargetError("garbled", f"no frame: {data[at : at + 32]!r}")
            end = at + _LENGTH + length
            if end > len(data):
                break
            found.append(Frame(number, kind, data[at + FRAME.size : end]))
            at = end
        self._unread = data[at:]
        return found

    def _flush(self) -> None:
        try:
            while self._unsent:
                sent = os.write(self._in, self._unsent)
                self._unsent = self._unsent[sent:]
        except BlockingIOError:
            pass
        except OSError:
            self._unsent = b""  # it has closed its input; that it has ended shows at its output
        if bool(self._unsent) is not self._writing:
            self._writing = not self._writing
            if self._writing:
                self._select.register(self._in, selectors.EVENT_WRITE)
            else:
                self._select.unregister(self._in)

    def _read(self, fd: int) -> bytes:
        try:
            return os.read(fd, _CHUNK)
        except BlockingIOError:
            return b""

    def _hear(self) -> None:
        data = self._read(self._err)
        self.complaint = (self.complaint + data)[-KEPT:]
        if not data and self._err in self._select.get_map():
            self._select.unregister(self._err)

    def _ending(self) -> str:
        code = self._code(1)
        cut = f" in the middle of a frame ({len(self._unread)} bytes)" if self._unread else ""
        if code is None:
            return f"it closed its output{cut}"
        if code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
            return f"it was ended by {name}{cut}"
        return f"it ended with exit code {code}{cut}"

    def _code(self, timeout: float) -> int | None:
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
