# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The report as one HTML page that needs nothing else: no network, no other file, and no script to read it.

Every vector that did not pass stands on the page as text that can be expanded; the script only hides
what does not hold the words that are looked for. ``page.css`` and ``page.js`` are put into the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any, Final

from abi.conformance.html_vector import css_class, failed, passed

#: The browser itself refuses everything that is not on the page.
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def render(report: dict[str, Any]) -> str:
    """The text of the page."""
    title = f"faultinfo conform --role {report['role']}: {_name(report)}"
    wrong = [vector for vector in report["vectors"] if vector["verdict"] != "pass"]
    right = [vector for vector in report["vectors"] if vector["verdict"] == "pass"]
    return "".join((
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_beside('page.css')}</style></head><body>\n<h1>{escape(title)}</h1>\n",
        *_head(report), *_incidents(report["incidents"]), *_rules(wrong), *_bar(report["summary"], len(wrong)),
        *map(failed, wrong),
        f'<h2>Passed</h2><details><summary><span id="passed">{len(right)}</span> vectors</summary>',
        '<ul class="passed">', *map(passed, right), "</ul></details>\n",
        f"<script>{_beside('page.js')}</script></body></html>\n",
    ))


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _name(report: dict[str, Any]) -> str:
    target = report["target"]
    return f"{target['name']} {target['version']}" if target else "a target that does not answer"


def _head(report: dict[str, Any]) -> Iterable[str]:
    """The outcome, how much of what, and where the known failures are not what was measured."""
    said = "ok" if report["ok"] else "not ok"
    late = ", interrupted: what was not asked is not run" if report["interrupted"] else ""
    yield (f'<p><b class="{css_class(said)}">{said}</b>{late}, {report["seconds"]} s, '
           f"<code>{escape(' '.join(report['command']))}</code></p>")
    yield "<table>"
    for verdict, number in report["summary"].items():
        if number:
            yield f'<tr><td class="{css_class(verdict)}">{escape(verdict)}</td><td>{number}</td></tr>'
    yield "</table>"
    if report["known_failures"]:
        yield (f"<p>known failures: {len(report['known_failures'])}; fail and not among them: "
               f"{len(report['unexpected'])}; among them and pass: {len(report['fixed'])}</p>")
    yield "".join(f'<p class="fail">passes, and is named as a known failure: <a href="#{slug}">{slug}</a></p>'
                  for slug in map(escape, report["fixed"]))


def _incidents(incidents: list[dict[str, Any]]) -> Iterable[str]:
    for each in incidents:
        about = f" at {each['slug']}" if each["slug"] else ""
        yield (f"<details><summary>the target broke{escape(about)}: {escape(each['kind'])}: {escape(each['text'])}"
               f"</summary><pre>{escape(each['complaint'])}</pre></details>")


def _rules(wrong: list[dict[str, Any]]) -> Iterable[str]:
    """A button for each rule that a vector which did not pass decides, the most first."""
    counts = Counter(rule for vector in wrong for rule in vector["rules"])
    yield '<div id="rules">'
    if counts:
        yield "<h2>By rule</h2>"
    for rule, number in counts.most_common():
        yield f'<button data-rule="{escape(rule)}">{escape(rule)} {number}</button>'
    yield "</div>\n"


def _bar(summary: dict[str, int], wrong: int) -> Iterable[str]:
    """What the script works on."""
    yield ('<h2>Not passed</h2><p class="bar"><input id="find" type="search" aria-label="find" '
           'placeholder="slug, rule:NAME, field, number"> '
           '<select id="only" aria-label="verdict"><option value="">every verdict</option>')
    for verdict, number in summary.items():
        if number:
            yield f'<option value="{escape(verdict)}">{escape(verdict)} ({number})</option>'
    yield ('</select> <button id="open">expand</button> <button id="close">collapse</button> '
           f'<span id="shown">{wrong}</span></p>\n')
