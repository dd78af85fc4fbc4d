# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What esr says by kind (rule ``vmm.agree``), as the table by which the readers in C and Rust judge."""

from __future__ import annotations

from typing import Final, NamedTuple

from abi import definition as d
from abi import esr_fields as esr
from abi import severity


class Kind(NamedTuple):
    """One row. ``severities`` are by esr[12:10], which is AET, or SET and one bit more."""

    class_mask: int
    class_is: int
    said_mask: int
    said_is: int
    severities: tuple[int, ...]


#: The classes of an abort from the same and from a lower level differ in the lowest bit.
_ABORT: Final = Kind(
    esr.EC_MASK & ~(1 << esr.EC_SHIFT), 0, 0, 0, tuple(severity.SEVERITY_OF_SET[n >> 1] for n in range(8)),
)
#: From 0, which is no kind; of its severity it is judged as an abort.
KINDS: Final = (
    _ABORT._replace(class_mask=esr.EC_MASK),
    _ABORT._replace(class_is=esr.EC_DABT_LOW << esr.EC_SHIFT),
    _ABORT._replace(class_is=esr.EC_IABT_LOW << esr.EC_SHIFT),
    Kind(esr.EC_MASK, esr.EC_SERROR << esr.EC_SHIFT, esr.IDS | esr.FSC, esr.DFSC_ASYNC, severity.SEVERITY_OF_AET),
    Kind(esr.EC_MASK, 0, 0, 0, (0,) * 8),
)
#: Rows of the table in C and Rust, so that a few bits of the kind are always a row; those behind are zero.
ROWS: Final = 8
assert len(KINDS) == d.KINDS[-1].value + 1 <= ROWS
assert esr.SET_SHIFT == esr.AET_SHIFT + 1
