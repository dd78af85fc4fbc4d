# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Each link of the chain from firmware's record to the guest's handler against what the reference says of it."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Any, Final

from abi.cper import StatusBlock, build_status_block
from abi.decode import Decoded
from abi.definition import (
    ACTION_CLAIMED,
    ACTION_ISOLATED,
    ACTION_NOT_CLAIMED,
    FAR_VALID,
    FIRMWARE_VA_VALID,
    ORIGIN_BOTH,
    ORIGIN_ISOLATED,
    ORIGIN_TRAP,
)
from abi.record import build
from abi.trap import Emission, Isolated, Memslot, Trap
from reference_host.apei import handled
from reference_host.emit import emit
from reference_vmm.parse import parse
from reference_vmm.report import report
from tests.lab import guest, words
from tests.lab.case import Finding, Said
from tests.lab.cells import VECTORS
from tests.lab.claims import MPIDR, POISONED, Abort
from tests.lab.judging import claims

#: Number of the error source whose records are announced by an SEA.
SOURCE: Final = 0
PAGE: Final = 0x1000
#: apei_claim_sea(): there is no record, or only such as were seen within the last 10 s.
NOT_CLAIMED: Final = -2
#: A data abort without a change of level, IL, FSC 0x10: what the rules make of each of these records.
_ESR_EL1: Final = "0x96000010"
#: In the names of what is seen of it.
_CLAIM: Final = "apei_claim_sea"
#: Lines of the log that are looked at.
_KNOWN: Final = (words.PRINTED, words.WARNED, words.SIGNALLED, words.FAILURE, words.SENT, words.SUPPRESSED)
#: The guest's SVC behind an access that went well.
_SVC: Final = "0x56000000"


def aborted(
    result: Said, _others: Mapping[str, Said], *, abort: Abort, printed: bool = True, repeated: bool = False
) -> tuple[Finding, ...]:
    """An abort with or without firmware's record.

    ``printed``: Linux' limit of printing does not hide the record. ``repeated``: the kernel has seen it before, and
    leaves the abort to KVM as if there were none.
    """
    block = None if repeated else abort.block(result["pa"])
    fault = taken(result)
    emission = emit(abort.given(fault), block)
    queued = emission.rule == "host.claim.queued"
    frame = result["pa"] // PAGE
    return _differing(result, (
        *_first_run(result["runs"][0], emission, block, extended=claims(result)),
        ("runs[0].said", [] if queued else [_expected(abort, claimed=block is not None)], _said(result["runs"][0])),
        *(_isolated_run(result, 1, fault) if queued else [("runs", 1, len(result["runs"]))]),
        *_logged(result["log"], block, [hex(frame)] if queued else [], printed=printed),
        ("HardwareCorrupted", PAGE // 1024 if queued else 0, result["corrupted_kb"]),
        ("record taken", [0, True] if abort.record else None, result["left"]),
        *_guest(result, abort.address),
    ))


def poisoned(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """A page poisoned under the guest that has used it: SIGBUS at its next access, and the record."""
    frame = hex(result["pa"] // PAGE)
    log = result["log"]
    return _differing(result, (
        ("before.esr_el1", _SVC, result["before"].get("esr_el1")),
        ("log.madvise", [frame], words.matches(words.INJECTED, log)),
        *_isolated_run(result, 0, taken(result)),
        ("runs[0].memory_failure_event", [frame], words.events(
            result["runs"][0]["events"], "memory_failure_event", words.FAILED)),
        *_logged([line for line in log if not words.INJECTED.fullmatch(line)], None, [frame], printed=True),
        ("HardwareCorrupted", PAGE // 1024, result["corrupted_kb"]),
        *_guest(result, POISONED.address),
    ))


def _differing(result: Said, pairs: Iterable[tuple[str, Any, Any]]) -> tuple[Finding, ...]:
    """What differs; how a kernel that makes its own records comes to them, and what it logs, is its own affair."""
    own = claims(result)
    return words.differing(pair for pair in pairs if not (own and (pair[0].startswith("log") or _CLAIM in pair[0])))


def _first_run(
    run: Said, emission: Emission, block: StatusBlock | None, *, extended: bool
) -> words.Pairs:
    """KVM_RUN at the abort itself: claimed or not, by the emitter's fexit and by a return probe.

    ``extended``: the kernel's own record comes in place of the signal. Where memory_failure() was queued that signals.
    """
    claimed = block is not None
    legacy = emission.legacy
    signals = claimed and not (extended and emission.record)
    yield "runs[0].exit", "EINTR" if signals else "KVM_EXIT_ARM_SEA", run["exit"]
    yield "runs[0].bus", [list(legacy)] if signals and legacy else [], run["bus"]
    yield from _own(0, run, emission, extended=extended)
    yield "runs[0].apei_claim_sea (probe)", [0 if claimed else NOT_CLAIMED], [
        int(value) for value in words.events(run["events"], "claimed", words.CLAIMED)]
    record = emission.record
    yield "runs[0].records", [build(record).hex()] if record else [], [one["record"] for one in run["emitted"]]
    yield "runs[0].lost", 0, sum(one["lost"] for one in run["emitted"])
    if record:
        yield "runs[0].apei_claim_sea (fexit)", [0 if claimed else NOT_CLAIMED], [
            one["claim"] for one in run["emitted"]]
    if run["arm_sea"] is not None:
        yield "runs[0].arm_sea", [_sea(bytes.fromhex(run["arm_sea"]))], [
            _sea(bytes.fromhex(one["record"])) for one in run["emitted"]]
    said = handled(block, SOURCE) if block else None
    yield "runs[0].arm_event", list(said.processor) if said else [], words.events(
        run["events"], "arm_event", words.INFOS)
    yield "runs[0].memory_failure_event", [hex(frame) for frame in said.frames] if said else [], words.events(
        run["events"], "memory_failure_event", words.FAILED)


def _own(number: int, run: Said, emission: Emission, *, extended: bool) -> words.Pairs:
    """The record that the kernel itself writes."""
    record = emission.record if extended else None
    yield f"runs[{number}].own", build(record).hex() if record else None, run.get("own")


def _isolated_run(result: Said, number: int, fault: Trap) -> words.Pairs:
    """KVM_RUN at the access to the page that is gone: SIGBUS with its host address, the record of origin 5."""
    emission = emit(fault._replace(isolated=(Isolated(guest.GPA_TARGET, 12),)))
    record, legacy = emission.record, emission.legacy
    name = f"runs[{number}]"
    yield "runs", number + 1, len(result["runs"])
    if number >= len(result["runs"]):
        return
    run = result["runs"][number]
    if record is None or legacy is None:
        yield f"{name}.taken", "a stage-2 fault on the isolated page", [hex(value) for value in result["taken"]]
        return
    extended = claims(result)
    yield f"{name}.exit", "KVM_EXIT_ARM_SEA" if extended else "EINTR", run["exit"]
    yield f"{name}.bus", [] if extended else [list(legacy)], run["bus"]
    yield from _own(number, run, emission, extended=extended)
    yield f"{name}.records", [build(record).hex()], [one["record"] for one in run["emitted"]]
    yield f"{name}.said", [_words(ACTION_ISOLATED, ORIGIN_ISOLATED, FAR_VALID)], _said(run)
    yield f"{name}.apei_claim_sea (probe)", [], words.events(run["events"], "claimed", words.CLAIMED)


def _expected(abort: Abort, *, claimed: bool) -> str:
    """What the record of the abort must say, whoever makes it."""
    flags = (0 if abort.fnv else FAR_VALID) | (FIRMWARE_VA_VALID if claimed else 0)
    return _words(ACTION_CLAIMED, ORIGIN_BOTH, flags) if claimed else _words(ACTION_NOT_CLAIMED, ORIGIN_TRAP, flags)


def _said(run: Said) -> list[str]:
    """The same of each record that the emitter made."""
    parsed = (parse(bytes.fromhex(one["record"])) for one in run["emitted"])
    return [_words(one.record.host_action, one.record.origin, one.record.flags & (FAR_VALID | FIRMWARE_VA_VALID))
            if isinstance(one, Decoded) else type(one).__name__ for one in parsed]


def _words(host_action: int, origin: int, flags: int) -> str:
    return (f"host_action {host_action}, origin {origin}, FAR_VALID {bool(flags & FAR_VALID)}, "
            f"FIRMWARE_VA_VALID {bool(flags & FIRMWARE_VA_VALID)}")


def _logged(log: list[str], block: StatusBlock | None, frames: list[str], *, printed: bool) -> words.Pairs:
    said = handled(block, SOURCE) if block else None
    lines = words.matches(words.PRINTED, log)
    if lines or printed:
        yield "log", list(said.lines) if said else [], lines
    yield "log.warned", list(said.warned) if said else [], words.matches(words.WARNED, log)
    yield "log.signalled", 1 if said and not said.frames else 0, len(words.matches(words.SIGNALLED, log))
    yield "log.memory_failure", frames, words.matches(words.FAILURE, log)
    yield "log.sent", frames, words.matches(words.SENT, log)
    yield "log.other", [], words.others(log, _KNOWN)


def _guest(result: Said, address: int) -> words.Pairs:
    """The guest is told its own address, at the instruction that made the access, with nothing else changed."""
    seen = result.get("guest") or {}
    answered = result["answer"] or {}
    last = result["runs"][-1]
    parsed = parse(bytes.fromhex(last.get("own") or last["emitted"][-1]["record"])) if seen else None
    block = report(parsed.record) if isinstance(parsed, Decoded) else None
    yield "answer", "inject", answered.get("action") or result.get("refused")
    yield "guest.far_el1", hex(address), seen.get("far_el1")
    yield "guest.esr_el1", _ESR_EL1, seen.get("esr_el1")
    yield "guest.vector", hex(VECTORS["EL1h"]), seen.get("vector")
    yield "guest.elr_el1", seen.get("access"), seen.get("elr_el1")
    yield "guest.registers_kept", True, seen.get("registers_kept")
    for number, run in enumerate(result["runs"]):
        yield f"runs[{number}].pc", seen.get("access"), run["pc"]
    yield "report", build_status_block(block).hex() if block else None, result.get("report")


def taken(result: Said) -> Trap:
    """The stage-2 fault as the CPU took it."""
    esr, far, hpfar = result["taken"]
    return Trap(esr, far, hpfar, mpidr=MPIDR, memslots=tuple(Memslot(*slot) for slot in result["memslots"]))


def _sea(data: bytes) -> tuple[int, ...]:
    """The fields of arm_sea; of the gpa its page, which is all that the kernel gives (``host.gpa.low``)."""
    flags, esr, far, gpa = struct.unpack_from("<4Q", data)
    return flags, esr, far, gpa & -PAGE
