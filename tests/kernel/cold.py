# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``make lab-kernel`` with an empty cache folder, and then KVM alone built anew: what each part takes."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.kernel import judge
from tests.kernel.mutants import MUTANTS
from tests.kernel.series import ROOT
from tests.lab import evidence, timing
from tests.lab.cache import Cache
from tests.lab.command import Clock

EVIDENCE: Final = ROOT / "spec/evidence/lab-kernel-cold.json"
#: On two cores without other work, in seconds: all of ``make lab-kernel``, and the image after a change of KVM.
ALL, REBUILT = 600, 60


def cold(jobs: int, path: Path, *, mirror: str | None, offline: bool) -> int:
    """In a folder of its own below the temporary one, which goes. The exit code is that of the lab."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Cache(Path(folder).resolve())
        cache.temporary()
        return timed(cache, jobs, path, mirror=mirror, offline=offline)


def timed(cache: Cache, jobs: int, path: Path, *, mirror: str | None, offline: bool) -> int:
    """The run, and a change of one line of KVM, in this cache folder.

    Times and how each case ended go to ``path``. All of the run's evidence is that of ``make lab-kernel``, which it is.
    """
    clock, load = Clock(), os.getloadavg()[0]  # before the compiler is what makes it
    builder = judge.Builder(cache, clock, jobs, mirror=mirror, offline=offline)
    code = judge.lab(builder, cache, clock, judge.EVIDENCE)
    seconds = {"all": round(clock.seconds, 1), "built": dict(builder.seconds)}
    builder.seconds.clear()
    builder.built(MUTANTS[0])
    found = json.loads(judge.EVIDENCE.read_text(encoding="utf-8"))
    kept = {"series": found["series"], "kernel_seconds": seconds | {"rebuilt": dict(builder.seconds)}
            } | timing.times(found)
    kept["host"] |= {"load": round(load, 1)}
    evidence.write(kept, path, timing.LINES)
    return code


def late(found: Mapping[str, Any]) -> list[str]:
    """What took longer than it may, where the machine had two CPUs, and others left it one at least."""
    if found["host"]["cpus"] != 2 or found["host"]["load"] >= 2:
        return []
    took = found["kernel_seconds"]
    limits = {"all": (took["all"], ALL), "rebuilt": (sum(took["rebuilt"].values()), REBUILT)}
    return [f"{name}: {seconds:.0f} s, not {limit} s" for name, (seconds, limit) in limits.items() if seconds > limit]


def line(found: Mapping[str, Any]) -> str:
    """For the page."""
    took = found["kernel_seconds"]
    built = ", ".join(f"{name} {value:.0f} s" for name, value in took["built"].items())
    return (f"with an empty cache folder: {built}; all {took['all']:.0f} s; KVM built anew "
            f"{sum(took['rebuilt'].values()):.0f} s; load {found['host']['load']:.0f}")
