# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The recorded result, ``spec/evidence/adequacy.json``: written one way, compared but for date and tools."""

from __future__ import annotations

import datetime as dt
import json
import platform
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.adequacy.measure import Measured
from tests.adequacy.model import KINDS, Finding
from tests.generate.tools import ROOT

FILE: Final = ROOT / "spec" / "evidence" / "adequacy.json"
REFRESH: Final = "python -m tests.adequacy --update"
_COMMENT: Final = f"SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause. Do not edit: made by {REFRESH}."
_ALIVE: Final = "-"
Evidence = dict[str, Any]


def made(measured: Sequence[Measured], vectors: int) -> Evidence:
    """The evidence of a measurement."""
    return {
        "$comment": _COMMENT,
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "tools": _tools(),
        "vectors": vectors,
        "counts": {m.implementation: counts(m.findings) for m in measured},
        "killers": {m.implementation: _killers(m.findings) for m in measured},
    }


def merged(recorded: Evidence, measured: Evidence) -> Evidence:
    """What was recorded, with the implementations that were measured anew."""
    return measured | {key: recorded[key] | measured[key] for key in ("counts", "killers")}


def _tools() -> dict[str, str]:
    said = {"python": platform.python_version()}
    for name in ("gcc", "rustc"):
        done = subprocess.run([name, "--version"], capture_output=True, text=True, check=False)
        said[name] = done.stdout.partition("\n")[0]
    return said


def counts(findings: Sequence[Finding]) -> dict[str, Any]:
    """By role and kind, how many mutants there are and how many survive."""
    all_ = Counter((f.role, f.mutant.kind) for f in findings)
    alive = Counter((f.role, f.mutant.kind) for f in findings if f.killer is None)
    return {
        role: {kind: [all_[role, kind], alive[role, kind]] for kind in KINDS if all_[role, kind]}
        for role in dict.fromkeys(f.role for f in findings)
    }


def _killers(findings: Sequence[Finding]) -> dict[str, dict[str, dict[str, str]]]:
    """By role and file, what turned red for each mutant; ``-`` for none."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for f in findings:
        path, _, rest = f.mutant.name.partition(" ")
        how = "" if f.how == "answer" else f" ({f.how})"
        found.setdefault(f.role, {}).setdefault(path, {})[rest] = f"{f.killer}{how}" if f.killer else _ALIVE
    return found


def text(evidence: Evidence) -> str:
    """The one way to write it: a line for each mutant."""
    return json.dumps(evidence, indent=1, ensure_ascii=True) + "\n"


def read(path: Path = FILE) -> Evidence:
    """What was recorded."""
    evidence: Evidence = json.loads(path.read_text(encoding="ascii"))
    return evidence


def flat(evidence: Evidence) -> dict[tuple[str, str, str], str]:
    """Killers by implementation, role and name of the mutant."""
    return {
        (implementation, role, f"{path} {name}"): killer
        for implementation, roles in evidence["killers"].items()
        for role, paths in roles.items()
        for path, names in paths.items()
        for name, killer in names.items()
    }


def differences(recorded: Evidence, measured: Evidence) -> list[str]:
    """Where a measurement is not what was recorded, for the implementations that were measured.

    Where a mutant crashes or hangs depends on the compiler; that it does not live is compared.
    """
    only = set(measured["killers"])
    old = {key: killer for key, killer in flat(recorded).items() if key[0] in only}
    new = flat(measured)
    found = [f"{' '.join(key)}: not measured any more" for key in sorted(set(old) - set(new))]
    found += [f"{' '.join(key)}: not recorded" for key in sorted(set(new) - set(old))]
    for key in sorted(set(old) & set(new)):
        loose = "(" in old[key] + new[key] and _ALIVE not in (old[key], new[key])
        if old[key] != new[key] and not loose:
            found.append(f"{' '.join(key)}: recorded {old[key]}, measured {new[key]}")
    return found
