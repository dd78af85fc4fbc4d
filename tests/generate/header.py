# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the tests of the C header share: compilers, and asserts from the tables typed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.generate import by_hand
from tests.generate.tools import SPEC, run

HEADER: Final = SPEC / "uapi" / "kvm_arm_fault_info.h"
#: Name -> command and its arguments. The kernel compiles as gnu11, QEMU and kvmtool as gnu11 or newer.
COMPILERS: Final = {
    "gcc": ("gcc", "-std=c11"),
    "gcc-freestanding": ("gcc", "-std=c11", "-ffreestanding"),
    "clang": ("clang", "-std=c11"),
    "g++": ("g++", "-x", "c++", "-std=c++11"),
    "gcc-aarch64": ("aarch64-linux-gnu-gcc", "-std=c11"),
    "clang-aarch64": ("clang", "--target=aarch64-linux-gnu", "-std=c11"),
}
STRICT: Final = ("-Wall", "-Wextra", "-Wpedantic", "-Wpadded", "-Werror")
_ASSERT: Final = """\
#include <stddef.h>
#include <kvm_arm_fault_info.h>
#include <kvm_arm_fault_info.h>
#ifdef __cplusplus
#define ASSERT(what) static_assert(what, #what)
#else
#define ASSERT(what) _Static_assert(what, #what)
#endif
"""


def asserts() -> str:
    """A translation unit that compiles only with a header that says what the tables do."""
    lines = []
    for name, fields in by_hand.LAYOUTS.items():
        lines.append(f"ASSERT(sizeof(struct {name}) == {by_hand.SIZES[name]});")
        for field, (offset, kind) in fields.items():
            element, number = by_hand.width(kind)
            lines += [f"ASSERT(offsetof(struct {name}, {field}) == {offset});",
                      f"ASSERT(sizeof(((struct {name} *)0)->{field}) == {element * number});"]
            if number == 1:
                lines.append(f"ASSERT((__typeof__(((struct {name} *)0)->{field}))-1 > 0);")
    lines += [f"ASSERT(KVM_ARM_FAULT_{name} == {value}ULL);" for name, value in by_hand.NUMBERS.items()]
    return _ASSERT + "\n".join(lines) + "\n"


def compile_with(compiler: str, header: Path, source: Path, *more: str) -> None:
    """Compile ``source`` beside a header; raises ToolError with what the compiler says."""
    command, *arguments = COMPILERS[compiler]
    run(command, *arguments, *STRICT, f"-I{header.parent}", "-fsyntax-only", *more, source)
