# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The rows of the lab's tables that spec/lab.rst explains, and the verdicts, printed from the committed evidence.

    python -m tests.lab.excerpt     writes them anew, after `faultinfo lab --evidence spec/evidence/lab.json`
"""

from __future__ import annotations

import contextlib
import io
import json
import textwrap
from pathlib import Path
from typing import Any, Final

from abi.terminal import table
from tests.lab import printing, showing
from tests.lab.compact import expanded
from tests.lab.rows import rows
from tests.lab.verdicts import CELLS, Verdict

FOLDER: Final = Path(__file__).parents[2] / "spec/evidence"
EVIDENCE: Final = FOLDER / "lab.json"
#: File -> what is in it.
ROWS, RULES = FOLDER / "lab-rows.txt", FOLDER / "lab-rules.txt"
#: Case -> accesses, by the first column, each of which explains a word.
EXPLAINED: Final = {
    "equality.hardware": (
        "ldr", "str", "fetch", "ldr across", "ldr DIT", "ldr walk level 3", "ldr walk level 3, isolated"),
    "equality.table": ("str",),
    "equality.architecture": ("fetch FnV", "str all", "ldr FnV, S1PTW"),
}


def excerpts() -> dict[Path, str]:
    """What each file must hold."""
    evidence = json.loads(EVIDENCE.read_text(encoding="utf-8"))
    return {ROWS: _printed(_rows, evidence), RULES: _printed(_rules, evidence)}


def _rows(evidence: dict[str, Any]) -> None:
    results = {name: expanded(case["result"]) for name, case in evidence["cases"].items() if "result" in case}
    for case in CELLS:
        shown: dict[str, tuple[str, ...]] = {}
        for row in showing.by_cells(results[case], results).rows:
            shown.setdefault(row[0], row)
        print(f"\n{case}")
        table([shown[name] for name in EXPLAINED[case]], showing.HEAD)
        for line in showing.told(showing.tally(rows(results[case], results))):
            print(textwrap.fill(line, printing.WIDTH, subsequent_indent="  "))


def _rules(evidence: dict[str, Any]) -> None:
    printing.rules([Verdict(**one) for one in evidence["rules"].values()])


def _printed(what: Any, evidence: dict[str, Any]) -> str:
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        what(evidence)
    return text.getvalue().strip("\n") + "\n"


def main() -> None:
    """Write the files."""
    for path, text in excerpts().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
