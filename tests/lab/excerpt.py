# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What spec/lab.rst shows, printed from the committed evidence: rows of the tables, the verdicts, the matrix, times.

    python -m tests.lab.excerpt     writes them anew: make lab-evidence, lab-matrix-evidence and lab-cold-evidence do
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import textwrap
from pathlib import Path
from typing import Any, Final

from abi.terminal import table
from tests.lab import (
    apei_judging,
    evidence,
    live_judging,
    live_rules,
    matrix_evidence,
    matrix_showing,
    printing,
    showing,
    timing,
)
from tests.lab.case import Table
from tests.lab.compact import expanded
from tests.lab.rows import rows
from tests.lab.verdicts import CELLS, UNSEEN, Verdict

FOLDER: Final = Path(__file__).parents[2] / "spec/evidence"
EVIDENCE: Final = FOLDER / "lab.json"
MATRIX: Final = FOLDER / "lab-matrix.json"
#: Of a run with an empty cache folder, without its cases.
COLD: Final = FOLDER / "lab-cold.json"
#: What the page includes.
ROWS, RULES, TIMES, VECTORS, CHECKS = (
    FOLDER / f"lab-{name}.txt" for name in ("rows", "rules", "times", "vectors", "checks"))
#: Case -> accesses, by the first column, each of which explains a word.
EXPLAINED: Final = {
    "equality.hardware": (
        "ldr", "str", "fetch", "ldr across", "ldr DIT", "ldr walk level 3", "ldr walk level 3, isolated"),
    "equality.table": ("str",),
    "equality.architecture": ("fetch FnV", "str all", "ldr FnV, S1PTW"),
}


def excerpts() -> dict[Path, str]:
    """What each file must hold."""
    warm = json.loads(EVIDENCE.read_text(encoding="utf-8"))
    cold = json.loads(COLD.read_text(encoding="utf-8"))
    return {
        ROWS: _printed(_rows, warm), RULES: _printed(_rules, warm),
        MATRIX.with_suffix(".txt"): _printed(matrix_showing.show, matrix_evidence.loaded(MATRIX)),
        VECTORS: _printed(_vectors, warm), CHECKS: _printed(_checks, warm),
        TIMES: _printed(timing.show, {"empty cache folder": cold, "warm": warm}),
    }


def _rows(found: dict[str, Any]) -> None:
    results = _results(found)
    for case in CELLS:
        shown: dict[str, tuple[str, ...]] = {}
        for row in showing.by_cells(results[case], results).rows:
            shown.setdefault(row[0], row)
        print(f"\n{case}")
        table([shown[name] for name in EXPLAINED[case]], showing.HEAD)
        for line in showing.told(showing.tally(rows(results[case], results))):
            print(textwrap.fill(line, printing.WIDTH, subsequent_indent="  "))


def _results(found: dict[str, Any]) -> dict[str, Any]:
    return {name: expanded(case["result"]) for name, case in found["cases"].items() if "result" in case}


def _rules(found: dict[str, Any]) -> None:
    judged = [Verdict(**one) for one in found["rules"].values()]
    printing.rules(judged)
    print("\nthose that cannot be seen, by the cases in which a record of the live emitter shows them")
    for line in live_rules.told(_results(found), (one.rule for one in judged if one.verdict == UNSEEN)):
        print(textwrap.fill(line, printing.WIDTH, subsequent_indent="  ", break_on_hyphens=False))


def _vectors(found: dict[str, Any]) -> None:
    _table(live_judging.by_record(expanded(found["cases"]["live.vectors"]["result"]), {}))


def _checks(found: dict[str, Any]) -> None:
    _table(apei_judging.shown(expanded(found["cases"]["apei.checks"]["result"]), {}))


def _table(shown: Table) -> None:
    table(shown.rows, shown.columns)


def _printed(what: Any, found: Any) -> str:
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        what(found)
    return text.getvalue().strip("\n") + "\n"


def main() -> None:
    """Write the files. With a file of evidence: it is that of a run with an empty cache folder; keep its times."""
    for given in sys.argv[1:]:
        found = timing.times(json.loads(Path(given).read_text(encoding="utf-8")))
        evidence.write(found, COLD, timing.LINES)
    for path, text in excerpts().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
