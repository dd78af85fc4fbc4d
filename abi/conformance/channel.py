# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""One running target: its process, its pipes, and the frames that come out of it.

Nothing that a target does blocks the runner or fills its memory: output is read as it comes and judged
frame by frame, what it writes to standard error is kept only at its end.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from abi.conformance.protocol import BYE, COUNTED, FRAME, FRAME_MAX, HELLO, PROTOCOL, ProtocolError, frame, pack, unpack

#: Bytes of standard error that are kept.
KEPT: Final = 4096
_CHUNK: Final = 1 << 18
#: Bytes that are read at a time in lockstep: a large buffer takes longer to make than to fill.
_SOME: Final = 1 << 12
#: Milliseconds in which an answer counts as coming at once; until then nobody hears what the target complains of.
_SOON: Final = 20
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


def python(code: str, *arguments: str) -> list[str]:
    """The command of a target in this Python, which finds these very packages."""
    home = Path(__file__).parents[2]
    return [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(home)!r}); {code}", *arguments]


class Channel:
    """A target that was started; :meth:`close` ends it, whatever it does."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Start it, with another environment than this process's if there is one.

        Raises TargetError (``crashed``) if it cannot be.
        """
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                env=environment,
                process_group=0,  # not a session of its own: to switch between two takes half a microsecond longer
            )
        except (OSError, ValueError) as error:
            raise TargetError("crashed", f"it cannot be started: {error}") from None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        self._err = self._process.stderr.fileno()
        self._poll = select.poll()
        for fd in (self._in, self._out, self._err):
            os.set_blocking(fd, False)
        self._poll.register(self._out, select.POLLIN)
        self._poll.register(self._err, select.POLLIN)
        spoken = select.poll()
        spoken.register(self._out, select.POLLIN)
        self._speaks, self._spoken = spoken.poll, [(self._out, select.POLLIN)]
        self._unsent = b""
        self._unread = b""
        self._writing = self._closed = self._deaf = False
        self._unseen = False  # something was read and not looked at
        self.complaint = b""

    def send(self, data: bytes) -> None:
        """Queue bytes, and send what the target takes now. A closed pipe shows when it is read from."""
        self._unsent = self._unsent + data if self._unsent else data
        self._flush()

    def frames(self, timeout: float) -> list[Frame]:
        """The frames that have come, after waiting for something; none if nothing came in ``timeout`` seconds.

        Raises TargetError: ``crashed`` at the end of its output, ``garbled`` for what is no frame.
        """
        return self.answers(timeout, ())[1]

    def answers(self, timeout: float, expected: Iterable[bytes]) -> tuple[int, list[Frame]]:
        """The same, but of what came first in just this way and order only the number: that is quick."""
        ended = self._exchange(0 if self._unseen else timeout)
        self._unseen = False
        data, at, right = self._unread, 0, 0
        for whole in expected:
            if not data.startswith(whole, at):
                break
            at += len(whole)
            right += 1
        found = self._cut(at)
        if ended and not right and not found:
            raise TargetError("crashed", self._ending())
        return right, found

    def lockstep(self, exchanges: Sequence[tuple[bytes, bytes]]) -> Iterator[None]:
        """Send a request to a target that owes nothing, and the next when just the right answer has come soon.

        One item for each that is answered so. The one that is not is on its way or was answered otherwise, as
        :meth:`answers` will tell, which also hears what the target complains of. All that a turn costs beyond
        its system calls is paid by every vector, so nothing is done here that can be done elsewhere.
        """
        if self._unread:  # too much came before: it is judged as the beginning of what comes next
            self.send(exchanges[0][0])
            return
        write, read, wait, spoken, sink, source = os.write, os.read, self._speaks, self._spoken, self._in, self._out
        for request, right in exchanges:
            try:
                sent = write(sink, request)
            except OSError:
                sent = 0
            if sent < len(request):
                self.send(request[sent:])
                return
            if wait(_SOON) != spoken:
                return
            came = read(source, _SOME)
            if came != right:
                self._unread += came
                self._unseen = True
                return
            yield

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
        """End it and everything that it started in its process group; once is enough."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        with contextlib.suppress(OSError):
            self._hear()
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

    def _exchange(self, timeout: float) -> bool:
        """Wait, then read and write what can be without waiting; whether the output has ended."""
        ended = False
        for fd, _events in self._poll.poll(timeout * 1000):
            if fd == self._out:
                data = self._read(fd)
                ended = not data
                self._unread = self._unread + data if self._unread else data
            elif fd == self._err:
                self._hear()
            else:
                self._flush()
        return ended

    def _cut(self, at: int) -> list[Frame]:
        """Whole frames of what was read, from there on; the rest stays."""
        data, found = self._unread, []
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
                self._unsent = self._unsent[os.write(self._in, self._unsent):]
        except BlockingIOError:
            pass
        except OSError:
            self._unsent = b""  # it has closed its input; that it has ended shows at its output
        if bool(self._unsent) is not self._writing:
            self._writing = not self._writing
            if self._writing:
                self._poll.register(self._in, select.POLLOUT)
            else:
                self._poll.unregister(self._in)

    def _read(self, fd: int) -> bytes:
        try:
            return os.read(fd, _CHUNK)
        except BlockingIOError:
            return b""

    def _hear(self) -> None:
        data = self._read(self._err)
        self.complaint = (self.complaint + data)[-KEPT:]
        if not data and not self._deaf:
            self._deaf = True
            self._poll.unregister(self._err)

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
