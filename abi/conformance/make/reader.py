# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of a reader alone: the questions of :mod:`.reading`, the matrix's, and real exits and claims."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from abi.conformance.make import captured_exits, matrix, reading
from abi.conformance.make.book import Book
from abi.rules.vmm import READING_RULES

ABOUT: Final = "Bytes to the record's fields or the one refusal, by a reader that has no vCPU and decides nothing."
_READING: Final = tuple(rule.name for rule in READING_RULES)


def fill(book: Book) -> None:
    """Ask."""
    ask = partial(_ask, book)
    matrix.ask_all(ask)
    captured_exits.ask_all(ask)
    reading.ask_all(ask)


def _ask(book: Book, slug: str, rules: Sequence[str] | str, why: str, record: Any, *_: Any, **how: Any) -> None:
    """What else a VMM is asked about a record is left out; a rule of the host that it breaks does not stop a reader."""
    rules = (rules,) if isinstance(rules, str) else rules
    how = {name: value for name, value in how.items() if name in ("reader", "exact", "source")}
    own = tuple(rule for rule in rules if rule in _READING) or ("vmm.malformed",)
    book.read(f"reader-{slug.removeprefix('read-')}", own, why, record, **how)
