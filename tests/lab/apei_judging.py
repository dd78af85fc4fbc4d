# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a kernel made of firmware's blocks with a wrong number, against what :mod:`tests.lab.apei` says that it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from abi.definition import ACTION_CLAIMED
from abi.record import FaultInfo, build, read
from reference_host.emit import emit
from tests.lab import words
from tests.lab.apei import CHECKS, refusal
from tests.lab.apei_blocks import ABORT, blocks
from tests.lab.case import Finding, Said, Table
from tests.lab.chain_judging import NOT_CLAIMED, taken
from tests.lab.judging import claims

_HEAD: Final = ("firmware's block", "refused by", "apei_claim_sea()", "the record says")


def checks(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """Each is claimed or not as the checks say; not claimed, the record is that of the trap alone."""
    return words.differing(pair for name, block in blocks().items() for pair in _pairs(result, name, block))


def why(result: Said, block: bytes) -> str | None:
    """Why this kernel refuses a block, which stands at the beginning of the source's memory; None: it takes it."""
    return refusal(block.ljust(result["source"], b"\0"))


def _pairs(result: Said, name: str, block: bytes) -> words.Pairs:
    seen = result["blocks"][name]
    refused = why(result, block) is not None
    yield f"{name}: apei_claim_sea", [str(NOT_CLAIMED if refused else 0)], _claim(seen)
    if not claims(result):  # a kernel that writes records exits with either
        yield f"{name}: exit", "KVM_EXIT_ARM_SEA" if refused else "EINTR", seen["exit"]
    if not refused:
        yield f"{name}: host_action", [ACTION_CLAIMED], [
            one.host_action if isinstance(one, FaultInfo) else None for one in _records(seen)]
        return
    alone = emit(ABORT.given(taken({**result, "taken": seen["taken"]}))).record
    yield f"{name}: records", [build(alone).hex()] if alone else [], seen["records"]
    yield f"{name}: arm_events", 0, seen["arm_events"]


def _claim(seen: Said) -> list[str]:
    return words.events((("claimed", fields) for fields in seen["claimed"]), "claimed", words.CLAIMED)


def _records(seen: Said) -> Iterator[object]:
    return (read(bytes.fromhex(record), exact=False) for record in seen["records"])


def shown(result: Said, _others: Mapping[str, Said]) -> Table:
    """One row a block."""
    return Table(_HEAD, tuple(_row(result, name, block) for name, block in blocks().items()))


def _row(result: Said, name: str, block: bytes) -> tuple[str, ...]:
    seen = result["blocks"][name]
    reason = why(result, block)
    said = [f"host_action {one.host_action}, origin {one.origin}" if isinstance(one, FaultInfo) else str(one)
            for one in _records(seen)]
    return (name, CHECKS[reason] if reason else "nothing", ", ".join(_claim(seen)), "; ".join(said))
