# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The tables of the C mutator: what :mod:`abi.fuzz` draws from, as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from abi import definition as d
from abi.fuzz import mutate, random, settle, steps, values, walk
from abi.fuzz.operations import firmware, havoc, head, part, recipe, record, ring
from abi.fuzz.values import PLACES, Place
from abi.generate.c_functions import function, u64
from abi.generate.c_header import comment
from abi.generate.c_tables import rules
from abi.generate.text import head as file_head
from abi.generate.text import wrap
from abi.rules import all_rules

SOURCES: Final = ("abi/definition.py", "abi/ring_layout.py", "abi/cper", "abi/esr_codes.py", "abi/fuzz")
_GUARD: Final = "KFI_MUTATE_TABLES_H"
_VALUE: Final = 48


def render() -> str:
    """The header."""
    parts = [
        [f"/* {line} */" for line in file_head(SOURCES)],
        ["/*", *wrap("What the mutator draws from. kfi_mutate.h is what to include.", " * "), " */",
         f"#ifndef {_GUARD}", f"#define {_GUARD}", "", '#include "kfi_case.h"', '#include "kfi_tables.h"'],
        _numbers(),
        _enum("kfi_operation", "Operations.", mutate.OPERATIONS, "OP"),
        _enum("kfi_layout", "Layouts whose numbers are lied about, a firmware record's first.", _layouts(), "IN"),
        ["struct kfi_place {", "\t__u16 offset;", "\t__u16 width;", "\t__u16 first;", "\t__u16 count;", "};", "",
         "struct kfi_range {", "\t__u16 first;", "\t__u16 count;", "};"],
        *_places(),
        *_templates(),
        *_records(),
        *_lists(),
        *_firmware(),
        _drop(),
        [f"#endif /* {_GUARD} */"],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _layouts() -> tuple[str, ...]:
    return (*walk.KINDS, *(name for name in PLACES if name not in walk.KINDS))


def _numbers() -> list[str]:
    numbers = {
        "GOLDEN": u64(random.GOLDEN), "MIX_1": u64(random.MIX[0]), "MIX_2": u64(random.MIX[1]),
        "DRAWN": str(mutate.DRAWN), "DRAWN_ALONE": str(mutate.DRAWN_ALONE), "NEWEST_SIZE": f"{d.SIZES[d.NEWEST]}U",
        "PAGE": u64(steps.PAGE), "MOST_HAVOC": f"{havoc.MOST}U", "MOST_RECORD": f"{record.MOST}U",
        "MOST_ENCLOSED": f"{head.MOST}U", "MOST_STRETCH": f"{firmware.MOST}U", "SPARED": f"{firmware.SPARED}U",
        "NODES": f"{walk.MOST}U", "ITEMS": f"{walk.MOST_ITEMS}U", "MOST_SHIFTED": f"{ring.MOST_SHIFTED}U",
        "ANY_SAID": str(record.ANY_SAID), "AET_UER": f"{settle.AET_UER:#x}U",
    }
    return [_define(name, value) for name, value in numbers.items()]


def _define(name: str, value: str) -> str:
    text = f"#define KFI_MUTATE_{name}"
    return text + "\t" * max(1, -(-(_VALUE - len(text)) // 8)) + value


def _enum(name: str, said: str, members: Iterable[str], prefix: str) -> list[str]:
    return [*comment(said), f"enum {name} {{",
            *(f"\tKFI_{prefix}_{member.upper().replace('.', '_')}," for member in members), "};"]


def _array(kind: str, name: str, rows: Sequence[str], said: str = "", columns: int = 0) -> list[str]:
    """A table; of short rows several stand on a line."""
    body = wrap(", ".join(rows) + ",", "\t") if columns else [f"\t{row}," for row in rows]
    return [*(comment(said) if said else ()), f"static const {kind} {name}[{'' if rows else 1}] = {{", *body, "};"]


def _short(kind: str, name: str, numbers: Iterable[int], said: str = "") -> list[str]:
    wide = kind in ("__u64", "__u32")
    return _array(kind, f"kfi_mutate_{name}", [u64(n & (1 << 64) - 1) if wide else str(n) for n in numbers], said, 1)


def _places() -> list[list[str]]:
    pool: list[int] = []
    rows: list[str] = []
    ranges: list[str] = []
    for layout in _layouts():
        ranges.append(f"{{ {len(rows)}, {len(PLACES[layout])} }}")
        rows += [f"{{ {place.offset}, {place.width}, {_pooled(pool, place)}, {len(place.values)} }}"
                 for place in PLACES[layout]]
    return [
        _short("__u64", "values", pool, "Values worth trying, by place."),
        _array("struct kfi_place", "kfi_mutate_places", rows, "Places, by layout."),
        _array("struct kfi_range", "kfi_mutate_layouts", ranges, "The places of each layout."),
    ]


def _pooled(pool: list[int], place: Place) -> int:
    """Where the values of a place begin; the same values stand once."""
    wanted = list(place.values)
    for at in range(len(pool) - len(wanted) + 1):
        if pool[at : at + len(wanted)] == wanted:
            return at
    pool.extend(wanted)
    return len(pool) - len(wanted)


def _templates() -> list[list[str]]:
    at = 0
    rows: list[str] = []
    patches: list[str] = []
    recipes: list[str] = []
    for data, free in zip(steps.TEMPLATES, steps.TEMPLATE_FREE, strict=True):
        rows.append(f"{{ {at}, {len(data)}, {free} }}")
        at += len(data)
    order = ["", *all_rules()]
    names = dict(zip(order, _rule_names(order), strict=True))
    for step in steps.STEPS:
        recipes.append(f"{{ {step.template}, {step.size}, {len(patches)}, {len(step.patches)}, {step.free}, "
                       f"{names[step.rule]} }}")
        patches += [f"{{ {offset}, {u64(bits)} }}" for offset, bits in step.patches]
    return [
        _short("__u8", "bytes", b"".join(steps.TEMPLATES), "Cases that break nothing, by surface."),
        ["struct kfi_template {", "\t__u32 at;", "\t__u16 size;", "\t__u16 free;", "};"],
        _array("struct kfi_template", "kfi_mutate_templates", rows),
        _array("struct kfi_range", "kfi_mutate_template_ranges", _ranges(steps.TEMPLATE_RANGES)),
        _short("__u8", "seeds", steps.SEEDS, "Templates that every fuzzer starts from."),
        _array("struct kfi_range", "kfi_mutate_seed_ranges", _ranges(steps.SEED_RANGES)),
        ["struct kfi_patch {", "\t__u64 offset;", "\t__u64 bits;", "};"],
        _array("struct kfi_patch", "kfi_mutate_patches", patches, "Words that a recipe turns bits of."),
        ["struct kfi_recipe {", "\t__u16 of;", "\t__u16 size;", "\t__u16 first;", "\t__u16 count;", "\t__u16 free;",
         "\t__u16 rule;", "};"],
        _array("struct kfi_recipe", "kfi_mutate_recipes", recipes, "Recipes by surface, each with the rule it breaks."),
        _array("struct kfi_range", "kfi_mutate_recipe_ranges", _ranges(steps.STEP_RANGES)),
    ]


def _rule_names(order: list[str]) -> list[str]:
    known = set(rules())
    names = ["KFI_RULE_" + (rule.replace(".", "_").upper() or "NONE") for rule in order]
    assert known >= set(names)
    return names


def _ranges(ranges: Iterable[steps.Range]) -> list[str]:
    return [f"{{ {each.first}, {each.number} }}" for each in ranges]


def _records() -> list[list[str]]:
    versions = [f"{{ {v.major}, {v.minor}, {d.SIZES.get(v, d.SIZES[d.NEWEST])}, {0 if v in d.SIZES else 8} }}"
                for v in record.VERSIONS]
    undefined = [f"{{ {at}, {len(bits)}, {{ {', '.join(map(str, bits))} }} }}"
                 for at, bits in zip(record.UNDEFINED_AT, record.UNDEFINED, strict=True)]
    return [
        ["struct kfi_bit {", "\t__u16 bit;", "\t__u16 at;", "\t__u16 field;", "\t__u16 width;", "};"],
        _array("struct kfi_bit", "kfi_mutate_bits", [f"{{ {', '.join(map(str, bit))} }}" for bit in record.BITS],
               "Flags: the bit, where the word is, and the field that it validates, without one width 0."),
        ["struct kfi_undefined {", "\t__u16 at;", "\t__u16 count;", "\t__u8 bits[64];", "};"],
        _array("struct kfi_undefined", "kfi_mutate_undefined", undefined, "Bits that no flag has."),
        ["struct kfi_version {", "\t__u8 major_;", "\t__u8 minor_;", "\t__u16 size;", "\t__u16 more;", "};"],
        _array("struct kfi_version", "kfi_mutate_versions", versions, "Versions that are written."),
        _array("struct kfi_range", "kfi_mutate_fields",
               [f"{{ {d.RECORD.offsets[f.name]}, {f.width} }}" for f in d.RECORD.fields], "The fields of a record."),
    ]


def _lists() -> list[list[str]]:
    shorts = {
        "sizes": ("__u16", values.SIZES), "lengths": ("__u16", values.LENGTHS), "deltas": ("__u16", values.DELTAS),
        "havoc_bytes": ("__u16", havoc.BYTES), "classes": ("__u8", record.ECS), "fscs": ("__u8", record.FSCS),
        "said": ("__u64", record.SAID), "class_of": ("__u8", settle.CLASSES), "kept": ("__u64", settle.KEPT),
        "origins": ("__u8", settle.ORIGINS), "gaps": ("__u64", ring.GAPS), "laps": ("__u64", ring.LAPS),
        "shared": ("__u8", ring.SHARED), "tails": ("__u64", head.TAILS), "losts": ("__u64", head.LOSTS),
        "free_at": ("__u16", recipe.FREE_AT), "info": ("__u8", firmware.INFO),
    }
    rows = {
        "choices": ("__u8", mutate.DRAWN, mutate.CHOICES), "alone": ("__u8", mutate.DRAWN_ALONE, mutate.ALONE),
        "plans": ("__u8", 3, mutate.PLANS),
        "validity": ("__u8", 3, part.VALIDITY),
    }
    return [
        *(_short(kind, name, numbers) for name, (kind, numbers) in shorts.items()),
        *([f"static const {kind} kfi_mutate_{name}[][{width}] = {{",
           *(line for row in table for line in wrap(f"{{ {', '.join(map(str, row))} }},", "\t", "\t  ")), "};"]
          for name, (kind, width, table) in rows.items()),
    ]


def _by_kind(kind: str, rows: Sequence[Sequence[tuple[int, int]]], said: str) -> list[list[str]]:
    """Pairs of a firmware record's things, and which of them are of each kind."""
    starts = [sum(map(len, rows[:n])) for n in range(len(rows))]
    return [
        _array("struct kfi_pair", f"kfi_mutate_{kind}", [f"{{ {at}, {of} }}" for row in rows for at, of in row], said),
        _array("struct kfi_range", f"kfi_mutate_{kind}_of",
               [f"{{ {start}, {len(row)} }}" for start, row in zip(starts, rows, strict=True)]),
    ]


def _firmware() -> list[list[str]]:
    return [
        ["struct kfi_pair {", "\t__u16 at;", "\t__u16 of;", "};"],
        *_by_kind("marks", part.MARKS, "Bits that mean something alone: where the field is, the bit."),
        *_by_kind("measures", part.MEASURES, "Lengths, counts and offsets: where, how many bytes."),
    ]


def _drop() -> list[str]:
    body = [line for flag in d.FLAGS if flag.validates
            for line in (f"if (!(r->flags & KVM_ARM_FAULT_FLAG_{flag.name}))", f"\tr->{flag.validates} = 0;")]
    return function("static inline void kfi_mutate_zeros(struct kvm_arm_fault_info *r)", body,
                    "What is not valid is 0, but for gpa.")
