# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The guest's own kernel as judge of the CPERs that the reference VMM makes.

Errors that the reference host emits, and that the reference VMM decides on and reports, are handed to the APEI
driver of a stock Linux that is the guest here (QMP ``inject-ghes-v2-error``; its source is announced by GPIO). What
that kernel logs, traces and does must be what :func:`reference_host.apei.handled` says of the block.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, NoReturn

from abi.cper import StatusBlock, bits, build_status_block
from reference_host.apei import Handled, handled
from tests.lab import told
from tests.lab.case import Case, Ended, Facts, Finding, Said
from tests.lab.running import Machine

#: Number of the error source that QMP fills (QEMU 11).
SOURCE: Final = 1
PAGE_KB: Final = 4
_INSIDE: Final = "tests.lab.inside.guest_kernel:told"
_PRINTED: Final = re.compile(r"\{\d+\}\[Hardware Error\]: (.*)")
_WARNED: Final = re.compile(r"\[Firmware Warn\]: GHES: Unhandled processor error type (.*)")
_FAILURE: Final = re.compile(r"Memory failure: 0x([0-9a-f]+): recovery action for .*: Recovered")
#: With a failure: whom it took the page from.
_SENT: Final = re.compile(r"Memory failure: 0x[0-9a-f]+: Sending SIGBUS to .*")
_SUPPRESSED: Final = re.compile(r"ghes_print_estatus: \d+ callbacks suppressed")
_EVENT: Final = re.compile(r"pfn (0x[0-9a-f]+): recovery action for .*: (\w+)")
#: The error informations of one section, as the tracepoint has them.
_INFOS: Final = re.compile(r"Err Info raw data: ([0-9a-f ]*);")
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
    return tuple(_differing((*_logged(result, expected), *_done(result, expected, frames))))


def judged_fatal(result: Said, _others: Mapping[str, Said], *, blocks: Blocks) -> tuple[Finding, ...]:
    """The panic, and what was printed before it."""
    expected = handled(blocks([frame * told.PAGE for frame in result["frames"]]), SOURCE)
    panic = result["panic"] == PANIC
    return tuple(_differing((
        ("panic", expected.panic, panic), ("log", list(expected.lines), list(_matches(_PRINTED, result["log"]))))))


def _logged(result: Said, expected: Handled) -> Iterator[tuple[str, Any, Any]]:
    log: list[str] = result["log"]
    known = (_PRINTED, _WARNED, _FAILURE, _SENT, _SUPPRESSED)
    yield "log", list(expected.lines), list(_matches(_PRINTED, log))
    yield "log.warned", list(expected.warned), list(_matches(_WARNED, log))
    yield "log.memory_failure", [f"{frame:x}" for frame in expected.frames], list(_matches(_FAILURE, log))
    yield "log.other", [], [line for line in log if not any(pattern.fullmatch(line) for pattern in known)]
    yield "acknowledged", True, result["acknowledged"]


def _done(result: Said, expected: Handled, frames: list[int]) -> Iterator[tuple[str, Any, Any]]:
    gone = [frame for frame in frames if frame in expected.frames]
    events = [fields for name, fields in result["events"] if name == "memory_failure_event"]
    yield "trace.memory_failure_event", [(hex(f), "Recovered") for f in expected.frames], [
        match.groups() if (match := _EVENT.match(fields)) else fields for fields in events]
    yield "trace.arm_event", list(expected.processor), [
        "".join(match[1].split()) if (match := _INFOS.search(fields)) else fields
        for name, fields in result["events"] if name == "arm_event"]
    yield "HardwareCorrupted", PAGE_KB * len(gone), result["corrupted_kb"]
    yield "poisoned", gone, result["poisoned"]
    yield "touched", ["signal 7" if frame in gone else "read" for frame in frames], result["touched"]


def _differing(pairs: Sequence[tuple[str, Any, Any]]) -> Iterator[Finding]:
    return (Finding(name, str(wanted), str(got)) for name, wanted, got in pairs if wanted != got)


def _matches(pattern: re.Pattern[str], lines: Sequence[str]) -> Iterator[str]:
    return (match[1] for line in lines if (match := pattern.fullmatch(line)))


def _without_time(line: str) -> str:
    return re.sub(r"^\[ *\d+\.\d+\] ", "", line)


def needs_qmp(facts: Facts) -> str | None:
    """Why the record cannot be handed over."""
    return None if facts.emulator >= (10, 2) else "QEMU before 10.2 has no QMP command for it"


def case(name: str, what: str, errors: Sequence[told.Error], *, corrected: bool = False) -> Case:
    """A case in which the guest is told of one error on each of as many pages."""
    blocks: Blocks = partial(told.told, errors)
    fatal = told.uncontainable in errors
    driver, judge = (inject_fatal, judged_fatal) if fatal else (inject, judged)
    return Case(
        f"guest_kernel.{name}", what, _INSIDE, {"pages": len(errors), "corrected": corrected},
        platform="guest", answers={"inject": partial(driver, blocks=blocks)}, needs=needs_qmp,
        judge=partial(judge, blocks=blocks), seconds=20,
    )


#: In this order, since Linux prints two of a class within 5 s; the fatal one ends the machine.
CASES: Final = (
    case("virtual", "the guest's kernel is told a virtual address only: printed, nothing isolated", (told.on_walk,)),
    case("two", "two errors in one record: one page isolated, both printed", (told.isolated, told.on_walk)),
    case("corrected", "a corrected error with an address: nothing isolated", (told.said(bits.CORRECTED),),
         corrected=True),
    case("info", "an informational record: nothing isolated", (told.said(bits.INFORMATIONAL),), corrected=True),
    case("physical", "a guest physical address: that page, and no other, is isolated", (told.isolated,)),
    case("unlocated", "no address at all: printed", (told.unlocated,)),
    case("fatal", "an uncontainable error: the guest's kernel panics", (told.uncontainable,)),
)
