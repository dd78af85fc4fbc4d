# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The conformance protocol as a C header: for adapters, and for libraries that are driven in-process."""

from __future__ import annotations

from typing import Final

from abi.conformance.in_process import DECLARATION, FUNCTION, MEANING
from abi.generate.protocol import SIZES, SOURCES, STRUCTS, TYPES, Number, Struct, codes, sets
from abi.generate.text import head, wrap
from abi.layout import Field

_GUARD: Final = "KFI_PROTOCOL_H"
_VALUE: Final = 48
#: Names of fields that are words of C++.
_CPLUSPLUS: Final = frozenset({"protected"})


def render() -> str:
    """The header."""
    parts = [
        [f"/* {line} */" for line in head((*SOURCES, "abi/conformance/in_process.py"))],
        ["/*", " * The protocol between faultinfo conform and a target: frames over standard input and output.",
         " * Everything is little-endian; the structs are the bytes as a little-endian machine has them.", " */",
         f"#ifndef {_GUARD}", f"#define {_GUARD}", "", "#include <stddef.h>", "#include <stdint.h>", "",
         "#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__",
         '#error "these structs are for little-endian machines"', "#endif"],
        _defines(SIZES),
        ["/* type of a frame */", *_defines(TYPES)],
        *([f"/* values of {field} */", *_defines(numbers, said=False)] for field, numbers in codes()),
        *([f"/* bits of {field} */", *_defines(numbers, said=False)] for field, numbers in sets()),
        *(_struct(name, struct) for name, struct in STRUCTS.items()),
        _function(),
        [f"#endif /* {_GUARD} */"],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _defines(numbers: tuple[Number, ...], *, said: bool = True) -> list[str]:
    lines = []
    for number in numbers:
        text = f"#define KFP_{number.name}"
        value = f"{number.value:#x}" if number.bits > 8 else str(number.value)
        comment = f"\t/* {number.meaning} */" if said else ""
        lines.append(text + "\t" * max(1, -(-(_VALUE - len(text)) // 8)) + value + comment)
    return lines


def _struct(name: str, struct: Struct) -> list[str]:
    lines = ["/**", *wrap(struct.meaning, f" * struct kfp_{name} - ", " *\t")]
    for field in struct.layout.fields:
        lines += wrap(field.meaning, f" * @{_name(field)}: ", " *\t")
    return [*lines, " */", f"struct kfp_{name} {{", *(f"\t{_member(field)};" for field in struct.layout.fields), "};"]


def _member(field: Field) -> str:
    array = "" if field.number == 1 else f"[{field.number}]"
    return f"uint{field.element * 8}_t {_name(field)}{array}"


def _name(field: Field) -> str:
    return f"{field.name}_" if field.name in _CPLUSPLUS else field.name


def _function() -> list[str]:
    first, *rest = MEANING
    return ["/**", *wrap(first, f" * {FUNCTION}() - ", " *\t"),
            *(line for text in rest for line in (wrap(text, " * ", " *\t") if text else [" *"])), " */",
            "#ifdef __cplusplus", 'extern "C"', "#endif", DECLARATION]
