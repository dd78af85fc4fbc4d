# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The bare-metal guest as something to build; outside only, since the inside needs no compiler."""

from __future__ import annotations

from typing import Final

from tests.lab import build
from tests.lab.guest import IMAGE

ABORT: Final = build.guest(IMAGE.name, IMAGE.source, address=IMAGE.address, flags=IMAGE.flags)
