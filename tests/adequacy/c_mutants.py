# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Mutants of the C readers: their constants, and the macros by which they are all in one build."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Final

from tests.adequacy.model import BOUND, MASK, NUMBER, Edit, Mutant, changed
from tests.adequacy.text_mutants import COMPARED, Choice, Word, bounds, kind_of, mutants, shown, words

#: The headers that decide answers, and the role that is asked about constants that no question reaches.
FILES: Final = {
    f"spec/c/{name}.h": role
    for name, role in (
        ("kfi_cper", "host"), ("kfi_cper_sections", "host"), ("kfi_decide", "vmm"), ("kfi_entry", "vmm"),
        ("kfi_fill", "host"), ("kfi_firmware", "host"), ("kfi_reader", "vmm"), ("kfi_reply", "host"),
        ("kfi_resolve", "host"), ("kfi_ring", "vmm"), ("kfi_rules", "vmm"), ("kfi_tables", "vmm"),
        ("kfi_trap", "host"),
    )
}
_CONSTANT: Final = re.compile(r"(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*|(?:KFI|KVM_ARM_FAULT)_[A-Z0-9_]+")
#: Bits and bitmaps, which are masks wherever they stand.
_MASKS: Final = re.compile(
    r"KFI_(ESR|FSCS|KEPT|PSTATE|SCTLR2?|GCSCR|FEAT|TRAP|DISR|INJECTED)_(?!EC_(?!MASK)|\w*SHIFT|MODE_)\w+"
    r"|KVM_ARM_FAULT_FLAGS?_\w+|KVM_ARM_FAULT_SEA_FLAG_\w+"
)
#: What a function says, not what it asks: no constant of these is changed by itself.
_SAID: Final = re.compile(r"KFI_(RULE|ACTION|END|WHERE|AT|FIELD|RING_(EMPTY|SLOT|REFUSED))_\w+")
_TABLE: Final = re.compile(r"static const [^;]*?= (\{.*?\});", re.DOTALL)
_ZERO: Final = re.compile("0(x0)?[uUlL]*")
_FUNCTION: Final = re.compile(r"^(?:static inline|KFI_WITHIN|KFI_ASIDE) [^;{]*?\b(\w+)\(", re.MULTILINE)
_DIRECTIVE: Final = re.compile(r"^#(?:.*\\\n)*.*$", re.MULTILINE)
#: What is compiled for BPF alone: there every host vector goes through it (tests/lab/cases/live.py).
_BPF: Final = re.compile(r"^#ifdef __bpf__\n.*?^#else$", re.MULTILINE | re.DOTALL)
#: Put before every file: the number that was chosen, and those that were asked. Twice a choice's number is its
#: first change, and one more its second.
PROLOGUE: Final = """
extern int kfi_chosen;
extern unsigned char kfi_asked[];
#define KFI_ASK(n) (kfi_asked[n] = 1, kfi_chosen == (n))
#define KFI_NUMBER(n, x) (KFI_ASK(n) ? (x) + 1 : KFI_ASK((n) + 1) ? (x) - 1 : (x))
#define KFI_ZERO(n, x) (KFI_ASK(n) ? (x) + 1 : (x))
#define KFI_MASK(n, x) (KFI_ASK(n) ? (x) << 1 : KFI_ASK((n) + 1) ? (x) >> 1 : (x))
#define KFI_FLAG_MASK(n, name) (!!(flags & KFI_MASK(n, KVM_ARM_FAULT_FLAG_##name)))
"""


def find(path: str, text: str) -> list[Mutant]:
    """The mutants of a header, in the order of its text."""
    return mutants(path, choices(text))


def choices(text: str) -> list[Choice]:
    """Everything that can be changed."""
    for left_out in (_BPF, _DIRECTIVE):
        text = left_out.sub(lambda found: " " * len(found[0]), text)
    function_of = _functions(text)
    found = [word for word in words(text) if function_of(word.start)]
    return [*_constants(found, function_of), *_order(found, function_of), *_tables(text, found, function_of)]


def _functions(text: str) -> Callable[[int], str]:
    starts = [(found.start(), found[1]) for found in _FUNCTION.finditer(text)]

    def function_of(at: int) -> str:
        index = bisect_right(starts, (at, "\x7f")) - 1
        return starts[index][1] if index >= 0 else ""

    return function_of


def _constants(found: list[Word], function_of: Callable[[int], str]) -> Iterator[Choice]:
    for n, word in enumerate(found[1:-1], 1):
        before, after = found[n - 1].text, found[n + 1].text
        if word.text == "KFI_FLAG" and after == "(":
            yield Choice(tuple(found[n : n + 4]), MASK, function_of(word.start), shown(found, n, n + 3))
        elif _ZERO.fullmatch(word.text):
            if before in COMPARED or after in COMPARED:
                yield Choice((word,), NUMBER, function_of(word.start), shown(found, n, n))
        elif _CONSTANT.fullmatch(word.text) and after != "(" and not _SAID.match(word.text):
            kind = NUMBER if before == "case" else kind_of(before, after)
            if _MASKS.fullmatch(word.text) and before not in {"case", "<<", ">>", "==", "!="}:
                kind = MASK
            if kind and not (after == "*" or (before == "<" and after == ";")):
                yield Choice((word,), kind, function_of(word.start), shown(found, n, n))


def _tables(text: str, found: list[Word], function_of: Callable[[int], str]) -> Iterator[Choice]:
    """Numbers of constant tables: what is hexadecimal is a mask, but for 0."""
    for table in _TABLE.finditer(text):
        for n, word in enumerate(found):
            inside = table.start(1) <= word.start < table.end(1)
            if inside and _CONSTANT.fullmatch(word.text) and not _ZERO.fullmatch(word.text):
                kind = MASK if word.text.startswith("0x") else NUMBER
                yield Choice((word,), kind, function_of(word.start), shown(found, n, n))


def _order(found: list[Word], function_of: Callable[[int], str]) -> Iterator[Choice]:
    """A loop over an array is not decided by its bound alone; what it asks is."""
    for choice in bounds(found, function_of, _CONSTANT):
        if not re.search(r"\b(i|n)$", choice.shown.partition(" [")[0]):
            yield choice


def schema(text: str, made: list[Mutant], first: int) -> tuple[str, list[int]]:
    """The text with every choice in it, and the numbers of its mutants from ``first``; -1 for those that cannot be one.

    A label of a case and a constant table are no expressions: their mutants are built by themselves. So are bounds.
    """
    edits: dict[tuple[int, int], int] = {}
    numbers = []
    tables = [*_TABLE.finditer(text)]
    for number, mutant in enumerate(made, first):
        start, end, _new = mutant.edits[0]
        label = re.search(r"\bcase\s+$", text[:start])
        alone = mutant.kind == BOUND or label is not None or any(t.start() < start < t.end() for t in tables)
        numbers.append(-1 if alone else number)
        if not alone:
            edits.setdefault((start, end), number)
    all_ = tuple(Edit(*place, _choice(text[slice(*place)], number, made[number - first].kind))
                 for place, number in edits.items())
    return changed(text, Mutant("", "", "", all_)) if all_ else text, numbers


def _choice(own: str, number: int, kind: str) -> str:
    if own.startswith("KFI_FLAG("):
        return f"KFI_FLAG_MASK({number}, {own[9:-1].strip()})"
    return f"KFI_{'ZERO' if own == '0' else kind.upper()}({number}, {own})"
