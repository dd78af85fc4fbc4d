# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Workers of a campaign: processes of an engine, what they may use, and that none is left at the end."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from abi.fuzz.engines.model import Engine
from abi.fuzz.plan import Plan

#: Bytes of what a worker writes that are kept.
_KEPT: Final = 1 << 16
#: Seconds that a worker has to end when it is asked to.
_PATIENCE: Final = 5.0
_SUBREAPER: Final = 36
#: What the processes of a worker have in their environment.
_WORKERS: Final = "KFI_FUZZ_STATE"


class Worker:
    """One process of an engine."""

    def __init__(self, engine: Engine, plan: Plan, number: int, seconds: float) -> None:
        folder = plan.worker(number)
        scratch = folder / "scratch"
        scratch.mkdir(parents=True, exist_ok=True)
        started = engine.start(plan, number, seconds)
        self.number = number
        self.since = time.monotonic()
        self.told = b""
        self._process = subprocess.Popen(
            started.command, env=dict(started.environment), cwd=scratch, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (plan.file, plan.file))
            resource.prlimit(self._process.pid, resource.RLIMIT_CORE, (0, 0))
        assert self._process.stdout is not None
        self._out = self._process.stdout.fileno()
        os.set_blocking(self._out, False)

    def hear(self) -> None:
        """Read what it has written; the end of it is kept."""
        with contextlib.suppress(BlockingIOError, OSError):
            for _ in range(64):
                data = os.read(self._out, 1 << 16)
                if not data:
                    break
                self.told = (self.told + data)[-_KEPT:]

    def ended(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._process.poll()

    def ask_to_end(self) -> None:
        """As Ctrl-C would."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)

    def end(self, deadline: float) -> None:
        """Wait until then, and kill it and all that it has started."""
        while self._process.poll() is None and time.monotonic() < deadline:
            self.hear()
            time.sleep(0.02)
        started = descendants(self._process.pid, family())
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for pid in started:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self.hear()
        assert self._process.stdout is not None
        self._process.stdout.close()


class Workers:
    """All workers of a campaign. Orphans of a target become children of this process, and are ended with it."""

    def __init__(self, engine: Engine, plan: Plan) -> None:
        self._engine, self._plan = engine, plan
        self.running: dict[int, Worker] = {}
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)

    def start(self, number: int, seconds: float) -> None:
        """Start a worker, the first time or again."""
        self.running[number] = Worker(self._engine, self._plan, number, seconds)

    def stop(self) -> None:
        """End all of them, whatever they do."""
        for worker in self.running.values():
            worker.ask_to_end()
        deadline = time.monotonic() + _PATIENCE
        for worker in self.running.values():
            worker.end(deadline)
        self.running.clear()
        self.orphans()
        for number in range(self._plan.workers):
            shutil.rmtree(self._plan.worker(number) / "scratch", ignore_errors=True)

    def orphans(self, mark: str = _WORKERS) -> int:
        """End what a target has left behind, which has this in its environment; how many processes that were."""
        mine = {worker._process.pid for worker in self.running.values()}  # noqa: SLF001 - its own module
        there = family()
        left = [pid for pid in there.get(os.getpid(), []) if pid not in mine]
        ended = 0
        for pid in left:
            if _is_orphan(pid, mark):
                for each in (*descendants(pid, there), pid):
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(each, signal.SIGKILL)
                        ended += 1
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)
        return ended


def _is_orphan(pid: int, mark: str) -> bool:
    """Whether a child was not started by this process itself, by what it has in its environment."""
    try:
        return f"{mark}=".encode() in Path(f"/proc/{pid}/environ").read_bytes() or _state(pid) == "Z"
    except OSError:
        return False


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def family() -> dict[int, list[int]]:
    """The processes that each process has started, of all that there are."""
    found: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
                found.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(folder.name))
    return found


def children(pid: int) -> list[int]:
    """The processes that one has started."""
    return family().get(pid, [])


def descendants(pid: int, within: Mapping[int, list[int]]) -> list[int]:
    """Those and theirs, within all that there are: a target can leave hundreds behind."""
    found = list(within.get(pid, []))
    for child in found:
        found += within.get(child, [])
    return found


def used(folder: Path) -> int:
    """Bytes of all files below a folder."""
    total = 0
    for root, _folders, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(root, name)).st_size  # noqa: PTH118 - quick
    return total
