# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Values that no record can hold are refused by name; nothing is cut to fit."""

from __future__ import annotations

import pytest

from abi import cper
from abi.cper import ArmProcessor, ContextInfo, DataEntry, ErrorInfo, PlatformMemory, Raw, StatusBlock
from abi.errors import InputError

RAW = Raw(bytes(16), b"")
ONE = DataEntry(ArmProcessor((ErrorInfo(),)))


def _with(info: ErrorInfo) -> StatusBlock:
    return StatusBlock((ONE, DataEntry(ArmProcessor((ErrorInfo(), info)))))


#: What is wrong -> block, path, expected, got.
REFUSED = {
    "number too big": (_with(ErrorInfo(multiple_error=1 << 16)), "estatus.entry[1].arm.error_info[1].multiple_error",
                       "u16", "0x10000"),
    "number below zero": (_with(ErrorInfo(type=-1)), "estatus.entry[1].arm.error_info[1].type", "u8", "-0x1"),
    "length that its field cannot hold": (_with(ErrorInfo(extra=bytes(224))),
                                          "estatus.entry[1].arm.error_info[1].length", "u8", "0x100"),
    "text of another size": (StatusBlock((DataEntry(RAW, fru_text=b"DIMM"),)), "estatus.entry[0].fru_text",
                             "0x14 bytes", "0x4 bytes"),
    "type that is no GUID": (StatusBlock((DataEntry(Raw(b"", b"")),)), "estatus.entry[0].section_type",
                             "0x10 bytes", "0x0 bytes"),
    "time stamp in an old entry": (StatusBlock((DataEntry(RAW, revision=0x201),)), "estatus.entry[0].time_stamp",
                                   "None", "0"),
    "no time stamp in a new entry": (StatusBlock((DataEntry(RAW, time_stamp=None),)), "estatus.entry[0].time_stamp",
                                     "a number", "None"),
    "entry count given": (StatusBlock(block_status=0x11), "estatus.block_status", "0x0 in bits 13:4", "0x11"),
    "more entries than the count holds": (StatusBlock((DataEntry(RAW),) * 0x400), "estatus.entries", "<= 0x3ff",
                                          "0x400"),
    "gap without raw data": (StatusBlock(gap=b"1"), "estatus.gap", "0x0 bytes", "0x1 bytes"),
    "rank in an old memory section": (StatusBlock((DataEntry(PlatformMemory(rank=1, old=True)),)),
                                      "estatus.entry[0].memory.rank", "0x0", "0x1"),
    "context type too big": (StatusBlock((DataEntry(ArmProcessor(context_info=(ContextInfo(1 << 16, b""),))),)),
                             "estatus.entry[0].arm.context_info[0].type", "u16", "0x10000"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_value_that_does_not_fit_is_refused_by_name(what: str) -> None:
    block, path, expected, got = REFUSED[what]
    with pytest.raises(InputError) as caught:
        cper.build_status_block(block)
    error = caught.value
    assert (error.code, error.path, error.offset) == ("host.cper.strict", path, None)
    assert (error.expected, error.got) == (expected, got)


def test_lengths_and_counts_are_computed() -> None:
    data = cper.build_status_block(StatusBlock((ONE, ONE), block_status=1))
    assert data[:20].hex() == "21000000" + "00000000" * 2 + "20010000" + "00000000"
    assert data[20 + 72 + 4 : 20 + 72 + 12].hex() == "01000000" + "48000000"


def test_an_entry_count_can_be_left_out_as_qemu_does() -> None:
    assert cper.build_status_block(StatusBlock((ONE,), block_status=1, counted=False))[:4].hex() == "01000000"


def test_a_raw_section_may_lie_about_its_content() -> None:
    """A test can build what no parser accepts."""
    lie = StatusBlock((DataEntry(Raw(ONE.section.section_type, b"short")),))
    with pytest.raises(InputError):
        cper.parse_status_block(cper.build_status_block(lie))
