# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The definition against a second table, typed by hand from the design and from the kernel's header."""

from __future__ import annotations

import ctypes
import json
from pathlib import Path

import pytest
from construct import Int8ul as u8
from construct import Int64ul as u64

from abi import definition as d
from abi.exit_page import EXIT_REPLY
from abi.layout import ARM_SEA, Field, Flag, Layout, Version
from abi.reply import VCPU_EVENTS
from abi.ring_layout import ENVELOPE, RING_HEADER, RING_SLOT
from abi.rules import all_rules, channel, host, vmm

CAPTURE = Path(__file__).parents[1] / "captures" / "kvm-linux-7.3.4.json"

#: Design section 2: offset, type, name, first version.
FIELDS = (
    (0, "u64", "sea_flags", "arm_sea"),
    (8, "u64", "esr", "arm_sea"),
    (16, "u64", "far", "arm_sea"),
    (24, "u64", "gpa", "arm_sea"),
    (32, "u16", "size", "1.0"),
    (34, "u8", "major", "1.0"),
    (35, "u8", "minor", "1.0"),
    (36, "u16", "kind", "1.0"),
    (38, "u8", "host_action", "1.0"),
    (39, "u8", "origin", "1.0"),
    (40, "u64", "flags", "1.0"),
    (48, "u64", "hpfar", "1.0"),
    (56, "u8", "address_lsb", "1.0"),
    (57, "u8", "gpa_origin", "1.0"),
    (58, "u8", "severity", "1.0"),
    (59, "u8", "firmware_severity", "1.0"),
    (60, "u32", "reserved0", "1.0"),
    (64, "u64", "hva", "1.1"),
    (72, "u64", "firmware_va", "1.1"),
)
#: The same: bit, name, first version, the field it makes valid.
FLAGS = (
    (0, "FAR_VALID", "1.0", "far"),
    (1, "HPFAR_VALID", "1.0", "hpfar"),
    (2, "PA_VALID", "1.0", None),
    (3, "HVA_VALID", "1.1", "hva"),
    (4, "FIRMWARE_VA_VALID", "1.1", "firmware_va"),
    (5, "SEVERITY_VALID", "1.0", "severity"),
    (6, "ACTION_REQUIRED", "1.0", None),
    (7, "NESTED", "1.0", None),
    (8, "FAR_IMPRECISE", "1.0", None),
    (9, "STAGE1_WALK", "1.0", None),
    (32, "CONTEXT_CORRUPT", "1.0", None),
)
#: Field, value, the code's name, the constant's name.
CODES = (
    ("kind", 1, "DATA_ABORT", "KIND_DATA_ABORT"),
    ("kind", 2, "INSTRUCTION_ABORT", "KIND_INSTRUCTION_ABORT"),
    ("kind", 3, "SERROR", "KIND_SERROR"),
    ("kind", 4, "MEMORY_NOTICE", "KIND_MEMORY_NOTICE"),
    ("host_action", 0, "UNKNOWN", "ACTION_UNKNOWN"),
    ("host_action", 1, "NOT_CLAIMED", "ACTION_NOT_CLAIMED"),
    ("host_action", 2, "ISOLATED", "ACTION_ISOLATED"),
    ("host_action", 3, "CLAIMED_NOTHING_QUEUED", "ACTION_CLAIMED"),
    ("host_action", 4, "ISOLATION_FAILED", "ACTION_FAILED"),
    ("origin", 0, "UNKNOWN", "ORIGIN_UNKNOWN"),
    ("origin", 1, "TRAP", "ORIGIN_TRAP"),
    ("origin", 2, "FIRMWARE", "ORIGIN_FIRMWARE"),
    ("origin", 3, "TRAP_AND_FIRMWARE", "ORIGIN_BOTH"),
    ("origin", 4, "KERNEL_FIRST", "ORIGIN_KERNEL_FIRST"),
    ("origin", 5, "ISOLATED_PAGE", "ORIGIN_ISOLATED"),
    ("gpa_origin", 0, "UNKNOWN", "GPA_UNKNOWN"),
    ("gpa_origin", 1, "HPFAR", "GPA_HPFAR"),
    ("gpa_origin", 2, "WALK", "GPA_WALK"),
    ("gpa_origin", 3, "REVERSE_MAP", "GPA_REVERSE"),
    ("severity", 0, "UNKNOWN", "SEVERITY_UNKNOWN"),
    ("severity", 1, "CE", "SEVERITY_CE"),
    ("severity", 2, "UEO", "SEVERITY_UEO"),
    ("severity", 3, "UER", "SEVERITY_UER"),
    ("severity", 4, "UEU", "SEVERITY_UEU"),
    ("severity", 5, "UC", "SEVERITY_UC"),
    ("firmware_severity", 0, "NONE", None),
    ("firmware_severity", 1, "RECOVERABLE", None),
    ("firmware_severity", 2, "FATAL", None),
    ("firmware_severity", 3, "CORRECTED", None),
    ("firmware_severity", 4, "INFORMATIONAL", None),
)
#: struct kvm_run up to the exit union, include/uapi/linux/kvm.h, on every architecture but s390.
KVM_RUN = {
    "request_interrupt_window": 0, "immediate_exit": 1, "padding1": 2, "exit_reason": 8,
    "ready_for_interrupt_injection": 12, "if_flag": 13, "flags": 14, "cr8": 16, "apic_base": 24, "exit": 32,
}
#: Design section 3.
VCPU_EVENTS_BY_HAND = {
    "serror_pending": (0, "u8"), "serror_has_esr": (1, "u8"), "ext_dabt_pending": (2, "u8"),
    "ext_iabt_pending": (3, "u8"), "ext_abt_has_esr": (4, "u8"), "ext_abt_has_far": (5, "u8"), "pad": (6, "u8[2]"),
    "serror_esr": (8, "u64"), "ext_abt_esr": (16, "u64"), "ext_abt_far": (24, "u64"), "reserved": (32, "u8[32]"),
}
LAYOUTS = (d.RECORD, d.KVM_RUN, VCPU_EVENTS, RING_HEADER, ENVELOPE, RING_SLOT, EXIT_REPLY)
C_TYPES = {"u8": ctypes.c_uint8, "u16": ctypes.c_uint16, "u32": ctypes.c_uint32, "u64": ctypes.c_uint64}


def since(field: Field) -> str:
    return "arm_sea" if field.since == ARM_SEA else str(field.since)


def test_every_field_stands_where_the_design_says_and_no_other_does() -> None:
    assert tuple((d.RECORD.offsets[f.name], f.type, f.name, since(f)) for f in d.RECORD.fields) == FIELDS


def test_the_versions_are_1_0_with_64_bytes_and_1_1_with_80() -> None:
    assert d.VERSIONS == ((1, 0), (1, 1))
    assert d.NEWEST == (1, 1)
    assert d.SIZES == {(1, 0): 64, (1, 1): 80}
    assert d.RESERVED_VERSIONS == ((1, 255), (255, 0))


def test_each_version_ends_at_its_last_field_and_the_union_holds_it() -> None:
    for version in d.VERSIONS:
        last = [row for row in FIELDS if row[3] in ("arm_sea", "1.0", str(version))][-1]
        assert d.SIZES[version] == last[0] + ctypes.sizeof(C_TYPES[last[1]])
        assert d.SIZES[version] <= 256


def test_the_first_32_bytes_are_upstreams_arm_sea() -> None:
    assert [f.name for f in d.RECORD.upto(ARM_SEA)] == ["sea_flags", "esr", "far", "gpa"]
    assert d.RECORD.end("gpa") == 32


def test_a_compiler_pads_the_record_nowhere() -> None:
    class Record(ctypes.LittleEndianStructure):
        _fields_ = [(name, C_TYPES[kind]) for _, kind, name, _ in FIELDS]

    assert [getattr(Record, name).offset for _, _, name, _ in FIELDS] == [row[0] for row in FIELDS]
    assert ctypes.sizeof(Record) == d.SIZES[d.NEWEST]


def test_flags_have_their_bits_and_constants() -> None:
    assert tuple((f.bit, f.name, str(f.since), f.validates) for f in d.FLAGS) == FLAGS
    for bit, name, _, _ in FLAGS:
        assert getattr(d, name) == 1 << bit, name
    assert [(f.bit, f.name, f.since, f.validates) for f in d.SEA_FLAGS] == [(0, "GPA_VALID", ARM_SEA, "gpa")]
    assert d.GPA_VALID == 1


def test_a_flag_comes_with_the_field_that_it_makes_valid() -> None:
    for flag in d.FLAGS:
        if flag.validates:
            assert flag.since == max(d.V1_0, d.RECORD.field(flag.validates).since), flag.name


def test_known_and_critical_flags_follow_from_the_table() -> None:
    assert d.KNOWN_FLAGS == 0x1_0000_03FF
    assert d.CRITICAL == 0xFFFF_FFFF_0000_0000
    assert d.KNOWN_CRITICAL == 0x1_0000_0000
    assert d.KNOWN_SEA_FLAGS == 1


def test_codes_have_their_values_names_and_constants() -> None:
    table = [(field, code.value, code.name) for field, codes in d.CODES.items() for code in codes]
    assert table == [row[:3] for row in CODES]
    for _, value, _, constant in CODES:
        if constant:
            assert getattr(d, constant) == value, constant
    assert d.ALL_KINDS == 0b11110


def test_no_constant_of_a_code_was_missed_here() -> None:
    prefixes = ("KIND_", "ACTION_", "ORIGIN_", "GPA_", "SEVERITY_")
    flags = {"ACTION_REQUIRED", "SEVERITY_VALID", "GPA_VALID"}
    there = {name for name, value in vars(d).items() if name.startswith(prefixes) and isinstance(value, int)}
    assert there - flags == {row[3] for row in CODES if row[3]}


def test_coded_fields_and_codes_fit() -> None:
    for name, codes in d.CODES.items():
        assert max(code.value for code in codes) < 1 << 8 * d.RECORD.field(name).width
        assert len({code.name for code in codes}) == len({code.value for code in codes}) == len(codes)


def test_kvm_run_is_as_in_the_kernels_header() -> None:
    assert d.KVM_RUN.offsets == KVM_RUN
    assert d.KVM_RUN.size == 288
    assert d.KVM_RUN.field("exit").width == 256
    assert d.KVM_RUN.field("exit_reason").type == "u32"
    assert (d.KVM_EXIT_ARM_SEA, d.KVM_CAP_ARM_SEA_TO_USER) == (41, 245)


def test_a_page_of_a_real_kernel_reads_as_the_definition_says() -> None:
    cases = [case for case in json.loads(CAPTURE.read_text())["cases"] if "exit" in case]
    assert len(cases) > 3
    for case in cases:
        page = bytes.fromhex(case["exit"]["kvm_run"])
        run = dict(zip(d.KVM_RUN.codec.names, d.KVM_RUN.codec.fast.unpack_from(page), strict=True))
        assert run["exit_reason"] == case["exit"]["reason"] == d.KVM_EXIT_ARM_SEA
        names = ("flags", "esr", "gva", "gpa")
        got = [int.from_bytes(run["exit"][d.RECORD.offsets[f.name] :][:8], "little") for f in d.RECORD.upto(ARM_SEA)]
        assert got == [int(case["exit"][name], 16) for name in names], case["name"]


def test_kvm_vcpu_events_is_as_the_design_extends_it() -> None:
    assert {f.name: (VCPU_EVENTS.offsets[f.name], f.type) for f in VCPU_EVENTS.fields} == VCPU_EVENTS_BY_HAND
    assert VCPU_EVENTS.size == 64


def test_provisional_numbers_are_far_from_what_upstream_allocates() -> None:
    assert set(d.PROVISIONAL) == {"KVM_EXIT_ARM_SERROR", "KVM_CAP_ARM_FAULT_INFO"}
    for number in d.PROVISIONAL.values():
        assert 1 << 16 < number < 1 << 31
    assert d.KVM_EXIT_ARM_SERROR == d.PROVISIONAL["KVM_EXIT_ARM_SERROR"] != d.KVM_EXIT_ARM_SEA


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: str(layout.name))
def test_a_layout_says_what_everything_means_and_which_rules_govern_it(layout: Layout) -> None:
    assert layout.meaning
    known = all_rules()
    for field in layout.fields:
        assert field.meaning, field.name
        assert set(field.rules) <= set(known), field.name
    assert len(layout.offsets) == len(layout.fields)


def test_every_field_and_flag_of_the_record_names_a_rule() -> None:
    items: tuple[Field | Flag, ...] = (*d.RECORD.fields, *d.FLAGS, *d.SEA_FLAGS)
    for item in items:
        assert item.rules, item.name
        assert set(item.rules) <= set(all_rules()), item.name
        assert item.meaning, item.name


def test_rules_are_unique_and_each_says_what_why_and_whence() -> None:
    groups = (host.RECORD_RULES, host.EMISSION_RULES, host.REPLY_RULES, channel.CHANNEL_RULES,
              vmm.READING_RULES, vmm.ANSWER_RULES)
    assert len(all_rules()) == sum(map(len, groups))
    for name, rule in all_rules().items():
        assert rule.name == name
        assert rule.role in {"host", "vmm"}
        assert name.count(".") >= 1
        assert name == name.lower()
        assert rule.text.endswith("."), name
        assert rule.reason.endswith("."), name
        assert rule.source, name
        assert rule.confidence in {"read in the source named", "inferred from the source named", "decided here"}
        assert "  " not in rule.text + rule.reason + rule.source, name


def test_a_field_off_its_natural_alignment_is_refused_unless_the_layout_is_packed() -> None:
    fields = (Field("a", u8, "one byte"), Field("b", u64, "eight"))
    with pytest.raises(ValueError, match=r"x\.b is not naturally aligned at 0x1"):
        Layout("x", "no such thing", *fields)
    assert Layout("x", "a firmware table", *fields, packed=True).offsets == {"a": 0, "b": 1}


def test_a_layout_finds_its_fields() -> None:
    assert d.RECORD.field("kind").type == "u16"
    assert d.RECORD.end("kind") == 38
    assert VCPU_EVENTS.field("reserved").type == "u8[32]"
    with pytest.raises(KeyError, match="kvm_arm_fault_info has no field gva"):
        d.RECORD.field("gva")


@pytest.mark.parametrize(
    ("length", "name"), [(0, "sea_flags"), (7, "sea_flags"), (8, "esr"), (33, "size"), (79, "firmware_va")]
)
def test_unfit_names_the_first_field_that_is_cut(length: int, name: str) -> None:
    field = d.RECORD.unfit(length)
    assert field is not None
    assert field.name == name


def test_nothing_is_unfit_in_a_whole_record() -> None:
    assert d.RECORD.unfit(80) is None


@pytest.mark.parametrize("text", ["1.0", "1.1", "0.0", "255.255"])
def test_versions_are_read_as_they_are_written(text: str) -> None:
    assert str(Version.of(text)) == text


@pytest.mark.parametrize("text", ["", "1", "1.", ".1", "1.1.1", "1.256", "256.0", "-1.0", "1,0", " 1.0", "a.b", "1.x"])
def test_what_is_no_version_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="not a version"):
        Version.of(text)
