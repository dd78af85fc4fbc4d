# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The JSON schema of the conformance vectors, from the protocol's layouts."""

from __future__ import annotations

from typing import Final

from abi.conformance.codes import CODED, SETS, WAYS
from abi.conformance.forms import ARRAYS, LISTS, SIGNED, TEXTS, TRUTHS
from abi.conformance.protocol import PROTOCOL, QUESTIONS, ROLES, Message
from abi.conformance.vectors import SLUG, SLUG_MAX
from abi.generate.schema_parts import BYTES, TEXT, Schema, bytes_out, document, enum, hex_out, obj, rule
from abi.layout import Field, Layout

_SOURCES: Final = ("abi/conformance/protocol.py",)


def vectors() -> str:
    """``spec/vectors/*.json``."""
    slug: Schema = {"type": "string", "pattern": f"^{SLUG.pattern}$", "maxLength": SLUG_MAX}
    ties = [
        {"if": {"properties": {"request": {"const": name}}}, "then": {"properties": {
            "role": {"const": message.role}, "input": _request(message), "expect": _answer(message)}}}
        for name, message in QUESTIONS.items()
    ]
    vector = obj({
        "slug": slug, "role": enum(ROLES), "request": enum(QUESTIONS),
        "rules": {"type": "array", "items": rule(), "uniqueItems": True, "minItems": 1},
        "why": TEXT, "source": TEXT, "input": {}, "expect": {},
    }) | {"allOf": ties}
    whole = obj({
        "$schema": TEXT, "$comment": TEXT, "protocol": {"const": PROTOCOL}, "group": TEXT, "about": TEXT,
        "vectors": {"type": "array", "items": vector},
    })
    return document("conformance vectors", whole, _SOURCES)


def _request(message: Message) -> Schema:
    return _values(message.request, message.parts)


def _answer(message: Message) -> Schema:
    return _values(message.answer, message.answer_parts)


def _values(layout: Layout, parts: tuple[str, ...]) -> Schema:
    fields = {f.name: _field(f) for f in layout.fields if not f.name.startswith("zero")}
    return obj(fields | {name: _part(name) for name in parts}, [name for name in fields if name in CODED])


def _field(field: Field) -> Schema:
    name = field.name
    if name in CODED:
        return enum(CODED[name])
    if name in SETS or name == "ways":
        names = enum(SETS.get(name, WAYS[1:]))
        return {"type": "array", "items": names, "uniqueItems": True, "minItems": 1}
    if name in SIGNED:
        low, high = SIGNED[name]
        return {"type": "integer", "minimum": low, "maximum": high}
    if name in TRUTHS:
        return {"const": True}
    return bytes_out(field.width) if field.number > 1 else hex_out(field.width)


def _part(name: str) -> Schema:
    if name in TEXTS:
        return rule()
    if name in LISTS:
        return {"type": "array", "items": rule(), "minItems": 1}
    if name not in ARRAYS:
        return BYTES
    return {"type": "array", "minItems": 1, "items": obj({f.name: hex_out(f.width) for f in ARRAYS[name].fields})}
