# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A run of the chain from firmware's record to the guest as an emission of the kernel under test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from abi.cper import StatusBlock, parse_status_block
from abi.trap import Isolated, Trap
from tests.lab import guest, words
from tests.lab.case import Said
from tests.lab.cases import collected
from tests.lab.chain_judging import taken
from tests.lab.claims import Abort
from tests.lab.judging import claims
from tests.lab.verdict_emission import Cause, judged

#: In the names of the cases.
CHAIN: Final = "firmware."
_PAGE_SHIFT: Final = 12
#: How a run without a record is told of: the guest has got nothing yet, and nothing waits for it.
_NOTHING: Final[Mapping[str, Any]] = {"stock": {}, "pending": {"serror_pending": "0x0"}}


def by_chain(results: Mapping[str, Said]) -> Iterator[tuple[str, dict[str, str], frozenset[str]]]:
    """Of each KVM_RUN its name, the rules broken, and those that a lie would have broken; of a kernel that claims."""
    for case, result in results.items():
        if not case.startswith(CHAIN) or not claims(result):
            continue
        for number, run in enumerate(result["runs"]):
            given = tuple(_given(case, result, number))
            yield f"{case} KVM_RUN {number}", *judged(result, _found(run), given, partial(str, run["exit"]))


def _found(run: Mapping[str, Any]) -> dict[str, Any]:
    """What became of it, as a cell has it."""
    found = {"union": run["own"]} if run.get("own") else dict(_NOTHING)
    if words.events(run["events"], "memory_failure_event", words.FAILED):
        found["memory_failure"] = True
    return found | ({"bus": run["bus"]} if run["bus"] else {})


def trap_of(case: str, result: Said, number: int) -> tuple[Trap, StatusBlock | None]:
    """The trap of a KVM_RUN, and firmware's record if it was there; after the first the page is isolated."""
    fault, arguments = taken(result), collected()[case].arguments
    if number or "abort" not in arguments:
        return fault._replace(isolated=(Isolated(guest.GPA_TARGET, _PAGE_SHIFT),)), None
    block = parse_status_block(bytes.fromhex(result["firmware"])) if result.get("firmware") else None
    return Abort(*arguments["abort"]).given(fault), block


def _given(case: str, result: Said, number: int) -> Iterator[Cause]:
    """Whether APEI claims, as for a record that it has printed within 10 s it does not, is its own affair."""
    trap, block = trap_of(case, result, number)
    yield Cause(trap)
    if block is not None:
        yield Cause(trap, block)
