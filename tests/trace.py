# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Which vectors, tests and evidence each rule has: read off the clone, so that nothing can drift.

A vector names its rules. A test cites a rule whose name stands in its own text, or in a table that it is
parametrized with. What it merely uses does not count: such a table may as well list the rules that it leaves
out. Evidence is a file below ``spec/evidence`` that names the rule anywhere.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from abi.conformance.vectors import load
from abi.rules import all_rules
from abi.rules.model import NAME

ROOT = Path(__file__).parent.parent

#: Rules that no vector can decide, and why: a vector is one question and one answer.
WITHOUT_VECTOR = {
    "host.exit.publish": "an order of stores: what a target says of its own order proves nothing",
    "vmm.single_fetch": "an order of loads: the bytes would have to change while the target reads them",
}
#: The tests that decide them.
DECIDED_BY = {
    "host.exit.publish": (
        "tests/abi/test_exit_page.py::test_a_host_that_dies_at_a_store_shows_an_exit_whole_or_not_at_all",
    ),
    "vmm.single_fetch": (
        "tests/abi/test_exit_page.py::test_an_exit_that_changes_during_the_copy_is_not_returned",
        "tests/abi/ring/test_consumer.py::test_the_record_is_the_readers_own_copy",
    ),
}

Places = dict[tuple[str, str], ast.AST]


class VectorName(NamedTuple):
    """A vector: the stem of its file and its slug."""

    file: str
    slug: str


class Trace(NamedTuple):
    """What holds one rule: vectors, tests as ``path::test``, and paths of evidence."""

    vectors: tuple[VectorName, ...]
    tests: tuple[str, ...]
    evidence: tuple[str, ...]


def traces(root: Path = ROOT) -> dict[str, Trace]:
    """The trace of every rule, in the order of the specification."""
    vectors: dict[str, list[VectorName]] = {rule: [] for rule in all_rules()}
    for path in sorted((root / "spec" / "vectors").glob("*.json")):
        for vector in load(path):
            for rule in vector.rules:
                vectors[rule].append(VectorName(path.stem, vector.slug))
    tests = cited_by_tests(root)
    evidence = {path.relative_to(root).as_posix(): named(path.read_text(encoding="utf-8"))
                for path in sorted((root / "spec" / "evidence").glob("**/*.json"))}
    return {rule: Trace(tuple(vectors[rule]), tuple(test for test, rules in tests.items() if rule in rules),
                        tuple(path for path, rules in evidence.items() if rule in rules))
            for rule in all_rules()}


def untested(found: dict[str, Trace]) -> list[str]:
    """The rules that neither a vector nor a test holds."""
    return [rule for rule, trace in found.items() if not trace.vectors and not trace.tests]


def named(text: str) -> frozenset[str]:
    """The rules whose names stand in a text."""
    return frozenset(NAME.findall(text)) & all_rules().keys()


def cited_by_tests(root: Path = ROOT) -> dict[str, frozenset[str]]:
    """The rules that each test cites; tests that cite none are left out."""
    sources = {path.relative_to(root).with_suffix("").as_posix().replace("/", "."): path
               for path in sorted((root / "tests").rglob("*.py"))}
    trees = {module: ast.parse(path.read_text(encoding="utf-8")) for module, path in sources.items()}
    places: Places = {(module, name): node for module, tree in trees.items() for name, node in _defined(tree)}
    links = {module: dict(_imported(tree)) for module, tree in trees.items()}
    found = {}
    for module, name in places:
        if name.startswith("test_") and module.rpartition(".")[2].startswith("test_"):
            rules = _cited((module, name), places, links)
            if rules:
                found[f"{sources[module].relative_to(root).as_posix()}::{name}"] = rules
    return found


def _cited(start: tuple[str, str], places: Places, links: dict[str, dict[str, tuple[str, str]]]) -> frozenset[str]:
    """The rules in a test's own text, and in the constants that its decorators are made from."""
    test = places[start]
    assert isinstance(test, ast.FunctionDef)
    rules, seen = _rules_in(test), set[tuple[str, str]]()
    waiting = [(start[0], name) for mark in test.decorator_list for name in _names_in(mark)]
    while waiting:
        module, name = waiting.pop()
        place = links[module].get(name, (module, name))
        node = places.get(place)
        if place in seen or not isinstance(node, (ast.Assign, ast.AnnAssign)):
            continue
        seen.add(place)
        rules |= _rules_in(node)
        waiting += [(place[0], each) for each in _names_in(node)]
    return rules


def _defined(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """The names that a module defines, each with its whole statement."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name, node
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                yield from ((inner.id, node) for inner in ast.walk(target) if isinstance(inner, ast.Name))


def _imported(tree: ast.Module) -> Iterator[tuple[str, tuple[str, str]]]:
    """The names that a module has from the tests' own modules, and where each is defined."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "tests":
            yield from ((each.asname or each.name, (node.module or "", each.name)) for each in node.names)


def _rules_in(node: ast.AST) -> frozenset[str]:
    texts = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str))
    return frozenset[str]().union(*map(named, texts))


def _names_in(node: ast.AST) -> frozenset[str]:
    """The names that a piece of source uses."""
    return frozenset(each.id for each in ast.walk(node) if isinstance(each, ast.Name))
