# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""How the fields and parts of a message stand in a vector's JSON, and back, each by the kind of its name.

Codes are names, sets lists of names, truths true, numbers hex strings, bytes hex digits. What is 0 or
empty is left out, but for codes. There is one way to write anything.
"""

from __future__ import annotations

from typing import Any, Final

from abi.conformance.codes import CODED, SETS, WAYS, bits, names_of
from abi.conformance.protocol import ISOLATED, MEMSLOT, PART_MAX, Values, array, unarray
from abi.errors import InputError
from abi.jsonfile import array as items_of
from abi.jsonfile import boolean, choice, number, only, signed
from abi.layout import Field, Layout

TRUTHS: Final = frozenset({
    "ras", "firmware_va", "answered", "has_pending_serror", "exact", "firmware", "enabled", "protected", "found",
    "memory_failure", "host_ras", "acknowledges", "save", "woken",
})
SIGNED: Final = {"walk_level": (-2, 3)}
#: Parts that are a text, and those that are texts with a space between.
TEXTS: Final = frozenset({"rule", "name", "version"})
LISTS: Final = frozenset({"broken", "abi_versions", "features"})
ARRAYS: Final = {"memslots": MEMSLOT, "isolated": ISOLATED}


def to_json(layout: Layout, parts: tuple[str, ...], values: Values) -> dict[str, Any]:
    """Fields and parts as JSON has them, in the order of the protocol."""
    found: dict[str, Any] = {}
    for field in layout.fields:
        value = values.get(field.name, 0 if field.number == 1 else bytes(field.width))
        if field.name in CODED or any(value if isinstance(value, bytes) else (value,)):
            found[field.name] = _field_out(field, value)
    for name in parts:
        if values.get(name):
            found[name] = _part_out(name, values[name])
    return found


def from_json(layout: Layout, parts: tuple[str, ...], value: Any, path: str) -> Values:
    """The fields and parts that JSON gives. Raises InputError ``json.*``."""
    if not isinstance(value, dict):
        raise InputError("json.type", path, None, "a JSON object", repr(value))
    known = tuple(name for name in (*layout.offsets, *parts) if not name.startswith("zero"))
    only(value, known, tuple(name for name in known if name in CODED), path)
    fields = {f.name: f for f in layout.fields}
    return {
        key: _field_in(fields[key], item, f"{path}.{key}") if key in fields else _part_in(key, item, f"{path}.{key}")
        for key, item in value.items()
    }


def _field_out(field: Field, value: Any) -> Any:
    if field.name in CODED:
        names = CODED[field.name]
        return names[value] if value < len(names) else f"{value:#x}"
    if field.name in SETS:
        return names_of(SETS[field.name], value)
    if field.name == "ways":
        return [WAYS[way] for way in value.rstrip(b"\0")]
    if field.name in SIGNED:
        return value - 0x100 if value >= 0x80 else value
    if field.number > 1:
        return value.hex()
    return True if field.name in TRUTHS and value == 1 else f"{value:#x}"


def _field_in(field: Field, value: Any, path: str) -> Any:
    if field.name in CODED:
        return CODED[field.name].index(choice(value, path, CODED[field.name]))
    if field.name in SETS:
        names = SETS[field.name]
        return bits(names, [choice(item, f"{path}[{n}]", names) for n, item in enumerate(items_of(value, path))])
    if field.name == "ways":
        ways = [WAYS.index(choice(item, f"{path}[{n}]", WAYS[1:])) for n, item in enumerate(items_of(value, path))]
        return bytes(ways[: field.width]).ljust(field.width, b"\0")
    if field.name in SIGNED:
        return signed(value, path, *SIGNED[field.name]) & 0xFF
    if field.number > 1:
        data = _hex(value, path)
        if len(data) != field.width:
            raise InputError("json.number", path, None, f"{field.width:#x} bytes", f"{len(data):#x} bytes")
        return data
    if field.name in TRUTHS:
        return int(boolean(value, path))
    return number(value, path, (1 << 8 * field.width) - 1)


def _part_out(name: str, data: bytes) -> Any:
    if name in TEXTS:
        return data.decode("utf-8", "replace")
    if name in LISTS:
        return data.decode("utf-8", "replace").split(" ")
    if name in ARRAYS and not len(data) % ARRAYS[name].size:
        layout = ARRAYS[name]
        return [dict(zip(layout.offsets, map(hex, item), strict=True)) for item in unarray(layout, data)]
    return data.hex()


def _part_in(name: str, value: Any, path: str) -> bytes:
    if name in TEXTS:
        return _text(value, path).encode()
    if name in LISTS:
        return " ".join(_text(item, f"{path}[{n}]") for n, item in enumerate(items_of(value, path))).encode()
    if name not in ARRAYS:
        return _hex(value, path)
    layout = ARRAYS[name]
    rows = []
    for n, item in enumerate(items_of(value, path)):
        if not isinstance(item, dict):
            raise InputError("json.type", f"{path}[{n}]", None, "a JSON object", repr(item))
        keys = tuple(layout.offsets)
        only(item, keys, keys, f"{path}[{n}]")
        rows.append(tuple(number(item[key], f"{path}[{n}].{key}") for key in keys))
    return array(layout, rows)


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise InputError("json.type", path, None, "a string", repr(value))
    return value


def _hex(value: Any, path: str) -> bytes:
    try:
        data = bytes.fromhex(_text(value, path))
    except ValueError:
        raise InputError("json.number", path, None, "pairs of hex digits", repr(value)) from None
    if len(data) > PART_MAX:
        raise InputError("json.number", path, None, f"at most {PART_MAX:#x} bytes", f"{len(data):#x}")
    return data
