# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The recorded result, ``spec/evidence/fuzz-panel.json``: each run with its seed, the goals, the versions."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from tests.fuzz.bench.builds import fingerprint, mutator_mark
from tests.fuzz.bench.engines import ENGINES, Outcome
from tests.fuzz.bench.goals import judged
from tests.fuzz.bench.state import State
from tests.fuzz.panel.planted import ROOT, Planted

FILE: Final = ROOT / "spec" / "evidence" / "fuzz-panel.json"
REFRESH: Final = "faultinfo bench fuzz --update"
_COMMENT: Final = f"SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause. Do not edit: made by {REFRESH}."
Evidence = dict[str, Any]
#: Commands, what makes each say its version, and the version in what it says.
_VERSIONS: Final = (("clang", "--version", r".*version .*"), ("afl-fuzz", "-h", r"afl-fuzz\+\+[\w.]+"))


def made(name: str, panel: Sequence[Planted], state: State, seeds: Sequence[int], cap: int) -> Evidence:
    """What is there of a panel."""
    runs = {planted.name: _runs(planted, state, seeds, cap) for planted in panel}
    outcomes = {bug: {engine: [*by_seed.values()] for engine, by_seed in of.items()} for bug, of in runs.items()}
    cost = state.mutator(mutator_mark())
    return {
        "panel": name, "date": dt.datetime.now(dt.UTC).date().isoformat(), "tools": _tools(), "cap": cap,
        "mutator": cost, "mutator_mark": mutator_mark(),
        "goals": [goal._asdict() for goal in judged(outcomes, cost)],
        "bugs": {planted.name: _bug(planted, runs[planted.name], state) for planted in panel},
    }


def _runs(planted: Planted, state: State, seeds: Sequence[int], cap: int) -> dict[str, dict[int, Outcome]]:
    found: dict[str, dict[int, Outcome]] = {}
    for engine in ENGINES.values():
        mark = fingerprint(planted, kit=engine.kit)
        for seed in seeds:
            outcome = state.run(planted.name, engine.name, seed, cap, mark)
            if outcome is not None:
                found.setdefault(engine.name, {})[seed] = outcome
    return found


def _bug(planted: Planted, runs: dict[str, dict[int, Outcome]], state: State) -> dict[str, Any]:
    return {
        "what": planted.what, "source": planted.source, "file": planted.file, "surface": planted.surface,
        "conditions": planted.conditions, "shows": planted.shows,
        "vectors": state.vectors(planted.name, fingerprint(planted, kit=False)),
        "runs": {engine: {str(seed): list(outcome) for seed, outcome in by_seed.items()}
                 for engine, by_seed in runs.items()},
    }


def outcomes(bug: dict[str, Any]) -> dict[str, list[Outcome]]:
    """The runs of a bug in the evidence, by engine."""
    return {engine: [Outcome(*run) for run in by_seed.values()] for engine, by_seed in bug["runs"].items()}


def _tools() -> dict[str, str]:
    said = {"python": platform.python_version(), "machine": platform.machine(), "cpus": str(os.cpu_count()),
            "hypothesis": version("hypothesis")}
    for command, arguments, pattern in _VERSIONS:
        try:
            done = subprocess.run([command, arguments], capture_output=True, text=True, check=False)
        except FileNotFoundError:
            continue
        found = re.search(pattern, done.stdout + done.stderr)
        said[command] = found[0] if found else "unknown"
    return said


def write(evidence: Evidence, path: Path = FILE) -> None:
    """Record the result of a panel beside those of the others."""
    kept = read(path)["panels"] if path.exists() else {}
    whole = {"$comment": _COMMENT, "panels": kept | {evidence["panel"]: evidence}}
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=True) + "\n", encoding="ascii")


def read(path: Path = FILE) -> Evidence:
    """What was recorded."""
    evidence: Evidence = json.loads(path.read_text(encoding="ascii"))
    return evidence
