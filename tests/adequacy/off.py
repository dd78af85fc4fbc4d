# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Mutants that switch a rule off: its check taken out of the judge, or the behaviour that keeps it out of a module."""

from __future__ import annotations

import ast
import re
from typing import Final, NamedTuple

from abi.rules import RECORD_RULES
from tests.adequacy.model import ROLES, RULE, Edit, Mutant, source

_PYTHON_CHECKS: Final = "abi/rules/on_record.py"
_C_CHECKS: Final = "spec/c/kfi_rules.h"
_RUST_CHECKS: Final = "spec/rust/src/check/mod.rs"


class Off(NamedTuple):
    """One text of one file, and the text by which the rule is not kept any more; the old one stands there once."""

    path: str
    old: str
    new: str


#: By role and rule.
Table = dict[str, dict[str, Off]]


def mutants(table: Table, checks: dict[str, Mutant]) -> dict[str, list[Mutant]]:
    """By role, the mutants of the table, and those of the judge, which the role ``vmm`` asks."""
    found = {role: [_mutant(rule, off) for rule, off in table.get(role, {}).items()] for role in ROLES}
    found["vmm"] += checks.values()
    return found


def _mutant(rule: str, off: Off) -> Mutant:
    text = source(off.path)
    if text.count(off.old) != 1:
        raise AssertionError(f"{off.path} has {off.old!r} {text.count(off.old)} times: {rule} cannot be switched off")
    start = text.index(off.old)
    return Mutant(f"{off.path} without {rule}", RULE, off.path, (Edit(start, start + len(off.old), off.new),), rule)


def _check(path: str, rule: str, places: list[tuple[int, int]], new: str) -> Mutant:
    assert places, f"{path} has no check of {rule}"
    edits = tuple(Edit(start, end, new) for start, end in places)
    return Mutant(f"{path} check of {rule} taken out", RULE, path, edits, rule)


def python_checks() -> dict[str, Mutant]:
    """Every check of :mod:`abi.rules.on_record` says that its rule is kept."""
    text = source(_PYTHON_CHECKS)
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    places: dict[str, list[tuple[int, int]]] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            call, said = node.decorator_list[0], node.body[-1]
            assert isinstance(call, ast.Call)
            assert isinstance(call.args[0], ast.Constant)
            assert said.end_lineno is not None
            end = starts[said.end_lineno - 1] + (said.end_col_offset or 0)
            places.setdefault(str(call.args[0].value), []).append((starts[said.lineno - 1] + said.col_offset, end))
    return {rule: _check(_PYTHON_CHECKS, rule, places[rule], "return True") for rule in RECORD_RULES}


def c_checks() -> dict[str, Mutant]:
    """Every KFI_UNLESS() of the rule gives 0."""
    text = source(_C_CHECKS)
    places: dict[str, list[tuple[int, int]]] = {}
    for found in re.finditer(r"KFI_UNLESS\(", text):
        end = _closing(text, found.end())
        name = text[found.end() : end - 1].rpartition(",")[2].strip()
        places.setdefault(name, []).append((found.start(), end))
    return {rule: _check(_C_CHECKS, rule, places.get(_constant(rule), []), "0") for rule in RECORD_RULES}


def rust_checks() -> dict[str, Mutant]:
    """No ``.unless()`` of the rule."""
    text = source(_RUST_CHECKS)
    places: dict[str, list[tuple[int, int]]] = {}
    for found in re.finditer(r"\.unless\(\s*\S+?(?:\(self\.r\))?,\s*Rule::(\w+),?\s*\)", text):
        places.setdefault(found[1], []).append(found.span())
    return {rule: _check(_RUST_CHECKS, rule, places.get(_camel(rule), []), "") for rule in RECORD_RULES}


def _closing(text: str, at: int) -> int:
    depth = 1
    while depth:
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return at


def _constant(rule: str) -> str:
    return rule.replace(".", "_").upper()


def _camel(rule: str) -> str:
    return "".join(part.capitalize() for part in re.split("[._]", rule))
