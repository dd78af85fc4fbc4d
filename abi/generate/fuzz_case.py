# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The case of a fuzzer as a C header: what stands in its bytes, and how to take them apart."""

from __future__ import annotations

from typing import Final

from abi.definition import NEWEST
from abi.fuzz.case import CHANGE, DEALT, HEAD, MAX_CHANGES, OPTIONS, SURFACES
from abi.generate.c_functions import function
from abi.generate.c_header import comment, member
from abi.generate.text import head, wrap
from abi.layout import Layout

_GUARD: Final = "KFI_CASE_H"
_VALUE: Final = 48
_SAID: Final = (
    "A case: what a fuzzer feeds a harness. Every byte string is one. Missing bytes of the head are 0, numbers are "
    "taken modulo, of the changes those count that are there whole. Little-endian."
)

#: What taking apart gives: member and meaning.
_CASE: Final = (
    ("__u8 surface", "enum kfi_surface"),
    ("__u8 reader", "newest minor version that the reader is to know"),
    ("__u8 options", "KFI_CASE_EXACT and others"),
    ("__u8 dealt", "records that the first consumer of a ring deals with"),
    ("__u32 nr_changes", "number of changes, at most KFI_CASE_MAX_CHANGES"),
    ("const __u8 *changes", "struct kfi_case_change, little-endian and at any address"),
    ("const __u8 *data", "the record, firmware record or image"),
    ("size_t size", "how many bytes that is"),
)


def render() -> str:
    """The header."""
    parts = [
        [f"/* {line} */" for line in head(("abi/fuzz/case.py",))],
        ["/*", *wrap(_SAID, " * "), " */", f"#ifndef {_GUARD}", f"#define {_GUARD}", "", '#include "kfi_base.h"'],
        [*comment("What the data of a case is."),
         "enum kfi_surface {", *(f"\tKFI_CASE_{name.upper()}," for name in SURFACES), "};"],
        [*comment("Bits of options; the others are the harness author's."),
         *(_define(name.upper(), f"{1 << n:#x}U\t/* {meaning} */") for n, (name, meaning) in enumerate(OPTIONS))],
        [*(_define(name, str(value)) for name, value in (
            ("SURFACES", len(SURFACES)), ("READERS", NEWEST.minor + 1), ("DEALT", DEALT), ("MAX_CHANGES", MAX_CHANGES),
            ("HEAD_SIZE", HEAD.size), ("CHANGE_SIZE", CHANGE.size)))],
        _struct(HEAD),
        _struct(CHANGE),
        ["/**", " * struct kfi_case - a case that was taken apart", *_members(), " */",
         "struct kfi_case {", *(f"\t{declared};" for declared, _ in _CASE), "};"],
        _change(),
        _parse(),
        [f"#endif /* {_GUARD} */"],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _define(name: str, value: str) -> str:
    text = f"#define KFI_CASE_{name}"
    return text + "\t" * max(1, -(-(_VALUE - len(text)) // 8)) + value


def _struct(layout: Layout) -> list[str]:
    lines = ["/**", *wrap(layout.meaning, f" * struct {layout.name} - ", " *\t")]
    for field in layout.fields:
        lines += wrap(field.meaning, f" * @{field.name}: ", " *\t")
    return [*lines, " */", f"struct {layout.name} {{", *(f"\t{member(field)};" for field in layout.fields), "};"]


def _members() -> list[str]:
    return [line for declared, meaning in _CASE
            for line in wrap(meaning, f" * @{declared.split()[-1].lstrip('*')}: ", " *\t")]


def _at(layout: Layout, field: str) -> str:
    return f"offsetof(struct {layout.name}, {field})"


def _change() -> list[str]:
    body = [
        "const __u8 *p = c->changes + (size_t)index * KFI_CASE_CHANGE_SIZE;", "",
        *(f"change->{field.name} = kfi_get{8 * field.width}(p + {_at(CHANGE, field.name)});"
          for field in CHANGE.fields),
    ]
    return function("static inline void kfi_case_change(const struct kfi_case *c, __u32 index,\n"
                    "\t\t\t\t   struct kfi_case_change *change)", body,
                    "One of the changes; index is below nr_changes.")


def _parse() -> list[str]:
    body = [
        f"__u8 head[{HEAD.size}] = {{ 0 }};",
        "size_t i, there = size > sizeof(head) ? size - sizeof(head) : 0;", "",
        "for (i = 0; i < sizeof(head) && i < size; i++)", "\thead[i] = bytes[i];",
        f"c->surface = (__u8)(head[{_at(HEAD, 'surface')}] % KFI_CASE_SURFACES);",
        f"c->reader = (__u8)(head[{_at(HEAD, 'reader')}] % KFI_CASE_READERS);",
        f"c->options = head[{_at(HEAD, 'options')}];",
        f"c->dealt = (__u8)(head[{_at(HEAD, 'dealt')}] % KFI_CASE_DEALT);",
        "c->nr_changes = 0;",
        "if (c->surface == KFI_CASE_RING)",
        f"\tc->nr_changes = head[{_at(HEAD, 'changes')}] % (KFI_CASE_MAX_CHANGES + 1U);",
        "if (c->nr_changes > there / KFI_CASE_CHANGE_SIZE)",
        "\tc->nr_changes = (__u32)(there / KFI_CASE_CHANGE_SIZE);",
        "c->changes = bytes + size - there;",
        "c->data = c->changes + c->nr_changes * KFI_CASE_CHANGE_SIZE;",
        "c->size = there - c->nr_changes * KFI_CASE_CHANGE_SIZE;",
    ]
    return function("static inline void kfi_case_parse(struct kfi_case *c, const __u8 *bytes, size_t size)", body,
                    "Take a case apart; data and changes point into the bytes, which may be none.")
