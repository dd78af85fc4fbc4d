# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The Python packages with one change, asked in a process of their own.

The child has everything but the packages loaded; it imports them anew, the changed module from the changed text.
That text is what ``inspect`` gives too, so that the judge which ``abi.rules.fast`` makes after some records is made of
the same change.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import CodeType, FrameType, ModuleType
from typing import Any, Final

from abi.conformance.protocol import QUESTIONS, Values
from tests.adequacy.forked import Place
from tests.adequacy.questions import Question
from tests.generate.tools import ROOT

Answers = Mapping[str, Callable[[Values], Values]]
ADAPTER: Final = ROOT / "spec" / "adapters" / "python" / "adapter.py"
PACKAGES: Final = ("abi", "reference_host", "reference_vmm")
REQUESTS: Final = tuple(QUESTIONS)


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module, and loads it from another text."""

    def __init__(self, path: str, text: str) -> None:
        self.name = path.removesuffix("/__init__.py").removesuffix(".py").replace("/", ".")
        self.path, self.text = str(ROOT / path), text

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The module, if it is the one."""
        if fullname != self.name:
            return None
        folder = [self.path.removesuffix("/__init__.py")] if self.path.endswith("/__init__.py") else None
        return importlib.util.spec_from_file_location(
            fullname, self.path, loader=self, submodule_search_locations=folder
        )

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed text; nothing that was kept of the true one is looked at."""
        exec(compile(self.text, self.path, "exec", dont_inherit=True), vars(module))


def fresh(path: str = "", text: str = "") -> Answers:
    """The adapter's answers, by packages that are imported anew, one file of them changed. Call it in a child."""
    for name in [name for name in sys.modules if name.partition(".")[0] in PACKAGES]:
        del sys.modules[name]
    if path:
        linecache.cache[str(ROOT / path)] = (len(text), None, text.splitlines(keepends=True), str(ROOT / path))
        sys.meta_path.insert(0, _Changed(path, text))
    spec = importlib.util.spec_from_file_location("adapter", ADAPTER)
    assert spec is not None
    assert spec.loader is not None
    adapter = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(adapter)
    answers: Answers = adapter.ANSWERS
    return answers


def first_red(answers: Answers, questions: Sequence[Question], place: Place) -> int | None:
    """Number of the first question that is not answered as its vector says."""
    for number, question in enumerate(questions):
        place.at = number
        try:
            said = answers[question.message.name](dict(question.input))
        except Exception:  # noqa: BLE001 - a change may raise anything; an exception is no answer
            return number
        if not question.is_answered(said):
            return number
    return None


def reached(answers: Answers, questions: Iterable[Question]) -> dict[str, list[int]]:
    """The lines of the packages that run while the questions are answered, by file of the repository."""
    lines: dict[CodeType, set[int]] = {}
    root = f"{ROOT}/"

    def local(frame: FrameType, event: str, _argument: Any) -> Any:
        lines[frame.f_code].add(frame.f_lineno)
        return local

    def enter(frame: FrameType, event: str, _argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(root):
            return None
        lines.setdefault(frame.f_code, set()).add(frame.f_lineno)
        return local

    sys.settrace(enter)
    try:
        for question in questions:
            answers[question.message.name](dict(question.input))
    finally:
        sys.settrace(None)
    found: dict[str, set[int]] = {}
    for code, those in lines.items():
        found.setdefault(code.co_filename.removeprefix(root), set()).update(those)
    return {file: sorted(those) for file, those in found.items()}
