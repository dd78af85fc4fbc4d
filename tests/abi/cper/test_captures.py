# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Records from real software: back byte for byte, and the values that others decoded from them.

Judges: libcper's published JSON beside its records, and the log of a stock Linux 7.3.4 that was given the
blocks of ``apei-linux-7.3.4.json`` and ``kvm-linux-7.3.4.json``.
"""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from abi import cper
from abi.cper import bits
from abi.cper.guid import guid_text
from abi.cper.values import ArmProcessor, ErrorInfo, PlatformMemory, Raw, Record

CAPTURES = Path(__file__).parents[2] / "captures"
FILES: dict[str, tuple[Callable[[bytes], Any], Callable[[Any], bytes]]] = {
    "libcper-arm.bin": (cper.parse_record, cper.build_record),
    "libcper-arm-ras.bin": (cper.parse_record, cper.build_record),
    "qemu-ghes-arm-v8-estatus.bin": (cper.parse_status_block, cper.build_status_block),
    "qemu-ghes-arm-v8-section.bin": (cper.parse_arm_processor_section, cper.build_arm_processor_section),
    "qemu-ghes-arm-2pei-section.bin": (cper.parse_arm_processor_section, cper.build_arm_processor_section),
    "rasdaemon-arm_event-pei.bin": (cper.parse_error_info, cper.build_error_info),
}


def _load(name: str) -> Any:
    return json.loads((CAPTURES / name).read_text())


def _logged() -> dict[str, tuple[bytes, list[str]]]:
    """Name -> block and kernel log, of each block that a kernel was given."""
    cases = {c["name"]: (c["cper"], c["log"]) for c in _load("apei-linux-7.3.4.json")["cases"]}
    claimed = _load("kvm-linux-7.3.4.json")["claimed_without_address"]
    cases["claimed_without_address"] = claimed["cper"], claimed["kernel_log"]
    return {name: (bytes.fromhex(text), log) for name, (text, log) in cases.items()}


LOGGED = _logged()


def test_every_capture_is_tested() -> None:
    assert {path.name for path in (CAPTURES / "cper").glob("*.bin")} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_captures_build_back_byte_for_byte(name: str) -> None:
    parse, build = FILES[name]
    data = (CAPTURES / "cper" / name).read_bytes()
    assert build(parse(data)) == data


@pytest.mark.parametrize("name", LOGGED)
def test_blocks_given_to_a_kernel_build_back_byte_for_byte(name: str) -> None:
    data, _ = LOGGED[name]
    assert cper.build_status_block(cper.parse_status_block(data)) == data


def _said(log: list[str], pattern: str) -> list[str]:
    return [m[1] for line in log if (m := re.search(pattern, line))]


def _numbers(log: list[str], pattern: str) -> list[int]:
    return [int(text, 0) for text in _said(log, pattern)]


@pytest.mark.parametrize("name", [n for n, (_, log) in LOGGED.items() if any("MIDR" in line for line in log)])
def test_arm_sections_say_what_the_kernel_logged(name: str) -> None:
    data, log = LOGGED[name]
    block = cper.parse_status_block(data)
    (section,) = block.arm_processors
    infos = section.error_info
    assert [section.midr] == _numbers(log, r" MIDR: (\w+)")
    assert [section.mpidr] == _numbers(log, r"\(MPIDR\): (\w+)")
    assert [info.multiple_error + 1 for info in infos] == _numbers(log, r"num errors: (\d+)")
    assert [info.type for info in infos] == _numbers(log, r"error_type: (\w+):")
    assert [bits.names(bits.ERROR_TYPES, info.type)[0] for info in infos] == [
        text.upper() for text in _said(log, r"error_type: \w+: (\w+) error")]
    assert [info.error_info for info in infos] == _numbers(log, r"error_info: (\w+)")
    virtual = [a for i in infos if (a := i.virtual_address) is not None]
    assert virtual == _numbers(log, r"virtual fault address: (\w+)")
    physical = [a for i in infos if (a := i.physical_address) is not None]
    assert physical == _numbers(log, r"physical fault address: (\w+)")
    assert ["FIRST" in bits.names(bits.ERROR_INFO_FLAGS, i.flags) for i in infos] == [
        bool(_said(log, "(first error captured)"))]


@pytest.mark.parametrize("name", [n for n, (_, log) in LOGGED.items() if _said(log, "event (severity)")])
def test_severities_are_those_the_kernel_logged(name: str) -> None:
    data, log = LOGGED[name]
    block = cper.parse_status_block(data)
    assert [_severity(block.error_severity)] == _said(log, r"event severity: (\w+)")
    assert [_severity(e.error_severity) for e in block.entries] == _said(log, r"Error \d, type: (\w+)")


def _severity(code: int) -> str:
    return next(c.name for c in bits.SEVERITIES if c.value == code).lower()


@pytest.mark.parametrize("name", [n for n, (_, log) in LOGGED.items() if "Memory failure" in str(log)])
def test_the_page_that_the_kernel_gave_up_is_that_of_the_physical_address(name: str) -> None:
    data, log = LOGGED[name]
    (entry,) = cper.parse_status_block(data).entries
    assert not isinstance(entry.section, Raw)
    what = entry.section if isinstance(entry.section, PlatformMemory) else entry.section.error_info[0]
    address = what.physical_address
    assert address is not None
    assert [address >> 12] == _numbers(log, r"Memory failure: (\w+):")


def test_the_memory_section_says_what_the_kernel_logged() -> None:
    data, log = LOGGED["memory-pa"]
    (entry,) = cper.parse_status_block(data).entries
    section = entry.section
    assert isinstance(section, PlatformMemory)
    assert [section.physical_address] == _numbers(log, r"physical_address: (\w+)")
    assert [section.physical_address_mask] == _numbers(log, r"physical_address_mask: (\w+)")
    assert [section.error_type] == _numbers(log, r"error_type: (\d+)")


def test_the_address_of_a_claimed_abort_is_the_guests_virtual_address() -> None:
    claimed = _load("kvm-linux-7.3.4.json")["claimed_without_address"]
    (section,) = cper.parse_status_block(bytes.fromhex(claimed["cper"])).arm_processors
    assert section.error_info[0].virtual_address == int(claimed["guest_va"], 0)
    assert section.error_info[0].physical_address is None


def _record(name: str) -> tuple[Record, Any]:
    return (cper.parse_record((CAPTURES / "cper" / f"{name}.bin").read_bytes()), _load(f"cper/{name}.json"))


def _bcd(stamp: int) -> str:
    """A CPER time stamp as libcper writes it."""
    second, minute, hour, _, day, month, year, century = stamp.to_bytes(8, "little")
    return f"{century:02x}{year:02x}-{month:02x}-{day:02x}T{hour:02x}:{minute:02x}:{second:02x}+00:00"


@pytest.mark.parametrize("name", ["libcper-arm", "libcper-arm-ras"])
def test_record_header_and_descriptor_are_as_libcper_decodes_them(name: str) -> None:
    record, judge = _record(name)
    header = judge["header"]
    assert len(record.sections) == header["sectionCount"]
    assert record.error_severity == header["severity"]["code"]
    assert _bcd(record.timestamp) == header["timestamp"]
    assert record.record_id == header["recordID"]
    assert bits.names(bits.RECORD_FLAGS, record.flags) == (header["flags"]["name"].rpartition("_")[2],)
    assert guid_text(record.creator_id) == header["creatorID"]
    for section, theirs in zip(record.sections, judge["sectionDescriptors"], strict=True):
        assert section.section_severity == theirs["severity"]["code"]
        assert section.section_severity in (c.value for c in bits.SEVERITIES if c.meaning.startswith(
            theirs["severity"]["name"].lower()))
        assert section.revision == theirs["revision"]["major"] << 8 | theirs["revision"]["minor"]
        assert guid_text(section.section.section_type) == theirs["sectionType"]["data"]
        assert guid_text(section.fru_id) == theirs["fruID"]
        assert section.fru_text.rstrip(b"\0").decode() == theirs["fruText"]
        assert [bool(section.flags & f.mask) for f in bits.SECTION_FLAGS] == list(theirs["flags"].values())
        assert len(cper.build_section(section.section)) == theirs["sectionLength"]


def _arm() -> tuple[ArmProcessor, Any]:
    record, judge = _record("libcper-arm")
    section = record.sections[0].section
    assert isinstance(section, ArmProcessor)
    return section, judge["sections"][0]["ArmProcessor"]


def test_arm_section_is_as_libcper_decodes_it() -> None:
    section, theirs = _arm()
    assert len(section.error_info) == theirs["errorInfoNum"]
    assert len(section.context_info) == theirs["contextInfoNum"]
    assert section.affinity_level == theirs["errorAffinity"]["value"]
    assert section.midr == theirs["midrEl1"]
    assert section.psci_state == theirs["psciState"]
    assert section.mpidr == theirs.get("mpidrEl1") is None
    assert section.vendor == base64.b64decode(theirs["vendorSpecificInfo"]["data"])


@pytest.mark.parametrize("index", [0, 1])
def test_error_information_is_as_libcper_decodes_it(index: int) -> None:
    section, theirs = _arm()
    info, judge = section.error_info[index], theirs["errorInfo"][index]
    assert (info.version, 32 + len(info.extra)) == (judge["version"], judge["length"])
    assert info.type == judge["errorType"]["value"]
    assert info.multiple_error == judge["multipleError"]["value"]
    assert info.physical_address == judge["physicalFaultAddress"]
    assert info.virtual_address is None
    assert "virtualFaultAddress" not in judge
    # libcper takes the type as the number of UEFI 2.9 and before, so the key is not by our bits.
    (details,) = judge["errorInformation"].values()
    assert info.detail("transaction_type") == details["transactionType"]["value"]
    assert info.detail("level") == details["level"]
    assert info.detail("corrected") == details["corrected"]
    assert info.detail("restartable_pc") == details["restartablePC"]
    assert "operation" not in details
    assert info.detail("operation_type") is None


@pytest.mark.parametrize(("index", "form"), [(0, "15Q"), (1, "16I")])
def test_contexts_are_as_libcper_decodes_them(index: int, form: str) -> None:
    section, theirs = _arm()
    context, judge = section.context_info[index], theirs["contextInfo"][index]
    assert context.version == judge["version"]
    assert context.type == judge["registerContextType"]["value"]
    meaning = bits.meaning(bits.CONTEXT_TYPES, context.type)
    assert meaning.lower() == judge["registerContextType"]["name"].lower()
    assert len(context.registers) == judge["registerArraySize"]
    assert set(struct.unpack(f"<{form}", context.registers)) == set(judge["registerArray"].values())


def test_the_arm_ras_section_stays_raw_bytes() -> None:
    record, _ = _record("libcper-arm-ras")
    section = record.sections[0].section
    assert isinstance(section, Raw)
    assert section.data == (CAPTURES / "cper" / "libcper-arm-ras.bin").read_bytes()[200:]


def test_qemus_block_leaves_its_entry_count_zero() -> None:
    block = cper.parse_status_block((CAPTURES / "cper/qemu-ghes-arm-v8-estatus.bin").read_bytes())
    assert (len(block.entries), block.counted) == (1, False)


def test_fields_that_hold_a_number_but_are_not_valid_answer_none() -> None:
    data = (CAPTURES / "cper/qemu-ghes-arm-2pei-section.bin").read_bytes()
    section = cper.parse_arm_processor_section(data)
    assert [info.virt_fault_addr for info in section.error_info] == [0xDEADBEEF] * 2
    assert [info.virtual_address for info in section.error_info] == [None, None]
    assert [info.physical_address for info in section.error_info] == [None, None]
    assert section.mpidr is None


def test_rasdaemons_error_information_reads_as_its_text_says() -> None:
    info = cper.parse_error_info((CAPTURES / "cper/rasdaemon-arm_event-pei.bin").read_bytes())
    assert info == ErrorInfo(validation_bits=0x0006, type=2, flags=5, error_info=0x54007F)
    assert info.context_corrupt is False
