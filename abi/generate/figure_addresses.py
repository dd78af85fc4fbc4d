# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The figure of which address is valid when: a table to look at, decided by :mod:`abi.address`."""

from __future__ import annotations

from typing import Final, NamedTuple

from abi.address import far_valid, hpfar_valid
from abi.esr_fields import AET_SHIFT, DFSC_ASYNC, EC_DABT_LOW, EC_SERROR, EC_SHIFT, FNV, IL, S1PTW, VFV, VNCR
from abi.generate.svg import Canvas

_DATA: Final = EC_DABT_LOW << EC_SHIFT | IL
_UER: Final = 3 << AET_SHIFT
_SERROR: Final = EC_SERROR << EC_SHIFT | IL | _UER | DFSC_ASYNC
_WALK_OR_PA: Final = "walk, else reverse map"
_PA: Final = "reverse map"
_TIED: Final = "if tied to the trap"


class Case(NamedTuple):
    """One row: a syndrome as trapped (0: no trap), and what cannot be read off it."""

    said: str
    esr: int
    isolated: bool
    gpa: str
    low: str
    firmware_va: str

    @property
    def far(self) -> bool:
        """Whether far is valid."""
        return far_valid(self.esr)

    @property
    def hpfar(self) -> bool:
        """Whether hpfar is valid."""
        return self.isolated and hpfar_valid(self.esr)


CASES: Final = (
    Case("SEA, FSC 0x10, FnV=0", _DATA | 0x10, False, _WALK_OR_PA, "far, if by walk", _TIED),
    Case("SEA, FSC 0x10, FnV=1", _DATA | FNV | 0x10, False, _PA, "0", _TIED),
    Case("SEA on a walk, FSC 0x12-0x17", _DATA | 0x16, False, _PA, "0", _TIED),
    Case("SEA, VNCR=1 (data abort)", _DATA | VNCR | 0x10, False, _PA, "0", _TIED),
    Case("isolated: translation, AF, size", _DATA | 0x06, True, "HPFAR_EL2", "far", "-"),
    Case("isolated: the same, S1PTW=1", _DATA | S1PTW | 0x06, True, "HPFAR_EL2", "0", "-"),
    Case("isolated: permission", _DATA | 0x0E, True, "walk", "far", "-"),
    Case("isolated: permission, S1PTW=1", _DATA | S1PTW | 0x0E, True, "HPFAR_EL2", "0", "-"),
    Case("SError, DFSC 0x11, VFV=1", _SERROR | VFV, False, _WALK_OR_PA, "far, if by walk", "-"),
    Case("SError, other; or from DISR_EL1", _SERROR, False, _PA, "0", "-"),
    Case("memory notice", 0, False, _PA, "0", "-"),
)
_COLUMNS: Final = (("far", 80), ("hpfar", 80), ("gpa comes from", 190), ("gpa[11:0]", 140), ("firmware_va", 165))
_LEFT: Final = 290
_ROW: Final = 34


def render() -> str:
    """The figure."""
    canvas = Canvas(990, 92 + _ROW * len(CASES))
    canvas.text(20, 36, "what happened", "head", "start")
    x = _LEFT
    for name, width in _COLUMNS:
        canvas.text(x + width / 2, 36, name, "head")
        x += width + 5
    for n, case in enumerate(CASES):
        _row(canvas, 50 + _ROW * n, case)
    canvas.text(495, 76 + _ROW * len(CASES),
                "far on a walk is the address translated; hva is valid with gpa; green valid, red not, yellow perhaps",
                "soft")
    return canvas.render(("abi/generate/figure_addresses.py", "abi/address.py"), "Which address is valid when", (
        "For each kind of error whether far and hpfar are valid, where gpa and its low 12 bits come from, and whether "
        "firmware_va can be valid. The text below says the same."))


def _row(canvas: Canvas, y: float, case: Case) -> None:
    canvas.text(20, y + 19, case.said, "", "start")
    cells = [
        ("valid", "yes") if case.far else ("0", "no"),
        ("valid", "yes") if case.hpfar else ("0", "no"),
        (case.gpa, "yes" if case.gpa == "HPFAR_EL2" else "some"),
        (case.low, "no" if case.low == "0" else "yes" if case.low == "far" else "some"),
        (case.firmware_va, "no" if case.firmware_va == "-" else "some"),
    ]
    x = _LEFT
    for (text, style), (_name, width) in zip(cells, _COLUMNS, strict=True):
        canvas.box(x, y, width, _ROW - 6, text, style=style)
        x += width + 5
