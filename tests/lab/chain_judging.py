# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Each link of the chain from firmware's record to the guest's handler against what the reference says of it."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator, Mapping
from typing import Any, Final

from abi.cper import StatusBlock, build_status_block
from abi.decode import Decoded
from abi.definition import ACTION_CLAIMED, ACTION_ISOLATED, ACTION_NOT_CLAIMED, ORIGIN_ISOLATED
from abi.record import build
from abi.trap import Emission, Isolated, Memslot, Trap
from reference_host.apei import handled
from reference_host.emit import emit
from reference_vmm.parse import parse
from reference_vmm.report import report
from tests.lab import guest
from tests.lab.case import Finding, Said
from tests.lab.cells import VECTORS
from tests.lab.claims import MPIDR, POISONED, Told

#: Number of the error source whose records are announced by an SEA.
SOURCE: Final = 0
PAGE: Final = 0x1000
#: apei_claim_sea(): there is no record, or only such as were seen within the last 10 s.
_ENOENT: Final = -2
#: A data abort without a change of level, IL, FSC 0x10: what the rules make of each of these records.
_ESR_EL1: Final = "0x96000010"
#: The guest's SVC behind an access that went well.
_SVC: Final = "0x56000000"
_PRINTED: Final = re.compile(r"\{\d+\}\[Hardware Error\]: (.*)")
_WARNED: Final = re.compile(r"\[Firmware Warn\]: GHES: Unhandled processor error type (.*)")
_SIGNALLED: Final = re.compile(r"GHES GHES\.\d+: .*GHES: \S+: (synchronous unrecoverable error \(SIGBUS\))")
_SENT: Final = re.compile(r"Memory failure: (0x[0-9a-f]+): Sending SIGBUS to \S+ due to hardware memory corruption")
_FAILURE: Final = re.compile(r"Memory failure: (0x[0-9a-f]+): recovery action for .*: Recovered")
_MADVISE: Final = re.compile(r"Injecting memory failure for pfn (0x[0-9a-f]+) at process virtual address .*")
_SUPPRESSED: Final = re.compile(r"ghes_print_estatus: \d+ callbacks suppressed")
_EVENT: Final = re.compile(r"pfn (0x[0-9a-f]+): recovery action for .*: Recovered")
_CLAIMED: Final = re.compile(r".* said=(-?\d+)")
_INFOS: Final = re.compile(r"Err Info raw data: ([0-9a-f ]*);")
#: Characters of a finding's sides.
_TEXT: Final = 600

#: What is compared, what is expected, what was found.
Pairs = Iterator[tuple[str, Any, Any]]


def aborted(
    result: Said, _others: Mapping[str, Said], *, told: Told, printed: bool = True, repeated: bool = False
) -> tuple[Finding, ...]:
    """An abort with or without firmware's record.

    ``printed``: Linux' limit of printing does not hide the record. ``repeated``: the kernel has seen it before, and
    leaves the abort to KVM as if there were none.
    """
    block = None if repeated else told.block(result["pa"])
    taken = _taken(result)
    emission = emit(told.given(taken), block)
    queued = emission.rule == "host.claim.queued"
    frame = result["pa"] // PAGE
    return _differing((
        *_first_run(result["runs"][0], emission, block),
        *(_isolated_run(result, 1, taken) if queued else [("runs", 1, len(result["runs"]))]),
        *_logged(result["log"], block, [hex(frame)] if queued else [], printed=printed),
        ("HardwareCorrupted", PAGE // 1024 if queued else 0, result["corrupted_kb"]),
        ("record taken", [0, True] if told.record else None, result["left"]),
        *_guest(result, told.address),
    ))


def poisoned(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """A page poisoned under the guest that has used it: SIGBUS at its next access, and the record."""
    frame = hex(result["pa"] // PAGE)
    log = result["log"]
    return _differing((
        ("before.esr_el1", _SVC, result["before"].get("esr_el1")),
        ("log.madvise", [frame], _matches(_MADVISE, log)),
        *_isolated_run(result, 0, _taken(result)),
        ("runs[0].memory_failure_event", [frame], _events(result["runs"][0], "memory_failure_event", _EVENT)),
        *_logged([line for line in log if not _MADVISE.fullmatch(line)], None, [frame], printed=True),
        ("HardwareCorrupted", PAGE // 1024, result["corrupted_kb"]),
        *_guest(result, POISONED.address),
    ))


def _first_run(run: Said, emission: Emission, block: StatusBlock | None) -> Pairs:
    """KVM_RUN at the abort itself: claimed or not, by the emitter's fexit and by a return probe."""
    claimed = block is not None
    legacy = emission.legacy
    yield "runs[0].exit", "EINTR" if claimed else "KVM_EXIT_ARM_SEA", run["exit"]
    yield "runs[0].bus", [list(legacy)] if claimed and legacy else [], run["bus"]
    yield "runs[0].apei_claim_sea (probe)", [0 if claimed else _ENOENT], [
        int(value) for value in _events(run, "claimed", _CLAIMED)]
    record = emission.record
    yield "runs[0].records", [build(record).hex()] if record else [], [one["record"] for one in run["emitted"]]
    yield "runs[0].lost", 0, sum(one["lost"] for one in run["emitted"])
    if record:
        yield "runs[0].apei_claim_sea (fexit)", [0 if claimed else _ENOENT], [one["claim"] for one in run["emitted"]]
        yield "runs[0].host_action", ACTION_CLAIMED if claimed else ACTION_NOT_CLAIMED, record.host_action
    if run["arm_sea"] is not None:
        yield "runs[0].arm_sea", [_sea(bytes.fromhex(run["arm_sea"]))], [
            _sea(bytes.fromhex(one["record"])) for one in run["emitted"]]
    said = handled(block, SOURCE) if block else None
    yield "runs[0].arm_event", list(said.processor) if said else [], [
        "".join(infos.split()) for infos in _events(run, "arm_event", _INFOS)]
    yield "runs[0].memory_failure_event", [hex(frame) for frame in said.frames] if said else [], _events(
        run, "memory_failure_event", _EVENT)


def _isolated_run(result: Said, number: int, taken: Trap) -> Pairs:
    """KVM_RUN at the access to the page that is gone: SIGBUS with its host address, the record of origin 5."""
    emission = emit(taken._replace(isolated=(Isolated(guest.GPA_TARGET, 12),)))
    record, legacy = emission.record, emission.legacy
    name = f"runs[{number}]"
    yield "runs", number + 1, len(result["runs"])
    if number >= len(result["runs"]):
        return
    run = result["runs"][number]
    if record is None or legacy is None:
        yield f"{name}.taken", "a stage-2 fault on the isolated page", [hex(value) for value in result["taken"]]
        return
    yield f"{name}.exit", "EINTR", run["exit"]
    yield f"{name}.bus", [list(legacy)], run["bus"]
    yield f"{name}.records", [build(record).hex()], [one["record"] for one in run["emitted"]]
    yield f"{name}.origin", (ORIGIN_ISOLATED, ACTION_ISOLATED), (record.origin, record.host_action)
    yield f"{name}.apei_claim_sea (probe)", [], _events(run, "claimed", _CLAIMED)


def _logged(log: list[str], block: StatusBlock | None, frames: list[str], *, printed: bool) -> Pairs:
    said = handled(block, SOURCE) if block else None
    lines = _matches(_PRINTED, log)
    if lines or printed:
        yield "log", list(said.lines) if said else [], lines
    yield "log.warned", list(said.warned) if said else [], _matches(_WARNED, log)
    yield "log.signalled", 1 if said and not said.frames else 0, len(_matches(_SIGNALLED, log))
    yield "log.memory_failure", frames, _matches(_FAILURE, log)
    yield "log.sent", frames, _matches(_SENT, log)
    known = (_PRINTED, _WARNED, _SIGNALLED, _FAILURE, _SENT, _SUPPRESSED)
    yield "log.other", [], [line for line in log if not any(pattern.fullmatch(line) for pattern in known)]


def _guest(result: Said, address: int) -> Pairs:
    """The guest is told its own address, at the instruction that made the access, with nothing else changed."""
    seen = result.get("guest") or {}
    answered = result["answer"] or {}
    parsed = parse(bytes.fromhex(result["runs"][-1]["emitted"][-1]["record"])) if seen else None
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


def _taken(result: Said) -> Trap:
    """The stage-2 fault as the CPU took it."""
    esr, far, hpfar = result["taken"]
    return Trap(esr, far, hpfar, mpidr=MPIDR, memslots=tuple(Memslot(*slot) for slot in result["memslots"]))


def _sea(data: bytes) -> tuple[int, ...]:
    """The fields of arm_sea; of the gpa its page, which is all that the kernel gives (``host.gpa.low``)."""
    flags, esr, far, gpa = struct.unpack_from("<4Q", data)
    return flags, esr, far, gpa & -PAGE


def _events(run: Said, name: str, pattern: re.Pattern[str]) -> list[str]:
    """What the pattern finds in each event of that name, or all of it."""
    every = (fields for event, fields in run["events"] if event == name)
    return [match[1] if (match := pattern.search(fields)) else fields for fields in every]


def _matches(pattern: re.Pattern[str], lines: list[str]) -> list[str]:
    return [match[1] for line in lines if (match := pattern.fullmatch(line))]


def _differing(pairs: Any) -> tuple[Finding, ...]:
    return tuple(Finding(name, _text(wanted), _text(got)) for name, wanted, got in pairs if wanted != got)


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _TEXT else f"{text[:_TEXT]}... ({len(text)} characters)"
