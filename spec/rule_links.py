# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Sphinx extension: every rule that a page names is a link to its text, and ``rule-traces`` lists what holds each.

As the kernel's automarkup does for functions: a literal that is a rule's name becomes a reference, so that
the pages stay plain RST. A name that no rule has, or ``host.some.*`` that begins none, is a warning. The
traces are read off the clone while the page is built (``tests/trace.py``).
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from abi.rules import all_rules
from abi.rules.model import NAME
from tests.trace import WITHOUT_VECTOR, Trace, traces, untested

#: A rule, or all that begin so.
_NAMED = re.compile(rf"{NAME.pattern}(?:\.\*)?")
_SHOWN = 3
#: Read once for all parts of the page.
_traces = cache(traces)


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("rule-traces", RuleTraces)
    app.connect("doctree-read", link_rules)
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def link_rules(app: Sphinx, doctree: nodes.document) -> None:
    """Make each literal that is a rule's name a reference; the term that a rule's text stands under stays."""
    for literal in list(doctree.findall(nodes.literal)):
        name = literal.astext()
        if _NAMED.fullmatch(name) and not isinstance(literal.parent, nodes.term):
            reference = addnodes.pending_xref(
                "", literal.deepcopy(), refdomain="", reftype="rule", reftarget=name, refdoc=app.env.docname,
                refwarn=True,
            )
            literal.replace_self(reference)


def resolve(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Find a rule's text by the target that stands before it; of a group, that of its first rule."""
    if node["reftype"] != "rule":
        return None
    wanted = node["reftarget"]
    name = next((rule for rule in all_rules() if rule.startswith(wanted[:-1])), "") if wanted[-1] == "*" else wanted
    page, target = env.domains.standard_domain.anonlabels.get(f"rule-{name}", ("", ""))
    return make_refnode(app.builder, node["refdoc"], page, target, content) if page else None


class RuleTraces(SphinxDirective):
    """``.. rule-traces:: counts``, ``each`` or ``without``: a part of the page of traces."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Make the nodes; the page is read anew at each build."""
        self.env.note_reread()
        lines = {"counts": counts, "each": each, "without": without}[self.arguments[0]](_traces())
        return self.parse_text_to_nodes("\n".join(lines))


def counts(found: dict[str, Trace]) -> list[str]:
    """A table: how many vectors, tests and pieces of evidence each rule has."""
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: auto", ""]
    rows = [[f"``{rule}``", *(str(len(part)) for part in trace)] for rule, trace in found.items()]
    for row in (["Rule", "Vectors", "Tests", "Evidence"], *rows):
        lines += [f"   {'* -' if n == 0 else '  -'} {cell}" for n, cell in enumerate(row)]
    return lines


def each(found: dict[str, Trace]) -> list[str]:
    """Of every rule, the vectors by file with the first few slugs, the tests by file, the evidence."""
    lines = []
    for rule, trace in found.items():
        lines += [f"``{rule}``", ""]
        for label, said in (("Vectors", _vectors(trace)), ("Tests", _tests(trace)),
                            ("Evidence", [f"``{path}``" for path in trace.evidence])):
            lines += [f":{label}: {'; '.join(said) or 'none'}"]
        lines += [""]
    return lines


def without(found: dict[str, Trace]) -> list[str]:
    """The rules that lack something, and why where it is known."""
    unseen = [f"``{rule}``: {WITHOUT_VECTOR.get(rule, '')}" for rule, trace in found.items() if not trace.vectors]
    rest = {
        "Without a vector": unseen,
        "Without a test of their own": [f"``{rule}``" for rule, trace in found.items() if not trace.tests],
        "Without evidence": [f"``{rule}``" for rule, trace in found.items() if not trace.evidence],
        "Without a vector and without a test": [f"``{rule}``" for rule in untested(found)],
    }
    lines = []
    for title, rules in rest.items():
        lines += [f"**{title}** ({len(rules)} of {len(found)}):", ""]
        if rules is unseen:
            lines += [*(f"* {rule}" for rule in rules), ""]
        else:
            lines += ["none" if not rules else "every rule" if len(rules) == len(found) else ", ".join(rules), ""]
    return lines


def _vectors(trace: Trace) -> list[str]:
    numbers = Counter(vector.file for vector in trace.vectors)
    said = []
    for file, number in numbers.items():
        slugs = [f"``{vector.slug}``" for vector in trace.vectors if vector.file == file]
        more = " ..." if number > _SHOWN else ""
        said.append(f"``{file}.json`` {number} ({', '.join(slugs[:_SHOWN])}{more})")
    return said


def _tests(trace: Trace) -> list[str]:
    files: dict[str, list[str]] = {}
    for test in trace.tests:
        path, _, name = test.partition("::")
        files.setdefault(path, []).append(name)
    return [f"``{path}`` {', '.join(f'``{name}``' for name in names)}" for path, names in files.items()]
