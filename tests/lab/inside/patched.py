# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A guest whose target page, or the stage-2 table of it, lies where there is nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab import guest
from tests.lab.inside.channel import Inside
from tests.lab.inside.guest import EL1H, Access, Guest


@contextmanager
def patched(inside: Inside, tested: Guest, what: str) -> Iterator[None]:
    """Have the outside change the descriptor (``leaf`` or ``table``), and put it back at the end."""
    tested.start(Access("str", guest.VA_LOW + guest.TARGET_EL1, EL1H))  # now there is a stage-2 mapping
    touched = tested.seen(tested.vcpu.run())
    frame = tested.target.frame(0)
    said = inside.ask("patch", descriptor=what, frame=frame, gpa=guest.GPA_TARGET)
    if "error" in said:
        raise RuntimeError(f"frame {frame}: {said['error']}; {touched}")
    try:
        yield
    finally:
        inside.ask("restore", **said)
