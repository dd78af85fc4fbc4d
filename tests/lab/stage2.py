# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A guest's stage-2 tables, found and changed from outside, in the RAM that QEMU shares: no kernel helps.

A page of the guest then lies at a physical address at which there is nothing (``leaf``: the emulated CPU gives the
guest an external abort), or its whole table does (``table``: the CPU takes an external abort on the walk to EL2).
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import Any, Final

from tests.lab.case import Said
from tests.lab.guest import NOTHING
from tests.lab.running import Machine

#: Where RAM begins.
RAM_BASE: Final = 0x40000000
_PAGE: Final = 0x1000
_SLOTS: Final = 512
#: Low bits of a page that KVM has mapped for reading and writing: valid, S2AP, AF; MemAttr and SH are not compared.
#: Bit 11 tells it from a page of user space in a stage-1 table.
LEAF: Final = (0xCC3, 0x4C3)
TABLE: Final = (0xFFF, 0x003)
_ADDRESS: Final = ((1 << 48) - 1) & ~(_PAGE - 1)


def patch(machine: Machine, said: Said) -> dict[str, Any]:
    """Point a descriptor to nothing. ``descriptor``: leaf or table; ``frame``: the page's frame number; ``gpa``.

    The page must be the only one of its 2 MiB that the guest has touched. Answers ``at`` and ``old`` for ``restore``,
    or ``error``.
    """
    at = _one(list(leaves(machine.ram, said["frame"] << 12, said["gpa"])), "leaf")
    if said["descriptor"] == "table" and isinstance(at, int):
        at = _one(list(tables(machine.ram, at & ~(_PAGE - 1), said["gpa"])), "table")
    if isinstance(at, str):
        return {"error": at}
    old = int.from_bytes(machine.ram[at : at + 8], "little")
    _store(machine.ram, at, old & ~_ADDRESS | NOTHING)
    return {"at": at, "old": hex(old)}


def restore(machine: Machine, said: Said) -> dict[str, Any]:
    """Put the descriptor back: KVM follows it when the VM goes."""
    _store(machine.ram, said["at"], int(said["old"], 16))
    return {}


#: For ``Case.answers``.
ANSWERS: Final = {"patch": patch, "restore": restore}


def leaves(ram: mmap.mmap, physical: int, gpa: int) -> Iterator[int]:
    """Offsets of descriptors of the page in a table that has no other entry."""
    for at in _found(ram, physical, LEAF, gpa >> 12):
        table = at & ~(_PAGE - 1)
        if not any(ram[table:at] + ram[at + 8 : table + _PAGE]):
            yield at


def tables(ram: mmap.mmap, leaf_table: int, gpa: int) -> Iterator[int]:
    """Offsets of descriptors of the leaf table."""
    return _found(ram, RAM_BASE + leaf_table, TABLE, gpa >> 21)


def _found(ram: mmap.mmap, address: int, kind: tuple[int, int], index: int) -> Iterator[int]:
    """Where a descriptor of that address and kind stands at that index of a table; bits 63:48 are not compared."""
    slot = index % _SLOTS
    mask, bits = kind[0] | _ADDRESS, kind[1] | address
    with memoryview(ram) as view, view.cast("Q") as words:
        column = words[slot::_SLOTS].tolist()
    return (page * _PAGE + slot * 8 for page, word in enumerate(column) if word & mask == bits)


def _one(found: list[int], what: str) -> int | str:
    return found[0] if len(found) == 1 else f"{len(found)} descriptors look like the {what}"


def _store(ram: mmap.mmap, at: int, descriptor: int) -> None:
    with memoryview(ram) as view, view.cast("Q") as words:
        words[at // 8] = descriptor
