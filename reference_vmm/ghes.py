# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The guest's error source: one GHESv2 error status block with a read-ack register, in guest memory.

Rule ``vmm.report.ack``. Layout and acknowledgment are those of the one-source table that QEMU gives
its guests (docs/specs/acpi_hest_ghes.rst, hw/acpi/ghes.c), whose HEST entry points to the address
word and to the register; what the guest does is Linux drivers/acpi/apei/ghes.c: read the block, zero
its block_status, then write ``register & preserve | write``.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from construct import Int8ul as u8
from construct import Int64ul as u64

from abi.cper import StatusBlock, build_status_block
from abi.cper.layouts import STATUS_BLOCK
from abi.errors import InputError
from abi.layout import Field, Layout

#: HEST, Error Status Block Length.
BLOCK_LENGTH: Final = 1024
#: HEST, Read Ack Preserve and Read Ack Write: the guest sets bit 0 and keeps the others.
READ_ACK_WRITE: Final = 1
READ_ACK_PRESERVE: Final = (1 << 64) - 1 & ~READ_ACK_WRITE

AREA: Final = Layout(
    "hardware_errors",
    "What the HEST entry of the source points to, in guest memory.",
    Field("error_status_address", u64, "guest physical address of error_status_block"),
    Field("read_ack_register", u64, "bit 0: the guest has read the block, which may be written again",
          rules=("vmm.report.ack",)),
    Field("error_status_block", u8, "the Generic Error Status Block, zeros after its end", number=BLOCK_LENGTH),
)
_ADDRESS: Final = slice(AREA.offsets["error_status_address"], AREA.end("error_status_address"))
_REGISTER: Final = slice(AREA.offsets["read_ack_register"], AREA.end("read_ack_register"))
_BLOCK: Final = AREA.offsets["error_status_block"]
_STATUS_END: Final = _BLOCK + STATUS_BLOCK.end("block_status")


class Source:
    """One error source. ``memory`` is the area, ``base`` the guest physical address of its first byte.

    Where a method returns True a new block is there, and the guest must be notified of it now. ``kept``:
    the guest has had this source before, from a VMM that was restarted or moved; nothing in it is touched.
    """

    def __init__(self, memory: bytearray | memoryview, base: int, *, kept: bool = False) -> None:
        if len(memory) != AREA.size:
            raise InputError("ghes.length", AREA.name, 0, f"{AREA.size:#x} bytes", f"{len(memory):#x} bytes")
        self._memory = memory
        self._waiting: deque[bytes] = deque()
        if kept:
            return
        memory[_ADDRESS] = (base + _BLOCK).to_bytes(8, "little")
        memory[_REGISTER] = READ_ACK_WRITE.to_bytes(8, "little")  # the first block may be written
        memory[_BLOCK:] = bytes(BLOCK_LENGTH)

    @property
    def waiting(self) -> int:
        """How many blocks wait for the guest to acknowledge an earlier one."""
        return len(self._waiting)

    def submit(self, block: StatusBlock) -> bool:
        """Queue a block, and publish it if nothing is before it.

        Raises InputError ``ghes.length`` for one that is longer than the source's block: nothing is
        queued then. Split its entries over several blocks.
        """
        raw = build_status_block(block)
        if len(raw) > BLOCK_LENGTH:
            raise InputError("ghes.length", "estatus", 0, f"<= {BLOCK_LENGTH:#x} bytes", f"{len(raw):#x} bytes")
        self._waiting.append(raw)
        return self.poll()

    def ack(self, value: int = READ_ACK_WRITE) -> bool:
        """Carry out the guest's write of 64 bits to the read-ack register, where the VMM traps it."""
        self._memory[_REGISTER] = value.to_bytes(8, "little")
        return self.poll()

    def poll(self) -> bool:
        """Publish the next block if the guest has acknowledged the last one.

        To be called now and then where the register is plain memory, whose writes nobody sees.
        """
        register = int.from_bytes(self._memory[_REGISTER], "little")
        if not (self._waiting and register & READ_ACK_WRITE):
            return False
        raw = self._waiting.popleft().ljust(BLOCK_LENGTH, b"\0")
        self._memory[_REGISTER] = (register & READ_ACK_PRESERVE).to_bytes(8, "little")
        # block_status last: a guest that polls takes 0 for "no record".
        self._memory[_STATUS_END:] = raw[_STATUS_END - _BLOCK :]
        self._memory[_BLOCK:_STATUS_END] = raw[: _STATUS_END - _BLOCK]
        return True
