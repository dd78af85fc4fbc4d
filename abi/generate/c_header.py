# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The C header, in the style of the kernel's UAPI headers: plain types, no padding, no code.

Sizes and offsets are asserted in a file of their own (:mod:`abi.generate.c_asserts`): a header that
a kernel exports has no asserts.
"""

from __future__ import annotations

from typing import Final

from abi.definition import CRITICAL, KVM_RUN, NEWEST, PROVISIONAL, RECORD, SIZES
from abi.generate.text import UAPI_LICENCE, codes, flags_of, head, sea_flags_of, wrap
from abi.layout import ARM_SEA, Code, Field, Flag, Layout, Version
from abi.reply import VCPU_EVENTS
from abi.ring_layout import (
    COUNT_LIMIT,
    ENVELOPE,
    MAGIC,
    MIN_SLOTS,
    NO_VCPU,
    RING_HEADER,
    RING_SLOT,
    RING_VERSION,
)

SOURCES: Final = ("abi/definition.py", "abi/reply.py", "abi/ring_layout.py")
GUARD: Final = "_UAPI_LINUX_KVM_ARM_FAULT_INFO_H"
PREFIX: Final = "KVM_ARM_FAULT"
#: Names of the structs in C; the reply is ``kvm_vcpu_events`` with the extension, which a header
#: beside today's <linux/kvm.h> cannot call so.
STRUCTS: Final = {
    "kvm_arm_fault_info": RECORD,
    "kvm_arm_fault_envelope": ENVELOPE,
    "kvm_arm_fault_ring": RING_HEADER,
    "kvm_arm_fault_slot": RING_SLOT,
    "kvm_arm_fault_reply": VCPU_EVENTS,
}
#: Columns to the value of a macro.
_VALUE: Final = 48


def render(version: Version = NEWEST) -> str:
    """The header as it was when ``version`` was the newest."""
    sizes = [(f"INFO_SIZE_{v.major}_{v.minor}", str(size), f"bytes of a record of version {v}")
             for v, size in SIZES.items() if v <= version]
    parts = [
        [f"/* {line} */" for line in head(SOURCES, UAPI_LICENCE)],
        [f"#ifndef {GUARD}", f"#define {GUARD}", "", "#include <linux/types.h>"],
        defines([("INFO_MAJOR", str(version.major), "version of the record that this header describes"),
                 ("INFO_MINOR", str(version.minor), ""), *sizes]),
        [*comment("Where the record stands in struct kvm_run, and the size of the exit union that it stands in."),
         *defines([("RUN_OFFSET", str(KVM_RUN.offsets["exit"]), ""),
                   ("RUN_SIZE", str(KVM_RUN.field("exit").width), "")])],
        [*comment("bits of sea_flags: upstream's namespace (KVM_EXIT_ARM_SEA)"),
         *flag_defines("SEA_FLAG", sea_flags_of(version))],
        [*comment("bits of flags"), *flag_defines("FLAG", flags_of(version))],
        [*comment("Who does not know one of these bits must not act as if it understood."),
         *defines([("FLAGS_CRITICAL", f"{CRITICAL:#x}ULL", "")])],
        *([*comment(f"values of {field}"), *code_defines(prefix, table)] for field, prefix, table in codes()),
        struct("kvm_arm_fault_info", RECORD, version),
        [*comment("envelope.vcpu of a record that belongs to no vCPU"),
         *defines([("NO_VCPU", f"{NO_VCPU:#x}U", "")])],
        struct("kvm_arm_fault_envelope", ENVELOPE),
        defines([("RING_MAGIC", f"{MAGIC:#x}U", "what magic holds; the ring is little-endian"),
                 ("RING_MAJOR", str(RING_VERSION.major), ""), ("RING_MINOR", str(RING_VERSION.minor), ""),
                 ("RING_MIN_SLOTS", str(MIN_SLOTS), ""),
                 ("RING_COUNT_LIMIT", f"(1ULL << {COUNT_LIMIT.bit_length() - 1})", "head and lost stay below")]),
        struct("kvm_arm_fault_ring", RING_HEADER),
        struct("kvm_arm_fault_slot", RING_SLOT),
        struct("kvm_arm_fault_reply", VCPU_EVENTS),
        provisional(),
        [f"#endif /* {GUARD} */"],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def comment(text: str) -> list[str]:
    """A comment on lines of its own."""
    if len(text) <= 90:
        return [f"/* {text} */"]
    return ["/*", *wrap(text, " * "), " */"]


def define(name: str, value: str) -> str:
    """One macro, its value at a fixed column."""
    text = f"#define {PREFIX}_{name}"
    return text + "\t" * max(1, -(-(_VALUE - len(text)) // 8)) + value


def defines(macros: list[tuple[str, str, str]]) -> list[str]:
    """Macros as (name, value, comment or "")."""
    return [line for name, value, said in macros for line in (*(comment(said) if said else ()), define(name, value))]


def flag_defines(prefix: str, flags: tuple[Flag, ...]) -> list[str]:
    """One macro a bit."""
    return defines([(f"{prefix}_{f.name}", f"(1ULL << {f.bit})", f.meaning) for f in flags])


def code_defines(prefix: str, table: tuple[Code, ...]) -> list[str]:
    """One macro a code."""
    return defines([(f"{prefix}_{c.name}", str(c.value), "" if c.meaning == c.name.lower() else c.meaning)
                    for c in table])


def struct(name: str, layout: Layout, version: Version = NEWEST) -> list[str]:
    """One struct with its kernel-doc."""
    fields = layout.upto(version)
    lines = ["/**", *wrap(layout.meaning, f" * struct {name} - ", " *\t")]
    for field in fields:
        lines += wrap(field.meaning, f" * @{field.name}: ", " *\t")
    lines += [" */", f"struct {name} {{"]
    for before, field in zip((None, *fields), fields, strict=False):
        if layout is RECORD and (before is None or before.since != field.since):
            lines.append(f"\t/* {'as arm_sea' if field.since == ARM_SEA else f'since {field.since}'} */")
        lines.append(f"\t{member(field)};")
    return [*lines, "};"]


def member(field: Field) -> str:
    """The declaration of one field."""
    array = "" if field.number == 1 else f"[{field.number}]"
    return f"__u{field.element * 8} {field.name}{array}"


def provisional() -> list[str]:
    """Numbers that only the user can choose, until upstream allocates them."""
    lines = comment("Upstream has not allocated these numbers and this header has no default for them. Whoever "
                    "tries them out defines them before including it, the same for kernel and VMM.")
    for name in PROVISIONAL:
        own = f"{PREFIX}_PROVISIONAL_{name.removeprefix('KVM_')}"
        lines += [f"#ifdef {own}", f"#define {name} {own}", "#endif"]
    return lines
