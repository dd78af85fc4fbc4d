# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The kernel's own checks of firmware's blocks: each decides, what is said of the vectors fits, the judge turns red."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from abi.cper import parse_status_block
from abi.cper.layouts import DATA_ENTRY_V3, STATUS_BLOCK
from abi.errors import InputError
from abi.record import build
from abi.trap import Memslot, Trap
from reference_host.emit import emit
from reference_host.firmware import read_firmware
from reference_vmm.kvm.path import RECORD as FAULT_INFO
from tests.lab import apei_judging, claims, guest
from tests.lab.apei import CHECKS, ENTRIES, LENGTH, NO_RECORD, RAW, SHORT, refusal
from tests.lab.apei_blocks import ABORT, RIGHT, blocks
from tests.lab.live_trials import asked, left

BLOCKS: Final = blocks()
#: Of QEMU's error sources.
SOURCE: Final = 0x400
REFUSED: Final = {
    "block_status 0": NO_RECORD, "data_length: not an entry's head": SHORT, "data_length: 1 less": ENTRIES,
    "data_length: 1 more": ENTRIES, "data_length: more than the source has": LENGTH,
    "raw_data_length: overflows": LENGTH, "raw_data_offset: within the entries": RAW, "revision 0x201": ENTRIES,
    "error_data_length: 1 less": ENTRIES, "error_data_length: 1 more": ENTRIES,
    "error_data_length: overflows": ENTRIES,
}


def test_each_check_refuses_its_blocks_and_the_others_are_taken() -> None:
    said = {name: refusal(block.ljust(SOURCE, b"\0")) for name, block in BLOCKS.items()}
    assert {name: why for name, why in said.items() if why} == REFUSED
    assert set(REFUSED.values()) == set(CHECKS)


def test_but_for_one_the_rule_refuses_them_all() -> None:
    def refused(block: bytes) -> bool:
        try:
            return read_firmware(parse_status_block(block)) is None
        except InputError as error:
            return error.code == "host.cper.strict"

    assert [name for name, block in BLOCKS.items() if not refused(block)] == [RIGHT]


def test_a_source_that_is_smaller_than_the_block_or_its_head_gives_none() -> None:
    right = BLOCKS[RIGHT]
    assert refusal(right) is None
    assert {refusal(right[:length]) for length in range(4, len(right))} == {LENGTH}
    assert {refusal(right[:length]) for length in range(1)} == {NO_RECORD}


def test_an_entry_of_no_bytes_is_refused_where_the_kernel_would_not_end() -> None:
    block = bytearray(BLOCKS[RIGHT])
    at = STATUS_BLOCK.size + DATA_ENTRY_V3.offsets["error_data_length"]
    block[at : at + 4] = (-DATA_ENTRY_V3.size & 0xFFFF_FFFF).to_bytes(4, "little")
    assert refusal(bytes(block)) == ENTRIES


def test_of_the_vectors_all_are_asked_but_those_that_the_kernel_claims_against_the_rule() -> None:
    every = asked()
    whole = [one for one in every if not one.refused and one.trial]
    found = left(every)
    assert len(whole) + sum(found.refused.values()) + sum(found.not_asked.values()) == len(every)
    assert set(found.refused) == set(CHECKS)
    for one in every:
        if one.trial is None:  # the answer that no emitter may give: there was no claim
            assert one.vector.expect.keys() == {"record", "end"}
            assert refusal(one.vector.input["cper"]) is None
    for one in whole:  # what the rule takes the kernel takes
        if one.vector.input.get("firmware"):
            memory = one.vector.input["cper"]
            assert (refusal(memory) is None) is (read_firmware(parse_status_block(memory)) is not None)


def test_every_captured_trap_is_asked_with_its_firmware_record() -> None:
    captured = [one for one in asked() if one.vector.slug.startswith("captured-")]
    assert len(captured) >= 36
    assert all(one.trial and not one.refused for one in captured)


SLOT: Final = Memslot(guest.GPA_TARGET, 0x1000, 0xFFFF_95C0_8000, 0x72D0_4000)
TAKEN: Final = Trap(0x93C1_8006, ABORT.address, guest.GPA_TARGET >> 8 | 1 << 63, mpidr=claims.MPIDR, memslots=(SLOT,))


def right() -> dict[str, Any]:
    """What a kernel that does as it should says of all."""
    return {"capability": None, "source": SOURCE, "memslots": [list(SLOT)],
            "blocks": {name: _made(name) for name in BLOCKS}}


def _made(name: str) -> dict[str, Any]:
    refused = name in REFUSED
    record = emit(ABORT.given(TAKEN), None if refused else ABORT.block(0)).record
    assert record is not None
    return {"exit": "KVM_EXIT_ARM_SEA" if refused else "EINTR", "records": [build(record).hex()],
            "taken": [TAKEN.esr_el2, TAKEN.far_el2, TAKEN.hpfar_el2],
            "claimed": [f"x said={-2 if refused else 0}"], "arm_events": 0 if refused else 1}


def test_what_is_right_holds_and_is_shown() -> None:
    assert not apei_judging.checks(right(), {})
    table = apei_judging.shown(right(), {})
    assert [row[0] for row in table.rows] == list(BLOCKS)
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert {row[1] for row in table.rows} == {"nothing", *CHECKS.values()}


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(("name", "field", "change"), [
    ("block_status 0", "apei_claim_sea", lambda c: c.update(claimed=["x said=0"])),
    ("block_status 0", "exit", lambda c: c.update(exit="EINTR")),
    ("block_status 0", "records", lambda c: c.update(records=[])),
    ("block_status 0", "arm_events", lambda c: c.update(arm_events=1)),
    (RIGHT, "apei_claim_sea", lambda c: c.update(claimed=[])),
    (RIGHT, "host_action", lambda c: c.update(records=_made("block_status 0")["records"])),
    (RIGHT, "host_action", lambda c: c.update(records=["00" * 80])),
])
def test_each_thing_that_is_wrong_turns_red(name: str, field: str, change: Change) -> None:
    result = right()
    change(result["blocks"][name])
    assert {finding.field for finding in apei_judging.checks(result, {})} == {f"{name}: {field}"}


def test_a_kernel_that_writes_records_exits_with_either() -> None:
    result = right() | {"capability": FAULT_INFO}
    for made in result["blocks"].values():
        made["exit"] = "KVM_EXIT_ARM_SEA"
    assert not apei_judging.checks(result, {})
