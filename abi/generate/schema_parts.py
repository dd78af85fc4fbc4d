# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The parts that the JSON schemas are made of: numbers as the commands print and take them, and records.

JSON Schema 2020-12. ``integer`` takes 1.0 too, which the commands refuse: the schema language cannot say
otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from abi.definition import FLAGS, NEWEST, RECORD, SEA_FLAGS, V1_0
from abi.generate.text import head
from abi.layout import Field
from abi.rules import RECORD_RULES, REFUSALS, all_rules

Schema = dict[str, Any]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
#: What the numbers of the input files may be at most, if nothing else is said.
U64: Final = (1 << 64) - 1
#: Digits that the commands take in a number, leading zeros included.
_DIGITS: Final = 40
_ANY: Final = "[0-9a-fA-F]"
NULL: Final[Schema] = {"type": "null"}
BOOLEAN: Final[Schema] = {"type": "boolean"}
TEXT: Final[Schema] = {"type": "string"}
#: Bytes as hex digits, any number of them.
BYTES: Final[Schema] = {"type": "string", "pattern": "^([0-9a-f]{2})*$"}
_VALIDITY: Final = {f.validates: f.name for f in FLAGS if f.validates}


def document(title: str, schema: Schema, sources: tuple[str, ...]) -> str:
    """The text of one schema file, with the definitions that it refers to."""
    whole: Schema = {
        "$schema": DIALECT, "$comment": ". ".join(line.rstrip(".") for line in head(sources)), "title": title, **schema,
    }
    used = {name: made for name, made in DEFINITIONS.items() if refer(name)["$ref"] in json.dumps(whole)}
    return json.dumps(whole | ({"$defs": used} if used else {}), indent=2) + "\n"


def refer(name: str) -> Schema:
    """What stands for a definition."""
    return {"$ref": f"#/$defs/{name}"}


def obj(properties: dict[str, Schema], required: Iterable[str] | None = None) -> Schema:
    """An object with these keys and no others; all are required unless said."""
    return {
        "type": "object", "properties": properties, "additionalProperties": False,
        "required": list(properties if required is None else required),
    }


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    return {"anyOf": [schema, NULL]}


def enum(values: Iterable[str]) -> Schema:
    """One of these texts."""
    return {"enum": list(values)}


def hex_out(width: int = 8) -> Schema:
    """A number of ``width`` bytes as the commands print it."""
    return {"type": "string", "pattern": f"^0x(0|[1-9a-f][0-9a-f]{{0,{2 * width - 1}}})$"}


def bytes_out(*sizes: int) -> Schema:
    """Exactly one of these numbers of bytes, as hex digits."""
    return {"type": "string", "pattern": "^(" + "|".join(f"[0-9a-f]{{{2 * size}}}" for size in sizes) + ")$"}


def number_in(limit: int, low: int = 0) -> Schema:
    """A number up to ``limit`` as the commands take it: a hex string or an integer."""
    text = {"type": "string", "pattern": f"^(0[xX])?{_hex_up_to(limit)}$"}
    if low:
        text["pattern"] = "^(?!(0[xX])?0+$)" + text["pattern"][1:]
    return {"anyOf": [text, {"type": "integer", "minimum": low, "maximum": limit}]}


def _hex_up_to(limit: int) -> str:
    """The pattern of up to 40 hex digits, leading zeros included, whose value is at most ``limit``."""
    digits = f"{limit:x}"
    zeros = f"0{{0,{_DIGITS - len(digits)}}}"
    if set(digits) == {"f"}:
        return f"{zeros}{_ANY}{{1,{len(digits)}}}"
    return f"{zeros}({_ANY}{{1,{len(digits) - 1}}}|{_as_long(digits)})"


def _as_long(digits: str) -> str:
    """As many digits, whose value is not above theirs."""
    first, rest = int(digits[0], 16), digits[1:]
    if set(rest) <= {"f"}:
        return _below(first + 1) + f"{_ANY}{{{len(rest)}}}" * bool(rest)
    equal = f"{_below(first + 1, first)}{_as_long(rest)}"
    return f"({_below(first)}{_ANY}{{{len(rest)}}}|{equal})" if first else equal


def _below(end: int, start: int = 0) -> str:
    digits = "".join(f"{n:x}" for n in range(start, end))
    return "[" + "".join(c + c.upper() if c.isalpha() else c for c in digits) + "]"


def rule(prefix: str = "") -> Schema:
    """The name of a rule."""
    return enum(name for name in all_rules() if name.startswith(prefix))


#: Rules that a readable record can break.
BROKEN: Final[Schema] = {
    "type": "array", "uniqueItems": True, "items": enum(name for name in RECORD_RULES if name not in REFUSALS),
}
ERROR: Final = obj({
    "code": {"type": "string", "pattern": r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$"},
    "path": TEXT, "offset": nullable(hex_out()), "expected": TEXT, "got": TEXT, "hint": TEXT,
})
#: What stands once in a file, at its end.
DEFINITIONS: Final = {"number": number_in(U64), "error": ERROR}


def fields() -> tuple[dict[str, Schema], list[Schema]]:
    """The fields of a record as ``decode --json`` prints them, and what ties them to their flags."""
    version = {"type": "string", "pattern": rf"^{NEWEST.major}\.(0|[1-9][0-9]{{0,2}})$"}
    properties: dict[str, Schema] = {"version": version, **{field.name: _field(field) for field in RECORD.fields}}
    ties = [
        {"if": {"properties": {"flags": {"not": {"contains": {"const": flag}}}}},
         "then": {"properties": {name: NULL}}}
        for name, flag in _VALIDITY.items()
    ]
    return properties, ties + [
        {"if": {"properties": {"sea_flags": {"pattern": _clear(flag.bit)}}},
         "then": {"properties": {flag.validates: NULL}}}
        for flag in SEA_FLAGS if flag.validates
    ]


def record(more: dict[str, Schema] | None = None) -> Schema:
    """One record, and what else stands in the same object."""
    properties, ties = fields()
    required = [*properties, *(more or {})]
    return obj(properties | {"tail": BYTES} | (more or {}), required) | {"allOf": ties}


def _field(field: Field) -> Schema:
    said = {"description": f"offset {RECORD.offsets[field.name]}, {field.type}: {field.meaning}"}
    if field.name == "flags":
        unknown = {"type": "string", "pattern": "^BIT_([0-9]|[1-5][0-9]|6[0-3])$"}
        names = {"anyOf": [enum(f.name for f in FLAGS), unknown]}
        return said | {"type": "array", "uniqueItems": True, "items": names}
    printed = hex_out(field.width)
    validated = field.name in _VALIDITY or any(f.validates == field.name for f in SEA_FLAGS)
    return said | (nullable(printed) if validated or field.since > V1_0 else printed)


def _clear(bit: int) -> str:
    """The pattern of a printed number whose bit is 0."""
    digits = "".join(f"{n:x}" for n in range(16) if not n >> bit % 4 & 1)
    place = bit // 4
    clear = f"[0-9a-f]*[{digits}][0-9a-f]{{{place}}}"
    return f"^0x({clear}|[0-9a-f]{{1,{place}}})$" if place else f"^0x{clear[: -len('[0-9a-f]{0}')]}$"
