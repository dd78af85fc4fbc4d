# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Where the fields of records, rings and firmware records are, for the Rust crate: one module a layout."""

from __future__ import annotations

from typing import Final

from abi.cper import layouts
from abi.definition import RECORD, SIZES, VERSIONS
from abi.generate.rust import camel
from abi.generate.rust_rules import doc
from abi.generate.text import head, wrap
from abi.layout import Layout
from abi.ring_layout import RING_HEADER, RING_SLOT

SOURCES: Final = ("abi/definition.py", "abi/ring_layout.py", "abi/cper/layouts.py")
#: By module: the layout, and prefixes of it by the name of their constant.
PLACES: Final[dict[str, tuple[Layout, dict[str, Layout]]]] = {
    "record": (RECORD, {}),
    "ring_header": (RING_HEADER, {}),
    "ring_slot": (RING_SLOT, {}),
    "status_block": (layouts.STATUS_BLOCK, {}),
    "data_entry": (layouts.DATA_ENTRY_V3, {"LAYOUT_V2": layouts.DATA_ENTRY_V2}),
    "arm_processor": (layouts.ARM_PROCESSOR, {}),
    "error_info": (layouts.ERROR_INFO, {}),
    "context_info": (layouts.CONTEXT_INFO, {}),
    "memory": (layouts.MEMORY, {"LAYOUT_OLD": layouts.MEMORY_OLD}),
    "record_header": (layouts.RECORD_HEADER, {}),
    "section_descriptor": (layouts.SECTION_DESCRIPTOR, {}),
}


def render() -> str:
    """The module."""
    parts = [
        [f"// {line}" for line in head(SOURCES)],
        ["//! Fields by name, offset and width, as refusals name them; and the fields of each version."],
        _versions(),
        *(_module(name, layout, prefixes) for name, (layout, prefixes) in PLACES.items()),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _versions() -> list[str]:
    """Fields that a version has not are zero, whatever stands in their place; without a branch."""
    record = camel(RECORD.name)
    lines = [f"use crate::abi::{record};", "",
             "/// The record as a reader of that minor version reads it: newer fields are zero.", "#[inline]",
             f"pub(crate) const fn upto(mut r: {record}, minor: u8) -> {record} {{"]
    for version in VERSIONS[1:]:
        later = [f.name for f in RECORD.fields if f.since == version]
        assert {RECORD.field(name).width for name in later} == {8}
        lines += [f"    let kept = ((minor >= {version.minor}) as u64).wrapping_neg();",
                  *(f"    r.{name} &= kept;" for name in later)]
    return [*lines, "    r", "}", "", *_load(record)]


def _load(record: str) -> list[str]:
    """One branch a version: with constant sizes the compiler needs no buffer."""
    lines = ["/// The fields of the newest version that the bytes hold whole, but for the very newest.", "#[inline]",
             f"pub(crate) fn load_older(data: &[u8]) -> Option<{record}> {{"]
    for version in reversed(VERSIONS[:-1]):
        lines += [f"    if let Some(bytes) = data.first_chunk::<{SIZES[version]}>() {{",
                  f"        return Some({record}::from_le_bytes(&padded(bytes)));", "    }"]
    return [*lines, "    None", "}", "", "#[inline]",
            f"fn padded<const N: usize>(bytes: &[u8; N]) -> [u8; {record}::SIZE] {{",
            f"    let mut all = [0; {record}::SIZE];", "    all[..N].copy_from_slice(bytes);", "    all", "}"]


def _module(name: str, layout: Layout, prefixes: dict[str, Layout]) -> list[str]:
    lines = [*doc(f"Fields of `struct {layout.name}`: {layout.meaning}"), f"pub mod {name} {{",
             "    use crate::layout::{Field, Layout};", ""]
    for field in layout.fields:
        place = f'"{field.name}", {layout.offsets[field.name]}, {field.width}'
        lines += [*doc(f"{field.meaning}.", "    /// "),
                  f"    pub const {field.name.upper()}: Field = Field::new({place});"]
    for own_name, own in {"LAYOUT": layout, **prefixes}.items():
        listed = ", ".join(field.name.upper() for field in own.fields)
        lines += ["", *doc(f"All of `struct {own.name}`.", "    /// "), "    #[rustfmt::skip]",
                  f"    pub const {own_name}: Layout = Layout::new({own.size}, &[",
                  *wrap(listed + ",", "        "), "    ]);"]
    return [*lines, "}"]
