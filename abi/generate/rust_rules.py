# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The rules as a Rust enum: those on a record first, in the order in which a record is judged."""

from __future__ import annotations

from typing import Final

from abi.generate.rust import const
from abi.generate.text import head, wrap
from abi.rules import RECORD_RULES, REFUSALS, all_rules

SOURCES: Final = ("abi/rules",)
#: Bits of a set of rules.
_SET_BITS: Final = 64


def render() -> str:
    """The module."""
    parts = [[f"// {line}" for line in head(SOURCES)], ["//! The rules of the specification."],
             _enum(), _names(), _sets()]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def rule_order() -> tuple[str, ...]:
    """Every rule, in the order of the enum's numbers."""
    return tuple(dict.fromkeys((*RECORD_RULES, *all_rules())))


def variant(name: str) -> str:
    """The Rust name of a rule or of a word."""
    return "".join(part[:1].upper() + part[1:] for part in name.replace("_", ".").split("."))


def word(value: int) -> str:
    """A number as Rust writes long ones."""
    return f"{value:#_x}"


def doc(text: str, prefix: str = "/// ") -> list[str]:
    """Text as rustdoc takes it, to which a bracket would begin a link."""
    return wrap(text.replace("[", "\\[").replace("]", "\\]").replace("<", "\\<"), prefix)


def _enum() -> list[str]:
    lines = ["/// A rule of the specification. Those on a record come first, in the order of judgement.",
             "#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]", "#[repr(u8)]", "pub enum Rule {"]
    for name in rule_order():
        lines += [*doc(f"`{name}`: {all_rules()[name].text}", "    /// "), f"    {variant(name)},"]
    return [*lines, "}"]


def _names() -> list[str]:
    return ["impl Rule {", "    /// Every rule, by number.", f"    pub const ALL: [Self; {len(rule_order())}] = [",
            *(f"        Self::{variant(name)}," for name in rule_order()), "    ];", "",
            "    /// The dotted name.", "    #[must_use]", "    pub const fn name(self) -> &'static str {",
            "        match self {", *(f'            Self::{variant(name)} => "{name}",' for name in rule_order()),
            "        }", "    }", "}"]


def _sets() -> list[str]:
    assert len(RECORD_RULES) <= _SET_BITS
    refusals = sum(1 << rule_order().index(rule) for rule in REFUSALS)
    return [*const("RECORD_RULES", "usize", len(RECORD_RULES), "How many rules a record is held against."),
            *const("REFUSALS", "u64", word(refusals), "Those of them that a reader refuses, bit n for rule n.")]
