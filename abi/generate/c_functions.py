# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The functions of the tables of the C readers: what depends on version or kind, and the loads of a record.

Tables rather than branches: records of any version and kind may come after one another, and a branch that
goes now this way and now that costs more than all the rest of a reader.
"""

from __future__ import annotations

from itertools import pairwise

from abi import definition as d
from abi.generate.c_header import comment
from abi.generate.kinds import KINDS, ROWS
from abi.record import BEYOND, HEAD, KNOWN


def u64(value: int) -> str:
    """A C constant of 64 bits."""
    return f"{value:#x}ULL"


def nibbles(table: tuple[int, ...]) -> str:
    """A table as a C constant, four bits an entry, the first lowest."""
    return f"{sum(value << 4 * n for n, value in enumerate(table)):#x}U"


def function(signature: str, body: list[str], said: str) -> list[str]:
    """A C function with a comment; a line of ``body`` has no indentation but its own."""
    return [*comment(said), signature, "{", *(line if line[:1] in ("", "#") else "\t" + line for line in body), "}"]


def _by_minor(name: str, kind: str, values: list[int], said: str) -> list[str]:
    """A function of the minor version; the newest answers for all that are newer.

    A table, as any version may come next. For BPF it is computed: the verifier follows each entry of a table, and
    clang 14 writes BTF that no kernel takes for constant data within functions.
    """
    steps = [f" ^\n\t       ({u64(older ^ newer)} & (0 - (__u64)(minor >= {version.minor})))"
             for version, (older, newer) in zip(d.VERSIONS[1:], pairwise(values), strict=True)]
    body = [
        "#ifdef __bpf__", f"return ({kind})({u64(values[0])}{''.join(steps)});", "#else",
        f"static const {kind} of[] = {{ {', '.join(map(u64, values))} }};", "",
        "return of[kfi_known_minor(minor)];", "#endif",
    ]
    return function(f"static inline {kind} kfi_{name}(__u8 minor)", body, said)


def version_functions() -> list[list[str]]:
    """Of the minor version."""
    newest = "KVM_ARM_FAULT_INFO_MINOR"
    return [
        function("static inline __u8 kfi_known_minor(__u8 minor)", [f"return minor < {newest} ? minor : {newest};"],
                 "Minor versions that are not known count as the newest."),
        _by_minor("size_of_minor", "__u16", [d.SIZES[v] for v in d.VERSIONS],
                 "Bytes of a record; minor versions that are not known answer as the newest."),
        _by_minor("beyond", "__u64", [BEYOND[v] for v in d.VERSIONS],
                 "Flags whose field lies beyond a record of that version (rule vmm.size)."),
        _by_minor("known_flags", "__u64", [KNOWN[v] for v in d.VERSIONS],
                 "Flags that a reader of that version knows."),
        _within(),
    ]


def _within() -> list[str]:
    """The inverse of size_of_minor, as far as bytes go."""
    body = [f"if (size < {d.SIZES[newer]})\n\t\treturn {older.minor};"
            for older, newer in pairwise(d.VERSIONS)]
    return function("static inline __u8 kfi_minor_within(size_t size)", [*body, f"return {d.NEWEST.minor};"],
                    "The newest minor version all of whose fields lie within so many bytes.")


def kinds() -> list[list[str]]:
    """What esr says by kind, one row for each."""
    struct_lines = [
        *comment("What esr says by kind (rule vmm.agree): its class, and the severity where it is said."),
        "struct kfi_kind {", "\t__u64 class_mask;", "\t__u64 class_is;", "\t__u64 said_mask;", "\t__u64 said_is;",
        "\t__u64 severities;\t/* four bits for each value of esr[12:10], which SET or AET is */", "};",
    ]
    body = [
        f"static const struct kfi_kind of[{ROWS}] = {{",
        *(f"\t{{ {', '.join(map(u64, row[:-1]))}, {nibbles(row.severities)} }}," for row in KINDS),
        "};", "", f"return &of[kind & {ROWS - 1:#x}];",
    ]
    signature = "static inline const struct kfi_kind *kfi_known_kind(__u16 kind)"
    return [struct_lines, function(signature, body, "Of a kind that is known; kind 0 counts as an abort.")]


def _load(name: str) -> str:
    field = d.RECORD.field(name)
    return f"r->{name} = KFI_GET{field.element * 8}(p, RECORD_{name.upper()});"


def load_functions() -> list[list[str]]:
    """Bytes to fields, and fields to zero."""
    record = "struct kvm_arm_fault_info *r"
    apart = "struct kvm_arm_fault_info *__restrict r, const __u8 *__restrict p"  # so that loads may be joined
    clear = [f"r->{field.name} = 0;" for field in d.RECORD.fields]
    rest: list[str] = []
    for n, version in enumerate(d.VERSIONS):
        new = [f.name for f in d.RECORD.fields if f.since <= version and (n == 0 or f.since == version)
               and f.name not in HEAD.names]
        if n:
            later = [f"\tr->{f.name} = 0;" for f in d.RECORD.fields if f.since >= version]
            rest += [f"if (minor < {version.minor}) {{", *later, "\treturn;", "}"]
        rest += [_load(name) for name in new]
    keep = [f"r->{f.name} &= 0 - (__u{f.element * 8})(minor >= {f.since.minor});"
            for f in d.RECORD.fields if f.since > d.VERSIONS[0]]
    return [
        function(f"static inline void kfi_clear({record})", clear, "A record of zeros."),
        function(f"static inline void kfi_load_head({apart})", [_load(n) for n in HEAD.names],
                 "The fields that say which record this is, at the same place in every version."),
        function(f"static inline void kfi_load_rest({apart}, __u8 minor)", rest,
                 "The other fields that the version has; those that it has not are zero."),
        function(f"static inline void kfi_keep({record}, __u8 minor)", keep,
                 "Fields newer than the version become zero, without a branch: any version may come next."),
    ]
