# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""One straight-line judge made from the single expressions of :mod:`abi.rules.on_record`.

The rules stay the only source: their expressions are read from that module's own text, ``r.field``
becomes a local, module constants become numbers, and all are joined by ``and``. The result only says
whether every rule is kept; which one is broken is then asked of the rules one by one.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from abi.record import FaultInfo


class _Inline(ast.NodeTransformer):
    """``r.x`` -> ``x``; a module constant -> its value; a constant expression -> its value."""

    def __init__(self, module: ModuleType) -> None:
        self.names: dict[str, Any] = vars(module)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return ast.Name(node.attr, ast.Load())

    def visit_Name(self, node: ast.Name) -> ast.AST:
        value = self.names.get(node.id)
        return ast.Constant(value) if type(value) in (int, tuple) else node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return _folded(node, node.operand)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return _folded(node, node.left, node.right)


def _folded(node: ast.expr, *operands: ast.expr) -> ast.expr:
    if not all(isinstance(operand, ast.Constant) for operand in operands):
        return node
    code = compile(ast.fix_missing_locations(ast.Expression(node)), "<constant>", "eval")
    return ast.Constant(eval(code, {}))  # noqa: S307 - numbers of our own module


def straight_line(module: ModuleType, rules: tuple[str, ...]) -> Callable[[FaultInfo], bool]:
    """A function that is true iff every check of ``module`` named in ``rules`` is kept.

    Raises OSError where the module's text is not there (a frozen application); the caller then asks
    the rules one by one.
    """
    inline = _Inline(module)
    wanted = {check.kept.__name__ for check in module.CHECKS.all if check.rule in rules}
    expressions = [
        inline.visit(function.body[-1].value)
        for function in ast.parse(inspect.getsource(module)).body
        if isinstance(function, ast.FunctionDef)
        and function.name in wanted
        and isinstance(function.body[-1], ast.Return)
        and function.body[-1].value is not None
    ]
    assert len(expressions) == len(wanted), "every check is a single return"
    tree = ast.parse(f"def judge(r):\n    {', '.join(FaultInfo._fields)}, = r\n    return 0")
    judge = tree.body[0]
    assert isinstance(judge, ast.FunctionDef)
    judge.body[-1] = ast.Return(ast.BoolOp(ast.And(), [*expressions, ast.Constant(value=True)]))
    names: dict[str, Any] = {}
    exec(compile(ast.fix_missing_locations(tree), "<rules of the record>", "exec"), names)  # noqa: S102
    function: Callable[[FaultInfo], bool] = names["judge"]
    return function
