# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A C and C++ file that compiles only if the header's sizes, offsets and numbers are the definition's.

It depends on nothing but the header, so that it can be compiled for a machine that has no libc.
"""

from __future__ import annotations

from abi.definition import NEWEST, RECORD, SIZES
from abi.generate.c_header import PREFIX, SOURCES, STRUCTS
from abi.generate.text import codes, flags_of, head, sea_flags_of
from abi.layout import Layout, Version


def render(version: Version = NEWEST) -> str:
    """The asserts on the header as it was when ``version`` was the newest."""
    lines = [f"/* {line} */" for line in head(SOURCES)]
    lines += ["#include <stddef.h>", "#include <kvm_arm_fault_info.h>", "", "#ifdef __cplusplus",
              "#define ASSERT(what) static_assert(what, #what)", "#else",
              "#define ASSERT(what) _Static_assert(what, #what)", "#endif", ""]
    for name, layout in STRUCTS.items():
        lines += [*_layout(name, layout, version), ""]
    return "\n".join([*lines, *_numbers(version)]) + "\n"


def _layout(name: str, layout: Layout, version: Version) -> list[str]:
    lines = []
    for field in layout.upto(version):
        lines.append(f"ASSERT(offsetof(struct {name}, {field.name}) == {layout.offsets[field.name]});")
        lines.append(f"ASSERT(sizeof(((struct {name} *)0)->{field.name}) == {field.width});")
    size = SIZES[version] if layout is RECORD else layout.size
    return [*lines, f"ASSERT(sizeof(struct {name}) == {size});"]


def _numbers(version: Version) -> list[str]:
    numbers = {f"FLAG_{f.name}": f.mask for f in flags_of(version)}
    numbers |= {f"SEA_FLAG_{f.name}": f.mask for f in sea_flags_of(version)}
    numbers |= {f"{prefix}_{code.name}": code.value for _field, prefix, table in codes() for code in table}
    numbers |= {f"INFO_SIZE_{v.major}_{v.minor}": size for v, size in SIZES.items() if v <= version}
    numbers |= {"INFO_MAJOR": version.major, "INFO_MINOR": version.minor}
    return [f"ASSERT({PREFIX}_{name} == {value:#x}ULL);" for name, value in numbers.items()]
