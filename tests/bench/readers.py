# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The readers in C and Rust: C against a copy of each field, Rust against C by clang (which shares LLVM with it).

Compiled anew, each with ``-O2``, and called in this process, so that both sides of a ratio see the same bytes.
A pass reads 16384 records drawn from the panel with a fixed seed: version, kind and origin come in no order that
a processor could learn. Reader and copy are functions of their own with the same arguments
(``reading/reading.c``), so that neither is joined with the loop around it: in the loop, where it can see that the
two do not overlap, gcc makes of the 19 fields five moves of 16 bytes, which is no copy of fields any more.
"""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from abi.definition import KVM_RUN, RECORD
from abi.errors import InputError
from tests.bench.measure import NS_IN_US, Goal, Row, in_turns, row
from tests.bench.panel import valid
from tests.packages import find

_ROOT: Final = Path(__file__).parents[2]
_HERE: Final = Path(__file__).with_name("reading")
_AREA: Final = KVM_RUN.field("exit").width
_RECORDS: Final = 1 << 14
_PASSES: Final = 8
_RUSTC: Final = ("--edition=2021", "-Copt-level=2")
_C_GOAL: Final = Goal(3, at_least=False)
_RUST_GOAL: Final = Goal(1.5, at_least=False)
_COPY: Final = "each field copied"


class Run(NamedTuple):
    """What a loop is called with; ctypes keeps the memory."""

    areas: Any
    sizes: Any
    order: Any
    count: Any


@cache
def compiled(compiler: str) -> ctypes.CDLL:
    """The loops by ``gcc``, ``clang`` or ``rustc``. Raises MissingError, or InputError if they do not compile."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder, "reading.so")
        if compiler == "rustc":
            crate = Path(folder, "libkvm_fault_info.rlib")
            build(compiler, *_RUSTC, "--crate-type=rlib", "--crate-name=kvm_fault_info",
                  _ROOT / "spec" / "rust" / "src" / "lib.rs", "-o", crate)
            build(compiler, *_RUSTC, "--crate-type=cdylib", "--extern", f"kvm_fault_info={crate}",
                  _HERE / "reading.rs", "-o", library)
        else:
            build(compiler, "-std=c11", "-O2", "-shared", "-fPIC", f"-I{_ROOT / 'spec' / 'c'}",
                  f"-I{_ROOT / 'spec' / 'uapi'}", _HERE / "reading.c", "-o", library)
        return ctypes.CDLL(str(library))


def build(compiler: str, *arguments: object) -> None:
    """Run a compiler. Raises MissingError, or InputError if it says no."""
    done = subprocess.run([find(compiler), *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError("bench.process", compiler, None, "exit code 0x0", hex(done.returncode), done.stderr.strip())


def understood() -> list[tuple[bytes, int]]:
    """Records and how many bytes there are: the whole exit union."""
    return [(sample.raw, _AREA) for sample in valid()]


def refused() -> list[tuple[bytes, int]]:
    """The same with one lie each: major version, size, a critical flag, no kind, another kind than esr's; or cut."""
    at = RECORD.offsets
    lies = ((at["major"], 2), (at["size"], 72), (at["flags"] + 7, 0x80), (at["kind"], 9))
    some = []
    for n, (raw, size) in enumerate(understood()):
        lied, which = bytearray(raw), n % (len(lies) + 2)
        if which < len(lies):
            offset, lied[offset] = lies[which][0], lies[which][1]
        elif which == len(lies):
            lied[at["kind"]] = lied[at["kind"]] % 4 + 1
        some.append((bytes(lied), at["kind"] if which > len(lies) else size))
    return some


def _run(records: list[tuple[bytes, int]]) -> Run:
    areas = b"".join(raw.ljust(_AREA, b"\0") for raw, _size in records)
    chance = Random(1)
    order = [chance.randrange(len(records)) for _ in range(_RECORDS)]
    return Run(
        ctypes.create_string_buffer(areas, len(areas)),
        (ctypes.c_uint32 * len(records))(*(size for _raw, size in records)),
        (ctypes.c_uint32 * _RECORDS)(*order), ctypes.c_size_t(_RECORDS),
    )


def _timer(compiler: str, loop: str, run: Run, expected: int) -> Callable[[], float]:
    """Microseconds of one record; the loop must have taken so many."""
    function = getattr(compiled(compiler), f"reading_{loop}")
    function.restype = ctypes.c_uint64
    took = function(*run)
    if took != expected:
        raise InputError("bench.process", f"{compiler}: reading_{loop}", None, f"{expected:#x} records", f"{took:#x}")

    def timed() -> float:
        start = time.thread_time_ns()
        for _ in range(_PASSES):
            function(*run)
        return (time.thread_time_ns() - start) / (_PASSES * _RECORDS * NS_IN_US)

    return timed


def _c(compiler: str, loop: str, what: str, goal: Goal | None, pairs: int) -> Row:
    """A loop of C against the copy by the same compiler."""
    lies = loop == "refuse"
    run, expected = _run(refused() if lies else understood()), 0 if lies else _RECORDS
    ours = _timer(compiler, "read" if lies else loop, run, expected)
    base = _timer(compiler, "copy", run, _RECORDS)
    sides = f"{what}, {compiler}", f"{_COPY}, {compiler}"
    return row(f"{compiler}-{loop}", f"C reader by {compiler}: {what}", sides, in_turns(ours, base, pairs), goal)


def _rust(loop: str, what: str, pairs: int) -> Row:
    """A loop of Rust against the same of C."""
    run = _run(understood())
    ours, base = (_timer(compiler, loop, run, _RECORDS) for compiler in ("rustc", "clang"))
    sides = f"{what}, Rust", f"{what}, C by clang"
    return row(f"rust-{loop}", f"Rust reader: {what}", sides, in_turns(ours, base, pairs), _RUST_GOAL)


_READ, _CHECK, _REFUSE = "a record read", "read, every rule judged", "refused"
#: Rows by name.
READERS: Final[dict[str, Callable[[int], Row]]] = {
    "gcc-read": partial(_c, "gcc", "read", _READ, _C_GOAL),
    "clang-read": partial(_c, "clang", "read", _READ, _C_GOAL),
    "gcc-check": partial(_c, "gcc", "check", _CHECK, None),
    "clang-check": partial(_c, "clang", "check", _CHECK, None),
    "gcc-refuse": partial(_c, "gcc", "refuse", _REFUSE, None),
    "clang-refuse": partial(_c, "clang", "refuse", _REFUSE, None),
    "rust-read": partial(_rust, "read", _READ),
    "rust-check": partial(_rust, "check", _CHECK),
}
