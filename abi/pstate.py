# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Bits of PSTATE as SPSR_EL1 holds them, and of the registers that an exception entry to EL1 reads.

Sources: Arm ARM, SPSR_EL1, SCTLR_EL1, SCTLR2_EL1, GCSCR_EL1; Linux 7.3.4
arch/arm64/include/uapi/asm/ptrace.h and arch/arm64/tools/sysreg.
"""

from __future__ import annotations

from typing import Final

UINJ: Final = 1 << 36
PACM: Final = 1 << 35
EXLOCK: Final = 1 << 34
PPEND: Final = 1 << 33
PM: Final = 1 << 32
NZCV: Final = 0xF << 28
TCO: Final = 1 << 25
DIT: Final = 1 << 24
UAO: Final = 1 << 23
PAN: Final = 1 << 22
SS: Final = 1 << 21
IL: Final = 1 << 20
ALLINT: Final = 1 << 13
SSBS: Final = 1 << 12
BTYPE: Final = 3 << 10
D: Final = 1 << 9
A: Final = 1 << 8
I: Final = 1 << 7
F: Final = 1 << 6
DAIF: Final = D | A | I | F
#: M[4:0]: bit 4 is AArch32; else M[3:2] is the level and M[0] the stack pointer's.
MODE: Final = 0x1F
AARCH32: Final = 1 << 4
MODE_EL0T: Final = 0b00000
MODE_EL1T: Final = 0b00100
MODE_EL1H: Final = 0b00101
MODE_USR: Final = AARCH32 | 0b0000

SCTLR_SPAN: Final = 1 << 23
SCTLR_DSSBS: Final = 1 << 44
SCTLR_SPINTMASK: Final = 1 << 62
SCTLR2_EASE: Final = 1 << 5
GCSCR_EXLOCKEN: Final = 1 << 6

#: VBAR_EL1 [10:0] are RES0; a vector is 0x80 bytes, a set of four is 0x200.
VECTORS: Final = 0x800
SERROR_VECTOR: Final = 0x180
