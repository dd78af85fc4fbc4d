# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Tables and colours where a terminal shows them, plain text everywhere else.

rich is used if it is installed and standard output is a terminal (NO_COLOR is honoured by it).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any


def console() -> Any | None:
    """A rich console, or None where plain text is right."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    try:
        from rich.console import Console  # noqa: PLC0415 - optional, and slow to import
    except ImportError:
        return None
    return Console(highlight=False)


def table(
    rows: Sequence[Sequence[str]], headers: Sequence[str], style: Callable[[str], str] = lambda _cell: ""
) -> None:
    """Print rows under headers; a trailing empty column costs nothing. ``style``: of a cell, where there are styles."""
    rich = console()
    if rich is None:
        _plain(rows, headers)
        return
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        drawn.add_column(header, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(cell, style=style(cell)) for cell in row))
    rich.print(drawn)


def _plain(rows: Sequence[Sequence[str]], headers: Sequence[str]) -> None:
    lines = [list(headers), *(list(row) for row in rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(headers))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def styled(text: str, style: str) -> None:
    """Print one line, in a style where a terminal has it."""
    rich = console()
    if rich is None:
        print(text)
    else:
        rich.print(text, style=style, markup=False)
