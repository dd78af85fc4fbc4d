# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The Kaitai Struct description: record, envelope, ring with its slots, and reply.

Every flag is a field of one bit, which every target language can read; texts are JSON strings, which
are YAML too.
"""

from __future__ import annotations

import json
from typing import Final

from abi.definition import CODES, FLAGS, NEWEST, RECORD, SEA_FLAGS, SIZES, V1_0
from abi.generate.c_header import SOURCES, STRUCTS
from abi.generate.text import LICENCE, codes, head
from abi.layout import Field, Flag, Layout
from abi.ring_layout import RING_HEADER, RING_SLOT

ROOT: Final = "kvm_arm_fault_info"
_FLAG_TYPES: Final = {"sea_flags": SEA_FLAGS, "flags": FLAGS}


def render() -> str:
    """The description, a YAML file."""
    lines = [f"# {line}" for line in head(SOURCES)]
    lines += ["meta:", f"  id: {ROOT}", "  title: arm64 KVM fault information", f"  license: {LICENCE}", "  endian: le",
              "  bit-endian: le", f"doc: {_text(_ROOT_DOC)}", "seq:", *_fields(RECORD, "  "), *_tail("  "), "types:"]
    for name, flags in _FLAG_TYPES.items():
        lines += [f"  {name}:", "    seq:", *_flags(flags, RECORD.field(name).width * 8)]
    for name, layout in STRUCTS.items():
        if name != ROOT:
            lines += [f"  {name}:", f"    doc: {_text(layout.meaning)}", "    seq:", *_fields(layout, "      "),
                      *_after(layout)]
    return "\n".join([*lines, "enums:", *_enums()]) + "\n"


_ROOT_DOC: Final = (
    f"{RECORD.meaning} Of a major version other than {NEWEST.major} only sea_flags to gpa and the version are known."
)


def _fields(layout: Layout, indent: str) -> list[str]:
    lines = []
    for field in layout.fields:
        lines += [f"{indent}- id: {field.name}", *(f"{indent}  {line}" for line in _type(layout, field)),
                  f"{indent}  doc: {_text(field.meaning)}"]
    return lines


def _type(layout: Layout, field: Field) -> list[str]:
    flagged = layout is RECORD and field.name in _FLAG_TYPES
    element = field.name if flagged else f"u{field.element}"
    if field.number > 1:
        return [f"size: {field.width}"] if field.element == 1 else [
            f"type: {element}", "repeat: expr", f"repeat-expr: {field.number}"]
    lines = [f"type: {element}"]
    if layout is RECORD and field.name in CODES:
        lines.append(f"enum: {field.name}")
    if layout is RECORD and field.since > V1_0:
        lines.append(f"if: major == {field.since.major} and minor >= {field.since.minor}")
    return lines


def _tail(indent: str) -> list[str]:
    known = SIZES[NEWEST]
    return [f"{indent}- id: tail", f"{indent}  size: size - {known}",
            f"{indent}  if: major == {NEWEST.major} and minor > {NEWEST.minor} and size > {known}",
            f"{indent}  doc: {_text('bytes of a newer minor version')}"]


def _flags(flags: tuple[Flag, ...], width: int) -> list[str]:
    lines, at = [], 0
    for flag in sorted(flags, key=lambda f: f.bit):
        if flag.bit > at:
            lines += [f"      - id: unknown_{at}", f"        type: b{flag.bit - at}"]
        lines += [f"      - id: {flag.name.lower()}", "        type: b1", f"        doc: {_text(flag.meaning)}"]
        at = flag.bit + 1
    return [*lines, f"      - id: unknown_{at}", f"        type: b{width - at}"] if at < width else lines


def _after(layout: Layout) -> list[str]:
    """What follows the fields of a ring and of a slot."""
    if layout is RING_HEADER:
        return ["      - id: after_header", f"        size: header_size - {RING_HEADER.size}",
                f"        if: header_size > {RING_HEADER.size}",
                "      - id: each_slot", "        type: kvm_arm_fault_slot", "        size: slot_size",
                "        repeat: expr", "        repeat-expr: slots"]
    if layout is RING_SLOT:
        return ["      - id: record", f"        type: {ROOT}", "        if: stamp != 0"]
    return []


def _enums() -> list[str]:
    lines = []
    for field, _prefix, table in codes():
        lines.append(f"  {field}:")
        for code in table:
            lines += [f"    {code.value}:", f"      id: {code.name.lower()}", f"      doc: {_text(code.meaning)}"]
    return lines


def _text(text: str) -> str:
    return json.dumps(text)
