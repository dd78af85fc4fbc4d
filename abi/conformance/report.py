# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a run says: of each vector the verdict, expected and got in hex and by field; as JSON.

The other reports are made from this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from abi.conformance.forms import to_json
from abi.conformance.known import Judged
from abi.conformance.protocol import PROTOCOL, Message, ProtocolError, unpack
from abi.conformance.runner import Result, Run, Verdict
from abi.conformance.vectors import Vector
from abi.definition import CODECS, RECORD, VERSIONS
from abi.layout import Version

#: Fields and parts that hold a record.
_RECORDS: Final = ("info", "record")


def document(run: Run, judged: Judged, command: Sequence[str], role: str) -> dict[str, Any]:
    """The whole report."""
    hello = run.hello
    return {
        "protocol": PROTOCOL,
        "role": role,
        "command": list(command),
        "target": hello._asdict() if hello else None,
        "ok": passed(run, judged),
        "interrupted": run.interrupted,
        "seconds": round(run.seconds, 3),
        "summary": summary(run),
        "known_failures": judged.known,
        "unexpected": list(judged.unexpected),
        "fixed": list(judged.fixed),
        "incidents": [incident._asdict() for incident in run.incidents],
        "vectors": [described(result, judged.known) for result in run.results],
    }


def passed(run: Run, judged: Judged) -> bool:
    """Everything was asked, and the answers and the known failures agree; no break is without a vector."""
    whole = run.hello is not None and not run.interrupted
    asked = any(r.verdict not in (Verdict.NOT_RUN, Verdict.UNSUPPORTED) for r in run.results)
    rest = any(r.verdict is Verdict.NOT_RUN for r in run.results)
    return whole and asked and not rest and judged.agrees and not run.unexplained


def summary(run: Run) -> dict[str, int]:
    """How many vectors of each verdict."""
    counts = dict.fromkeys((verdict.value for verdict in Verdict), 0)
    for result in run.results:
        counts[result.verdict.value] += 1
    return counts


def described(result: Result, known: dict[str, str]) -> dict[str, Any]:
    """One vector's entry; what was expected and got only where it did not pass."""
    vector = result.vector
    entry: dict[str, Any] = {
        "slug": vector.slug, "request": vector.request, "rules": list(vector.rules), "verdict": result.verdict.value,
    }
    if result.verdict is Verdict.PASS:
        return entry
    message = vector.message
    return entry | {
        "why": vector.why,
        "source": vector.source,
        "text": result.text,
        "known": known.get(vector.slug),
        "input": to_json(message.request, message.parts, vector.input),
        "expected": vector.answer().hex(),
        "got": None if result.got is None else result.got.hex(),
        "fields": [] if result.got is None else differences(vector, result.got),
    }


def lines(entry: dict[str, Any]) -> list[str]:
    """What is wrong with a vector that :func:`described`, for people: in one line, then field by field."""
    said = f"{entry['verdict']}: {entry['slug']} ({', '.join(entry['rules'])}): {entry['why']} {entry['text']}".rstrip()
    return [said, *(f"    {row['field']}: expected {row['expected'] or 'nothing'}, got {row['got'] or 'nothing'}"
                    for row in entry["fields"])]


def differences(vector: Vector, got: bytes) -> list[dict[str, str]]:
    """Field by field what is not as expected; one row with the reason where the payload is not of its message."""
    return differing(vector.message, vector.answer(), got)


def differing(message: Message, right: bytes, got: bytes) -> list[dict[str, str]]:
    """The same of any two answers to a request, of which one is right."""
    try:
        values = unpack(message.answer, message.answer_parts, got)
    except ProtocolError as error:
        return [{"field": "payload", "expected": f"{message.answer.name} and its parts", "got": str(error)}]
    expected = unpack(message.answer, message.answer_parts, right)
    rows = []
    for name, mine in _flat(message, expected).items():
        theirs = _flat(message, values).get(name, "")
        if mine != theirs:
            rows.append({"field": name, "expected": mine, "got": theirs})
    rows += [{"field": name, "expected": "", "got": theirs}
             for name, theirs in _flat(message, values).items() if name not in _flat(message, expected)]
    return rows


def _flat(message: Message, values: dict[str, Any]) -> dict[str, str]:
    """Every field and part as a text; a record's fields each by its own name."""
    shown: dict[str, str] = {}
    said = to_json(message.answer, message.answer_parts, values)
    names = (*message.answer.offsets, *message.answer_parts)
    for name in names:
        data = values[name]
        if name in _RECORDS and isinstance(data, bytes):
            shown |= _record(name, data)
        elif not name.startswith("zero") or any(data if isinstance(data, bytes) else (data,)):
            shown[name] = _text(said.get(name, "0x0" if isinstance(data, int) else ""))
    return shown


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _record(name: str, data: bytes) -> dict[str, str]:
    """By the fields of the version that its length is, else in hex."""
    version: Version | None = next((v for v in reversed(VERSIONS) if CODECS[v].size == len(data)), None)
    if version is None:
        return {name: data.hex()}
    numbers = CODECS[version].fast.unpack(data)
    fields = RECORD.upto(version)
    return {f"{name}.{field.name}": f"{number:#x}" for field, number in zip(fields, numbers, strict=True)}
