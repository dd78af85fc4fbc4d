# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The tables of the specification, in RST for Sphinx: each is a fragment that a page includes.

Every rule has the target ``rule-NAME``; a rule's name is a literal, which the pages make a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from abi.cper.layouts import LAYOUTS
from abi.definition import FLAGS, KVM_RUN, RECORD, SEA_FLAGS, SIZES
from abi.generate.c_header import SOURCES
from abi.generate.text import codes, head, wrap
from abi.layout import ARM_SEA, Field, Flag, Layout
from abi.negotiate import ENABLE_CAP
from abi.negotiate import matrix as cells
from abi.reply import VCPU_EVENTS
from abi.ring_layout import ENVELOPE, RING_HEADER, RING_SLOT
from abi.rules import all_rules
from abi.rules.model import NAME, Rule

_LAYOUT_HEAD: Final = ("Offset", "Type", "Field", "Meaning", "Rules")
_RULES: Final = ("abi/rules",)
#: A bare dash would be the item of a list.
_NOTHING: Final = r"\-"


def record() -> str:
    """The fields of the record, with the version that brought each."""
    rows = [(str(RECORD.offsets[f.name]), f.type, literal(f.name), "arm_sea" if f.since == ARM_SEA else str(f.since),
             escape(f.meaning), _names(f.rules)) for f in RECORD.fields]
    return page([table("struct kvm_arm_fault_info", ("Offset", "Type", "Field", "Since", "Meaning", "Rules"), rows)])


def flags() -> str:
    """The bits of ``flags`` and ``sea_flags``."""
    said = ("Bit", "Name", "Since", "Makes valid", "Meaning", "Rules")
    return page([table("sea_flags", said, map(_flag, SEA_FLAGS)), table("flags", said, map(_flag, FLAGS))])


def code_tables() -> str:
    """The values of the enumerated fields, a table each."""
    return page([table(field, ("Value", "Name", "Meaning"),
                        [(str(c.value), literal(c.name), escape(c.meaning)) for c in values])
                 for field, _prefix, values in codes()])


def reply() -> str:
    """The reply, ``struct kvm_vcpu_events`` with the extension."""
    return page([_layout(VCPU_EVENTS)])


def ring() -> str:
    """The ring's header, its slots and the envelope."""
    return page([_layout(RING_HEADER), _layout(RING_SLOT), _layout(ENVELOPE)])


def kvm_run() -> str:
    """``struct kvm_run`` up to the exit union."""
    return page([_layout(KVM_RUN)])


def enable() -> str:
    """``struct kvm_enable_cap`` with the capability's arguments."""
    return page([_layout(ENABLE_CAP)], ("abi/negotiate.py",))


def versions() -> str:
    """Versions with their sizes, and what each reader makes of each writer's record."""
    sizes = [(str(v), str(size), ", ".join(literal(f.name) for f in RECORD.fields if f.since == v) or _NOTHING)
             for v, size in SIZES.items()]
    rows = [(str(c.writer), str(c.reader), c.reads, literal(c.rule)) for c in cells()]
    return page([table("versions", ("Version", "Bytes", "New fields"), sizes),
                 table("writer and reader", ("Writer", "Reader", "Reads", "Rule"), rows)],
                (*SOURCES, "abi/negotiate.py"))


def firmware() -> str:
    """The layouts of firmware records."""
    tables = [table(f"struct {layout.name}: {layout.meaning}", _LAYOUT_HEAD[:-1],
                     [_field(layout, f)[:-1] for f in layout.fields]) for layout in LAYOUTS]
    return page(tables, ("abi/cper/layouts.py",))


def host_rules() -> str:
    """Every rule that the host keeps, in full."""
    return page([_rule(rule) for rule in all_rules().values() if rule.role == "host"], _RULES)


def vmm_rules() -> str:
    """Every rule that the VMM keeps, in full."""
    return page([_rule(rule) for rule in all_rules().values() if rule.role == "vmm"], _RULES)


def escape(text: str) -> str:
    """Text in which nothing is markup."""
    return re.sub(r"([\\*`|]|_(?![A-Za-z0-9]))", r"\\\1", text)


def page(parts: list[list[str]], sources: tuple[str, ...] = SOURCES) -> str:
    """A whole fragment."""
    lines = [f".. {line}" for line in head(sources)]
    return "\n\n".join(["\n\n".join(lines), *("\n".join(part) for part in parts)]) + "\n"


def _layout(layout: Layout) -> list[str]:
    return table(f"struct {layout.name}", _LAYOUT_HEAD, [_field(layout, f) for f in layout.fields])


def _field(layout: Layout, field: Field) -> tuple[str, ...]:
    offset = str(layout.offsets[field.name])
    return (offset, field.type, literal(field.name), escape(field.meaning), _names(field.rules))


def _flag(flag: Flag) -> tuple[str, ...]:
    since = "arm_sea" if flag.since == ARM_SEA else str(flag.since)
    return (str(flag.bit), literal(flag.name), since, literal(flag.validates) if flag.validates else _NOTHING,
            escape(flag.meaning), _names(flag.rules))


def _rule(rule: Rule) -> list[str]:
    lines = [f".. _rule-{rule.name}:", "", literal(rule.name), *wrap(_prose(rule.text), "   "), ""]
    said = {"Role": rule.role, "Reason": rule.reason, "Source": rule.source, "Confidence": rule.confidence}
    for label, text in said.items():
        lines += wrap(_prose(text), f"   :{label}: ", "      ")
    return lines


def _prose(text: str) -> str:
    """Text in which nothing is markup but the names of other rules."""
    return NAME.sub(lambda found: literal(found[0]) if found[0] in all_rules() else found[0], escape(text))


def table(title: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """One list-table; cells are RST."""
    lines = [f".. list-table:: {escape(title)}", "   :header-rows: 1", "   :widths: auto", ""]
    for row in (heads, *rows):
        for n, cell in enumerate(row):
            lines.append(f"   {'* -' if n == 0 else '  -'} {cell}")
    return lines


def _names(rules: tuple[str, ...]) -> str:
    return ", ".join(map(literal, rules)) or _NOTHING


def literal(text: str) -> str:
    """Text as it is."""
    return f"``{text}``"
