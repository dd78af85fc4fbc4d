# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the mutants of the C headers and of the Rust crate have in common: they are found in the text, word by word.

Both are written so that a constant is a literal or a name in capitals, and so that what stands beside it tells how it
is used. All mutants of a language are in one build, each behind a number that is chosen when it runs: a constant is a
*choice*, and the build says which choices were asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Final, NamedTuple

from tests.adequacy.model import BOUND, MASK, NUMBER, Edit, Mutant, numbered

WORD: Final = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])'"  # comments and texts, which hold no words
    r"|0[xX][0-9a-fA-F_]+\w*|\d[\d_]*\w*|[A-Za-z_]\w*!?"
    r"|::|->|=>|<<=|>>=|&&|\|\||<<|>>|[=!<>&|^+*/%-]=|\.\.=?|[^\s\w]",
    re.DOTALL,
)
COMPARED: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
_BITS: Final = frozenset({"&", "|", "^", "~", "!", "&=", "|=", "^="})
_SHIFTS: Final = frozenset({"<<", ">>"})
_ARITHMETIC: Final = frozenset({"+", "-", "%", "/", "*", "+=", "-="})
_FLIPPED: Final = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_SHOWN: Final = 3


class Word(NamedTuple):
    """One word of the text, and where it is."""

    text: str
    start: int
    end: int


class Choice(NamedTuple):
    """A constant or a comparison that mutants are made of."""

    words: tuple[Word, ...]
    kind: str
    function: str
    shown: str

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.words[0].start

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.words[-1].end


def words(text: str) -> list[Word]:
    """The words of a text; comments are none."""
    found = (Word(m[0], m.start(), m.end()) for m in WORD.finditer(text))
    return [word for word in found if not word.text.startswith(("//", "/*"))]


def kind_of(before: str, after: str) -> str:
    """How a constant between two words is used, "" where neither says."""
    if before in _BITS:
        return MASK
    if before in COMPARED or after in COMPARED or before in _SHIFTS:
        return NUMBER
    if after in _BITS or after in _SHIFTS:
        return MASK
    return NUMBER if before in _ARITHMETIC or after in _ARITHMETIC else ""


def shown(found: list[Word], first: int, last: int) -> str:
    """The constant in brackets, with the words around it that are of the same statement."""
    own = " ".join(word.text for word in found[first : last + 1])
    before = takewhile(_inside, (word.text for word in reversed(found[max(0, first - _SHOWN) : first])))
    after = takewhile(_inside, (word.text for word in found[last + 1 : last + 1 + _SHOWN]))
    return " ".join((*reversed([*before]), f"[{own}]", *after))


def _inside(word: str) -> bool:
    return word not in {";", "{", "}"}


def bounds(found: list[Word], function_of: Callable[[int], str], constant: re.Pattern[str]) -> Iterator[Choice]:
    """Comparisons by order of which neither side is a constant; a space on both sides tells them from brackets."""
    for n, word in enumerate(found[1:-1], 1):
        before, after = found[n - 1], found[n + 1]
        spaced = before.end < word.start and word.end < after.start
        if word.text in _FLIPPED and spaced and not any(constant.fullmatch(side.text) for side in (before, after)):
            yield Choice((word,), BOUND, function_of(word.start), shown(found, n, n))


def mutants(path: str, choices: list[Choice]) -> list[Mutant]:
    """Two mutants of each constant, one of each bound and of 0; what they put in its place is for people."""
    found = []
    for choice in sorted(choices, key=lambda each: each.start):
        own = choice.shown.partition("[")[2].partition("]")[0]
        changes = {
            NUMBER: (("+1", f"({own} + 1)"), ("-1", f"({own} - 1)")),
            MASK: (("<<1", f"({own} << 1)"), (">>1", f"({own} >> 1)")),
            BOUND: ((f"to {_FLIPPED.get(own, '')}", _FLIPPED.get(own, "")),),
        }[choice.kind]
        for change, new in changes[:1] if own == "0" else changes:
            name = f"{path} {choice.function}: {choice.shown} {change}"
            found.append(Mutant(name, choice.kind, path, (Edit(choice.start, choice.end, new),)))
    return numbered(found)
