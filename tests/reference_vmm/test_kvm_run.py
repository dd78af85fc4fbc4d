# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What KVM_RUN left on the page: which exits carry a record, and when the vCPU may be saved."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi.errors import InputError
from abi.record import build
from reference_vmm.kvm_run import Returned, may_save, take
from reference_vmm.parse import import_arm_sea
from tests.abi.broken_records import SERROR, VALID

SEA, SERROR_EXIT, EINTR = 41, 0x4000_0001, 4
RECORD = build(VALID["data-1.0"])


def page(reason: int, union: bytes = RECORD, size: int = 288) -> bytes:
    """exit_reason at 8, the union from 32 to 288; noise everywhere else."""
    head = b"\xa5" * 8 + struct.pack("<I", reason) + b"\xa5" * 20
    return (head + union.ljust(256, b"\xa5")).ljust(size, b"\xa5")[:size]


@pytest.mark.parametrize("reason", [SEA, SERROR_EXIT])
def test_the_whole_union_is_copied_once(reason: int) -> None:
    """vmm.exit.reason"""
    memory = bytearray(page(reason, build(SERROR)))
    taken = take(Returned(memoryview(memory)))
    memory[32:] = bytes(256)
    assert taken == build(SERROR).ljust(256, b"\xa5")


@pytest.mark.parametrize(("returned", "code"), [
    (Returned(page(6)), "vmm.exit.reason"),
    (Returned(page(6), EINTR), "vmm.exit.reason"),
    (Returned(page(SEA), EINTR), "vmm.exit.lifetime"),
    (Returned(page(SERROR_EXIT), EINTR), "vmm.exit.lifetime"),
    (Returned(page(SERROR_EXIT), kinds=0), "vmm.exit.reason"),
    (Returned(page(SERROR_EXIT), serror_exit=44), "vmm.exit.reason"),
    (Returned(page(SEA), EINTR, kinds=0), "vmm.exit.lifetime"),
    (Returned(page(SEA, size=287)), "vmm.malformed"),
])
def test_there_is_no_record_and_the_rule_says_why(returned: Returned, code: str) -> None:
    with pytest.raises(InputError) as caught:
        take(returned)
    assert caught.value.code == code


def test_without_the_capability_arm_sea_is_imported() -> None:
    union = struct.pack("<4Q", 1, 0x9200_0010, 0xFFFF_8000_1234_5678, 0x5_0012_3000)
    imported = build(import_arm_sea(page(SEA, union)))
    assert take(Returned(page(SEA, union), kinds=0)) == imported
    assert take(Returned(page(SEA, union), kinds=0b11100)) == imported  # a data abort; all other kinds are enabled
    assert take(Returned(page(SEA, union), kinds=0b00010)) != imported


@pytest.mark.parametrize(("returned", "answered", "saved"), [
    (Returned(page(SEA)), False, False),
    (Returned(page(SEA)), True, True),
    (Returned(page(6)), False, True),
    (Returned(page(SEA), EINTR), False, True),
    (Returned(page(SEA, bytes(256)), kinds=0), False, False),
    (Returned(page(SEA, bytes(256)), kinds=0), True, True),
])
def test_a_vcpu_is_saved_after_the_answer_only(returned: Returned, answered: bool, saved: bool) -> None:
    """vmm.migrate; an exit whose syndrome cannot be read waits for an answer too."""
    assert may_save(returned, answered=answered) is saved


def judged(returned: Returned) -> str:
    try:
        take(returned)
    except InputError as error:
        return error.code
    return ""


@given(st.binary(max_size=300), st.integers(0, 200), st.integers(0, 31), st.integers(0, (1 << 32) - 1))
def test_no_page_makes_it_fail_in_another_way(data: bytes, errno: int, kinds: int, reason: int) -> None:
    for one in (data, page(reason, data), page(SEA, data)):
        returned = Returned(one, errno, kinds)
        may_save(returned, answered=False)
        assert judged(returned) in {"", "vmm.exit.reason", "vmm.exit.lifetime", "vmm.malformed", "host.record.cause"}
