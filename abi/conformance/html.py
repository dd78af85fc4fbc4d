# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The report as one HTML page that needs nothing else: no network, no other file, and no script to read it.

Every vector that did not pass stands on the page as text that can be expanded; the script only hides
what does not hold the words that are looked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any, Final

_STYLE: Final = """
:root{color-scheme:light dark}
body{font:15px/1.45 system-ui,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}
code,pre,td,.slug{font-family:ui-monospace,monospace;font-size:.85rem}
table{border-collapse:collapse;margin:.5rem 0}td,th{border:1px solid #8886;padding:.15rem .5rem;text-align:left}
details{border:1px solid #8886;border-radius:.3rem;margin:.3rem 0;padding:.3rem .6rem}
summary{cursor:pointer}pre{white-space:pre-wrap;overflow-wrap:anywhere}
.bar{position:sticky;top:0;background:Canvas;padding:.5rem 0}
input,select{font:inherit;padding:.25rem .4rem}input{width:min(30rem,60%)}
.v{display:inline-block;min-width:6.5em;font-weight:600}
.pass{color:#187a2f}.fail,.crashed,.garbled,.timeout{color:#c22}.unsupported,.not-run{color:#777}
@media (prefers-color-scheme:dark){.pass{color:#6c6}.fail,.crashed,.garbled,.timeout{color:#f77}}
"""
_SCRIPT: Final = """
const find=document.getElementById('find'),only=document.getElementById('only'),shown=document.getElementById('shown');
const all=[...document.querySelectorAll('details[data-verdict]')].map(e=>[e,e.textContent.toLowerCase()]);
function look(){const words=find.value.toLowerCase().split(/\\s+/).filter(Boolean);let n=0;
for(const [e,text] of all){const yes=(!only.value||e.dataset.verdict===only.value)&&words.every(w=>text.includes(w));
e.hidden=!yes;n+=yes}shown.textContent=n+' of '+all.length}
find.addEventListener('input',look);only.addEventListener('change',look);look();
document.getElementById('open').addEventListener('click',()=>{for(const [e] of all)if(!e.hidden)e.open=true});
document.getElementById('close').addEventListener('click',()=>{for(const [e] of all)e.open=false});
"""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def render(report: dict[str, Any]) -> str:
    """The text of the page."""
    title = f"faultinfo conform --role {report['role']}: {_name(report)}"
    wrong = [vector for vector in report["vectors"] if vector["verdict"] != "pass"]
    right = [vector for vector in report["vectors"] if vector["verdict"] == "pass"]
    verdicts = dict.fromkeys(vector["verdict"] for vector in wrong)
    options = "".join(f"<option>{escape(verdict)}</option>" for verdict in verdicts)
    return "".join((
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>\n<h1>{escape(title)}</h1>\n",
        _head(report),
        '<h2>Not passed</h2><p class="bar"><input id="find" type="search" placeholder="slug, rule, field, number" ',
        'aria-label="find"> <select id="only" aria-label="verdict"><option value="">every verdict</option>',
        f'{options}</select> <button id="open">expand</button> <button id="close">collapse</button> ',
        f'<span id="shown">{len(wrong)}</span></p>\n',
        *map(_vector, wrong),
        f"<h2>Passed</h2><details><summary>{len(right)} vectors</summary><pre>",
        escape("\n".join(vector["slug"] for vector in right)),
        f"</pre></details>\n<script>{_SCRIPT}</script></body></html>\n",
    ))


def _name(report: dict[str, Any]) -> str:
    target = report["target"]
    return f"{target['name']} {target['version']}" if target else "a target that does not answer"


def _head(report: dict[str, Any]) -> str:
    counts = "".join(
        f'<tr><td class="{_class(verdict)}">{escape(verdict)}</td><td>{number}</td></tr>'
        for verdict, number in report["summary"].items() if number
    )
    lines = [("ok" if report["ok"] else "not ok") + (", interrupted" if report["interrupted"] else "")]
    lines += [f"{slug}: fails, and is not a known failure" for slug in report["unexpected"][:20]]
    lines += [f"{slug}: passes, and is named as a known failure" for slug in report["fixed"][:20]]
    return "".join((
        f"<p><code>{escape(' '.join(report['command']))}</code>, {report['seconds']} s</p><table>{counts}</table><ul>",
        *(f"<li>{escape(line)}</li>" for line in lines), "</ul>", *_incidents(report["incidents"]),
    ))


def _incidents(incidents: list[dict[str, Any]]) -> Iterable[str]:
    for each in incidents:
        about = f" at {each['slug']}" if each["slug"] else ""
        yield (f"<details><summary>the target broke{escape(about)}: {escape(each['kind'])}: {escape(each['text'])}"
               f"</summary><pre>{escape(each['complaint'])}</pre></details>")


def _vector(vector: dict[str, Any]) -> str:
    verdict = vector["verdict"]
    rows = "".join(
        f"<tr><td>{escape(row['field'])}</td><td>{escape(row['expected'])}</td><td>{escape(row['got'])}</td></tr>"
        for row in vector["fields"]
    )
    table = f"<table><tr><th>field</th><th>expected</th><th>got</th></tr>{rows}</table>" if rows else ""
    known = f"<p>known failure: {escape(vector['known'])}</p>" if vector["known"] else ""
    given = "\n".join(f"{key}: {value}" for key, value in vector["input"].items())
    payloads = f"expected {vector['expected']}\ngot      {vector['got']}"
    return "".join((
        f'<details data-verdict="{escape(verdict)}"><summary><span class="v {_class(verdict)}">',
        f"{escape(verdict)}</span> ",
        f'<span class="slug">{escape(vector["slug"])}</span> {escape(", ".join(vector["rules"]))}</summary>',
        f"<p>{escape(vector['why'])} <i>{escape(vector['source'])}</i></p>{known}",
        f"<p>{escape(vector['text'])}</p>{table}",
        f"<pre>{escape(given)}</pre><pre>{payloads}</pre></details>\n",
    ))


def _class(verdict: str) -> str:
    return verdict.replace(" ", "-")
