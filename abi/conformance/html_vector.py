# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""One vector on the page: by field, byte by byte, and what was asked."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import groupby
from typing import Any, Final

#: Bytes in a row.
_ROW: Final = 16


def css_class(text: str) -> str:
    """A verdict or an outcome as the name of its colour."""
    return text.replace(" ", "-")


def passed(vector: dict[str, Any]) -> str:
    """A line."""
    slug, rules = escape(vector["slug"]), escape(", ".join(vector["rules"]))
    return f'<li {_about(vector)}><span class="slug">{slug}</span> {rules}</li>\n'


def failed(vector: dict[str, Any]) -> str:
    """An entry that can be expanded."""
    verdict = vector["verdict"]
    return "".join((
        f'<details class="v" {_about(vector)}><summary>',
        f'<span class="verdict {css_class(verdict)}">{escape(verdict)}</span> ',
        f'<span class="slug">{escape(vector["slug"])}</span> {escape(", ".join(vector["rules"]))} ',
        "<b>known</b> " if vector["known"] else "",
        f'<span class="first">{_first(vector)}</span></summary>',
        f'<p>{escape(vector["why"])} <span class="dim">{escape(vector["source"])}</span></p>',
        f"<p>known failure: {escape(vector['known'])}</p>" if vector["known"] else "",
        f"<p>{escape(vector['text'])}</p>" if vector["text"] else "",
        *_fields(vector["fields"]), *_bytes(vector["expected"], vector["got"]), *_input(vector["input"]),
        "</details>\n",
    ))


def _about(vector: dict[str, Any]) -> str:
    """What the script looks at."""
    verdict, rules = escape(vector["verdict"]), escape(" ".join(vector["rules"]))
    return f'id="{escape(vector["slug"])}" data-verdict="{verdict}" data-rules="{rules}"'


def _first(vector: dict[str, Any]) -> str:
    """What is wrong, in one line."""
    if not vector["fields"]:
        return escape(vector["text"])
    row, more = vector["fields"][0], len(vector["fields"]) - 1
    line = f"{row['field']} {row['expected'] or 'nothing'} \u2192 {row['got'] or 'nothing'}"
    return escape(line[:100]) + (f" and {more} more" if more else "")


def _fields(rows: list[dict[str, str]]) -> Iterable[str]:
    if rows:
        yield '<h3>By field</h3><table class="fields"><tr><th>field</th><th>expected</th><th>got</th></tr>'
        for row in rows:
            yield "<tr>" + "".join(f"<td>{escape(row[key])}</td>" for key in ("field", "expected", "got")) + "</tr>"
        yield "</table>"


def _bytes(expected: str, got: str | None) -> Iterable[str]:
    """The payloads side by side, what differs marked, rows that are the same left out; then whole, to copy."""
    yield "<h3>In hex</h3>"
    if got is not None and got != expected:
        one, other = bytes.fromhex(expected), bytes.fromhex(got)
        yield '<table class="hex"><tr><th>offset</th><th>expected</th><th>got</th></tr>'
        rows = range(0, max(len(one), len(other)), _ROW)
        for same, run in groupby(rows, lambda at: one[at : at + _ROW] == other[at : at + _ROW]):
            if same:
                number = f"{len(list(run))} x {_ROW}"
                yield f'<tr class="dim"><td>\u2026</td><td colspan="2">{number} bytes the same</td></tr>'
                continue
            for at in run:
                yield f"<tr><td>{at:#06x}</td><td>{_row(one, other, at)}</td><td>{_row(other, one, at)}</td></tr>"
        yield "</table>"
    yield f"<pre>expected {expected}\ngot      {'nothing' if got is None else got}</pre>"


def _row(data: bytes, other: bytes, at: int) -> str:
    """The bytes of a row, those marked that are not so in the other."""
    row = range(at, min(at + _ROW, len(data)))
    runs = groupby(row, lambda n: data[n : n + 1] == other[n : n + 1])
    texts = [(same, " ".join(f"{data[n]:02x}" for n in run)) for same, run in runs]
    return " ".join(text if same else f"<mark>{text}</mark>" for same, text in texts)


def _input(given: dict[str, Any]) -> Iterable[str]:
    yield "<h3>Asked</h3><table>"
    for key, value in given.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value).removesuffix("\n")
        shown = text.lower() if isinstance(value, bool) else text
        yield f"<tr><td>{escape(key)}</td><td>{escape(shown)}</td></tr>"
    yield "</table>"
