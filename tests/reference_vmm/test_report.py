# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The CPER for the guest: its bytes by hand, which address it has, and how bad it says the error is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abi.cper import ArmProcessor, PlatformMemory, build_status_block, parse_status_block
from abi.errors import InputError
from abi.record import FaultInfo, new
from abi.rules import all_rules
from reference_host.firmware import read_firmware
from reference_vmm.report import block_of, entry, report
from tests.reference_vmm.strategies import read_records, u64

CAPTURES = Path(__file__).parents[1] / "captures"
FAR_VALID, FIRMWARE_VA_VALID, SEVERITY_VALID, ACTION_REQUIRED = 1 << 0, 1 << 4, 1 << 5, 1 << 6
RECOVERABLE, FATAL, CORRECTED, INFORMATIONAL = 0, 1, 2, 3
VA_ONLY = new(kind=1, origin=1, esr=0x92000010, far=0x300500123, flags=FAR_VALID | ACTION_REQUIRED)
NOWHERE = VA_ONLY._replace(esr=0x92000410, far=0, flags=ACTION_REQUIRED)
GPA = VA_ONLY._replace(sea_flags=1, gpa=0x48008000, gpa_origin=2, address_lsb=12)

VA_ONLY_HEX = (
    "11000000 00000000 00000000 90000000 00000000"  # one entry, uncorrectable; 0x90 bytes; recoverable
    "163d9ee1 11bc e411 9caac2051d5d46b0"  # ARM processor error
    "00000000 0003 00 00 48000000" + "00" * (16 + 20 + 8) +  # recoverable, revision 0x300, 0x48 bytes
    "01000000 0100 0000 48000000 00000000"  # MPIDR valid, one error information, no context
    "0000008000000000 0000000000000000 00000000 00000000"  # MPIDR 0x80000000
    "00 20 0800 02 0000 00 0000000000000000"  # virtual address valid, cache
    "2301500003000000 0000000000000000"
)


def built(record: FaultInfo, mpidr: int | None = None) -> bytes:
    block = report(record, mpidr=mpidr)
    assert block is not None
    return build_status_block(block)


def test_a_virtual_address_alone_gives_these_bytes() -> None:
    """vmm.report.address"""
    assert built(VA_ONLY, 0x80000000) == bytes.fromhex(VA_ONLY_HEX)


def test_a_guest_physical_address_gives_the_bytes_that_a_linux_kernel_acted_on() -> None:
    """vmm.report.address: the captured block made Linux 7.3.4 isolate the page"""
    cases = json.loads((CAPTURES / "apei-linux-7.3.4.json").read_text(encoding="utf-8"))["cases"]
    capture = next(case for case in cases if case["name"] == "memory-pa")
    assert capture["memory_failure"]
    assert built(GPA).hex() == capture["cper"]


@pytest.mark.parametrize(("lsb", "mask"), [(12, "00f0ffffffffffff"), (21, "0000e0ffffffffff"), (1, "feffffffffffffff")])
def test_the_mask_covers_the_damaged_granule(lsb: int, mask: str) -> None:
    raw = built(GPA._replace(address_lsb=lsb))
    assert raw[92:100] == (0x4006).to_bytes(8, "little")  # error type, mask and address valid
    assert raw[116:124].hex() == mask


@pytest.mark.parametrize("lsb", [0, 64, 255])
def test_a_granule_that_is_not_known_gives_no_mask(lsb: int) -> None:
    raw = built(GPA._replace(address_lsb=lsb))
    assert raw[92:100] == (0x4002).to_bytes(8, "little")
    assert not any(raw[116:124])


@settings(max_examples=200, deadline=None)
@given(read_records(), st.none() | u64, st.booleans())
def test_a_report_parses_strictly_and_has_the_one_address_that_it_may(
    record: FaultInfo, mpidr: int | None, firmware_va: bool
) -> None:
    """vmm.report.address: gpa; else far, else firmware's; else none. Never a physical address beside it."""
    block = report(record, mpidr=mpidr, firmware_va=firmware_va)
    assert block is not None
    assert parse_status_block(build_status_block(block)) == block
    (only,) = block.entries
    section = only.section
    if record.sea_flags & 1 or record.kind == 4:
        assert isinstance(section, PlatformMemory)
        assert section.physical_address == (record.gpa if record.sea_flags & 1 else None)
        return
    assert isinstance(section, ArmProcessor)
    assert section.mpidr == mpidr
    (info,) = section.error_info
    known = record.far if record.flags & FAR_VALID else None
    if known is None and record.flags & FIRMWARE_VA_VALID and firmware_va:
        known = record.firmware_va
    assert (info.virtual_address, info.physical_address) == (known, None)
    assert info.is_cache


def test_no_address_is_said_where_there_is_none() -> None:
    raw = built(NOWHERE)
    assert raw[92:96] == bytes(4)  # no MPIDR either
    assert raw[132:140].hex() == "0020000002000000"
    assert not any(raw[140:])


def test_a_host_reads_the_report_as_it_reads_its_own_firmware() -> None:
    """A guest that is a host in its turn: only the memory section makes it isolate the page"""
    told = read_firmware(report(GPA))
    assert told is not None
    assert (told.queues, told.virtual) == ((0x48008000,), ())
    told = read_firmware(report(VA_ONLY, mpidr=7))
    assert told is not None
    assert (told.queues, told.virtual) == ((), ((0x300500123, 7),))


def test_an_mpidr_that_is_no_64_bit_number_is_refused() -> None:
    with pytest.raises(InputError):
        built(VA_ONLY, 1 << 64)


def test_a_kind_that_is_not_known_has_no_report() -> None:
    assert report(VA_ONLY._replace(kind=5)) is None
    assert report(VA_ONLY._replace(kind=0)) is None


@pytest.mark.parametrize(
    ("severity", "shown"), [(1, CORRECTED), (2, RECOVERABLE), (3, RECOVERABLE), (4, FATAL), (5, FATAL)]
)
@pytest.mark.parametrize("kind", [1, 2, 3])
def test_a_known_severity_decides_whatever_firmware_said(kind: int, severity: int, shown: int) -> None:
    """vmm.report.severity"""
    assert "vmm.report.severity" in all_rules()
    record = new(kind=kind, severity=severity, flags=SEVERITY_VALID, firmware_severity=4)
    block = report(record)
    assert block is not None
    assert block.error_severity == block.entries[0].error_severity == shown


@pytest.mark.parametrize("kind", [1, 2])
@pytest.mark.parametrize("firmware", range(6))
@pytest.mark.parametrize(("severity", "flags"), [(5, 0), (0, SEVERITY_VALID), (6, SEVERITY_VALID)])
def test_an_access_of_unknown_severity_is_recoverable(kind: int, firmware: int, severity: int, flags: int) -> None:
    """vmm.report.severity"""
    record = new(kind=kind, severity=severity, flags=flags, firmware_severity=firmware)
    assert entry(record) is not None
    assert built(record)[16:20] == bytes(4)


@pytest.mark.parametrize("kind", [3, 4])
@pytest.mark.parametrize(
    ("firmware", "shown"),
    [(0, RECOVERABLE), (1, RECOVERABLE), (2, FATAL), (3, CORRECTED), (4, INFORMATIONAL), (5, RECOVERABLE)],
)
def test_an_asynchronous_error_of_unknown_severity_is_what_firmware_said(kind: int, firmware: int, shown: int) -> None:
    """vmm.report.severity"""
    assert built(new(kind=kind, firmware_severity=firmware))[16] == shown


@pytest.mark.parametrize(
    ("severities", "worst", "status"),
    [  # block_status: 1 uncorrectable, 2 correctable, 4 and 8 several of them; the entry count from bit 4
        ((3,), RECOVERABLE, 0x11),
        ((1,), CORRECTED, 0x12),
        ((3, 3), RECOVERABLE, 0x25),
        ((1, 1), CORRECTED, 0x2A),
        ((1, 3), RECOVERABLE, 0x23),
        ((2, 4, 1, 1), FATAL, 0x4F),
    ],
)
def test_several_errors_make_one_block_with_the_worst_severity(
    severities: tuple[int, ...], worst: int, status: int
) -> None:
    entries = [
        entry(GPA._replace(gpa=n << 12, severity=s, flags=SEVERITY_VALID)) for n, s in enumerate(severities)
    ]
    block = block_of(entries)
    assert block is not None
    raw = build_status_block(block)
    assert (int.from_bytes(raw[:4], "little"), raw[16]) == (status, worst)
    read = parse_status_block(raw).entries
    assert [getattr(e.section, "physical_address", None) for e in read] == [n << 12 for n in range(len(severities))]


def test_informational_errors_are_not_taken_for_no_record() -> None:
    """block_status 0 says that there is nothing"""
    assert built(new(kind=4, firmware_severity=4))[0] == 0x12


def test_no_errors_make_no_block() -> None:
    assert block_of(()) is None
    assert block_of((None, entry(VA_ONLY._replace(kind=9)))) is None
