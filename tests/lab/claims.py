# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A guest's access to memory that is damaged: what the CPU and firmware tell the host of it."""

from __future__ import annotations

from typing import Final, NamedTuple

from abi.cper import ArmProcessor, DataEntry, ErrorInfo, StatusBlock, bits
from abi.esr_fields import FNV
from abi.trap import Trap
from tests.lab import guest
from tests.lab.cells import NOT_KEPT, UNKNOWN_FAR
from tests.lab.inside.relabel import Label

#: MPIDR_EL1 of the board's one PE.
MPIDR: Final = 0x8000_0000
#: Of a Neoverse N1 r4p1: what a reader of the log may look up.
_MIDR: Final = 0x414F_D0C1
#: External abort not on a walk, in the place of a stage-2 fault's ISS.
EXTERNAL: Final = 0x10


class Abort(NamedTuple):
    """What the CPU and firmware tell of the guest's access to ``address``.

    ``record``: firmware's has the ``virtual`` address only, or the ``physical`` one only, or there is none. ``fnv``:
    the CPU does not know the address.
    """

    address: int
    record: str = ""
    fnv: bool = False

    @property
    def label(self) -> Label:
        """What becomes of the stage-2 fault."""
        return Label(NOT_KEPT, EXTERNAL | FNV, UNKNOWN_FAR) if self.fnv else Label(NOT_KEPT, EXTERNAL)

    def given(self, taken: Trap) -> Trap:
        """The trap as KVM is given it."""
        label = self.label
        given = taken._replace(esr_el2=taken.esr_el2 & ~label.clear | label.bits)
        return given if label.far is None else given._replace(far_el2=label.far, hpfar_el2=0)

    def block(self, pa: int) -> StatusBlock | None:
        """Firmware's record: a recoverable cache error of this PE, or none. ``pa``: where the guest's page is."""
        if self.record == "virtual":
            info = ErrorInfo(bits.VALID_VIRT_ADDR, bits.TYPE_CACHE, virt_fault_addr=self.address)
        elif self.record == "physical":
            info = ErrorInfo(bits.VALID_PHYSICAL_ADDR, bits.TYPE_CACHE, physical_fault_addr=pa)
        else:
            return None
        return StatusBlock((DataEntry(ArmProcessor((info,), bits.ARM_VALID_MPIDR, MPIDR, _MIDR)),))


#: The cases. The page has another number as a virtual address than as a guest physical one. No two of firmware's
#: records are the same: Linux does not claim an abort for one that it has printed within 10 s.
PAGE_VA: Final = guest.VA_LOW + guest.TARGET_EL1
CONTROL: Final = Abort(PAGE_VA + 0x123)
VIRTUAL: Final = Abort(PAGE_VA + 0x123, "virtual")
PHYSICAL: Final = Abort(PAGE_VA + 0x123, "physical")
LOST: Final = Abort(PAGE_VA + 0x16B, "virtual", fnv=True)
POISONED: Final = Abort(PAGE_VA + 0x123)
