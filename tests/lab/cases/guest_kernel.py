# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The guest's own kernel as judge of the CPERs that the reference VMM makes.

Errors that the reference host emits, and that the reference VMM decides on and reports, are handed to the APEI
driver of a stock Linux that is the guest here (QMP ``inject-ghes-v2-error``; its source is announced by GPIO). What
that kernel logs, traces and does must be what :func:`reference_host.apei.handled` says of the block.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NoReturn

from abi.cper import StatusBlock, bits, build_status_block
from reference_host.apei import Handled, handled
from tests.lab import told, words
from tests.lab.case import Case, Ended, Finding, Said
from tests.lab.cases.probe import since_qemu_10_2
from tests.lab.running import Machine

#: Number of the error source that QMP fills (QEMU 10.2 or newer).
SOURCE: Final = 1
PAGE_KB: Final = 4
_INSIDE: Final = "tests.lab.inside.guest_kernel:told"
_KNOWN: Final = (words.PRINTED, words.WARNED, words.FAILURE, words.SUPPRESSED)
PANIC: Final = "GHES: Fatal hardware error"
_PANIC_SECONDS: Final = 10

Blocks = Callable[[Sequence[int]], StatusBlock]
Tamper = Callable[[bytes], bytes]


def inject(machine: Machine, asked: Said, *, blocks: Blocks, tamper: Tamper = bytes) -> dict[str, Any]:
    """Hand the block for these pages to the machine's kernel. ``tamper`` is for tests of the judge."""
    raw = tamper(build_status_block(blocks([frame * told.PAGE for frame in asked["frames"]])))
    machine.qmp("inject-ghes-v2-error", cper=base64.b64encode(raw).decode())
    return {"cper": raw.hex()}


def inject_fatal(machine: Machine, asked: Said, *, blocks: Blocks, tamper: Tamper = bytes) -> NoReturn:
    """The same where the kernel must panic, which ends the machine."""
    mark = len(machine.serial.text)
    done = inject(machine, asked, blocks=blocks, tamper=tamper)
    machine.wait_for(f"{PANIC}\n", _PANIC_SECONDS)
    log = [_without_time(line) for line in machine.serial.since(mark).splitlines()]
    raise Ended(done | {"frames": asked["frames"], "log": log, "panic": machine.serial.panic})


def judged(result: Said, _others: Mapping[str, Said], *, blocks: Blocks) -> tuple[Finding, ...]:
    """Everything that the kernel did against everything that the reference says of the block."""
    frames: list[int] = result["frames"]
    expected = handled(blocks([frame * told.PAGE for frame in frames]), SOURCE)
    return words.differing((*_logged(result, expected), *_done(result, expected, frames)))


def judged_fatal(result: Said, _others: Mapping[str, Said], *, blocks: Blocks) -> tuple[Finding, ...]:
    """The panic, and what was printed before it."""
    expected = handled(blocks([frame * told.PAGE for frame in result["frames"]]), SOURCE)
    panic = result["panic"] == PANIC
    printed = words.matches(words.PRINTED, result["log"])
    return words.differing((("panic", expected.panic, panic), ("log", list(expected.lines), printed)))


def _logged(result: Said, expected: Handled) -> words.Pairs:
    log: list[str] = result["log"]
    yield "log", list(expected.lines), words.matches(words.PRINTED, log)
    yield "log.warned", list(expected.warned), words.matches(words.WARNED, log)
    yield "log.memory_failure", list(map(hex, expected.frames)), words.matches(words.FAILURE, log)
    yield "log.other", [], words.others(log, _KNOWN)
    yield "acknowledged", True, result["acknowledged"]


def _done(result: Said, expected: Handled, frames: list[int]) -> words.Pairs:
    gone = [frame for frame in frames if frame in expected.frames]
    yield "trace.memory_failure_event", list(map(hex, expected.frames)), words.events(
        result["events"], "memory_failure_event", words.FAILED)
    yield "trace.arm_event", list(expected.processor), words.events(result["events"], "arm_event", words.INFOS)
    yield "HardwareCorrupted", PAGE_KB * len(gone), result["corrupted_kb"]
    yield "poisoned", gone, result["poisoned"]
    yield "touched", ["signal 7" if frame in gone else "read" for frame in frames], result["touched"]


def _without_time(line: str) -> str:
    return re.sub(r"^\[ *\d+\.\d+\] ", "", line)


def case(name: str, what: str, errors: Sequence[told.Error], counted: str = "uncorrected") -> Case:
    """A case in which the guest is told of one error on each of as many pages; ``counted`` as the inside has it."""
    blocks: Blocks = partial(told.told, errors)
    fatal = not counted
    driver, judge = (inject_fatal, judged_fatal) if fatal else (inject, judged)
    return Case(
        f"guest_kernel.{name}", what, _INSIDE, {"pages": len(errors), "counted": counted},
        platform="guest", answers={"inject": partial(driver, blocks=blocks)}, needs=since_qemu_10_2,
        judge=partial(judge, blocks=blocks), seconds=20,
    )


#: In this order, since Linux prints two of a class within 5 s; the fatal one ends the machine.
CASES: Final = (
    case("virtual", "the guest's kernel is told a virtual address only: printed, nothing isolated", (told.on_walk,)),
    case("two", "two errors in one record: one page isolated, both printed", (told.isolated, told.on_walk)),
    case("corrected", "a corrected error with an address: nothing isolated", (told.said(bits.CORRECTED),), "corrected"),
    case("info", "an informational record: nothing isolated", (told.said(bits.INFORMATIONAL),), "corrected"),
    case("physical", "a guest physical address: that page, and no other, is isolated", (told.isolated,)),
    case("unlocated", "no address at all: printed", (told.unlocated,)),
    case("fatal", "an uncontainable error: the guest's kernel panics", (told.uncontainable,), ""),
)
