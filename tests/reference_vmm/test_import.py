# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""KVM_EXIT_ARM_SEA of a stock kernel as a record: every field by hand, and the pages that hold no such exit."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abi.errors import InputError
from abi.record import build
from abi.rules import check
from reference_vmm.parse import import_arm_sea, parse
from tests.reference_vmm.strategies import EXTERNAL_ABORTS, u64

GPA_VALID = 1
FAR_VALID, SEVERITY_VALID, ACTION_REQUIRED = 1 << 0, 1 << 5, 1 << 6
VA, PAGE = 0xFFFF_8000_1234_5678, 0x5_0012_3000


def page(
    flags: int = 0, esr: int = 0x92000010, gva: int = VA, gpa: int = 0, *, reason: int = 41, length: int = 288
) -> bytes:
    """A kvm_run page: exit_reason at 8, the union at 32 (include/uapi/linux/kvm.h); noise everywhere else."""
    head = b"\xa5" * 8 + struct.pack("<I", reason) + b"\xa5" * 20
    return (head + struct.pack("<4Q", flags, esr, gva, gpa)).ljust(max(length, 64), b"\xa5")[:length]


@pytest.mark.parametrize(
    ("flags", "esr", "gva", "gpa", "expected"),
    [  # far, gpa, flags, gpa_origin, kind, severity
        (0, 0x92000010, VA, 0, (VA, 0, FAR_VALID, 0, 1, 0)),
        (GPA_VALID, 0x92000010, VA, PAGE, (VA, PAGE | 0x678, FAR_VALID, 2, 1, 0)),
        # The kernel gives a page; should it ever give more, the low bits are still those of gva.
        (GPA_VALID, 0x92000010, VA, PAGE | 0xABC, (VA, PAGE | 0x678, FAR_VALID, 2, 1, 0)),
        # What is not valid is not taken over.
        (0, 0x92000010, VA, PAGE, (VA, 0, FAR_VALID, 0, 1, 0)),
        (0, 0x92000410, VA, PAGE, (0, 0, 0, 0, 1, 0)),
        (GPA_VALID, 0x92000410, VA, PAGE, (0, PAGE, 0, 2, 1, 0)),
        # On a walk FAR_EL2 is always written.
        (0, 0x82000017, VA, 0, (VA, 0, FAR_VALID, 0, 2, 0)),
        (0, 0x86000018, VA, 0, (VA, 0, FAR_VALID, 0, 2, 0)),
        # SET: 0 is UER, or hidden from a VM without RAS; 1 is reserved; 2 UC, 3 UEO; unreliable on a walk.
        (0, 0x92001010, VA, 0, (VA, 0, FAR_VALID | SEVERITY_VALID, 0, 1, 5)),
        (0, 0x92001810, VA, 0, (VA, 0, FAR_VALID | SEVERITY_VALID, 0, 1, 2)),
        (0, 0x92000810, VA, 0, (VA, 0, FAR_VALID, 0, 1, 0)),
        (0, 0x92001017, VA, 0, (VA, 0, FAR_VALID, 0, 1, 0)),
        (0, 0x92001350, VA, 0, (VA, 0, FAR_VALID | SEVERITY_VALID, 0, 1, 5)),
    ],
)
def test_the_exit_becomes_a_record_of_version_1_0(
    flags: int, esr: int, gva: int, gpa: int, expected: tuple[int, ...]
) -> None:
    record = import_arm_sea(page(flags, esr, gva, gpa))
    assert (record.far, record.gpa, record.flags ^ ACTION_REQUIRED, record.gpa_origin, record.kind,
            record.severity) == expected
    assert (record.sea_flags, record.esr) == (flags, esr)
    assert (record.size, record.major, record.minor) == (64, 1, 0)
    # A trap that APEI did not claim; nothing else is known.
    assert (record.origin, record.host_action) == (1, 1)
    assert record[11:13] == (0, 0)
    assert record[15:] == (0, 0, 0, 0, b"")


@settings(max_examples=150, deadline=None)
@given(
    st.booleans(), st.sampled_from((0x20, 0x21, 0x24, 0x25)), st.sampled_from(EXTERNAL_ABORTS),
    st.sets(st.sampled_from((0x400, 0x200, 0x100, 0x40, 0x800, 0x1000))).map(sum), u64, u64,
)
def test_what_a_kernel_can_say_becomes_a_record_that_breaks_no_rule_that_the_kernel_kept(
    has_gpa: bool, ec: int, fsc: int, bits: int, gva: int, gpa: int
) -> None:
    """Its mask (mmu.c: EC, IL, FSC, FnV, EA, CM, WnR, SET), its gpa (never without gva)."""
    kept = bits & ~(0x140 if ec < 0x24 else 0) & ~(0 if fsc == 0x10 else 0x400)
    has_gpa = has_gpa and not kept & 0x400
    record = import_arm_sea(page(has_gpa, ec << 26 | 1 << 25 | kept | fsc, gva, gpa))
    assert check(record) == ()
    assert parse(build(record)) == (record, ())


def test_bits_of_arm_sea_that_upstream_may_allocate_are_kept_and_say_nothing() -> None:
    record = import_arm_sea(page(flags=0xFE, gpa=PAGE))
    assert (record.sea_flags, record.gpa, record.gpa_origin) == (0xFE, 0, 0)


def test_a_page_may_be_longer_and_a_view() -> None:
    record = import_arm_sea(page())
    assert import_arm_sea(page(length=4096)) == record
    assert import_arm_sea(memoryview(page(length=320))) == record


@pytest.mark.parametrize("length", [0, 12, 63, 64, 287])
def test_a_page_that_ends_before_its_union_does_is_refused(length: int) -> None:
    with pytest.raises(InputError) as refused:
        import_arm_sea(page(length=length))
    error = refused.value
    assert (error.code, error.path, error.offset) == ("kvm_run.length", "kvm_run", 0)
    assert (error.expected, error.got) == (">= 0x120 bytes", f"{length:#x} bytes")


@pytest.mark.parametrize("reason", [0, 4, 28, 39, 40, 42, 0xFFFFFFFF])
def test_another_exit_is_not_read_as_this_one(reason: int) -> None:
    """vmm.exit.reason"""
    with pytest.raises(InputError) as refused:
        import_arm_sea(page(reason=reason))
    error = refused.value
    assert (error.code, error.path, error.offset) == ("vmm.exit.reason", "kvm_run.exit_reason", 8)
    assert error.got == hex(reason)
    assert error.expected.startswith("0x29 ")


@pytest.mark.parametrize("esr", [0, 0x92000005, 0x92000011, 0x92000019, 0x8200000F, 0xBE000011, 0x96000021, 0x5A000010])
def test_a_syndrome_that_is_no_external_abort_is_refused(esr: int) -> None:
    """host.record.cause"""
    with pytest.raises(InputError) as refused:
        import_arm_sea(page(esr=esr))
    error = refused.value
    assert (error.code, error.path, error.offset) == ("host.record.cause", "kvm_run.arm_sea.esr", 40)
    assert error.got == hex(esr)
