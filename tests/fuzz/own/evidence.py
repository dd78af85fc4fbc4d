# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the long runs have come to: ``python -m tests.fuzz.own.evidence`` takes it from where run.py leaves it.

It writes spec/evidence/fuzz-own.json and the tables that spec/fuzz-own.rst shows; ``--table`` the tables alone. A run
that nobody has made anew on this machine stays as it was recorded.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from tests.fuzz.own import builds, coverage, run, wraps
from tests.fuzz.own.python_loop import State
from tests.generate.tools import ROOT

EVIDENCE: Final = ROOT / "spec" / "evidence" / "fuzz-own.json"
TABLE: Final = ROOT / "spec" / "tables" / "fuzz-own.rst"
COMMAND: Final = "python -m tests.fuzz.own.evidence"
#: What is asked for -> the runs that count, and how many executions.
GOALS: Final = {
    "C under ASan and UBSan": (("asan", "asan-mutate"), 5_000_000_000),
    "C under MSan": (("msan",), 1_000_000_000),
    "Rust": (("rust", "rust-mutate"), 1_000_000_000),
    "Python": (("python", "atheris"), 10_000_000),
}
Evidence = dict[str, Any]


def load() -> Evidence:
    """The evidence as it is committed."""
    return dict(json.loads(EVIDENCE.read_text(encoding="utf-8")))


def one(folder: Path) -> Evidence:
    """What is known of a run; the input that ended it is a finding that is open."""
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    name = about.pop("name", None) or about.pop("build")
    state = State(folder / "state", run.RUNS[name].seed)
    numbers = dict(zip(state.names[3::3], zip(*(state.numbers[n::3] for n in (3, 4, 5)), strict=True), strict=True))
    return {
        "name": name, "language": about["language"], "seed": state.numbers[0], "flags": about["flags"],
        "commit": about["commit"], **builds.sums(name, about["language"], about["commit"]),
        "tools": about["tools"], "started": about["started"], "seconds": state.numbers[2] // 1000,
        "executions": state.executions, "open": int((folder / "state.finding").exists()),
        "targets": {
            target: {"executions": all_, "understood": understood, "refused": refused}
            for target, (all_, understood, refused) in numbers.items() if all_
        },
    }


def collect() -> Evidence:
    """All runs, those made elsewhere as they were recorded, and the branches as they are measured now."""
    folders = [path.parent for path in sorted(run.FOLDER.glob("*/about.json")) if (path.parent / "state").exists()]
    runs = latest([*load()["runs"], *map(one, folders)])
    with tempfile.TemporaryDirectory() as folder:
        found = coverage.measured(Path(folder))
    assert not coverage.differing(found.missed, coverage.listed())
    missed = {name: sum(times for branch, times in found.missed.items() if branch.file == name) for name in found.total}
    return {
        "$comment": f"SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause. Do not edit: made by {COMMAND}.",
        "date": time.strftime("%Y-%m-%d", time.gmtime()), "runs": runs,
        "branches": {name: [number, missed[name]] for name, number in sorted(found.total.items())},
    }


def latest(runs: Iterable[Evidence]) -> list[Evidence]:
    """Of each name the run that was started last, as it was when it had run longest."""
    by_name = {each["name"]: each for each in sorted(runs, key=lambda each: (each["started"], each["seconds"]))}
    return [by_name[name] for name in run.RUNS if name in by_name]


def reached(evidence: Evidence) -> dict[str, tuple[int, int]]:
    """What is asked for -> executions that there were, and that there should be."""
    by_name: dict[str, int] = {}
    for each in evidence["runs"]:
        by_name[each["name"]] = by_name.get(each["name"], 0) + each["executions"]
    return {what: (sum(by_name.get(name, 0) for name in names), goal) for what, (names, goal) in GOALS.items()}


def _table(rows: Iterable[tuple[str, ...]], widths: str) -> Iterator[str]:
    yield from (".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", "")
    for row in rows:
        yield from (f"   {'-' if n else '* -'} {cell}".replace("   - ", "     - ") for n, cell in enumerate(row))
    yield ""


def _runs(evidence: Evidence) -> Iterator[tuple[str, ...]]:
    yield "run", "executions", "taken", "wall time", "seed", "commit", "tools"
    for each in evidence["runs"]:
        understood = sum(target["understood"] for target in each["targets"].values())
        tools = ", ".join(f"{name} {_version(said)}" for name, said in each["tools"].items())
        yield (
            f"``{each['name']}``", f"{each['executions']:,}", f"{understood:,}", f"{each['seconds'] / 60:,.0f} min",
            str(each["seed"]), f"``{each['commit'][:12]}``", tools,
        )


def _version(said: str) -> str:
    return next((word for word in said.split() if word[0].isdigit()), said)


def _asked(evidence: Evidence) -> Iterator[tuple[str, ...]]:
    yield "what", "executions", "asked for", "findings left open"
    for what, (there, goal) in reached(evidence).items():
        left = sum(each["open"] for each in evidence["runs"] if each["name"] in GOALS[what][0])
        yield what, f"{there:,}", f"{goal:,}" + ("" if there >= goal else " (not reached)"), str(left)


def _branches(evidence: Evidence) -> Iterator[tuple[str, ...]]:
    yield "header", "branches", "not reached"
    for name, (number, missed) in evidence["branches"].items():
        yield f"``{name}``", str(number), str(missed)


def _reasons() -> Iterator[tuple[str, ...]]:
    yield "header, line", "never", "why"
    for entry in coverage.entries():
        yield f"``{entry['file']}`` ``{entry['line']}``", f"``{entry['branch']}`` {entry['never']}", entry["why"]


def _wraps() -> Iterator[tuple[str, ...]]:
    yield "header, line", "why"
    for entry in wraps.entries():
        yield f"``{entry['file']}`` ``{entry['line']}``", entry["why"]


def rst(evidence: Evidence) -> str:
    """The tables of the page."""
    now = {language: builds.readers(language) for language in builds.READERS}
    changed = sorted(
        {each["language"] for each in evidence["runs"] if each["readers"] != now[each["language"]]}
        | {"mutator" for each in evidence["runs"] if each.get("mutator", now["mutator"]) != now["mutator"]}
    )
    since = f"Since then code has changed in: {', '.join(changed)}." if changed else (
        "The code that ran is the code that is here, but for comments."
    )
    parts = (
        ("Executions", [*_table(_asked(evidence), "40 20 20 20"), since, ""]),
        ("The runs", _table(_runs(evidence), "14 16 16 10 10 14 20")),
        ("Branches of the C headers", _table(_branches(evidence), "50 25 25")),
        ("Branches that nothing reaches", _table(_reasons(), "45 20 35")),
        ("Lines that wrap on purpose", _table(_wraps(), "55 45")),
    )
    lines = [
        ".. SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause",
        f".. Do not edit: made from spec/evidence/fuzz-own.json by {COMMAND}", "",
    ]
    for title, part in parts:
        lines += [title, "-" * len(title), "", *part]
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    """Write both files, or the tables."""
    if "--table" not in sys.argv:
        EVIDENCE.write_text(json.dumps(collect(), indent=1) + "\n", encoding="utf-8")
    TABLE.write_text(rst(load()), encoding="utf-8")
    for what, (there, goal) in reached(load()).items():
        print(f"{what}: {there:,} of {goal:,}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
