# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The live emitter, what it is run on and the module that makes SErrors, to build; outside only."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.lab import build, kbuild

ROOT: Final = Path(__file__).parents[2]
LIVE: Final = ROOT / "reference_host/live"
INCLUDES: Final = (ROOT / "spec/c", ROOT / "spec/uapi")
SOURCE: Final = LIVE / "emit.bpf.c"
FLAGS: Final = ("-D__TARGET_ARCH_arm64", *(f"-I{folder}" for folder in INCLUDES))
HEADERS: Final = tuple(header for folder in (LIVE, *INCLUDES) for header in sorted(folder.glob("*.h")))
EMITTER: Final = build.bpf("emit.o", SOURCE, *HEADERS, flags=FLAGS)
SERROR: Final = kbuild.module("serror", Path(__file__).parent / "modules/serror.c")
