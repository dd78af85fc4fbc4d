# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The chain for people: one row a link, in order, with what each was seen to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from abi.cper import parse_status_block
from abi.decode import Decoded
from abi.definition import FLAGS, HOST_ACTIONS, ORIGINS
from abi.layout import Code
from abi.trap import SI_KERNEL
from reference_vmm.parse import parse
from tests.lab.case import Said, Table

HEAD: Final = ("link", "seen")


def chain(result: Said, _others: Mapping[str, Said]) -> Table:
    """The links of one case."""
    return Table(HEAD, tuple(_rows(result)))


def _rows(result: Said) -> Iterator[tuple[str, str]]:
    if "firmware" in result:
        yield "firmware's record", _firmware(result["firmware"])
    for number, run in enumerate(result["runs"]):
        yield from _run(run, "again: " if number else "")
    for line in result["log"]:
        yield "kernel's log", line
    yield "HardwareCorrupted", f"{result['corrupted_kb']:+d} kB"
    yield "VMM", _numbers(result["answer"]) or result.get("refused", "no record to answer")
    yield "guest's handler", _numbers({
        name: value for name, value in result.get("guest", {}).items() if name in ("esr_el1", "far_el1", "vector")})


def _numbers(named: Mapping[str, Any] | None) -> str:
    return ", ".join(f"{name} {value}" for name, value in (named or {}).items())


def _firmware(raw: str) -> str:
    if not raw:
        return "none"
    (section,) = parse_status_block(bytes.fromhex(raw)).arm_processors
    (info,) = section.error_info
    known = {"virtual": info.virtual_address, "physical": info.physical_address}
    return "cache error, " + ", ".join(
        f"{name} address {'none' if value is None else hex(value)}" for name, value in known.items())


def _run(run: Mapping[str, Any], when: str) -> Iterator[tuple[str, str]]:
    returned = "-1, EINTR" if run["exit"] == "EINTR" else f"0, {run['exit']}"
    claims = [one["claim"] for one in run["emitted"] if one["claim"] is not None]
    probed = [fields.rpartition("said=")[2] for name, fields in run["events"] if name == "claimed"]
    if claims or probed:
        yield f"{when}apei_claim_sea()", f"fexit {claims or 'no record'}, return probe {', '.join(probed)}"
    for name, fields in run["events"]:
        if name == "memory_failure_event":
            yield f"{when}memory_failure()", fields
    yield f"{when}KVM_RUN", f"{returned}, pc {run['pc']}"
    for si_code, si_addr, si_addr_lsb in run["bus"]:
        where = "no address" if si_code == SI_KERNEL else f"si_addr {si_addr:#x}, si_addr_lsb {si_addr_lsb}"
        yield f"{when}SIGBUS", f"si_code {si_code:#x}, {where}"
    for one in run["emitted"]:
        yield f"{when}record", _record(one["record"])


def _record(raw: str) -> str:
    parsed = parse(bytes.fromhex(raw))
    if not isinstance(parsed, Decoded):
        return raw
    record = parsed.record
    flags = " ".join(flag.name for flag in FLAGS if record.flags & flag.mask)
    return (f"host_action {_named(HOST_ACTIONS, record.host_action)}, origin {_named(ORIGINS, record.origin)}, "
            f"far {record.far:#x}, gpa {record.gpa:#x}, firmware_va {record.firmware_va:#x}, {flags}")


def _named(codes: tuple[Code, ...], value: int) -> str:
    return f"{value} ({next((code.name for code in codes if code.value == value), '?')})"
