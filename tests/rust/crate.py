# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The Rust crate as the tests use it: built out of the tree, and asked over a pipe (``examples/pipe``)."""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.generate.tools import ROOT, ToolError, tool

CRATE: Final = ROOT / "spec" / "rust"
#: Where cargo builds; git ignores it, so that the clone stays clean.
TARGET: Final = ROOT / "build" / "rust"
PATIENCE: Final = 300


def cargo(*arguments: str, crate: Path = CRATE, target: Path = TARGET, **variables: str) -> str:
    """Run cargo in the crate, with no network; what it wrote, or ToolError unless it ends with 0."""
    environment = os.environ | {"CARGO_TARGET_DIR": str(target), "CARGO_TERM_COLOR": "never"} | variables
    done = subprocess.run(
        [tool("cargo"), arguments[0], "--offline", *arguments[1:]], cwd=crate, env=environment, capture_output=True,
        text=True, timeout=PATIENCE, check=False,
    )
    if done.returncode:
        raise ToolError(f"cargo {arguments[0]} ends with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def built(crate: Path = CRATE, target: Path = TARGET) -> Path:
    """The pipe, built with overflow checks, so that any arithmetic that leaves its type is a crash."""
    cargo("build", "-q", "--example", "pipe", "--locked", crate=crate, target=target, CARGO_PROFILE_DEV_DEBUG="0")
    return target / "debug" / "examples" / "pipe"


def framed(request: bytes) -> bytes:
    """A request with its length before it."""
    return struct.pack("<I", len(request)) + request


class CrashError(AssertionError):
    """The crate ended instead of answering."""


class Pipe:
    """One process that answers requests."""

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate()

    def ask(self, request: bytes) -> str:
        """One answer; raises CrashError."""
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(framed(request))
            self._process.stdin.flush()
            size = struct.unpack("<I", self._process.stdout.read(4))[0]
        except (BrokenPipeError, struct.error):
            raise CrashError(request.hex()) from None
        return self._process.stdout.read(size).decode()


def ask_all(program: Path, requests: Iterable[bytes], **environment: str) -> list[str]:
    """All answers, by a process of its own; raises CrashError."""
    sent = [framed(request) for request in requests]
    done = subprocess.run(
        [program], input=b"".join(sent), capture_output=True, check=False, env=os.environ | environment,
    )
    answers, at = [], 0
    while at < len(done.stdout):
        size = struct.unpack_from("<I", done.stdout, at)[0]
        answers.append(done.stdout[at + 4 : at + 4 + size].decode())
        at += 4 + size
    if done.returncode or len(answers) != len(sent):
        raise CrashError(f"{sent[len(answers)].hex()}: {done.stderr.decode()}")
    return answers
