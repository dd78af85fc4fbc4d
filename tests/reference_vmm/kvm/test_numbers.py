# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Every number and offset of ``reference_vmm.kvm.numbers`` is the one of <linux/kvm.h> for aarch64."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pytest

from abi.definition import KVM_RUN
from abi.layout import Layout
from abi.reply import VCPU_EVENTS
from reference_vmm.kvm import numbers
from tests.generate.tools import ToolError, run
from tests.lab import extras
from tests.lab.cache import Cache, default_root
from tests.lab.packages import Packages

pytestmark = pytest.mark.check

#: The extension of the reply lies in what the header keeps spare.
EXTENSION: Final = ("ext_iabt_pending", "ext_abt_has_esr", "ext_abt_has_far", "ext_abt_esr", "ext_abt_far", "pad",
                    "reserved")
MEMBERS: Final = {name: None if name in EXTENSION else f"exception.{name}" for name in VCPU_EVENTS.offsets}


def asserts() -> Iterator[str]:
    for name, value in numbers.CONSTANTS.items():
        yield f"{name} == {value:#x}ULL"
    for name, ioctl in numbers.IOCTLS.items():
        yield f"{name} == {ioctl.request:#x}"
    for spelled, layout in numbers.STRUCTS.items():
        if layout is not numbers.KVM_REGS:  # FP registers follow
            yield f"sizeof({spelled}) == {layout.size}"
        yield from places(spelled, layout, MEMBERS if layout is VCPU_EVENTS else {})
    yield from places("struct kvm_run", KVM_RUN, {"exit": "mmio"})
    for member, layout in numbers.MEMBERS.items():
        for field, offset in layout.offsets.items():
            yield f"offsetof(struct kvm_run, {member}.{field}) == {numbers.UNION + offset}"
    for field in ("si_signo", "si_errno", "si_code", "si_addr", "si_addr_lsb"):
        yield f"offsetof(siginfo_t, {field}) == {numbers.SIGINFO.offsets[field]}"
    yield f"sizeof(siginfo_t) == {numbers.SIGINFO.size}"


def places(spelled: str, layout: Layout, members: Mapping[str, str | None] = MappingProxyType({})) -> Iterator[str]:
    """The fields' offsets; ``members``: how the header spells one, None where it has none."""
    for field, offset in layout.offsets.items():
        member = members.get(field, field)
        if member is not None:
            yield f"offsetof({spelled}, {member}) == {offset}"


def compiled(lines: list[str], folder: Path) -> None:
    source = folder / "numbers.c"
    source.write_text(
        "#include <stddef.h>\n#include <asm/siginfo.h>\n#include <linux/kvm.h>\n"
        + "".join(f"_Static_assert({line}, {line!r});\n".replace("'", '"') for line in lines), encoding="utf-8")
    cache = Cache(default_root())
    flags = extras.headers(cache, Packages(cache))
    run("aarch64-linux-gnu-gcc", "-std=gnu11", "-Wall", "-Werror", *flags, "-fsyntax-only", source)


def test_they_are_the_header_s(tmp_path: Path) -> None:
    lines = list(asserts())
    assert len(lines) > 100
    compiled(lines, tmp_path)


@pytest.mark.parametrize("wrong", [
    "KVM_EXIT_ARM_SEA == 42", "KVM_RUN == 0xae81", "offsetof(struct kvm_regs, sp_el1) == 256",
])
def test_a_wrong_one_is_found(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="static assertion failed"):
        compiled([wrong], tmp_path)
