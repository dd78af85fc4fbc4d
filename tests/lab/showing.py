# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The equality tables for people; spec/lab.rst explains each column and word.

One row stands for an access at every level at which it came out the same; the evidence has each cell.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from tests.lab.case import Said, Table
from tests.lab.cells import Cell
from tests.lab.judging import Seen
from tests.lab.rows import BUG, EQUAL, NOT_ASKED, SEA_AGAIN, Row, compared, rows

HEAD: Final = ("access", "at", "ESR_EL1, FAR_EL1", "reference VMM", "the kernel's own injection")
#: FAR_EL1 is the address that was accessed.
ACCESSED: Final = "va"
#: What ends a run with exit code 1.
BAD: Final = ("differs", "failed")
_VECTOR: Final = 0x80
#: Columns for why a cell was not run; the evidence has all of it.
_REASON: Final = 44


class Tally(NamedTuple):
    """How the cells of a case came out.

    ``explained`` and ``untold``: cells by the rule; ``findings``: cells that differ by none. ``absent``: not run.
    Of the kernel's own injection: how many are equal or differ by rules alone, and how often each field is wrong by
    none.
    """

    cells: int
    equal: int
    explained: Counter[str]
    untold: Counter[str]
    findings: int
    absent: int
    kernel_equal: int
    kernel_wrong: int
    wrong_fields: Counter[str]


def tally(found: Iterable[Row]) -> Tally:
    """Count the rows."""
    every = list(found)
    run = [row for row in every if not row.absent]
    untold = [row for row in run if row.vmm.word == "not told" and row.vmm.rule]
    told = [row for row in run if row not in untold]
    explained = [row for row in told if row.vmm.rules and None not in row.vmm.rules]
    kernel = [row.kernel for row in told if row.kernel.word != NOT_ASKED]
    wrong: Counter[str] = Counter()
    for side in kernel:
        wrong.update([side.word] if side.word else {one.field for one in side.differences if not one.rule})
    right = sum(not side.word and None not in side.rules for side in kernel)
    return Tally(
        len(every), sum(not row.vmm.rules and not row.vmm.word for row in told),
        Counter(str(rule) for row in explained for rule in sorted(map(str, row.vmm.rules))),
        Counter(str(row.vmm.rule) for row in untold), sum(None in row.vmm.rules for row in told),
        len(every) - len(run), right, len(kernel) - right, wrong)


def told(counted: Tally) -> tuple[str, str]:
    """Two lines for people: the reference VMM's cells, and the kernel's."""
    ran = counted.cells - counted.absent
    vmm = [f"{counted.equal} of {ran} equal"]
    vmm += [f"{number} by {rule}" for rule, number in counted.explained.items()]
    vmm += [f"{number} not told ({rule})" for rule, number in counted.untold.items()]
    vmm += [f"{counted.findings} differ by no rule"]
    vmm += [f"{counted.absent} not run"] if counted.absent else []
    alone = counted.kernel_equal + counted.kernel_wrong
    wrong = ", ".join(f"{field} {number}" for field, number in sorted(
        counted.wrong_fields.items(), key=lambda item: (-item[1], item[0])))
    kernel = f"{counted.kernel_equal} of {alone} right" + (f"; wrong in {wrong}" if wrong else "")
    return "reference VMM: " + ", ".join(vmm), f"the kernel's own injection: {kernel}" if alone else ""


def by_cells(result: Said, others: Mapping[str, Said]) -> Table:
    """Against what the CPU delivered, or the architecture's table."""
    return Table(HEAD, tuple(_merged(rows(result, others))))


def _merged(found: Iterable[Row]) -> list[tuple[str, ...]]:
    """One row for the levels at which all is the same but what the level itself decides."""
    merged: dict[tuple[str, ...], list[Row]] = {}
    for row in found:
        merged.setdefault(_key(row), []).append(row)
    return [
        (key[0], " ".join(row.cell.level for row in same), key[1] or brief(same[0].must, same[0].cell), *key[-2:])
        for key, same in merged.items()
    ]


def _key(row: Row) -> tuple[str, ...]:
    cell = row.cell
    name = cell.name.replace(f" {cell.level}", "", 1)
    if row.absent:
        return name, "not run", "", textwrap.shorten(row.absent, _REASON, placeholder=" ...")
    low = hex(int(row.must.get("esr_el1", "0"), 16) & ~(1 << 26))  # EC without the level
    return name, "", low, _far(row.must, cell), row.vmm.text, row.kernel.text


def brief(seen: Seen, cell: Cell | None = None) -> str:
    """ESR_EL1 and FAR_EL1; with no cell also the offset of the vector, which is else that of the level."""
    if "vector" not in seen:
        return str(seen.get("exit", "?"))
    if cell is None:
        return f"{seen['esr_el1']} {seen['far_el1']} +{int(seen['vector'], 16) * _VECTOR:#x}"
    return f"{seen['esr_el1']} {_far(seen, cell)}"


def _far(seen: Seen, cell: Cell) -> str:
    far = seen.get("far_el1", "")
    return ACCESSED if far == hex(cell.address) else far


def differences(must: Seen, got: Seen) -> str:
    """What differs, or that nothing does."""
    return compared(must, got).text


def style(cell: str) -> str:
    """How a terminal shows a text of the table; "" as it is."""
    if cell == EQUAL:
        return "green"
    if cell.startswith(BUG) or "host.never_silent" in cell:
        return "bold red"
    if "(vmm." in cell or "(host." in cell or cell == "explained":
        return "yellow"
    return "bold red" if cell in BAD else "magenta" if "=" in cell or cell.startswith(("drops", SEA_AGAIN)) else ""
