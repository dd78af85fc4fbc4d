# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Mutants of the Python modules that decide answers, found in their syntax trees.

A number that is compared, counted with or looked up becomes one more and one less; a mask, and any operand of
``& | ^ ~``, moves by one bit up and down; a bound that is not a constant becomes strict or loose. A constant is
an integer in the text, or a name in capitals that stands for one in the module that uses it: every use of a name is a
mutant of its own.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from tests.adequacy.model import BOUND, MASK, NUMBER, Edit, Mutant, numbered

#: The files, and the role that is asked about what no function of them has: definitions of constants.
FILES: Final = {
    "abi/address.py": "host",
    "abi/cper/parse.py": "host",
    "abi/cper/sections.py": "host",
    "abi/cper/values.py": "host",
    "abi/cper/window.py": "host",
    "abi/decode.py": "vmm",
    "abi/esr_mask.py": "host",
    "abi/negotiate.py": "host",
    "abi/pstate.py": "vmm",
    "abi/record.py": "vmm",
    "abi/reply.py": "host",
    "abi/ring/consumer.py": "vmm",
    "abi/ring/header.py": "vmm",
    "abi/ring/producer.py": "host",
    "abi/ring/slot.py": "vmm",
    "abi/ring_layout.py": "vmm",
    "abi/rules/__init__.py": "vmm",
    "abi/rules/on_record.py": "vmm",
    "abi/severity.py": "vmm",
    "reference_host/emit.py": "host",
    "reference_host/entry.py": "host",
    "reference_host/firmware.py": "host",
    "reference_host/reply.py": "host",
    "reference_host/resolve.py": "host",
    "reference_host/trap.py": "host",
    "reference_vmm/decide.py": "vmm",
    "reference_vmm/ghes.py": "vmm",
    "reference_vmm/inject.py": "vmm",
    "reference_vmm/kvm_run.py": "vmm",
    "reference_vmm/parse.py": "vmm",
    "reference_vmm/report.py": "vmm",
}

#: Those that count in the role of their file alone: in the other they only read back what was built.
ONE_ROLE: Final = ("abi/cper/",)

_BITWISE: Final = (ast.BitAnd, ast.BitOr, ast.BitXor)
_SHIFTS: Final = (ast.LShift, ast.RShift)
_ARITHMETIC: Final = (ast.Add, ast.Sub, ast.Mod, ast.FloorDiv, ast.Mult)
#: Calls whose arguments are bounds, and those whose arguments are bits.
_BOUNDS: Final = frozenset({"range", "min", "max", "require"})
_BITS: Final = frozenset({"has"})
_FLIPPED: Final = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">"}
_WIDTH: Final = 60
_CHANGES: Final = {NUMBER: (("+1", "+ 1"), ("-1", "- 1")), MASK: (("<<1", "<< 1"), (">>1", ">> 1"))}


class _Use(NamedTuple):
    """A constant as it is used: its node, how it is to be changed, and the expression that it is in."""

    node: ast.expr
    kind: str
    within: ast.AST


def find(path: str, text: str) -> list[Mutant]:
    """The mutants of a module, in the order of its text."""
    module = path.removesuffix("/__init__.py").removesuffix(".py").replace("/", ".")
    names = vars(importlib.import_module(module))
    tree = ast.parse(text)
    at = _Places(text)
    found: list[tuple[int, int, Mutant]] = []
    for function, rule, top in _functions(tree):
        seen: set[ast.expr] = set()
        for use in _uses(top, names):
            if use.node not in seen:
                seen.add(use.node)
                found += [
                    (at.of(use.node)[0], n, m._replace(rule=rule))
                    for n, m in enumerate(_moved(path, function, use, text, at))
                ]
        flips = _flipped(path, function, top, names, text, at)
        found += [(start, 9, m._replace(rule=rule)) for start, m in flips]
    return numbered([mutant for *_order, mutant in sorted(found, key=lambda each: each[:2])])


class _Places:
    """Offsets in characters of what a syntax tree places by line and byte."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)

    def of(self, node: ast.expr) -> tuple[int, int]:
        """Where a node begins and ends."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._at(node.lineno, node.col_offset), self._at(node.end_lineno, node.end_col_offset)

    def _at(self, line: int, column: int) -> int:
        return self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode())


def _functions(tree: ast.Module) -> Iterator[tuple[str, str, list[ast.AST]]]:
    """Every function by its name, with the rule that it checks; and what is outside of any: definitions."""
    outside: list[ast.AST] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, _rule(node), list(node.body)
        elif isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, ast.FunctionDef):
                    yield f"{node.name}.{each.name}", "", list(each.body)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            outside.append(node)
    yield "", "", outside


def _rule(function: ast.FunctionDef) -> str:
    """The rule that a decorator names."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and isinstance(decorator.args[0], ast.Constant):
            return str(decorator.args[0].value)
    return ""


def _uses(top: list[ast.AST], names: dict[str, Any]) -> Iterator[_Use]:
    for statement in top:
        for node in ast.walk(statement):
            for operand, kind in _operands(node):
                for leaf in _leaves(operand):
                    if is_number(leaf, names):
                        yield _Use(leaf, kind, node)


def _operands(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """What of a node is compared, counted with, looked up, or a mask."""
    if isinstance(node, ast.Compare):
        for operand in (node.left, *node.comparators):
            yield from ((each, NUMBER) for each in _members(operand))
    elif isinstance(node, ast.BinOp) and isinstance(node.op, _BITWISE):
        yield from ((each, MASK) for each in (node.left, node.right))
    elif isinstance(node, ast.BinOp) and isinstance(node.op, _SHIFTS):
        yield node.right, NUMBER
        if not (isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant)):
            yield node.left, MASK
    elif isinstance(node, ast.BinOp) and isinstance(node.op, _ARITHMETIC):
        yield from ((each, NUMBER) for each in (node.left, node.right))
    elif isinstance(node, ast.AugAssign) and isinstance(node.op, _BITWISE):
        yield node.value, MASK
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        yield node.operand, MASK
    elif isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in _BOUNDS | _BITS:
            for argument in node.args:
                yield from ((each, MASK if name in _BITS else NUMBER) for each in _members(argument))
    elif isinstance(node, ast.Dict):
        yield from ((key, NUMBER) for key in node.keys if key is not None)
    elif isinstance(node, ast.Set):
        yield from ((each, NUMBER) for each in node.elts)
    elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
        yield node.value, NUMBER


def _members(operand: ast.expr) -> list[ast.expr]:
    return list(operand.elts) if isinstance(operand, ast.Tuple | ast.Set | ast.List) else [operand]


def _leaves(operand: ast.expr) -> Iterator[ast.expr]:
    """An operand, or both branches of one that is a choice."""
    if isinstance(operand, ast.IfExp):
        yield from _leaves(operand.body)
        yield from _leaves(operand.orelse)
    else:
        yield operand


def is_number(node: ast.expr, names: dict[str, Any]) -> bool:
    """Whether a node is a constant integer: a literal, or a name in capitals or a ``size`` that stands for one."""
    if isinstance(node, ast.Constant):
        return type(node.value) is int
    last = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    if not (last.isupper() or last == "size"):
        return False
    value: Any = names
    for part in ast.unparse(node).split("."):
        value = value.get(part) if isinstance(value, dict) else getattr(value, part, None)
    return type(value) is int


def _moved(path: str, function: str, use: _Use, text: str, at: _Places) -> Iterator[Mutant]:
    start, end = at.of(use.node)
    own = text[start:end]
    if own == "0" and use.kind == MASK:
        return
    where = f"{path} {function or 'constant'}: {_around(use, text, at)}"
    for change, operation in _CHANGES[use.kind]:
        yield Mutant(f"{where} {change}", use.kind, path, (Edit(start, end, f"({own} {operation})"),))


def _around(use: _Use, text: str, at: _Places) -> str:
    """The expression, with the constant in brackets and what is long left out."""
    start, end = at.of(use.node)
    if isinstance(use.within, ast.expr):
        left, right = at.of(use.within)
    else:
        left, right = text.rfind("\n", 0, start) + 1, end
    before, after = " ".join(text[left:start].split()), " ".join(text[end:right].split())
    room = _WIDTH - (end - start)
    before = before if len(before) <= room // 2 else "..." + before[-room // 2 :]
    after = after if len(after) <= room // 2 else after[: room // 2] + "..."
    return " ".join(part for part in (before, f"[{text[start:end]}]", after) if part)


def _flipped(
    path: str, function: str, top: list[ast.AST], names: dict[str, Any], text: str, at: _Places
) -> Iterator[tuple[int, Mutant]]:
    for statement in top:
        for node in ast.walk(statement):
            if not isinstance(node, ast.Compare):
                continue
            operands = (node.left, *node.comparators)
            for left, operation, right in zip(operands, node.ops, operands[1:], strict=False):
                flipped = _FLIPPED.get(type(operation))
                if flipped is None or is_number(left, names) or is_number(right, names):
                    continue
                start, end = at.of(left)[1], at.of(right)[0]
                sign = text[start:end].strip(" ()\n")
                place = start + text[start:end].index(sign)
                shown = " ".join(ast.unparse(node).split())
                name = f"{path} {function or 'constant'}: {shown[:_WIDTH]} {sign} to {flipped}"
                yield place, Mutant(name, BOUND, path, (Edit(place, place + len(sign), flipped),))
