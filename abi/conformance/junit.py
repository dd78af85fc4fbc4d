# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The report as JUnit XML: one suite a kind of request, one case a vector, one suite for what broke."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

#: What XML 1.0 cannot hold.
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SKIPPED: Final = ("unsupported", "not run")


def render(report: dict[str, Any]) -> str:
    """The text of the file."""
    suites = [
        _suite(f"{report['role']}.{request}", list(map(_case, of)))
        for request, of in _by_request(report["vectors"]).items()
    ]
    loose = [incident for incident in report["incidents"] if not incident["slug"]]
    suites.append(_suite(f"{report['role']}.target", [_incident(n, each) for n, each in enumerate(loose, 1)]))
    return '<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n' + "".join(suites) + "</testsuites>\n"


def _by_request(vectors: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for vector in vectors:
        found.setdefault(vector["request"], []).append(vector)
    return found


def _suite(name: str, cases: list[tuple[str, str]]) -> str:
    counts = {key: sum(kind == key for kind, _ in cases) for key in ("failure", "error", "skipped")}
    numbers = f'failures="{counts["failure"]}" errors="{counts["error"]}" skipped="{counts["skipped"]}"'
    body = "".join(text for _, text in cases)
    return f' <testsuite name={quoteattr(name)} tests="{len(cases)}" {numbers}>\n{body} </testsuite>\n'


def _case(vector: dict[str, Any]) -> tuple[str, str]:
    head = f"  <testcase classname={quoteattr(vector['request'])} name={quoteattr(vector['slug'])}"
    verdict = vector["verdict"]
    if verdict == "pass":
        return "", f"{head}/>\n"
    if verdict in _SKIPPED or vector["known"]:
        return "skipped", f"{head}><skipped message={_attribute(vector['known'] or verdict)}/></testcase>\n"
    kind = "failure" if verdict == "fail" else "error"
    rows = [f"{row['field']}: expected {row['expected']}, got {row['got']}" for row in vector["fields"]]
    lines = [vector["why"], vector["text"], *rows, f"expected {vector['expected']}", f"got {vector['got']}"]
    text = escape(_clean("\n".join(line for line in lines if line)))
    message = _attribute(vector["text"] or (rows[0] if rows else verdict))
    return kind, f'{head}><{kind} type="{verdict}" message={message}>{text}</{kind}></testcase>\n'


def _incident(number: int, incident: dict[str, Any]) -> tuple[str, str]:
    text = escape(_clean(incident["complaint"]))
    kind = quoteattr(incident["kind"])
    return "error", (f'  <testcase classname="target" name="incident {number}"><error type={kind} '
                     f"message={_attribute(incident['text'])}>{text}</error></testcase>\n")


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
