# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The vectors: one question to an implementation and its one right answer; read strictly, written one way.

A file that is read must be, byte for byte, what :func:`text` writes of its content: no key is unknown,
no number has a second spelling, nothing is ignored. Slugs are permanent: reports, known failures and
other projects' notes refer to them.
"""

from __future__ import annotations

import json
import os
import re
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, NamedTuple

from abi import home
from abi.cli import read_file
from abi.conformance.forms import from_json, to_json
from abi.conformance.protocol import PROTOCOL, QUESTIONS, Message, Values, pack
from abi.errors import InputError
from abi.jsonfile import array, number, only, parse_object
from abi.rules import all_rules

SLUG: Final = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")
SLUG_MAX: Final = 80
SCHEMA: Final = "../schemas/vectors.json"
COMMENT: Final = (
    "SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause. Do not edit: made by faultinfo vectors. "
    "Numbers are hex strings, bytes hex digits in the order of memory; what is left out is 0 or empty."
)
#: Bytes of a file of vectors; a device that never ends is no such file.
_LIMIT: Final = 1 << 26
#: ``source`` of a vector that was not taken from a capture.
MADE: Final = "made"
_KEYS: Final = ("slug", "role", "request", "rules", "why", "source", "input", "expect")
_HEAD: Final = ("$schema", "$comment", "protocol", "group", "about", "vectors")


class Vector(NamedTuple):
    """One vector. ``input`` and ``expect`` are the values of the message's request and answer."""

    slug: str
    request: str
    rules: tuple[str, ...]
    why: str
    source: str
    input: Values
    expect: Values

    @property
    def message(self) -> Message:
        """The message of the protocol that asks."""
        return QUESTIONS[self.request]

    @property
    def role(self) -> str:
        """Who is asked: ``vmm`` or ``host``."""
        return self.message.role

    def question(self) -> bytes:
        """The payload of the request."""
        return pack(self.message.request, self.message.parts, self.input)

    def answer(self) -> bytes:
        """The payload of the right answer."""
        return pack(self.message.answer, self.message.answer_parts, self.expect)


class Group(NamedTuple):
    """The vectors of one file."""

    name: str
    about: str
    vectors: tuple[Vector, ...]


def text(group: Group) -> str:
    """The canonical text of a file."""
    head = dict(zip(_HEAD, (SCHEMA, COMMENT, PROTOCOL, group.name, group.about), strict=False))
    lines = [f' "{key}": {_dumps(value)},' for key, value in head.items()]
    bodies = []
    for vector in group.vectors:
        keys = ",\n".join(f'   "{key}": {_dumps(value)}' for key, value in as_json(vector).items())
        bodies.append(f"  {{\n{keys}\n  }}")
    return "\n".join(["{", *lines, ' "vectors": [', ",\n".join(bodies), " ]", "}"]) + "\n"


def as_json(vector: Vector) -> dict[str, Any]:
    """One vector as its file has it."""
    message = vector.message
    return {
        "slug": vector.slug,
        "role": vector.role,
        "request": vector.request,
        "rules": list(vector.rules),
        "why": vector.why,
        "source": vector.source,
        "input": to_json(message.request, message.parts, vector.input),
        "expect": to_json(message.answer, message.answer_parts, vector.expect),
    }


def parse(data: str | bytes, name: str) -> Group:
    """Read a file; ``name`` is what errors call it. Raises InputError ``json.*`` and ``vectors.*``."""
    try:
        written = data.decode() if isinstance(data, bytes) else data
    except UnicodeDecodeError as error:
        raise InputError("json.syntax", name, error.start, "UTF-8", f"{error.object[error.start]:#x}") from None
    value = parse_object(written, name)
    only(value, _HEAD, _HEAD, name)
    protocol = number(value["protocol"], f"{name}.protocol")
    if protocol != PROTOCOL:
        raise InputError("vectors.protocol", f"{name}.protocol", None, f"{PROTOCOL:#x}", f"{protocol:#x}")
    group = Group(
        _string(value["group"], f"{name}.group"), _string(value["about"], f"{name}.about"),
        tuple(_vector(item, f"{name}.vectors[{n}]") for n, item in enumerate(array(value["vectors"], name))),
    )
    _once(group.vectors, name)
    _canonical(written, text(group), name)
    return group


def folder() -> Path:
    """Where the vectors are that come with the project."""
    return home.spec() / "vectors"


def load(path: Path | None = None) -> tuple[Vector, ...]:
    """Every vector of a folder, or of one file. Raises InputError."""
    path = path or folder()
    files = sorted(path.glob("*.json")) if os.path.isdir(path) else [path]  # noqa: PTH112 - False also where no path can be
    if not files:
        raise InputError("file.read", str(path), None, "*.json files of vectors", "none")
    found = tuple(vector for file in files for vector in parse(read_file(str(file), _LIMIT), file.stem).vectors)
    _once(found, str(path))
    return found


def _vector(value: Any, path: str) -> Vector:
    if not isinstance(value, dict):
        raise InputError("json.type", path, None, "a JSON object", repr(value))
    only(value, _KEYS, _KEYS, path)
    slug = _string(value["slug"], f"{path}.slug")
    if not SLUG.fullmatch(slug) or len(slug) > SLUG_MAX:
        raise InputError("vectors.slug", f"{path}.slug", None, f"{SLUG.pattern}, at most {SLUG_MAX}", repr(slug))
    message = QUESTIONS.get(_string(value["request"], f"{path}.request"))
    if message is None or value["role"] != message.role:
        raise InputError("vectors.request", f"{path}.request", None, f"one of {', '.join(QUESTIONS)} and its role",
                         f"{value['request']!r}, {value['role']!r}")
    rules = tuple(_string(rule, f"{path}.rules") for rule in array(value["rules"], f"{path}.rules"))
    for rule in rules:
        if rule not in all_rules():
            raise InputError("vectors.rule", f"{path}.rules", None, "the name of a rule", repr(rule))
    return Vector(
        slug, message.name, rules, _string(value["why"], f"{path}.why"), _string(value["source"], f"{path}.source"),
        from_json(message.request, message.parts, value["input"], f"{path}.input"),
        from_json(message.answer, message.answer_parts, value["expect"], f"{path}.expect"),
    )


def _once(vectors: tuple[Vector, ...], path: str) -> None:
    seen: set[str] = set()
    for vector in vectors:
        if vector.slug in seen:
            raise InputError("vectors.slug", path, None, "each slug once", repr(vector.slug))
        seen.add(vector.slug)


def _canonical(got: str, expected: str, name: str) -> None:
    if got == expected:
        return
    lines = zip_longest(got.split("\n"), expected.split("\n"), fillvalue="(no such line)")
    line, mine, theirs = next((n, e, g) for n, (g, e) in enumerate(lines, 1) if g != e)
    raise InputError("vectors.canonical", f"{name}, line {line}", None, repr(mine), repr(theirs),
                     "the content is right, its spelling is not; faultinfo vectors writes it")


def _string(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value or not value.isprintable():
        raise InputError("json.type", path, None, "a printable string", repr(value))
    return value


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)
