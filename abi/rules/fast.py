# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A straight-line judge for each kind, made from the single expressions of :mod:`abi.rules.on_record`.

The rules stay the only source: their expressions are read from that module's own text, ``r.field``
becomes a local, module constants and ``r.kind`` become numbers, what is then decided is left out, and
all are joined by ``and``. The result only says
whether every rule is kept; which one is broken is then asked of the rules one by one.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from abi.definition import KINDS
from abi.record import FaultInfo

Judge = Callable[[FaultInfo], bool]
_KINDS = frozenset(kind.value for kind in KINDS)


class _Inline(ast.NodeTransformer):
    """``r.kind`` -> its value; ``r.x`` -> ``x``; a module constant or constant expression -> its value."""

    def __init__(self, module: ModuleType, kind: int) -> None:
        self.names: dict[str, Any] = vars(module)
        self.kind = kind

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return ast.Constant(self.kind) if node.attr == "kind" else ast.Name(node.attr, ast.Load())

    def visit_Name(self, node: ast.Name) -> ast.AST:
        value = self.names.get(node.id)
        return ast.Constant(value) if type(value) in (int, tuple) else node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return _folded(node, node.operand)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return _folded(node, node.left, node.right)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        return _folded(node, node.left, *node.comparators)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.test, ast.Constant):
            return node
        return node.body if node.test.value else node.orelse

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """Leave out what does not decide, and all that follows what does."""
        self.generic_visit(node)
        decides = isinstance(node.op, ast.Or)
        kept: list[ast.expr] = []
        for value in node.values:
            if not isinstance(value, ast.Constant):
                kept.append(value)
            elif bool(value.value) is decides:
                kept.append(value)
                break
        if not kept:
            return ast.Constant(not decides)
        return kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)


def _folded(node: ast.expr, *operands: ast.expr) -> ast.expr:
    if not all(isinstance(operand, ast.Constant) for operand in operands):
        return node
    code = compile(ast.fix_missing_locations(ast.Expression(node)), "<constant>", "eval")
    return ast.Constant(eval(code, {}))  # noqa: S307 - numbers of our own module


class Judges(dict[int, Judge]):
    """For each kind a function that is true iff a record of that kind keeps every rule of ``rules``.

    Made when first asked for, but the first ``patience`` records are asked rule by rule, as are those
    of unknown kinds, and all where the module's text is not there (a frozen application).
    """

    def __init__(self, module: ModuleType, rules: tuple[str, ...], patience: int = 0) -> None:
        super().__init__()
        self.module = module
        self.checks = tuple(check.kept for check in module.CHECKS.all if check.rule in rules)
        self.patience = patience

    def __missing__(self, kind: int) -> Judge:
        if self.patience > 0 or kind not in _KINDS:
            self.patience -= 1
            return self.ask_each
        try:
            self[kind] = self.straight_line(kind)
        except OSError:
            self[kind] = self.ask_each
        return self[kind]

    def ask_each(self, record: FaultInfo) -> bool:
        """Ask every rule."""
        return all(kept(record) for kept in self.checks)

    def straight_line(self, kind: int) -> Judge:
        """Join what the rules ask of a record of ``kind``; raises OSError without the module's text."""
        inline = _Inline(self.module, kind)
        wanted = {kept.__name__ for kept in self.checks}
        expressions = [
            inline.visit(function.body[-1].value)
            for function in ast.parse(inspect.getsource(self.module)).body
            if isinstance(function, ast.FunctionDef)
            and function.name in wanted
            and isinstance(function.body[-1], ast.Return)
            and function.body[-1].value is not None
        ]
        assert len(expressions) == len(wanted), "every check is a single return"
        undecided = [e for e in expressions if not (isinstance(e, ast.Constant) and e.value)]
        tree = ast.parse(f"def judge(r):\n    {', '.join(FaultInfo._fields)}, = r\n    return 0")
        judge = tree.body[0]
        assert isinstance(judge, ast.FunctionDef)
        true = ast.Constant(value=True)  # twice: a BoolOp has two values even where nothing is undecided
        judge.body[-1] = ast.Return(ast.BoolOp(ast.And(), [true, *undecided, true]))
        names: dict[str, Any] = {}
        exec(compile(ast.fix_missing_locations(tree), "<rules of the record>", "exec"), names)  # noqa: S102
        function: Judge = names["judge"]
        return function


def straight_line(module: ModuleType, rules: tuple[str, ...]) -> Judge:
    """One function for records of every kind."""
    judges = Judges(module, rules)
    return lambda record: judges[record.kind](record)
