# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The descriptions that no compiler here reads (syzkaller, ImHex): held against the header and the tables.

Each is read by the few rules of its language that it uses; any other line fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.generate import by_hand
from tests.generate.tools import SPEC

SYZKALLER = SPEC / "formats" / "kvm_arm_fault_info.txt"
IMHEX = SPEC / "formats" / "kvm_arm_fault_info.hexpat"
HEADER = SPEC / "uapi" / "kvm_arm_fault_info.h"
Layouts = dict[str, dict[str, tuple[int, str]]]


def laid_out(members: list[tuple[str, int, int]]) -> dict[str, tuple[int, str]]:
    """Offset and type of each member (name, bytes of an element, elements), aligned as C does it."""
    fields, at = {}, 0
    for name, element, number in members:
        at += -at % element
        fields[name] = (at, f"u{8 * element}" + (f"[{number}]" if number > 1 else ""))
        at += element * number
    return fields


def syzkaller(path: Path) -> tuple[Layouts, dict[str, list[str]]]:
    """The structs, and the sets of named constants, of a syzkaller description."""
    layouts: Layouts = {}
    sets: dict[str, list[str]] = {}
    members: list[tuple[str, int, int]] = []
    inside = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if inside and line == "}":
            layouts[inside] = laid_out(members)
            inside, members = "", []
        elif inside:
            name, kind = line.strip().split("\t")
            members += [] if kind in layouts or "_image" in kind else [(name, *sized(kind))]
        elif found := re.fullmatch(r"(\w+) \{", line):
            inside = found[1]
        elif found := re.fullmatch(r"(\w+) = (\w+(?:, \w+)*)", line):
            sets[found[1]] = found[2].split(", ")
        else:
            assert re.fullmatch(r"(#.*|meta .*|include <[\w/.]+>|(ioctl|write)\$\w+\(fd \w+, .*\)|)", line), line
    return layouts, sets


def sized(kind: str) -> tuple[int, int]:
    """Bytes of an element and number of elements of a syzkaller type."""
    array = re.fullmatch(r"array\[(.*), (\d+)\]", kind)
    element, number = (array[1], int(array[2])) if array else (kind, 1)
    found = re.fullmatch(r"(?:(?:const|flags|bytesize)\[\w+, )?int(\d+)(?:\[\d+:\d+\]|\])?", element)
    assert found, kind
    return int(found[1]) // 8, number


def imhex(path: Path) -> tuple[Layouts, dict[str, dict[str, int]], dict[str, dict[str, int]]]:
    """The structs, the bits and the codes of an ImHex pattern."""
    text = re.sub(r"//.*", "", path.read_text(encoding="utf-8"))
    types = {f"u{n}": n // 8 for n in (8, 16, 32, 64)}
    layouts: Layouts = {}
    bits: dict[str, dict[str, int]] = {}
    enums: dict[str, dict[str, int]] = {}
    for name, body in re.findall(r"bitfield (\w+) \{\n(.*?)\n\};", text, re.DOTALL):
        at, bits[name] = 0, {}
        for field, width in re.findall(r"^ +(\w+) : (\d+);$", body, re.MULTILINE):
            bits[name] |= {field: at} if width == "1" else {}
            at += int(width)
        types[name] = at // 8
    for name, kind, body in re.findall(r"enum (\w+) : (u\d+) \{\n(.*?)\n\};", text, re.DOTALL):
        enums[name] = {code: int(value) for code, value in re.findall(r"^ +(\w+) = (\d+),$", body, re.MULTILINE)}
        types[name] = types[kind]
    for name, body in re.findall(r"struct (\w+) \{\n(.*?)\n\};", text, re.DOTALL):
        found = re.findall(r"^ +(\w+) (\w+)(?:\[(\d+)\])? \[\[comment", body, re.MULTILINE)
        layouts[name] = laid_out([(field, types[kind], int(number or 1)) for kind, field, number in found])
    return layouts, bits, enums


def judge_layouts(layouts: Layouts) -> None:
    for name, fields in by_hand.LAYOUTS.items():
        for field, place in fields.items():
            assert layouts[name].get(field) == place, f"{name}.{field}"
        assert list(layouts[name]) == list(fields)


def ranges(path: Path) -> dict[str, tuple[int, int]]:
    """The least and the greatest number, by struct and member, of each that has them in a syzkaller description."""
    text = path.read_text(encoding="utf-8")
    return {
        f"{name}.{member}": (int(low), int(high))
        for name, body in re.findall(r"^(\w+) \{\n(.*?)\n\}", text, re.MULTILINE | re.DOTALL)
        for member, low, high in re.findall(r"^\t(\w+)\t.*[\[ ](\d+):(\d+)\]", body, re.MULTILINE)
    }


def named_types(path: Path) -> set[str]:
    """Structs and sets that calls and members of a syzkaller description name."""
    text = path.read_text(encoding="utf-8")
    inside = r"(?:ptr\[in|flags|array)(?:, |\[)(kvm_arm_fault_\w+)"
    return {*re.findall(inside, text), *re.findall(r"^\t\w+\t(kvm_arm_fault_\w+)$", text, re.MULTILINE)}


def judge_ranges(found: dict[str, tuple[int, int]]) -> None:
    """A known minor version; a few vCPUs; flags of the reply that mean something; a ring that may be one."""
    minor = re.search(r"^#define KVM_ARM_FAULT_INFO_MINOR\s+(\d+)$", HEADER.read_text(encoding="utf-8"), re.MULTILINE)
    assert minor
    flags = [name for name, (_at, kind) in by_hand.LAYOUTS["kvm_arm_fault_reply"].items() if kind == "u8"]
    assert found == {
        "kvm_arm_fault_info.minor": (0, int(minor[1])), "kvm_arm_fault_envelope.vcpu": (0, 8),
        "kvm_arm_fault_ring_image.slot": (2, 8), **{f"kvm_arm_fault_reply.{name}": (0, 1) for name in flags},
    }


def judge_syzkaller(path: Path) -> None:
    """Its structs are those of the tables; the constants that it names are the header's, structs and sets its own."""
    layouts, sets = syzkaller(path)
    judge_layouts(layouts)
    judge_ranges(ranges(path))
    assert named_types(path) <= {*layouts, *sets}
    assert {"kvm_arm_fault_reply", "kvm_arm_fault_slot_image", "kvm_arm_fault_kind"} <= named_types(path)
    header = re.findall(r"^#define (KVM_ARM_FAULT_\w+)", HEADER.read_text(encoding="utf-8"), re.MULTILINE)
    for name, prefix in (("flags", "FLAG"), ("sea_flags", "SEA_FLAG"), ("kind", "KIND"), ("host_action", "ACTION"),
                         ("origin", "ORIGIN"), ("gpa_origin", "GPA_ORIGIN"), ("severity", "SEVERITY"),
                         ("firmware_severity", "FW_SEVERITY"), ("size", "INFO_SIZE")):
        assert sets[f"kvm_arm_fault_{name}"] == [m for m in header if m.startswith(f"KVM_ARM_FAULT_{prefix}_")]
    used = set(re.findall(r"KVM_ARM_FAULT_\w+", "\n".join(path.read_text(encoding="utf-8").splitlines()[4:])))
    assert used <= set(header)


def judge_imhex(path: Path) -> None:
    """Its structs, bits and codes are those of the tables."""
    layouts, bits, enums = imhex(path)
    judge_layouts(layouts)
    known = {name: value for name, value in bits["flags_bits"].items() if not name.startswith("unknown")}
    assert known == {name: bit for bit, name, _since, _field in by_hand.FLAGS}
    assert bits["sea_flags_bits"]["GPA_VALID"] == 0
    for field in dict.fromkeys(field for field, *_rest in by_hand.CODES):
        expected = {name: value for f, value, name, _constant in by_hand.CODES if f == field}
        assert enums[f"{field}_code"] == expected


Judge = Callable[[Path], None]
both = pytest.mark.parametrize(("judge", "path"), [(judge_syzkaller, SYZKALLER), (judge_imhex, IMHEX)])


@both
def test_a_description_says_what_the_header_says(judge: Judge, path: Path) -> None:
    judge(path)


@both
def test_a_description_says_that_its_own_compiler_has_not_read_it(judge: Judge, path: Path) -> None:
    assert "not compiled upstream" in "\n".join(path.read_text(encoding="utf-8").splitlines()[:5])


@both
def test_fields_in_other_places_are_seen(judge: Judge, path: Path, moved: Path) -> None:
    with pytest.raises(AssertionError, match="esr"):
        judge(moved / "spec" / "formats" / path.name)


def test_other_numbers_in_the_pattern_are_seen(renumbered: Path) -> None:
    with pytest.raises(AssertionError, match="NESTED"):
        judge_imhex(renumbered / "spec" / "formats" / IMHEX.name)


def test_a_constant_that_the_header_has_not_is_seen(tmp_path: Path) -> None:
    """Numbers stand in the header alone; the description has their names."""
    text = SYZKALLER.read_text(encoding="utf-8").replace("KVM_ARM_FAULT_FLAG_NESTED", "KVM_ARM_FAULT_FLAG_NEST")
    (tmp_path / SYZKALLER.name).write_text(text, encoding="utf-8")
    with pytest.raises(AssertionError, match="NEST"):
        judge_syzkaller(tmp_path / SYZKALLER.name)


@pytest.mark.parametrize(("old", "new", "said"), [
    ("minor\tint8[0:1]", "minor\tint8[0:2]", "info.minor"),
    ("minor\tint8[0:1]", "minor\tint8", "info.minor"),
    ("vcpu\tint32[0:8]", "vcpu\tint32[0:80]", "envelope.vcpu"),
    ("ext_abt_has_far\tint8[0:1]", "ext_abt_has_far\tint8[0:3]", "reply.ext_abt_has_far"),
    ("kvm_arm_fault_slot_image, 2:8", "kvm_arm_fault_slot_image, 0:8", "ring_image.slot"),
    ("ptr[in, kvm_arm_fault_reply]", "ptr[in, kvm_arm_fault_answer]", "kvm_arm_fault_answer"),
    ("array[kvm_arm_fault_slot_image,", "array[kvm_arm_fault_slots_image,", "kvm_arm_fault_slots_image"),
    ("header\tkvm_arm_fault_ring\n", "header\tkvm_arm_fault_rings_image\n", "kvm_arm_fault_rings_image"),
    ("flags[kvm_arm_fault_kind,", "flags[kvm_arm_fault_kinds,", "kvm_arm_fault_kinds"),
])
def test_another_range_and_a_name_that_nothing_has_are_seen(old: str, new: str, said: str, tmp_path: Path) -> None:
    text = SYZKALLER.read_text(encoding="utf-8")
    assert text.count(old) == 1
    (tmp_path / SYZKALLER.name).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(AssertionError, match=re.escape(said)):
        judge_syzkaller(tmp_path / SYZKALLER.name)
