# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Mutants of the Rust crate: its constants, and how they are all in one build.

A pattern is no expression, and a constant function cannot look at what was chosen when it runs: :func:`plain` writes
the same code without either, and mutants are made of that text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Final

from tests.adequacy.model import BOUND, MASK, NUMBER, Edit, Mutant, changed
from tests.adequacy.text_mutants import COMPARED, Choice, Word, bounds, kind_of, mutants, shown, words

#: The files that decide answers; the crate has the role ``vmm`` alone.
FILES: Final = {
    f"spec/rust/src/{name}.rs": "vmm"
    for name in (
        "check/address", "check/host", "check/mod", "check/reading", "check/syndrome", "decide", "entry", "reader",
        "ring/consumer", "ring/header", "ring/slot", "tables", "vcpu", "why",
    )
}
_CONSTANT: Final = re.compile(r"0x[0-9a-f_]+|\d[\d_]*|[A-Z][A-Z0-9_]+")
_LITERAL: Final = re.compile(r"0x[0-9a-f_]+|\d[\d_]*")
_MASKS: Final = re.compile(
    r"ESR_(?!\w*SHIFT)\w+|(SEA_)?FLAGS?_\w+|FSCS_\w+|KEPT_\w+|PSTATE_(?!MODE_)\w+|SCTLR2?_\w+|GCSCR_\w+|FIPA|IN_PAGE"
)
_TABLE: Final = re.compile(
    r"^pub const (SIZES|BEYOND|KNOWN|KINDS|SEVERITY_OF_AET): [^=]*= (\[.*?\]);$", re.MULTILINE | re.DOTALL
)
_FUNCTION: Final = re.compile(r"\bfn (\w+)")
_NO_CODE: Final = re.compile(
    r"^\s*(?:pub(?:\(\w+\))? )?(?:const|static|use|mod)\b[^;{]*(?:\{[^}]*\})?[^;]*;|#!?\[[^\]]*\]", re.MULTILINE
)
_ARM: Final = re.compile(r"^(\s*)((?:[A-Z][A-Z0-9_]+)(?: \| [A-Z][A-Z0-9_]+)*)(?: if ([^=]*?))? => ", re.MULTILINE)
_MATCHES: Final = re.compile(r"matches!\(\s*([\w.()]+),\s*([A-Z][A-Z0-9_]+(?:\s*\| [A-Z][A-Z0-9_]+)*)\s*\)")


def plain(text: str) -> str:
    """The same code with comparisons for patterns of constants, and no constant functions."""
    text = text.replace("const fn ", "fn ")
    text = _MATCHES.sub(lambda found: f"({{ let k = {found[1]}; {_any(found[2])} }})", text)
    return _ARM.sub(
        lambda found: f"{found[1]}k if {'(' * bool(found[3])}{_any(found[2])}"
                      f"{f') && ({found[3]})' if found[3] else ''} => ",
        text,
    )


def _any(pattern: str) -> str:
    return " || ".join(f"k == {constant.strip()}" for constant in pattern.split("|"))


def find(path: str, text: str) -> list[Mutant]:
    """The mutants of a file's plain text, in its order."""
    return mutants(path, choices(plain(text)))


def choices(text: str) -> list[Choice]:
    """Everything that can be changed."""
    tables = [*_tables(text)]
    if tables:
        return tables
    text = _NO_CODE.sub(lambda found: " " * len(found[0]), text)
    starts = [(found.start(), found[1]) for found in _FUNCTION.finditer(text)]

    def function_of(at: int) -> str:
        index = bisect_right(starts, (at, "\x7f")) - 1
        return starts[index][1] if index >= 0 else ""

    found = [word for word in words(text) if function_of(word.start)]
    return [*_constants(found, function_of), *bounds(found, function_of, _CONSTANT)]


def _tables(text: str) -> Iterator[Choice]:
    """Numbers of constant tables: what is hexadecimal is a mask, but for 0."""
    for table in _TABLE.finditer(text):
        found = words(table[2])
        for n, word in enumerate(found):
            if _LITERAL.fullmatch(word.text) and word.text not in ("0", "0x0"):
                kind, at = MASK if word.text.startswith("0x") else NUMBER, table.start(2)
                placed = Word(word.text, at + word.start, at + word.end)
                yield Choice((placed,), kind, table[1], shown(found, n, n))


def _constants(found: list[Word], function_of: Callable[[int], str]) -> Iterator[Choice]:
    for n, word in enumerate(found[1:-1], 1):
        before, after = found[n - 1].text, found[n + 1].text
        if not _CONSTANT.fullmatch(word.text) or "::" in (before, after) or before in {"'", ".", "["} or after == "(":
            continue
        if word.text == "0":
            kind = NUMBER if before in COMPARED or after in COMPARED else ""
        else:
            kind = kind_of(before, after)
            if _MASKS.fullmatch(word.text) and before not in {"<<", ">>", "=="}:
                kind = MASK
        if kind:
            yield Choice((word,), kind, function_of(word.start), shown(found, n, n))


#: Added to the crate: the number that was chosen, and those that were asked.
PRELUDE: Final = """
#![allow(warnings, arithmetic_overflow, overflowing_literals)]
extern crate std;
pub mod chosen {
    use std::sync::atomic::{AtomicBool, Ordering};
    static CHOSEN: std::sync::LazyLock<usize> = std::sync::LazyLock::new(|| {
        std::env::var("CHOSEN").ok().and_then(|text| text.parse().ok()).unwrap_or(usize::MAX)
    });
    static ASKED: [AtomicBool; 4096] = [const { AtomicBool::new(false) }; 4096];
    pub fn is(number: usize) -> bool {
        ASKED[number].store(true, Ordering::Relaxed);
        *CHOSEN == number
    }
    pub fn asked() -> std::string::String {
        let asked = ASKED.iter().enumerate().filter(|(_, asked)| asked.load(Ordering::Relaxed));
        asked.map(|(number, _)| std::format!("{number} ")).collect()
    }
}
"""


def schema(text: str, made: list[Mutant], first: int) -> tuple[str, list[int]]:
    """The plain text with every choice in it, and the numbers of its mutants; -1 for those built by themselves."""
    edits: dict[tuple[int, int], list[tuple[int, Mutant]]] = {}
    numbers = []
    tables = [*_TABLE.finditer(text)]
    for number, mutant in enumerate(made, first):
        alone = mutant.kind == BOUND or any(t.start() < mutant.start < t.end() for t in tables)
        numbers.append(-1 if alone else number)
        if not alone:
            edits.setdefault(mutant.edits[0][:2], []).append((number, mutant))
    all_ = tuple(Edit(*place, _choice(text[slice(*place)], those)) for place, those in edits.items())
    return changed(text, Mutant("", "", "", all_)), numbers


def _choice(own: str, those: list[tuple[int, Mutant]]) -> str:
    cases = " else ".join(f"if crate::chosen::is({number}) {{ {moved(own, m.name)} }}" for number, m in those)
    return f"({{ {cases} else {{ {own} }} }})"


def moved(own: str, name: str) -> str:
    """A constant as the change at the end of a mutant's name moves it."""
    change = re.sub(r" #\d+$", "", name).rpartition(" ")[2]
    if _LITERAL.fullmatch(own):
        number = int(own.replace("_", ""), 0)
        return str({"+1": number + 1, "-1": number - 1, "<<1": number << 1, ">>1": number >> 1}[change])
    return f"{own}{ {'+1': '.wrapping_add(1)', '-1': '.wrapping_sub(1)', '<<1': ' << 1', '>>1': ' >> 1'}[change]}"
