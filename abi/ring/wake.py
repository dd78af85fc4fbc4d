# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Waking the consumer by an eventfd that never blocks the producer (Linux only)."""

from __future__ import annotations

import os
import select
from contextlib import suppress


def new_eventfd() -> int:
    """Make an inheritable, non-blocking eventfd. The caller closes it."""
    return os.eventfd(0, os.EFD_NONBLOCK)


def notify(fd: int) -> None:
    """Wake the consumer, or leave a mark for when it waits next. Never blocks."""
    with suppress(BlockingIOError):  # the counter at its limit is readable, which is all that matters
        os.eventfd_write(fd, 1)


def drain(fd: int) -> None:
    """Take the marks that are there. Never blocks."""
    with suppress(BlockingIOError):  # a consumer that died here may have taken it
        os.eventfd_read(fd)


def wait(fd: int, timeout: float | None) -> bool:
    """Block until there is a mark, at most ``timeout`` seconds (None: for ever); True if there is one."""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(None if timeout is None else timeout * 1000))
