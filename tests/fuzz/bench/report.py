# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The result for people: tables for a terminal, and ``spec/tables/fuzz-panel.rst`` for the specification."""

from __future__ import annotations

from typing import Any, Final

from abi.terminal import table
from tests.fuzz.bench import evidence as ev
from tests.fuzz.bench.engines import ENGINES
from tests.fuzz.bench.goals import Cell, cell
from tests.fuzz.panel.planted import ROOT

TABLE: Final = ROOT / "spec" / "tables" / "fuzz-panel.rst"
_HEAD: Final = (
    ".. SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause",
    f".. Do not edit: made from spec/evidence/fuzz-panel.json by {ev.REFRESH}",
    "",
)
_COLUMNS: Final = ("bug", "surface", "conditions", "red vectors", *(engine.title for engine in ENGINES.values()))
_GOALS: Final = ("goal", "measured", "reached", "missed by")
_REACHED: Final = {True: "yes", False: "no", None: "-"}
_SHOWN: Final = 8


def show(evidence: ev.Evidence) -> None:
    """Both tables on a terminal."""
    table(_rows(evidence), _COLUMNS)
    print()
    table(_goals(evidence), _GOALS)
    print("\n" + _where(evidence))


def write(recorded: ev.Evidence) -> None:
    """The page's tables, of every panel that was recorded."""
    TABLE.write_text(text(recorded), encoding="utf-8")


def text(recorded: ev.Evidence) -> str:
    """The tables in reStructuredText."""
    lines = [*_HEAD]
    for name, evidence in recorded["panels"].items():
        lines += [f"{name.capitalize()} panel; {_where(evidence)}", ""]
        lines += [*_list_table(_goals(evidence), _GOALS), *_list_table(_rows(evidence), _COLUMNS)]
        lines += ["What each bug of it is:", ""]
        lines += [*_list_table([(bug, of["file"], of["what"], of["source"]) for bug, of in evidence["bugs"].items()],
                               ("bug", "file", "what is wrong", "kind of fault"))]
    return "\n".join(lines).rstrip() + "\n"


def short(recorded: ev.Evidence) -> str:
    """For README: of each panel what the goals come to, and what the vectors alone find; a table in Markdown."""
    panels = recorded["panels"]
    rows = [("goal", *(f"{name} panel" for name in panels)), ("---",) * (1 + len(panels))]
    goals = [{goal["what"]: goal for goal in evidence["goals"]} for evidence in panels.values()]
    rows += [(what, *(f"{of[what]['got']}: {_REACHED[of[what]['reached']]}" for of in goals)) for what in goals[0]]
    rows.append(("beside: bugs that turn a vector red", *map(_red, panels.values())))
    rows.append(("seeds of each engine, at most", *(str(_seeds(evidence)) for evidence in panels.values())))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _red(evidence: ev.Evidence) -> str:
    bugs = evidence["bugs"].values()
    return f"{sum(bool(bug['vectors']) for bug in bugs)} of {len(bugs)}"


def _list_table(rows: list[tuple[str, ...]], columns: tuple[str, ...]) -> list[str]:
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in (columns, *rows):
        lines += [f"   {'* - ' if n == 0 else '  - '}{_filled(value)}" for n, value in enumerate(row)]
    return [*lines, ""]


def _filled(value: str) -> str:
    return value if value.strip("-") else "\\-"  # a bare dash would begin a list


def _rows(evidence: ev.Evidence) -> list[tuple[str, ...]]:
    return [_row(name, bug) for name, bug in evidence["bugs"].items()]


def _row(name: str, bug: dict[str, Any]) -> tuple[str, ...]:
    runs = ev.outcomes(bug)
    cells = [_cell(cell(runs[engine])) if engine in runs else "-" for engine in ENGINES]
    red = "-" if bug["vectors"] is None else str(bug["vectors"])
    return name, bug["surface"], str(bug["conditions"]), red, *cells


def _cell(c: Cell) -> str:
    """Median executions and seconds; how many runs found it, where not all did."""
    count = f"{c.executions:,.0f}, {c.cpu:.1f} s" if c.bounded else f"> {c.executions:,.0f}"
    return count if c.found == c.runs else f"{count} ({c.found} of {c.runs})"


def _goals(evidence: ev.Evidence) -> list[tuple[str, ...]]:
    return [(g["what"], g["got"], _REACHED[g["reached"]], _some(g["missed"])) for g in evidence["goals"]]


def _some(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _where(evidence: ev.Evidence) -> str:
    tools = evidence["tools"]
    compilers = ", ".join(tools[name] for name in ("clang", "afl-fuzz") if name in tools)
    return (f"{evidence['date']}, {compilers}, hypothesis {tools['hypothesis']}, Python {tools['python']}, "
            f"{tools['machine']}, {tools['cpus']} CPUs; seeds: {_seeds(evidence)}, at most {evidence['cap']} s a run.")


def _seeds(evidence: ev.Evidence) -> int:
    """The most that any engine was run with."""
    return max((len(runs) for bug in evidence["bugs"].values() for runs in bug["runs"].values()), default=0)
