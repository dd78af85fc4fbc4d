# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A running machine: started, spoken to with time limits, and always ended.

QEMU has a process group of its own, and dies with this process even where that is killed. Everything it shares with us
are inherited descriptors: its RAM (a memfd that ``ram`` maps), a control channel of JSON lines, QMP. No file is left.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from abi.errors import InputError
from tests.lab.child import TIED
from tests.lab.emulator import Emulator
from tests.lab.kernel import Kernel
from tests.lab.machine import Platform, Ports, command_line
from tests.lab.serial import Serial

_CHUNK: Final = 1 << 16
_END_SECONDS: Final = 5


class MachineError(InputError):
    """The machine did not do what it was asked: ``tail`` is the end of its serial console."""

    def __init__(self, code: str, expected: str, got: str, tail: str) -> None:
        super().__init__(code, "machine", None, expected, got)
        self.tail = tail


class Machine:
    """One QEMU process, from its start to its end; a context manager."""

    def __init__(self, emulator: Emulator, kernel: Kernel, initrd: Path, platform: Platform) -> None:
        self.platform = platform
        self.serial = Serial()
        self.started = time.monotonic()
        ram = os.memfd_create("lab-ram")
        os.ftruncate(ram, platform.ram_bytes)
        self.ram = mmap.mmap(ram, platform.ram_bytes)
        self._control, control = socket.socketpair()
        self._qmp, qmp = socket.socketpair()
        ports = Ports(ram, control.fileno(), qmp.fileno())
        self.command = command_line(emulator, kernel, initrd, platform, ports)
        try:
            self._process = subprocess.Popen(
                [*TIED, *self.command], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0, pass_fds=ports,
            )
        finally:
            os.close(ram)
            control.close()
            qmp.close()
        self._complaint = bytearray()
        self._lines = bytearray()
        self._selector = selectors.DefaultSelector()
        for stream, take in (
            (self._process.stdout, self.serial.feed), (self._process.stderr, self._complaint.extend),
            (self._control, self._lines.extend),
        ):
            assert stream is not None
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ, take)
        self._qmp_ready = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    @property
    def seconds(self) -> float:
        """Since QEMU was started."""
        return time.monotonic() - self.started

    @property
    def pid(self) -> int:
        """QEMU's process, and its process group."""
        return self._process.pid

    def send(self, message: dict[str, Any]) -> None:
        """One line to the agent."""
        line = json.dumps(message).encode() + b"\n"
        self._control.setblocking(True)
        self._control.settimeout(_END_SECONDS)
        try:
            self._control.sendall(line)
        except OSError as error:
            raise self._failed("an agent that reads", str(error)) from None
        finally:
            self._control.setblocking(False)

    def receive(self, seconds: float) -> dict[str, Any]:
        """The agent's next line. Raises MachineError when it does not come within the time, or never will."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._lines:
            left = deadline - time.monotonic()
            if left <= 0:
                raise self._failed(f"a line within {seconds:g} s", "none", "lab.time")
            if not self._pump(left):
                raise self._failed("a machine that runs", self._how_it_ended())
        line, _, rest = bytes(self._lines).partition(b"\n")
        self._lines[:] = rest
        try:
            said: dict[str, Any] = json.loads(line)
        except ValueError:
            raise self._failed("a line of JSON", repr(line[:80])) from None
        return said

    def wait_for(self, text: str, seconds: float) -> None:
        """Read the console until it says ``text``. Raises MachineError as ``receive`` does."""
        deadline = time.monotonic() + seconds
        while text not in self.serial.text:
            left = deadline - time.monotonic()
            if left <= 0:
                raise self._failed(f"{text!r} within {seconds:g} s", "not said", "lab.time")
            if not self._pump(left):
                raise self._failed(repr(text), self._how_it_ended())

    def qmp(self, command: str, **arguments: Any) -> Any:
        """One QMP command and what it returns. Raises MachineError with the error's description."""
        with contextlib.ExitStack() as stack:
            self._qmp.settimeout(_END_SECONDS)
            file = stack.enter_context(self._qmp.makefile("rwb"))
            if not self._qmp_ready:
                file.readline()  # the greeting
                self._asked(file, "qmp_capabilities", {})
                self._qmp_ready = True
            return self._asked(file, command, arguments)

    def _asked(self, file: Any, command: str, arguments: dict[str, Any]) -> Any:
        try:
            file.write(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
            file.flush()
            while line := file.readline():
                said = json.loads(line)
                if "return" in said:
                    return said["return"]
                if "error" in said:
                    raise self._failed(f"{command} done", said["error"]["desc"], "lab.qmp")
        except OSError as error:
            raise self._failed(f"{command} done", str(error), "lab.qmp") from None
        raise self._failed(f"{command} done", "QMP closed", "lab.qmp")

    def off(self, seconds: float) -> None:
        """Wait until QEMU has ended by itself, as after a power off."""
        deadline = time.monotonic() + seconds
        while self._pump(deadline - time.monotonic()):
            if time.monotonic() > deadline:
                raise self._failed(f"power off within {seconds:g} s", "still running", "lab.time")

    def end(self) -> None:
        """Kill what still runs and give everything back; may be called twice."""
        self.kill()
        self._process.wait()
        for stream in (self._process.stdout, self._process.stderr, self._control, self._qmp):
            if stream is not None:
                stream.close()
        self._selector.close()
        self.ram.close()

    def kill(self) -> None:
        """From any thread: who waits for the machine is told that it ended."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _pump(self, seconds: float) -> bool:
        """Take what has come, waiting for it at most so long; False when QEMU has closed its console."""
        for key, _ in self._selector.select(max(0, min(seconds, 1))):
            data = self._read(key.fd)
            if data is None:
                continue
            if data:
                key.data(data)
            else:
                self._selector.unregister(key.fileobj)
        return self._process.stdout in set(self._registered())

    def _registered(self) -> Iterator[Any]:
        return (key.fileobj for key in self._selector.get_map().values())

    @staticmethod
    def _read(fd: int) -> bytes | None:
        """What is there, nothing at the end, None where it was not ready after all."""
        try:
            return os.read(fd, _CHUNK)
        except BlockingIOError:
            return None
        except ConnectionResetError:
            return b""

    def _how_it_ended(self) -> str:
        if self.serial.panic:
            return f"a kernel panic: {self.serial.panic}"
        try:
            code = self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            return "QEMU closed its console"
        complaint = self._complaint.decode(errors="replace").strip()[-400:]
        how = f"signal {-code}" if code < 0 else f"exit {code}"
        return f"QEMU ended ({how}){': ' + complaint if complaint else ''}"

    def _failed(self, expected: str, got: str, code: str = "lab.machine") -> MachineError:
        if self.serial.panic:
            code, got = "lab.panic", f"a kernel panic: {self.serial.panic}"
        return MachineError(code, expected, got, self.serial.tail())
