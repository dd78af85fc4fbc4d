# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What is known of an emulator: it shows the guest something else than a CPU does, so that the yardstick is wrong.

Such a difference stays a finding. It is only known why, and no VMM can mend it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from tests.lab.matrix_rows import Differing

#: Bytes that the accesses of the tables load: a register.
_LOAD: Final = 8


class Known(NamedTuple):
    """A difference of the releases of QEMU that begin with ``release``."""

    release: str
    shown: Callable[[Differing], bool]
    why: str


def _rounded(one: Differing) -> bool:
    """FAR_EL1 of the CPU's own abort is that of the aligned load below."""
    return (one.group, one.field) == ("equality.hardware", "far_el1") and all(
        cell.startswith("ldr ") and cell.endswith((" unaligned", " over 16")) for cell in one.cells
    ) and int(one.due, 16) == int(one.got, 16) & -_LOAD != int(one.got, 16)


KNOWN: Final = (
    Known("7.2.", _rounded, "QEMU's own: it makes two aligned loads of an unaligned one, and FAR_EL1 of the external "
          "abort is the address of the first of them, the load's rounded down to its size."),
)


def why(qemu: str, differing: Differing) -> str:
    """Why that QEMU differs so; "": not known."""
    return next((one.why for one in KNOWN if qemu.startswith(one.release) and one.shown(differing)), "")
