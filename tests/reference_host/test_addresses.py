# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Where the error is: addresses and their origin, by rule, and what came by interrupt."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from abi.cper import DataEntry, PlatformMemory, StatusBlock, bits
from abi.definition import (
    ALL_KINDS,
    FAR_VALID,
    FIRMWARE_VA_VALID,
    GPA_VALID,
    HVA_VALID,
    PA_VALID,
)
from abi.trap import End, Isolated, Memslot, Trap
from reference_host.emit import emit
from tests.reference_host import strategies as s
from tests.reference_host import tables as t
from tests.reference_host.builders import PA, block_of, cache, plain, record_of

SOME = settings(max_examples=80, deadline=None)


# -- what came by interrupt --

def test_host_never_silent_a_record_by_interrupt_is_told_at_whatever_exit() -> None:
    block = block_of(cache(physical=PA))
    for esr in (0x0, 0x5A00_0000, 0x9200_0007):
        record = record_of(plain(esr, notify="gpio"), block)
        assert (record.kind, record.gpa, record.host_action) == (4, 0x4000_1000, 4)


def test_host_never_silent_the_first_page_of_the_vm_is_told() -> None:
    block = block_of(cache(physical=0x1000), cache(physical=PA))
    assert record_of(plain(0, notify="gpio"), block).gpa == 0x4000_1000
    outside = emit(plain(0, notify="gpio"), block_of(cache(physical=0x1000)))
    assert (outside.record, outside.rule, outside.end) == (None, "host.gpa.space", End.RESUMED)
    assert outside.memory_failure


def test_host_record_cause_a_page_that_is_only_moved_is_not_lost() -> None:
    memory = DataEntry(PlatformMemory(bits.MEMORY_VALID_PA, physical_addr=PA), bits.CORRECTED, flags=s.THRESHOLD)
    emission = emit(plain(0, notify="gpio"), StatusBlock((memory,), bits.CORRECTED))
    assert (emission.record, emission.rule, emission.end) == (None, "host.record.cause", End.RESUMED)
    assert (emission.memory_failure, emission.legacy) == (True, None)


def test_a_notice_says_isolated_where_the_page_is() -> None:
    trap = plain(0, notify="gpio", isolated=(Isolated(0x4000_0000, 21),))
    record = record_of(trap, block_of(cache(physical=PA)))
    assert (record.host_action, record.address_lsb, record.gpa) == (2, 21, 0x4000_1000)


# -- addresses --

@SOME
@given(s.traps(
    lambda choose: s.external_abort(choose) & ~t.S1PTW, disr_el1=None, hyp_context=False, host_ras=True,
    protected=False, kinds=ALL_KINDS, walk=None, hpfar_el2=0, pfar_el2=None, notify="none",
))
def test_host_never_silent_a_failed_walk_ends_in_a_record_without_gpa(trap: Trap) -> None:
    record = record_of(trap)
    assert (record.sea_flags, record.gpa, record.gpa_origin) == (0, 0, 0)


@SOME
@given(s.traps(s.external_abort, disr_el1=None, notify="none", memslots=s.SLOTS))
def test_host_gpa_space_a_gpa_lies_in_a_memslot(trap: Trap) -> None:
    record = emit(trap).record
    if record and record.sea_flags & GPA_VALID:
        assert [slot for slot in s.SLOTS if 0 <= record.gpa - slot.gpa < slot.size]


@pytest.mark.parametrize(("memslots", "valid"), [(None, True), (s.SLOTS, True), (s.SLOTS[1:], False), ((), False)])
def test_host_gpa_space_no_gpa_of_a_walk_that_ends_outside(memslots: tuple[Memslot, ...] | None, valid: bool) -> None:
    record = record_of(plain(walk=0x4000_0000, memslots=memslots))
    assert (bool(record.sea_flags & GPA_VALID), record.gpa) == (valid, 0x4000_0123 if valid else 0)
    assert record.has(HVA_VALID) is (memslots == s.SLOTS)


@pytest.mark.parametrize("fsc", [0x10, 0x18])
def test_host_gpa_origin_far_of_an_access_is_walked(fsc: int) -> None:
    record = record_of(plain(0x9200_0000 | fsc, walk=0x4000_0FF0))
    assert (record.gpa, record.gpa_origin) == (0x4000_0123, 2)


@pytest.mark.parametrize("fsc", [fsc for fsc in t.EXTERNAL if fsc not in (0x10, 0x18)])
def test_host_gpa_origin_far_of_an_abort_on_a_walk_is_not_walked(fsc: int) -> None:
    record = record_of(plain(0x9200_0000 | fsc, walk=0x4000_0000, hpfar_el2=1 << 63 | 0x40_0000))
    assert record.has(FAR_VALID)
    assert (record.sea_flags, record.gpa_origin) == (0, 0)


def test_host_gpa_origin_the_reverse_map_knows_the_page_alone() -> None:
    record = record_of(plain(0x9200_4410, pfar_el2=1 << 63 | PA))
    assert (record.gpa, record.gpa_origin, record.hva) == (0x4000_1000, 3, s.SLOTS[0].hva + 0x1000)
    assert record.has(PA_VALID)
    assert not record.has(FAR_VALID)


@pytest.mark.parametrize("nested", [False, True])
def test_host_gpa_space_kvms_mark_of_a_nested_guest_is_another_space(nested: bool) -> None:
    record = record_of(plain(hpfar_el2=1 << 63 | 0x40_0000, nested=nested))
    assert record.sea_flags == (0 if nested else GPA_VALID)
    assert record.gpa == (0 if nested else 0x4000_0123)
    isolated = (Isolated(0x4000_0000, 12),)
    fault = plain(0x9200_0007, hpfar_el2=0x50_0000, walk=0x4000_0000, nested=True, isolated=isolated)
    told = record_of(fault)
    assert (told.gpa, told.gpa_origin, told.hpfar) == (0x4000_0123, 2, 0x50_0000)


@pytest.mark.parametrize(("block", "mpidr", "usable"), [
    (block_of(cache(virtual=0x1230)), s.MPIDR, True),
    (block_of(cache(virtual=0)), s.MPIDR, False),
    (block_of(cache(physical=PA, type=bits.TYPE_TLB)), s.MPIDR, False),
    (block_of(cache(virtual=0x1230, physical=PA, type=bits.TYPE_TLB)), s.MPIDR, True),
    (block_of(cache(virtual=0x1230), cache()), s.MPIDR, True),
    (block_of(cache(virtual=0x1230), cache(virtual=0x1230)), s.MPIDR, False),
    (block_of(cache(virtual=0x1230), cache(physical=PA, type=bits.TYPE_BUS)), s.MPIDR, False),
    (block_of(cache(virtual=0x1230)), None, False),
    (block_of(cache(virtual=0x1230)), s.MPIDR + 1, False),
    (block_of(cache(virtual=0x1230), mpidr=None), s.MPIDR, False),
    (block_of(cache(virtual=0x1230), mpidr=None), 0, False),
])
def test_host_firmware_va_usable(block: StatusBlock, mpidr: int | None, usable: bool) -> None:
    record = record_of(plain(mpidr=mpidr), block)
    assert record.has(FIRMWARE_VA_VALID) is usable
    assert record.firmware_va == (0x1230 if usable else 0)


@pytest.mark.parametrize("notify", ["sei", "gpio", "none"])
def test_host_firmware_va_usable_only_as_claimed_for_this_very_trap(notify: str) -> None:
    block = block_of(cache(virtual=0x1230))
    for esr in (0x9200_0010, 0xBE00_0C11):
        assert not record_of(plain(esr, notify=notify), block).has(FIRMWARE_VA_VALID)
    assert record_of(plain(0xBE00_0C11, notify="sei"), block).origin == 3
