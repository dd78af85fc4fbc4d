# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Records written byte by byte, beside what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from abi import cper
from abi.cper import ArmProcessor, ContextInfo, DataEntry, ErrorInfo, PlatformMemory, Raw, Record, StatusBlock
from abi.cper.values import SectionDescriptor
from abi.errors import InputError


def _hex(*lines: str) -> bytes:
    """Bytes of lines like ``"20 00  # length"``."""
    return bytes.fromhex("".join(line.partition("#")[0] for line in lines))


INFO_VA = _hex(
    "00          # version",
    "20          # length 32",
    "08 00       # validation_bits: VIRT_ADDR alone",
    "02          # type: cache",
    "03 02       # multiple_error, unaligned at 5",
    "01          # flags: first",
    "0f 00 40 02 00 00 00 00  # error_info",
    "80 ff ee dd cc bb 00 ff  # virt_fault_addr",
    "11 11 11 11 11 11 11 11  # physical_fault_addr: left behind, not valid",
)
VA = ErrorInfo(validation_bits=8, type=2, multiple_error=0x203, flags=1, error_info=0x0240_000F,
               virt_fault_addr=0xFF00_BBCC_DDEE_FF80, physical_fault_addr=0x1111_1111_1111_1111)

INFO_LONG = _hex(
    "01 28 14 00  # version 1, length 40, ERR_INFO and PHYSICAL_ADDR",
    "08 00 00 00  # type: bus; single",
    "08 00 00 02 00 00 00 00  # error_info: bit 3 says that bit 25 is valid, and it is set",
    "00 00 00 00 00 00 00 00  # virt_fault_addr",
    "00 50 34 12 00 00 00 00  # physical_fault_addr",
    "aa bb cc dd ee ff 01 02  # beyond what version 0 has",
)
LONG = ErrorInfo(validation_bits=0x14, type=8, error_info=0x0200_0008, physical_fault_addr=0x1234_5000,
                 version=1, extra=bytes.fromhex("aabbccddeeff0102"))

ARM = _hex(
    "09 00 00 00  # validation_bits: MPIDR, VENDOR_INFO",
    "02 00 02 00  # two error informations, two contexts",
    "9e 00 00 00  # section_length 158 = 40 + 32 + 40 + 16 + 8 + 18 + 4",
    "01 a1 a2 a3  # affinity_level, reserved",
    "00 01 00 81 00 00 00 00  # mpidr",
    "10 d0 0f 41 00 00 00 00  # midr",
    "01 00 00 00 02 00 00 00  # running_state, psci_state",
) + INFO_VA + INFO_LONG + _hex(
    "00 00 08 00 04 00 00 00  # context: misc, 4 bytes",
    "de ad be ef 00 00 00 00  # them, and padding to 16",
    "00 00 05 00 12 00 00 00  # context: EL1, 18 bytes",
    "01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12  # them: 26, not padded to 32",
    "76 65 6e 21  # vendor",
)
SECTION = ArmProcessor(
    (VA, LONG), validation_bits=9, mpidr_raw=0x8100_0100, midr=0x410F_D010, affinity_level=1, running_state=1,
    psci_state=2, reserved=bytes.fromhex("a1a2a3"), vendor=b"ven!", context_info=(
        ContextInfo(8, bytes.fromhex("deadbeef"), padding=bytes(4)),
        ContextInfo(5, bytes(range(1, 19))),
    ))

MEMORY_OLD = _hex(
    "06 00 00 00 00 00 00 00  # validation_bits: PA, PA_MASK",
    "00 00 00 00 00 00 00 00",
    "00 80 00 48 00 00 00 00  # physical_addr",
    "00 f0 ff ff ff ff ff ff  # physical_addr_mask",
    "01 00 02 00 03 00 04 00 05 00 06 00 07 00 08 00  # node to bit_pos",
    "09 00 00 00 00 00 00 00 0a 00 00 00 00 00 00 00 0b 00 00 00 00 00 00 00",
    "0c           # error_type",
)
OLD = PlatformMemory(6, 0, 0x4800_8000, 0xFFFF_FFFF_FFFF_F000, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                     old=True)

BLOCK = _hex(
    "25 00 00 80  # block_status: uncorrectable, multiple, two entries, an unknown bit",
    "8e 01 00 00  # raw_data_offset 398 = 20 + 375 + 3",
    "05 00 00 00  # raw_data_length",
    "77 01 00 00  # data_length 375 = 72 + 158 + 72 + 73",
    "01 00 00 00  # error_severity: fatal",
    "16 3d 9e e1 11 bc e4 11 9c aa c2 05 1d 5d 46 b0  # ARM processor",
    "00 00 00 00 00 03 05 21  # recoverable, revision 3.0, FRU_ID and TIMESTAMP, flags",
    "9e 00 00 00",
    "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f  # fru_id",
    "44 49 4d 4d 20 30 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # fru_text",
    "56 34 12 01 31 12 25 20  # time_stamp",
) + ARM + _hex(
    "14 11 bc a5 64 6f de 4e b8 63 3e 83 ed 7c 83 b1  # platform memory",
    "02 00 00 00 01 03 00 00  # corrected, revision 3.1",
    "49 00 00 00",
    "00" * 16, "00" * 20, "00" * 8,
) + MEMORY_OLD + _hex("f0 f1 f2  # between", "e0 e1 e2 e3 e4  # raw data")
STATUS = StatusBlock(
    (DataEntry(SECTION, 0, 0x300, 5, 0x21, bytes(range(16)), b"DIMM 0" + bytes(14), 0x2025_1231_0112_3456),
     DataEntry(OLD, 2, 0x301)),
    error_severity=1, block_status=0x8000_0005, gap=bytes.fromhex("f0f1f2"),
    raw_data=bytes.fromhex("e0e1e2e3e4"))

ENTRY_V2 = _hex(
    "10 00 00 00 00 00 00 00 00 00 00 00 42 00 00 00 03 00 00 00  # 66 bytes, one entry, informational",
    "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01  # a type that nobody knows",
    "03 00 00 00 ff 02 00 00  # revision 2.ff: no time stamp",
    "02 00 00 00", "00" * 16, "00" * 20,
    "ab cd",
)
STATUS_V2 = StatusBlock((DataEntry(Raw(bytes(15) + b"\x01", b"\xab\xcd"), 3, 0x2FF, time_stamp=None),), 3, 0)

RECORD = _hex(
    "43 50 45 52 00 01 ff ff ff ff 02 00  # CPER, revision, end of signature, two sections",
    "02 00 00 00 05 00 00 00 1f 01 00 00  # corrected, validation_bits, record_length 287",
    "01 02 03 04 05 06 07 08", "11" * 16, "22" * 16, "33" * 16, "44" * 16,
    "09 00 00 00 00 00 00 00 02 00 00 00 0a 00 00 00 00 00 00 00  # record_id, flags, persistence",
    "00" * 12,
    "13 01 00 00 02 00 00 00 00 01 01 ee 01 00 00 00  # at 275, 2 bytes",
    "55" * 16, "00" * 16, "02 00 00 00", "00" * 20,
    "19 01 00 00 01 00 00 00 00 01 00 00 00 00 00 00  # at 281, 1 byte",
    "66" * 16, "00" * 16, "03 00 00 00", "41" * 20,
    "b0 b1 b2  # before the first",
    "a0 a1",
    "b3 b4 b5 b6  # between",
    "a2",
    "c0 c1 c2 c3 c4  # after the last",
)
WHOLE = Record(
    (SectionDescriptor(Raw(b"\x55" * 16, b"\xa0\xa1"), 2, 0x100, 1, 0xEE, 1, gap=bytes.fromhex("b0b1b2")),
     SectionDescriptor(Raw(b"\x66" * 16, b"\xa2"), 3, fru_text=b"A" * 20, gap=bytes.fromhex("b3b4b5b6"))),
    2, 0x100, 5, 0x0807_0605_0403_0201, b"\x11" * 16, b"\x22" * 16, b"\x33" * 16, b"\x44" * 16, 9, 2, 10,
    tail=bytes.fromhex("c0c1c2c3c4"))

_INFO = cper.parse_error_info, cper.build_error_info
_ARM = cper.parse_arm_processor_section, cper.build_arm_processor_section
_MEMORY = cper.parse_platform_memory_section, cper.build_platform_memory_section
_BLOCK = cper.parse_status_block, cper.build_status_block
_RECORD = cper.parse_record, cper.build_record
#: What it shows -> bytes, value, the pair of functions.
CASES: dict[str, tuple[bytes, Any, tuple[Callable[[bytes], Any], Callable[[Any], bytes]]]] = {
    "virtual address only": (INFO_VA, VA, _INFO),
    "error information longer than 32 bytes": (INFO_LONG, LONG, _INFO),
    "two error informations, contexts, vendor bytes": (ARM, SECTION, _ARM),
    "memory section of 73 bytes": (MEMORY_OLD, OLD, _MEMORY),
    "two entries and raw data": (BLOCK, STATUS, _BLOCK),
    "entry of revision 2": (ENTRY_V2, STATUS_V2, _BLOCK),
    "record with bytes between its sections": (RECORD, WHOLE, _RECORD),
}


@pytest.mark.parametrize("what", CASES)
def test_bytes_read_as_the_value_beside_them(what: str) -> None:
    data, value, (parse, _) = CASES[what]
    assert parse(data) == value


@pytest.mark.parametrize("what", CASES)
def test_the_value_builds_the_bytes_beside_it(what: str) -> None:
    data, value, (_, build) = CASES[what]
    assert build(value) == data


def test_a_virtual_address_alone_leaves_no_physical_address() -> None:
    info = cper.parse_error_info(INFO_VA)
    assert (info.virtual_address, info.physical_address) == (0xFF00_BBCC_DDEE_FF80, None)
    assert (info.is_cache, info.is_tlb) == (True, False)


def test_an_error_information_starts_where_the_length_before_it_ends() -> None:
    """Linux steps by the length in its handler; its log would read the second one 8 bytes early."""
    data = bytearray(ARM)
    data[40:112] = INFO_LONG + INFO_VA
    first, second = cper.parse_arm_processor_section(bytes(data)).error_info
    assert (first, second) == (LONG, VA)


def test_zeros_behind_the_section_length_are_kept() -> None:
    section = cper.parse_arm_processor_section(ARM + bytes(3))
    assert section == SECTION._replace(trailing=bytes(3))
    assert cper.build_arm_processor_section(section) == ARM + bytes(3)


def test_zeros_that_nothing_declares_are_kept_as_vendor_bytes() -> None:
    value = ArmProcessor((VA,), validation_bits=1, vendor=bytes(4))
    assert cper.parse_arm_processor_section(cper.build_arm_processor_section(value)) == value


def test_raw_data_offset_is_kept_where_there_is_no_raw_data() -> None:
    data = bytearray(20)
    data[4:8] = b"\x44\x33\x22\x11"
    block = cper.parse_status_block(bytes(data))
    assert block == StatusBlock(block_status=0, unused_raw_data_offset=0x1122_3344)
    assert cper.build_status_block(block) == data


def _changed(data: bytes, at: int, new: str) -> bytes:
    changed = bytearray(data)
    changed[at : at + len(bytes.fromhex(new))] = bytes.fromhex(new)
    return bytes(changed)


#: What is changed -> input, path, offset, expected, got.
REFUSALS = {
    "vendor bytes, but VENDOR_INFO clear":
        (_changed(BLOCK, 92, "01"), "estatus.entry[0].arm.section_length", 100, "0x9a", "0x9e"),
    "bytes behind the section that are not zero":
        (_changed(BLOCK, 100, "9d"), "estatus.entry[0].arm.section_length", 100, "0x9e", "0x9d"),
    "section longer than its entry":
        (_changed(BLOCK, 100, "9f"), "estatus.entry[0].arm.section_length", 100, "0x28..0x9e", "0x9f"),
    "section shorter than its header":
        (_changed(BLOCK, 100, "27"), "estatus.entry[0].arm.section_length", 100, "0x28..0x9e", "0x27"),
    "more error informations than fit":
        (_changed(BLOCK, 96, "b676"), "estatus.entry[0].arm.err_info_num", 96, "0x0..0x3", "0x76b6"),
    "more contexts than fit":
        (_changed(BLOCK, 98, "06"), "estatus.entry[0].arm.context_info_num", 98, "0x0..0x5", "0x6"),
    "error information that ends in the next":
        (_changed(BLOCK, 133, "57"), "estatus.entry[0].arm.error_info[0].length", 133, "0x20..0x56", "0x57"),
    "error information without end":
        (_changed(BLOCK, 165, "00"), "estatus.entry[0].arm.error_info[1].length", 165, "0x20..0x56", "0x0"),
    "context that leaves no room for the next":
        (_changed(BLOCK, 208, "1f"), "estatus.entry[0].arm.context_info[0].size", 208, "0x0..0x1e", "0x1f"),
    "context of 4 GiB":
        (_changed(BLOCK, 224, "ffffffff"), "estatus.entry[0].arm.context_info[1].size", 224, "0x0..0x16",
         "0xffffffff"),
    "entry longer than the data":
        (_changed(BLOCK, 274, "4a"), "estatus.entry[1].error_data_length", 274, "0x0..0x49", "0x4a"),
    "memory section of neither length":
        (_changed(BLOCK, 274, "48"), "estatus.entry[1].memory", 322, "0x50 bytes, or 0x49 of old",
         "0x48 bytes"),
    "old memory section with a new validity bit":
        (_changed(BLOCK, 323, "80"), "estatus.entry[1].memory.validation_bits", 322, "below 0x8000",
         "0x8006"),
    "data that ends inside an entry header":
        (_changed(BLOCK, 12, "7a"), "estatus.entry[2].section_type", 395, "0x10 bytes", "0x3 bytes"),
    "entry count that is wrong":
        (_changed(BLOCK, 0, "15"), "estatus.block_status", 0, "0x2 or 0x0 in bits 13:4", "0x1 (0x80000015)"),
    "raw data inside the entries":
        (_changed(BLOCK, 4, "8a"), "estatus.raw_data_offset", 4, "0x18b..0x193", "0x18a"),
    "raw data that ends too early":
        (_changed(BLOCK, 8, "04"), "estatus.raw_data_length", 8, "0x5", "0x4"),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_a_lie_is_refused_at_the_field_that_tells_it(what: str) -> None:
    """Rule host.cper.strict."""
    data, path, offset, expected, got = REFUSALS[what]
    with pytest.raises(InputError) as caught:
        cper.parse_status_block(data)
    error = caught.value
    assert (error.code, error.path, error.offset) == ("host.cper.strict", path, offset)
    assert (error.expected, error.got) == (expected, got)
    assert error.hint


@pytest.mark.parametrize("validity", [0x8000, 0x20_0000, 1 << 63])
def test_an_old_memory_section_has_no_newer_validity_bits(validity: int) -> None:
    """As Linux: ``cper_print_mem`` does not trust such a section."""
    data = validity.to_bytes(8, "little") + MEMORY_OLD[8:]
    with pytest.raises(InputError) as caught:
        cper.parse_platform_memory_section(data)
    assert (caught.value.path, caught.value.got) == ("memory.validation_bits", hex(validity))
    assert cper.parse_platform_memory_section(data + bytes(7)).validation_bits == validity


#: What is changed -> input, path, offset.
RECORD_REFUSALS = {
    "signature": (_changed(RECORD, 0, "44"), "record.signature", 0),
    "end of signature": (_changed(RECORD, 6, "fe"), "record.signature_end", 6),
    "record_length too small": (_changed(RECORD, 20, "1e"), "record.record_length", 20),
    "record_length too big": (_changed(RECORD, 20, "20"), "record.record_length", 20),
    "more sections than fit": (_changed(RECORD, 10, "03"), "record.section_count", 10),
    "section among the descriptors": (_changed(RECORD, 128, "0f"), "record.section[0].section_offset", 128),
    "sections that overlap": (_changed(RECORD, 200, "14"), "record.section[1].section_offset", 200),
    "section behind the end": (_changed(RECORD, 200, "20"), "record.section[1].section_offset", 200),
    "section that ends too late": (_changed(RECORD, 204, "07"), "record.section[1].section_length", 204),
}


@pytest.mark.parametrize("what", RECORD_REFUSALS)
def test_a_lie_in_a_record_is_refused_at_the_field_that_tells_it(what: str) -> None:
    """Rule host.cper.strict."""
    data, path, offset = RECORD_REFUSALS[what]
    with pytest.raises(InputError) as caught:
        cper.parse_record(data)
    assert (caught.value.code, caught.value.path, caught.value.offset) == ("host.cper.strict", path, offset)


def test_a_section_in_a_record_has_its_path() -> None:
    record = cper.build_record(Record((SectionDescriptor(SECTION, gap=b"12"),)))
    with pytest.raises(InputError) as caught:
        cper.parse_record(_changed(record, 200 + 2 + 40 + 1, "1f"))
    assert (caught.value.path, caught.value.offset) == ("record.section[0].arm.error_info[0].length", 243)


def test_one_error_information_fills_its_input() -> None:
    with pytest.raises(InputError) as caught:
        cper.parse_error_info(INFO_VA + b"\0")
    error = caught.value
    assert (error.path, error.expected, error.got) == ("error_info.length", "0x21", "0x20")
