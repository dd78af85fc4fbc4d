# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The mutants that no vector can tell from the implementation, each with the reason; strict both ways."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.adequacy.model import IMPLEMENTATIONS, Finding

FILE: Final = Path(__file__).parent / "survivors.toml"
#: Implementation, role and name of a mutant.
Key = tuple[str, str, str]


def listed(path: Path = FILE) -> dict[Key, str]:
    """Reasons by mutant. ValueError for a mutant that is listed twice, or for nothing."""
    found: dict[Key, str] = {}
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["survivors"]:
        keys = [(i, *line.split(" ", 1)) for i in IMPLEMENTATIONS for line in entry.get(i, ())]
        if not keys or not entry["reason"]:
            raise ValueError(f"{path.name}: {entry}: a reason and the mutants that it is for")
        for implementation, role, name in keys:
            if (implementation, role, name) in found:
                raise ValueError(f"{path.name}: {implementation} {role} {name} stands there twice")
            found[implementation, role, name] = entry["reason"]
    return found


def complaints(findings: Sequence[Finding], reasons: dict[Key, str]) -> list[str]:
    """Survivors without a reason, and reasons without a survivor."""
    alive = {key(f) for f in findings if f.killer is None}
    measured = {f.implementation for f in findings}
    found = [f"{' '.join(each)}: no vector turns red" for each in sorted(alive - set(reasons))]
    for each in sorted(set(reasons) - alive):
        if each[0] in measured:
            killer = next((f.killer for f in findings if key(f) == each), None)
            found.append(f"{' '.join(each)}: listed as a survivor, but {killer or 'there is no such mutant'}")
    return found


def key(finding: Finding) -> Key:
    """What a finding is listed by."""
    return finding.implementation, finding.role, finding.mutant.name
