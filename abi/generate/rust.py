# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The Rust module: plain structs, numbers, and little-endian bytes to structs and back.

``no_std`` and without ``unsafe``; sizes and offsets are asserted where it is compiled. The text is
as rustfmt leaves it.
"""

from __future__ import annotations

from typing import Final

from abi.definition import (
    FIRST_CRITICAL_BIT,
    FLAGS,
    KVM_RUN,
    NEWEST,
    RECORD,
    SEA_FLAGS,
    SIZES,
)
from abi.generate.c_header import SOURCES, STRUCTS
from abi.generate.text import codes, head, wrap
from abi.layout import Field, Flag, Layout
from abi.ring_layout import COUNT_LIMIT, MAGIC, MIN_SLOTS, NO_VCPU, RING_VERSION

#: kvm_run is here to be held against other descriptions of it.
LAYOUTS: Final = {**STRUCTS, "kvm_run": KVM_RUN}

#: Arrays of more elements have no Default.
_DEFAULT_MAX: Final = 32

#: What the structs' functions need.
HELPERS: Final = """\
const fn take<const S: usize, const N: usize>(bytes: &[u8; S], at: usize) -> [u8; N] {
    let mut part = [0; N];
    let mut i = 0;
    while i < N {
        part[i] = bytes[at + i];
        i += 1;
    }
    part
}

const fn put<const S: usize, const N: usize>(
    mut bytes: [u8; S],
    at: usize,
    part: [u8; N],
) -> [u8; S] {
    let mut i = 0;
    while i < N {
        bytes[at + i] = part[i];
        i += 1;
    }
    bytes
}
"""


def render() -> str:
    """The module."""
    parts = [
        [f"// {line}" for line in head(SOURCES)],
        ["//! Layouts and numbers of `struct kvm_arm_fault_info`, its ring and its reply.", "",
         "use core::mem::{offset_of, size_of};"],
        _versions(),
        _flags(),
        *(_codes(field, prefix) for field, prefix, _table in codes()),
        _ring(),
        *(struct(name, layout) for name, layout in LAYOUTS.items()),
        HELPERS.splitlines(),
        *(asserts(name, layout) for name, layout in LAYOUTS.items()),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def camel(name: str) -> str:
    """The Rust name of a C struct."""
    return "".join(part.capitalize() for part in name.split("_"))


def member(name: str) -> str:
    """The Rust name of a field."""
    return f"r#{name}" if name == "type" else name


def const(name: str, kind: str, value: int | str, said: str = "") -> list[str]:
    """One constant with its meaning."""
    text = value if isinstance(value, str) else f"{value:#_x}" if kind == "u64" else str(value)
    return [*wrap(said, "/// "), f"pub const {name}: {kind} = {text};"]


def _versions() -> list[str]:
    lines = [*const("INFO_MAJOR", "u8", NEWEST.major, "Major version of the record that this module describes."),
             *const("INFO_MINOR", "u8", NEWEST.minor, "Minor version of the record that this module describes.")]
    for version, size in SIZES.items():
        lines += const(f"INFO_SIZE_{version.major}_{version.minor}", "usize", size,
                       f"Bytes of a record of version {version}.")
    return [*lines,
            *const("RUN_OFFSET", "usize", KVM_RUN.offsets["exit"], "Where the record stands in `struct kvm_run`."),
            *const("RUN_SIZE", "usize", KVM_RUN.field("exit").width, "Bytes of the exit union that it stands in.")]


def _flags() -> list[str]:
    lines = []
    for prefix, flags in (("SEA_FLAG", SEA_FLAGS), ("FLAG", FLAGS)):
        lines += [line for f in flags for line in const(f"{prefix}_{f.name}", "u64", f.mask, _said(f))]
    return [*lines, *const("FLAGS_CRITICAL", "u64", f"!0 << {FIRST_CRITICAL_BIT}",
                           "Who does not know one of these bits must not act as if it understood.")]


def _said(flag: Flag) -> str:
    return f"Bit {flag.bit}: {flag.meaning}."


def _codes(field: str, prefix: str) -> list[str]:
    kind = f"u{RECORD.field(field).element * 8}"
    return [line for f, p, table in codes() if (f, p) == (field, prefix) for code in table
            for line in const(f"{prefix}_{code.name}", kind, code.value, f"`{field}`: {code.meaning}.")]


def _ring() -> list[str]:
    return [
        *const("NO_VCPU", "u32", f"{NO_VCPU:#_x}", "`vcpu` of a record that belongs to no vCPU."),
        *const("RING_MAGIC", "u32", f"{MAGIC:#_x}", "`magic` of a ring."),
        *const("RING_MAJOR", "u8", RING_VERSION.major, "Major version of the ring."),
        *const("RING_MINOR", "u8", RING_VERSION.minor, "Minor version of the ring."),
        *const("RING_MIN_SLOTS", "u32", MIN_SLOTS, "The fewest slots that a ring has."),
        *const("RING_COUNT_LIMIT", "u64", f"1 << {COUNT_LIMIT.bit_length() - 1}", "`head` and `lost` stay below."),
    ]


def struct(name: str, layout: Layout) -> list[str]:
    """One struct, read from and written to little-endian bytes."""
    default = "" if max(field.number for field in layout.fields) > _DEFAULT_MAX else " Default,"
    known = f"Clone, Copy, Debug,{default} PartialEq, Eq"
    lines = [*wrap(f"`struct {name}`: {layout.meaning}", "/// "), "#[repr(C)]", f"#[derive({known})]",
             f"pub struct {camel(name)} {{"]
    for field in layout.fields:
        lines += [*wrap(f"{field.meaning}.", "    /// "), f"    pub {member(field.name)}: {_type(field)},"]
    lines += ["}", "", f"impl {camel(name)} {{", "    /// Bytes of the struct.",
              f"    pub const SIZE: usize = {layout.size};", "",
              "    /// Read the fields, each little-endian.",
              "    #[must_use]",
              "    #[inline]",
              "    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {", "        Self {"]
    lines += [f"            {member(field.name)}: {_read(layout, field)}," for field in layout.fields]
    lines += ["        }", "    }", "", "    /// Write the fields, each little-endian.", "    #[must_use]",
              "    #[inline]", "    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {"]
    *puts, last = [f"put(bytes, {at}, {part})" for field in layout.fields for at, part in _parts(layout, field)]
    lines += ["        let bytes = [0; Self::SIZE];", *(f"        let bytes = {put};" for put in puts)]
    return [*lines, f"        {last}", "    }", "}"]


def _type(field: Field) -> str:
    element = f"u{field.element * 8}"
    return element if field.number == 1 else f"[{element}; {field.number}]"


def _read(layout: Layout, field: Field) -> str:
    at = layout.offsets[field.name]
    if field.number == 1:
        return f"bytes[{at}]" if field.element == 1 else f"u{field.element * 8}::from_le_bytes(take(bytes, {at}))"
    if field.element == 1:
        return f"take(bytes, {at})"
    parts = (f"u{field.element * 8}::from_le_bytes(take(bytes, {at + i * field.element}))" for i in range(field.number))
    return "\n".join(("[", *(f"                {part}," for part in parts), "            ]"))


def _parts(layout: Layout, field: Field) -> list[tuple[int, str]]:
    """Where the bytes of a field go, and the bytes; one part an element if it has more than one byte."""
    at, name = layout.offsets[field.name], f"self.{member(field.name)}"
    if field.element == 1:
        return [(at, name if field.number > 1 else f"[{name}]")]
    if field.number == 1:
        return [(at, f"{name}.to_le_bytes()")]
    return [(at + i * field.element, f"{name}[{i}].to_le_bytes()") for i in range(field.number)]


def asserts(name: str, layout: Layout) -> list[str]:
    """Its size and offsets, judged where it is compiled."""
    rust = camel(name)
    lines = [f"const _: () = assert!(size_of::<{rust}>() == {layout.size});"]
    lines += [f"const _: () = assert!(offset_of!({rust}, {member(field.name)}) == {layout.offsets[field.name]});"
              for field in layout.fields]
    return lines
