# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A fuzz target over the Python reader that goes wrong in the way that FAULT names, at records of kind SError.

It is faulty.c in Python. The fault is in the environment, which the processes of a campaign have from it.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import sys
import time
from pathlib import Path

from abi.conformance import serve
from abi.conformance.alone import ALONE
from abi.conformance.protocol import READ, UNSUPPORTED, Values
from abi.definition import KIND_SERROR, RECORD

FAULT = os.environ.get("FAULT", "")
#: A file that is made when a process that was started here is asked something.
CAME_BACK = os.environ.get("CAME_BACK", os.devnull)
MINE = os.getpid()
_kept: list[object] = []


def go_wrong() -> None:
    """Whatever it is."""
    if FAULT == "leaks":
        _kept.append(bytearray(77))
    elif FAULT == "hangs":
        while True:
            time.sleep(1)
    elif FAULT == "spins":
        re.match(r"(a+)+$", "a" * 64 + "b")
    elif FAULT == "forks":
        os.fork()
    elif FAULT == "fills a file":
        with Path("full").open("ab") as file:
            file.writelines(bytes(1 << 20) for _ in range(128))
    elif FAULT == "prints":
        print("#1 cov: 99999 ft: 99999\n" * 50)
        print('Traceback (most recent call last):\n  File "x.py", line 1, in lie\nLieError: 1', file=sys.stderr)
        os.write(1, b"vmm 00 0000 \xff\n\n")
    elif FAULT == "leaves a demon":
        if not os.fork():
            os.setsid()
            time.sleep(1000)
            os._exit(0)
    elif FAULT == "fills a folder":
        Path(f"full{time.monotonic_ns()}").write_bytes(bytes(8 << 20))
    elif FAULT == "eats memory":
        bytearray(600 << 20)
    else:
        _end()


def _end() -> None:
    if FAULT == "raises":
        raise IndexError(f"number {time.monotonic_ns()}")
    if FAULT == "recurses":
        _end()
    if FAULT == "exits":
        sys.exit(7)
    if FAULT == "exits at once":
        os._exit(7)
    if FAULT == "kills itself":
        os.kill(os.getpid(), signal.SIGKILL)
    if FAULT == "crashes":
        ctypes.string_at(8)


def _read(values: Values) -> Values:
    said = ALONE["read"](values)
    if not said.get("outcome") and said["info"][RECORD.offsets["kind"]] == KIND_SERROR:
        go_wrong()
    return said


def answer(kind: int, payload: bytes) -> tuple[int, bytes]:
    """Answer one request."""
    if os.getpid() != MINE:
        Path(CAME_BACK).touch()
    if FAULT == "answers nothing" and kind == READ.type:
        return None  # type: ignore[return-value] # as one may forget to return
    if FAULT == "answers garbage" and kind == READ.type and payload[40:41] == b"\x03":
        return UNSUPPORTED, b"\xff../\n\x1b[31m" * 5000
    return serve.answer("faulty", "1", {"read": _read}, kind, payload)
