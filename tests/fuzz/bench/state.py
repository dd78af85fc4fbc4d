# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What has been measured so far: a JSON file written after each run, so that a bench goes on where it stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from abi.errors import InputError
from tests.fuzz.bench.engines import Outcome

_FORMAT: Final = 1
_Runs = dict[str, dict[str, Any]]


class State:
    """The file. A run counts while the fingerprint of what it was measured on is the same."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._data: dict[str, Any] = {"format": _FORMAT, "runs": {}, "vectors": {}, "mutator": {}}
        if path.exists():
            self._data = self._read()

    def _read(self) -> dict[str, Any]:
        try:
            data = json.loads(self._path.read_text(encoding="ascii"))
            known = data["format"] == _FORMAT and all(isinstance(data[n], dict) for n in ("runs", "vectors", "mutator"))
        except (ValueError, KeyError, TypeError) as error:
            raise self._bad(repr(error)) from None
        if not known:
            raise self._bad(f"format {data['format']!r}")
        return dict(data)

    def _bad(self, got: str) -> InputError:
        return InputError("bench.state", str(self._path), None, "what faultinfo bench fuzz wrote", got,
                          "remove it to begin anew, or name another folder with --state")

    def run(self, name: str, engine: str, seed: int, cap: int, fingerprint: str) -> Outcome | None:
        """A run that was made, None if it is to be made (again)."""
        kept = self._data["runs"].get(_key(name, engine, seed))
        if kept is None or (kept["fingerprint"], kept["cap"]) != (fingerprint, cap):
            return None
        return Outcome(kept["found"], kept["executions"], kept["seconds"], kept["cpu"])

    def keep(self, name: str, engine: str, seed: int, cap: int, fingerprint: str, outcome: Outcome) -> None:
        """Write a run down."""
        runs: _Runs = self._data["runs"]
        runs[_key(name, engine, seed)] = {
            "found": outcome.found, "executions": outcome.executions, "seconds": round(outcome.seconds, 2),
            "cpu": round(outcome.cpu, 2), "cap": cap, "fingerprint": fingerprint,
        }
        self._write()

    def vectors(self, name: str, fingerprint: str) -> int | None:
        """How many vectors a bug turned red; None if they are to be asked (again)."""
        kept = self._data["vectors"].get(name)
        return int(kept[1]) if kept and kept[0] == fingerprint else None

    def keep_vectors(self, name: str, fingerprint: str, red: int) -> None:
        """Write down what the vectors say."""
        self._data["vectors"][name] = [fingerprint, red]
        self._write()

    def mutator(self, fingerprint: str) -> dict[str, float]:
        """What the two mutators cost; empty if that is to be measured (again)."""
        return dict(self._data["mutator"].get(fingerprint, {}))

    def keep_mutator(self, fingerprint: str, cost: dict[str, float]) -> None:
        """Write down what the mutators cost."""
        self._data["mutator"] = {fingerprint: cost}
        self._write()

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(self._data, indent=1, sort_keys=True) + "\n", encoding="ascii")
        part.replace(self._path)


def _key(name: str, engine: str, seed: int) -> str:
    return f"{name}/{engine}/{seed}"
