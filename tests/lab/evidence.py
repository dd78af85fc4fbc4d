# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a run found, as JSON: versions, command lines, times, every case with its registers."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
from pathlib import Path
from typing import Any

from tests.lab.cache import telling
from tests.lab.case import Outcome
from tests.lab.lab import Lab
from tests.lab.session import Session


def gathered(lab: Lab, session: Session, seconds: dict[str, float]) -> dict[str, Any]:
    """The whole evidence; folders of this machine are shortened to their last parts."""
    root = str(lab.site.cache.root)
    return {
        "date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "kernel": {"version": lab.kernel.version, "packages": list(lab.kernel.packages)},
        "qemu": lab.emulator.version,
        "cpu": lab.cpu,
        "host": {"machine": platform.machine(), "cpus": os.cpu_count()},
        "seconds": {name: round(value, 2) for name, value in seconds.items()},
        "boots": [
            {
                "platform": boot.platform, "command": [part.replace(root, "CACHE") for part in boot.command],
                "machine": dict(boot.hello), "boot_seconds": round(boot.boot_seconds, 2),
                "import_seconds": round(boot.import_seconds, 2), "cases_seconds": round(boot.cases_seconds, 2),
                "death": boot.death, "serial_tail": boot.tail.splitlines(),
            }
            for boot in session.boots
        ],
        "cases": {name: described(outcome) for name, outcome in session.outcomes.items()},
    }


def described(outcome: Outcome) -> dict[str, Any]:
    """One case."""
    return {
        "what": outcome.case.what, "platform": outcome.case.platform, "status": outcome.status,
        "result": dict(outcome.result) if outcome.result is not None else None,
        "findings": [finding._asdict() for finding in outcome.findings],
        "table": outcome.table._asdict() if outcome.table else None,
        "problem": outcome.problem, "absent": outcome.absent, "seconds": outcome.seconds,
        "log": [line for line in outcome.log.splitlines() if line.strip()],
    }


def write(evidence: dict[str, Any], path: Path) -> None:
    """Write it whole or not at all. Raises InputError ``lab.disk``."""
    with telling():
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.{os.getpid()}")
        new.write_text(json.dumps(evidence, indent=1) + "\n", encoding="utf-8")
        new.rename(path)
