# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Runs in the emulated machine: does what comes over the channel, one case after the other.

    {"prepare": "module:function"}        run once, in the agent: what costs time and is shared (imports, modules, BPF)
    {"run": NAME, "function": "module:function", "arguments": {...}, "seconds": LIMIT, "newest": CAPABILITY}
    {"off": true}                         power off

A case runs in a fork, so that a signal or an endless guest ends the case and not the machine. Its answer is
``{"case": NAME, "seconds": S, "result": {...}}``, or instead of a result ``"error"`` (a traceback), ``"signal"``
(a number), ``"late"`` (the limit). What a case asks of the outside (``Inside.ask``) passes through:
``{"case": NAME, "ask": WHAT, "with": {...}}``, to which ``{"answer": {...}}`` comes back.
"""

from __future__ import annotations

import importlib
import os
import platform
import select
import signal
import socket
import time
import traceback
from collections.abc import Callable
from typing import Any

from tests.lab.inside.channel import Inside, Lines, opened


def main() -> None:
    """Serve until told to power off."""
    lines = opened()
    lines.send({"hello": {
        "kernel": platform.release(), "machine": platform.machine(), "python": platform.python_version(),
        "uptime": time.clock_gettime(time.CLOCK_BOOTTIME),
    }})
    while (said := lines.receive()) is not None and "off" not in said:
        if "prepare" in said:
            lines.send({"prepared": said["prepare"]} | _timed(said["prepare"]))
        else:
            lines.send(_forked(lines, said))
    lines.send({"bye": True})


def _found(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def _timed(name: str, *arguments: Any, **named: Any) -> dict[str, Any]:
    """What comes of a function, imported first, and how long it took."""
    start = time.monotonic()
    try:
        result: dict[str, Any] = {"result": _found(name)(*arguments, **named)}
    except BaseException:  # noqa: BLE001 - the outside judges; the machine goes on
        result = {"error": traceback.format_exc()}
    return result | {"seconds": round(time.monotonic() - start, 3)}


def _forked(lines: Lines, said: dict[str, Any]) -> dict[str, Any]:
    """Run a case in a child and return what to answer."""
    ours, theirs = socket.socketpair()
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        ours.close()
        mine = Lines(theirs.fileno())
        mine.send(_timed(said["function"], Inside(mine, said["run"], said["newest"]), **said["arguments"]))
        os._exit(0)
    theirs.close()
    try:
        answer = _served(lines, Lines(ours.fileno()), start + said["seconds"])
    finally:
        ours.close()
    if answer is None or "late" in answer:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if answer is None:
        answer = {"signal": os.WTERMSIG(status)} if os.WIFSIGNALED(status) else {"error": f"exit {status >> 8}"}
    return {"case": said["run"], "seconds": round(time.monotonic() - start, 3)} | answer


def _served(lines: Lines, child: Lines, deadline: float) -> dict[str, Any] | None:
    """Pass on what the child asks until its result; None when it ended without one."""
    while True:
        ready, _, _ = select.select([child.fd], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return {"late": True}
        said = child.receive()
        if said is None or "ask" not in said:
            return said
        lines.send(said)
        child.send(lines.receive() or {})


if __name__ == "__main__":
    main()
