# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A record for machines (JSON) and for people (rows of a table)."""

from __future__ import annotations

from typing import Any

from abi.definition import CODES, FLAGS, RECORD, SEA_FLAGS
from abi.layout import Field, Flag
from abi.record import FaultInfo
from abi.syndrome import explain

_VALIDATED = {flag.validates: ("flags", flag.mask) for flag in FLAGS if flag.validates} | {
    flag.validates: ("sea_flags", flag.mask) for flag in SEA_FLAGS if flag.validates
}
#: Fields of the identity that as_dict() gives as one version string beside them.
_FLAG_TABLES = {"flags": FLAGS, "sea_flags": SEA_FLAGS}


def valid(record: FaultInfo, name: str) -> bool:
    """Whether the field's validity flag is set; true for fields that have none, false for one that was not read."""
    if not _read(record, RECORD.field(name)):
        return False
    flags, mask = _VALIDATED.get(name, ("flags", 0))
    return bool(getattr(record, flags) & mask) or not mask


def flag_names(flags: tuple[Flag, ...], value: int) -> list[str]:
    """Names of the bits that are set; an unknown one is ``BIT_n``, so that nothing is lost."""
    names = {flag.bit: flag.name for flag in flags}
    return [names.get(bit, f"BIT_{bit}") for bit in range(value.bit_length()) if value >> bit & 1]


def as_dict(record: FaultInfo) -> dict[str, Any]:
    """Every field by its name as a hex string, None where its validity bit is clear; ``flags`` as names.

    ``version`` is added as text, ``tail`` (hex) only where a newer minor version has one.
    """
    fields: dict[str, Any] = {"version": str(record.version)}
    for field in RECORD.fields:
        fields[field.name] = hex(getattr(record, field.name)) if valid(record, field.name) else None
    fields["flags"] = flag_names(FLAGS, record.flags)
    if record.tail:
        fields["tail"] = record.tail.hex()
    return fields


def rows(record: FaultInfo) -> list[tuple[str, str, str, str]]:
    """Offset, field, value, meaning; one row a field, the syndrome explained below esr."""
    table = []
    for field in RECORD.fields:
        if not _read(record, field):
            continue
        text = hex(getattr(record, field.name)) if valid(record, field.name) else "-"
        table.append((f"{RECORD.offsets[field.name]:#04x}", field.name, text, _meaning(record, field)))
        if field.name == "esr" and record.esr:
            table += [("", "", "", line) for line in explain(record.esr)[1:]]
    if record.tail:
        table.append((f"{record.size - len(record.tail):#04x}", "", record.tail.hex(), "bytes of a newer version"))
    return table


def _read(record: FaultInfo, field: Field) -> bool:
    """Whether the record has the field, and not in the tail that an older reader leaves unread."""
    unread = record.tail and RECORD.end(field.name) > record.size - len(record.tail)
    return field.since <= record.version and not unread


def _meaning(record: FaultInfo, field: Field) -> str:
    value: int = getattr(record, field.name)
    if field.name in _FLAG_TABLES:
        return " ".join(flag_names(_FLAG_TABLES[field.name], value))
    if field.name == "esr":
        return explain(value)[0] if value else "no syndrome"
    if not valid(record, field.name):
        return "not valid"
    if field.name in CODES:
        code = next((c for c in CODES[field.name] if c.value == value), None)
        return f"{code.name}: {code.meaning}" if code else "unknown to this reader"
    return field.meaning
