# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The ImHex pattern: a record at the start of a file, coloured and named.

ImHex's compiler comes with no package registry, so the tests compare sizes, offsets and numbers with
the C header instead; the head of the file says so.
"""

from __future__ import annotations

from typing import Final

from abi.definition import CODES, FLAGS, NEWEST, RECORD, SEA_FLAGS, SIZES, V1_0
from abi.generate.c_header import SOURCES, STRUCTS
from abi.generate.syzkaller import UNTRIED
from abi.generate.text import codes, head
from abi.layout import Field, Flag, Layout
from abi.ring_layout import RING_HEADER, RING_SLOT

_FLAG_TYPES: Final = {"sea_flags": SEA_FLAGS, "flags": FLAGS}
#: A struct must stand before those that hold it.
_ORDER: Final = ("kvm_arm_fault_info", "kvm_arm_fault_envelope", "kvm_arm_fault_slot", "kvm_arm_fault_ring",
                 "kvm_arm_fault_reply")


def render() -> str:
    """The pattern."""
    parts = [
        [f"// {line}" for line in (*head(SOURCES), UNTRIED)],
        ["#pragma description arm64 KVM fault information", "#pragma endian little"],
        *(_bitfield(name, flags) for name, flags in _FLAG_TYPES.items()),
        *([f"enum {field}_code : u{RECORD.field(field).element * 8} {{",
           *(f"    {code.name} = {code.value}," for code in table), "};"] for field, _prefix, table in codes()),
        *(_struct(name, STRUCTS[name]) for name in _ORDER),
        ["// For the image of a ring: kvm_arm_fault_ring ring @ 0x00;", "kvm_arm_fault_info record @ 0x00;"],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _bitfield(name: str, flags: tuple[Flag, ...]) -> list[str]:
    lines, at = [f"bitfield {name}_bits {{"], 0
    for flag in sorted(flags, key=lambda f: f.bit):
        if flag.bit > at:
            lines.append(f"    unknown_{at} : {flag.bit - at};")
        lines.append(f"    {flag.name} : 1;")
        at = flag.bit + 1
    width = RECORD.field(name).width * 8
    return [*lines, *([f"    unknown_{at} : {width - at};"] if at < width else ()), "};"]


def _struct(name: str, layout: Layout) -> list[str]:
    lines, since = [f"struct {name} {{"], V1_0
    for field in layout.fields:
        if layout is RECORD and field.since > since:
            lines += [*(["    }"] if since > V1_0 else ()), f"    if (minor >= {field.since.minor}) {{"]
            since = field.since
        lines.append(f"    {'    ' if since > V1_0 else ''}{_member(layout, field)}")
    if layout is RECORD:
        lines += ["    }", f"    if (minor > {NEWEST.minor} && size > {SIZES[NEWEST]})",
                  f"        u8 tail[size - {SIZES[NEWEST]}];"]
    if layout is RING_SLOT:
        lines += ["    if (stamp != 0)", "        kvm_arm_fault_info record;"]
    if layout is RING_HEADER:
        lines.append("    kvm_arm_fault_slot_at each_slot[slots];")
    return [*(_slot_at() if layout is RING_HEADER else ()), *lines, "};"]


def _slot_at() -> list[str]:
    """A slot is as large as its ring says, whatever its record is."""
    return ["struct kvm_arm_fault_slot_at {", "    kvm_arm_fault_slot slot @ $;", "    u8 bytes[parent.slot_size];",
            "};", ""]


def _member(layout: Layout, field: Field) -> str:
    kind = f"u{field.element * 8}"
    if layout is RECORD and field.name in _FLAG_TYPES:
        kind = f"{field.name}_bits"
    elif layout is RECORD and field.name in CODES:
        kind = f"{field.name}_code"
    array = "" if field.number == 1 else f"[{field.number}]"
    return f"{kind} {field.name}{array} [[comment({_quoted(field.meaning)})]];"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
