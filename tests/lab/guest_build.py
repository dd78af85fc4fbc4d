# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The bare-metal guest and the kernel module to build; outside only: the inside needs no compiler."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.lab import build, kbuild
from tests.lab.guest import IMAGE

ABORT: Final = build.guest(IMAGE.name, IMAGE.source, address=IMAGE.address, flags=IMAGE.flags)
#: The module that turns stage-2 faults into other traps, for the kernel under test.
RELABEL: Final = kbuild.module("relabel", Path(__file__).parent / "modules/relabel.c")
