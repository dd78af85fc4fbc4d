# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The folder of a campaign: made, taken up again, and fed with the cases to start from."""

from __future__ import annotations

import contextlib
import hashlib
import json
import stat
from pathlib import Path
from typing import Any, Final

from abi.errors import InputError
from abi.fuzz.findings import write
from abi.fuzz.plan import MAX_CASE, Plan
from abi.fuzz.seeds import SEEDS

#: What a campaign must agree on with the one that it goes on with.
_SAME: Final = ("target", "engine", "sanitize", "kit")
#: Cases that are taken from a folder of seeds, and those of them that are looked at.
MAX_SEEDS: Final = 10_000


def open_(plan: Plan, engine: str) -> bool:
    """Make the folders, or go on with what is there; whether there was something. Raises InputError ``fuzz.out``."""
    said: dict[str, Any] = {
        "target": list(plan.target), "engine": engine, "sanitize": plan.sanitize, "kit": plan.kit,
    }
    note = plan.out / "campaign.json"
    there = _noted(note)
    if there is not None:
        for key in _SAME:
            if there.get(key) != said[key]:
                raise InputError("fuzz.out", str(plan.out), None, f"a folder of this campaign: {key} {said[key]}",
                                 f"{key} {there.get(key)}", "--out takes another folder")
    elif plan.out.exists() and (not plan.out.is_dir() or any(plan.out.iterdir())):
        raise InputError("fuzz.out", str(plan.out), None, "an empty folder, or one of an earlier campaign", "another")
    try:
        for folder in (plan.build, plan.seeds, plan.corpus, plan.raw, plan.broke, plan.findings):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError("file.write", str(plan.out), None, "a folder that can be made", str(error.strerror)) from None
    write(note, json.dumps(said, indent=1).encode() + b"\n")
    clean(plan.corpus)
    return there is not None


def _noted(path: Path) -> dict[str, Any] | None:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def seeds(into: Path) -> list[Path]:
    """Write the three seeds into a folder, which is made. Raises InputError ``file.write``."""
    try:
        into.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError("file.write", str(into), None, "a folder that can be made", str(error.strerror)) from None
    for name, case in SEEDS.items():
        write(into / name, case)
    return [into / name for name in SEEDS]


def feed(plan: Plan, more: Path | None) -> tuple[int, list[str]]:
    """Copy the seeds, and the cases of another folder, to where the engine finds them; how many, and what was left out.

    Raises InputError if the folder cannot be read. What is no case in it (a folder, a socket, a file that is too
    long or cannot be read) is left out and named.
    """
    seeds(plan.seeds)
    if more is None:
        return len(SEEDS), []
    try:
        paths = sorted(more.iterdir())
    except OSError as error:
        raise InputError("file.read", str(more), None, "a folder of cases", str(error.strerror)) from None
    taken, left = len(SEEDS), [f"{path.name}: beyond the first {MAX_SEEDS}" for path in paths[MAX_SEEDS:]]
    for path in paths[:MAX_SEEDS]:
        data = _case(path)
        if isinstance(data, str):
            left.append(f"{path.name}: {data}")
        else:
            write(plan.seeds / hashlib.sha1(data, usedforsecurity=False).hexdigest(), data)
            taken += 1
    return taken, left


def _case(path: Path) -> bytes | str:
    """The bytes of a file, or why it is no case. Nothing that could block is opened."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            return "no file"
        if found.st_size > MAX_CASE:
            return f"{found.st_size:#x} bytes, a case has at most {MAX_CASE:#x}"
        return path.read_bytes()
    except OSError as error:
        return str(error.strerror)


def clean(corpus: Path) -> None:
    """Put aside what an engine would stumble over in its own folder: nothing is thrown away."""
    aside = corpus.with_name("foreign")
    for path in list(corpus.iterdir()):
        if isinstance(_case(path), str):
            aside.mkdir(exist_ok=True)
            with contextlib.suppress(OSError):
                path.rename(aside / path.name)
