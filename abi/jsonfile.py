# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Reading the JSON files of the command line strictly: known keys, numbers as hex strings.

Every refusal is an InputError with code ``json.*`` and the path of the key.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

from abi.errors import InputError

U64 = (1 << 64) - 1
#: How deep arrays and objects may stand in each other; what is asked for needs three.
DEPTH = 16
_HEX = re.compile(r"(0[xX])?[0-9a-fA-F]{1,40}")


def parse_object(text: str | bytes, name: str) -> dict[str, Any]:
    """The JSON object in ``text``; ``name`` is what errors call it."""
    try:
        value = json.loads(text, object_pairs_hook=partial(_no_duplicates, name))
    except (ValueError, RecursionError) as error:
        offset = getattr(error, "pos", None)
        raise InputError("json.syntax", name, offset, "a JSON object", str(error)) from None
    if not isinstance(value, dict):
        raise InputError("json.type", name, 0, "a JSON object", type(value).__name__)
    if _too_deep(value):
        raise InputError("json.depth", name, None, f"{DEPTH} levels or fewer", "more")
    return value


def _no_duplicates(name: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for key, inner in pairs:
        if key in value:
            raise InputError("json.duplicate", f"{name}.{ascii(key)[1:-1]}", None, "each key once", repr(key))
        value[key] = inner
    return value


def _too_deep(value: Any) -> bool:
    """Whether there is anything below ``DEPTH`` levels: the text of such a value cannot always be made."""
    level = [value]
    for _ in range(DEPTH):
        level = [
            inner
            for outer in level
            if isinstance(outer, list | dict)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return any(isinstance(value, list | dict) for value in level)


def only(value: dict[str, Any], known: tuple[str, ...], required: tuple[str, ...], path: str) -> None:
    """Refuse keys that are not ``known`` and the lack of those ``required``."""
    for key in value:
        if key not in known:
            hint = f"keys: {', '.join(known)}"
            raise InputError("json.unknown", f"{path}.{ascii(key)[1:-1]}", None, "a known key", repr(key), hint)
    for key in required:
        if key not in value:
            hint = f"required: {', '.join(required)}"
            raise InputError("json.missing", f"{path}.{key}", None, "the key", "nothing", hint)


def number(value: Any, path: str, limit: int = U64) -> int:
    """A number written as a hex string (or as a JSON integer), at most ``limit``."""
    result = value
    if isinstance(value, str):
        result = int(value, 16) if _HEX.fullmatch(value) else None
    if not isinstance(result, int) or isinstance(result, bool) or not 0 <= result <= limit:
        raise InputError("json.number", path, None, f'a hex string from "0x0" to "{limit:#x}"', repr(value))
    return result


def signed(value: Any, path: str, low: int, high: int) -> int:
    """A small integer from ``low`` to ``high``."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise InputError("json.number", path, None, f"an integer from {low} to {high}", repr(value))
    return value


def boolean(value: Any, path: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise InputError("json.type", path, None, "true or false", repr(value))
    return value


def choice(value: Any, path: str, choices: tuple[str, ...]) -> str:
    """One of ``choices``."""
    if value not in choices:
        raise InputError("json.choice", path, None, " or ".join(choices), repr(value))
    return str(value)


def array(value: Any, path: str) -> list[Any]:
    """A JSON array."""
    if not isinstance(value, list):
        raise InputError("json.type", path, None, "an array", repr(value))
    return value
