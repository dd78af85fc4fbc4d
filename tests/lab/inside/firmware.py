# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Firmware's part: the error sources of HEST, their blocks and read-ack registers, in memory of the machine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from tests.lab.hest import ErrorSource, by_notification, parse_hest
from tests.lab.inside.physical import Physical, word

HEST: Final = Path("/sys/firmware/acpi/tables/HEST")


def sources() -> tuple[ErrorSource, ...]:
    """The error sources of this machine. Raises InputError ``hest.*``."""
    return parse_hest(HEST.read_bytes())


def source(notification: str) -> ErrorSource:
    """The one that is announced so (``SEA``, ``GPIO``). Raises InputError ``hest.source``."""
    return by_notification(sources(), notification)


def put(where: ErrorSource, block: bytes) -> None:
    """Write a Generic Error Status Block where the source's register says; it is not announced by that."""
    if len(block) > where.error_block_length:
        raise ValueError(f"a block of {len(block):#x} bytes, the source has {where.error_block_length:#x}")
    if where.read_ack_register is not None:
        with Physical(where.read_ack_register) as register:
            register[0] &= ~where.read_ack_write
    with Physical(word(where.error_status_address), len(block)) as memory:
        memory.write(block)


def block_status(where: ErrorSource) -> int:
    """The first word of the block: 0 where the kernel has taken it, or there was none."""
    return word(word(where.error_status_address)) & 0xFFFF_FFFF


def acknowledged(where: ErrorSource) -> bool:
    """Whether the kernel has said that it has read the block."""
    assert where.read_ack_register is not None
    return bool(word(where.read_ack_register) & where.read_ack_write)


def wait_acknowledged(where: ErrorSource, seconds: float) -> bool:
    """Wait for that, at most so long."""
    deadline = time.monotonic() + seconds
    while not acknowledged(where):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
