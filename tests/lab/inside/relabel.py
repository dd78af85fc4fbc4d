# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The module ``relabel.ko`` from inside: what a stage-2 fault is to become, and what it was."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from abi.esr_fields import FSC
from abi.trap import Trap
from tests.lab.inside.modules import BUILT, insert

MODULE: Final = BUILT / "relabel.ko"
#: FSC of an external abort on a walk, levels -1 to 3.
WALK_FSC: Final = range(0x13, 0x18)
_PARAMETERS: Final = Path("/sys/module/relabel/parameters")


class Label(NamedTuple):
    """ESR_EL2 becomes ``ESR_EL2 & ~clear | bits``; ``far``: FAR_EL2 as well, where it is not None."""

    clear: int
    bits: int
    far: int | None = None

    @property
    def ipa_lost(self) -> bool:
        """Linux walks FAR_EL2 for the IPA of an external abort, but not where FAR is lost or leads elsewhere."""
        return self.far is not None or self.bits & FSC in WALK_FSC

    def shown(self, taken: Trap) -> Trap:
        """The trap that the module shows KVM in the place of the one taken."""
        far = taken.far_el2 if self.far is None else self.far
        return Trap(taken.esr_el2 & ~self.clear | self.bits, far, 0 if self.ipa_lost else taken.hpfar_el2)


def load() -> None:
    """Insert the module; it touches nothing yet."""
    insert(MODULE)


def relabel(gpa: int, label: Label) -> None:
    """From now on, for faults on that page."""
    for name, value in (("esr_clear", label.clear), ("esr_set", label.bits), ("far", label.far or 0),
                        ("far_lost", "N" if label.far is None else "Y"), ("ipa_lost", "Y" if label.ipa_lost else "N"),
                        ("gpa", gpa)):
        _write(name, str(value))


def leave() -> None:
    """From now on no trap is touched."""
    _write("gpa", "0")


def taken() -> Trap:
    """The last trap that was relabelled, as it was taken."""
    esr, far, hpfar = (int(_read(f"taken_{name}")) for name in ("esr", "far", "hpfar"))
    return Trap(esr, far, hpfar)


def by_kernel(esr: int) -> dict[str, int]:
    """The fields of a syndrome by the kernel's <asm/esr.h>."""
    _write("decode", hex(esr))
    words = _read("decode").split()
    return {name: int(value, 0) for name, value in zip(words[::2], words[1::2], strict=True)}


def _write(name: str, text: str) -> None:
    (_PARAMETERS / name).write_text(text, encoding="ascii")


def _read(name: str) -> str:
    return (_PARAMETERS / name).read_text(encoding="ascii")
