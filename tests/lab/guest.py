# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The bare-metal guest ``guests/abort.S``: addresses, what it is told, what it tells, and how it is assembled.

The numbers stand here only; the assembler gets them as macros.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from construct import Int64ul as u64

from abi.layout import Field, Layout

#: Pages of the image: code 1, accesses 1, tables.
IMAGE_PAGES: Final = 12
#: Guest physical: one slot of RAM for image, parameters, result and a good page; the target; no memory at the others.
GPA_IMAGE: Final = 0x80000000
GPA_PARAM: Final = GPA_IMAGE + 0x20000
GPA_RESULT: Final = GPA_PARAM + 0x1000
GPA_GOOD: Final = GPA_PARAM + 0x2000
RAM_SIZE: Final = 0x40000
GPA_TARGET: Final = 0x90000000
GPA_DONE: Final = 0x09000000
GPA_READY: Final = GPA_DONE + 0x1000
#: A host physical address at which the board has nothing.
NOTHING: Final = 0x0F000000
#: Virtual: none is the guest physical address of what is there.
VA_LOW: Final = 0x2345600000
VA_LOW32: Final = 0x65600000  # the same pages where AArch32 reaches them
VA_USER32: Final = VA_LOW32 + 0x4000
VA_WALK_2: Final = VA_LOW + 0x200000  # the level 3 table is the target page
VA_WALK_1: Final = VA_LOW + 0x40000000  # the level 2 table is
VA_HIGH: Final = 0xFFFFFF8345600000
VA_IMAGE: Final = 0xFFFFFFC008000000
VA_PARAM: Final = VA_IMAGE + 0x100000
VA_RESULT: Final = VA_PARAM + 0x1000
VA_USER: Final = VA_PARAM + 0x2000
VA_DONE: Final = VA_PARAM + 0x3000
VA_READY: Final = VA_PARAM + 0x4000
#: Pages of the target's table: an address before the first target page lies in a good one.
TARGET_EL1: Final = 0x1000
TARGET_EL0: Final = 0x3000
#: TCR_EL1: 39 bits both, 4 KiB granule, inner shareable write-back walks, top byte ignored, IPS 36 bits.
TCR: Final = 25 | 25 << 16 | 0b01 << 8 | 0b01 << 10 | 0b11 << 12 | 0b01 << 24 | 0b01 << 26 | 0b11 << 28 \
    | 0b10 << 30 | 0b001 << 32 | 1 << 37 | 1 << 38

#: Accesses by name, in the order of the image.
ACCESSES: Final = (
    "ldr", "str", "fetch", "ldrb", "strh", "ldp", "stp", "ldr_q", "ldaxr", "ldadd", "cas", "dc_zva", "dc_cvac",
    "dc_civac", "dc_cvap", "ic_ivau", "serror_open", "serror_unmasked",
    "a32_ldr", "a32_str", "a32_fetch", "t32_ldr", "t32_str",
)
ACCESS_SIZE: Final = 32
#: PSTATE fields that not every CPU has, in the order of the bits of ``reported``.
REPORTED: Final = ("pan", "uao", "dit", "ssbs", "tco")

PARAM: Final = Layout(
    "param", "What the guest is told.",
    Field("access", u64, "number in ACCESSES"),
    Field("spsr_el1", u64, "PSTATE at the access: level, stack pointer, masks, flags"),
    Field("sctlr_flipped", u64, "bits of SCTLR_EL1 other than usual"),
    Field("ttbr0_el1", u64, "other tables for the lower half, 0: its own"),
    Field("tcr_el1", u64, "with them"),
    Field("reported", u64, "which fields of REPORTED it can read"),
    Field("x", u64, "x0 to x30 at the access", number=31),
)
RESULT: Final = Layout(
    "result", "What the guest saw at its handler.",
    Field("vector", u64, "number of the vector, 0 to 15"),
    Field("access", u64, "address of the accessing instruction"),
    Field("esr_el1", u64, ""), Field("far_el1", u64, ""), Field("elr_el1", u64, ""), Field("spsr_el1", u64, ""),
    Field("daif", u64, ""), Field("spsel", u64, ""), Field("currentel", u64, ""),
    *(Field(name, u64, "") for name in REPORTED),
    Field("x", u64, "x0 to x30", number=31),
)


class Image(NamedTuple):
    """How the guest is assembled, for ``tests.lab.build.guest``."""

    name: str
    source: Path
    address: int
    flags: tuple[str, ...]


def _macros() -> dict[str, int]:
    addresses = {name: value for name, value in globals().items()
                 if name.startswith(("GPA_", "VA_")) or name in ("TCR", "IMAGE_PAGES")}
    return (
        addresses
        | {f"P_{name.upper()}": offset for name, offset in PARAM.offsets.items()}
        | {f"R_{name.upper()}": offset for name, offset in RESULT.offsets.items()}
        | {f"A_{name.upper()}": number for number, name in enumerate(ACCESSES)}
    )


IMAGE: Final = Image("abort.bin", Path(__file__).parent / "guests/abort.S", VA_IMAGE,
                     tuple(f"-D{name}={value:#x}" for name, value in _macros().items()))
