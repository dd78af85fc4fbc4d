# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a run found, as JSON: versions, command lines, times, every case with its registers, rule by rule."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.lab import verdicts
from tests.lab.cache import telling
from tests.lab.case import Outcome
from tests.lab.compact import compacted, steady
from tests.lab.emulator import PROGRAM
from tests.lab.judging import claims
from tests.lab.lab import Lab
from tests.lab.ran import Boot, Ran

#: How deep the members of an object take a line each: cells. What is inside of those is on that line.
LINES: Final = 5
#: Cases from which rules are judged of any kernel; of one that claims to keep them by all that has its records.
_JUDGED: Final = {*verdicts.CELLS, verdicts.SERRORS, "contract"}


def gathered(lab: Lab, came: Ran, seconds: dict[str, float]) -> dict[str, Any]:
    """The whole evidence; of this machine's folders only the last part of a path is left."""
    results = came.results
    judged = results.keys() & _JUDGED or any(map(claims, results.values()))
    return {
        "date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "kernel": {"version": lab.kernel.version, "packages": list(lab.kernel.packages)},
        "qemu": lab.emulator.version,
        "cpu": lab.cpu,
        "host": host() | {"load": round(came.load, 1)},
        "seconds": {name: round(value, 2) for name, value in seconds.items()},
        "boots": [_booted(lab, boot) for boot in came.boots],
        "rules": {one.rule: one._asdict() for one in verdicts.verdicts(results)} if judged else {},
        "cases": {name: described(outcome) for name, outcome in came.outcomes.items()},
    }


def host() -> dict[str, Any]:
    """The machine that it is run on."""
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        system = platform.system()
    return {"system": system, "machine": platform.machine(), "cpus": os.cpu_count()}


def _booted(lab: Lab, boot: Boot) -> dict[str, Any]:
    return {
        "platform": boot.platform, "command": command(lab, boot.command), "machine": dict(boot.hello),
        "boot_seconds": round(boot.boot_seconds, 2), "import_seconds": round(boot.import_seconds, 2),
        "cases_seconds": round(boot.cases_seconds, 2), "death": boot.death, "serial_tail": boot.tail.splitlines(),
    }


def command(lab: Lab, parts: tuple[str, ...]) -> list[str]:
    """A command line as anybody could type it: the program and files by their names."""
    return [PROGRAM, *(Path(part).name if part.startswith("/") else part for part in parts[len(lab.emulator.command):])]


def described(outcome: Outcome) -> dict[str, Any]:
    """One case; what has no value is left out."""
    found = {
        "what": outcome.case.what, "platform": outcome.case.platform, "status": outcome.status,
        "result": compacted(outcome.result) if outcome.result is not None else None,
        "findings": [finding._asdict() for finding in outcome.findings],
        "problem": outcome.problem, "absent": outcome.absent, "seconds": outcome.seconds,
        "log": [line for line in outcome.log.splitlines() if line.strip()],
    }
    return {name: value for name, value in found.items() if value not in (None, [])}


def compared(evidence: dict[str, Any]) -> dict[str, Any]:
    """What must be the same in the next run of the same versions: every status and finding, every cell, every rule."""
    return {"rules": evidence["rules"], "cases": {
        name: {"status": case["status"], "findings": case.get("findings", [])} | (
            {"result": steady(case["result"])} if case.get("result", {}).get("cells") else {})
        for name, case in evidence["cases"].items()
    }}


def text(evidence: dict[str, Any], lines: int = LINES) -> str:
    """The evidence as a file has it: a line for each cell, finding and rule, so that two can be compared by diff."""
    return "\n".join(_lines(evidence, lines)) + "\n"


def _lines(value: Any, deep: int) -> Iterator[str]:
    if not deep or not isinstance(value, dict | list) or not value or _short(value):
        yield json.dumps(value)
        return
    left, right = "{}" if isinstance(value, dict) else "[]"
    items = value.items() if isinstance(value, dict) else ((None, one) for one in value)
    yield left
    for number, (name, inner) in enumerate(items):
        lines = list(_lines(inner, deep - 1))
        head = "" if name is None else f"{json.dumps(name)}: "
        comma = "," if number + 1 < len(value) else ""
        lines[0] = head + lines[0]
        lines[-1] += comma
        yield from (f" {line}" for line in lines)
    yield right


def _short(value: Any) -> bool:
    """Whether a value has nothing inside that is worth a line of its own."""
    inner = value.values() if isinstance(value, dict) else value
    return not any(isinstance(one, dict | list) for one in inner)


def write(evidence: dict[str, Any], path: Path, lines: int = LINES) -> None:
    """Write it whole or not at all. Raises InputError ``lab.disk``."""
    with telling():
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            new.write_text(text(evidence, lines), encoding="utf-8")
            new.rename(path)
        finally:
            new.unlink(missing_ok=True)
