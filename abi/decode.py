# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Bytes to a judged record: read it, hold it against every rule, refuse what must be refused."""

from __future__ import annotations

from typing import NamedTuple

from abi.definition import CRITICAL, KINDS, KNOWN_CRITICAL, NEWEST, RECORD, V1_0
from abi.errors import InputError
from abi.layout import Version
from abi.record import BEYOND, FaultInfo, NotUnderstood, read
from abi.rules import REFUSALS, check


class Decoded(NamedTuple):
    """A record that may be acted on, and the ``host.`` rules that it breaks."""

    record: FaultInfo
    broken: tuple[str, ...]


def decode(
    data: bytes | memoryview, reader: Version = NEWEST, *, exact: bool = True, plain: bool = False
) -> Decoded | NotUnderstood:
    """Read and judge one record; see :func:`abi.record.read` for the arguments.

    Raises InputError, whose code is the rule, for a malformed record (``vmm.malformed``, ``vmm.size``,
    ``vmm.agree``).
    """
    record = read(data, reader, exact=exact, plain=plain)
    if isinstance(record, NotUnderstood):
        return record
    broken = check(record, reader)
    if broken and broken[0] in REFUSALS:
        if broken[0] == "vmm.critical.unknown":
            return _not_understood(bytes(data[: record.size]), record)
        raise _refusal(broken[0], record)
    return Decoded(record, broken)


def complaint(result: NotUnderstood) -> InputError:
    """What a command says of a record that it must not act on; the offset and the numbers are the reader's."""
    expected = {
        "record.major": hex(V1_0.major),
        "record.flags": f"no critical flag but {KNOWN_CRITICAL:#x}",
        "record.kind": f"{KINDS[0].value:#x}..{KINDS[-1].value:#x}",
    }[result.path]
    hint = "not understood: a VMM keeps the bytes and must not resume the vCPU"
    return InputError(result.rule, result.path, result.offset, expected, result.got, hint)


def _not_understood(raw: bytes, record: FaultInfo) -> NotUnderstood:
    unknown = record.flags & CRITICAL & ~KNOWN_CRITICAL
    field, value = ("flags", unknown) if unknown else ("kind", record.kind)
    return NotUnderstood(
        raw, "vmm.critical.unknown", f"record.{field}", RECORD.offsets[field], hex(value), record
    )


def _refusal(rule: str, record: FaultInfo) -> InputError:
    if rule == "vmm.size":
        beyond = BEYOND[record.version] & record.flags
        return InputError(
            rule, "record.flags", RECORD.offsets["flags"], hex(record.flags & ~beyond), hex(record.flags),
            f"a flag is set whose field lies beyond a record of {record.size:#x} bytes",
        )
    from abi.rules.on_record import kind_agrees  # noqa: PLC0415 - only to name the field

    field = "severity" if kind_agrees(record) else "kind"
    hint = (
        "severity is not what SET or AET of esr says"
        if field == "severity"
        else f"kind is not what EC of esr says; kinds are {', '.join(f'{k.value}: {k.name}' for k in KINDS)}"
    )
    return InputError(
        rule, f"record.{field}", RECORD.offsets[field], f"a {field} that agrees with esr {record.esr:#x}",
        hex(getattr(record, field)), hint,
    )
