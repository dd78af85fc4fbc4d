# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The tool that makes ``spec/vectors/*.json``: builders of questions; answers are the reference's, judged.

It works in a clone: the reference host and VMM, their adapter and the hand-made records of the tests are
found by name. The questions stand in one module a subject; :mod:`abi.conformance.make.book` asks the
reference, holds each answer against :mod:`abi.rules`, and refuses one that breaks a rule.
"""

from __future__ import annotations

import importlib
from typing import Final

from abi.conformance.make.book import Book
from abi.conformance.vectors import Group

#: Name of the file -> the module that fills it.
GROUPS: Final = {
    "vmm-read": "reading",
    "vmm-reader": "reader",
    "vmm-matrix": "matrix",
    "vmm-decide": "deciding",
    "vmm-entry": "entry",
    "vmm-captures": "captured_exits",
    "vmm-check": "checking",
    "vmm-ring": "rings",
    "vmm-exit": "exits",
    "vmm-report": "reporting",
    "host-traps": "traps",
    "host-firmware": "firmware",
    "host-sections": "sections",
    "host-captures": "captured_traps",
    "host-reply": "replies",
    "host-enable": "enabling",
    "host-ring": "producing",
    "host-edges": "host_edges",
    "host-lengths": "lengths",
    "vmm-edges": "vmm_edges",
}


def group(name: str) -> Group:
    """Make the vectors of one file."""
    module = importlib.import_module(f"{__name__}.{GROUPS[name]}")
    book = Book()
    module.fill(book)
    return Group(name, module.ABOUT, tuple(book.vectors))
