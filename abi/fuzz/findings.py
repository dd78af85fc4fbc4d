# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a campaign has found: which group a case belongs to, and the folder of each group.

A group is the rule that is broken, the request, and how it shows: the first field that is wrong, or how the
target broke. Each group is kept once, by its shortest case. Every file is written whole or not at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any, Final, NamedTuple

from abi.conformance.protocol import ProtocolError, unpack
from abi.conformance.report import differing
from abi.errors import InputError
from abi.fuzz import broken
from abi.fuzz.asking import Exchange, Told, judged_by_python, refused
from abi.fuzz.case import SURFACES, parse
from abi.rules import all_rules

#: What an answer is wrong about where no rule decided: the rule of the field.
_OF_FIELD: Final = {
    "far_el1": "vmm.far.source", "esr_el1": "vmm.esr.rewrite", "notes": "vmm.far.odds", "pc": "vmm.sea.vector",
    "pstate": "vmm.entry.state", "elr_el1": "vmm.entry.state", "spsr_el1": "vmm.entry.state",
    "serror_esr": "vmm.notify", "action": "vmm.notify", "via": "vmm.notify", "tail": "vmm.trailing",
    "outcome": "vmm.malformed", "info": "vmm.enum.unknown", "record": "vmm.single_fetch",
    "memory_failure": "host.claim.queued", "end": "host.never_silent", "injected": "host.owned",
}
#: Of answers that carry it, the field that says whether the input is taken at all.
_TAKEN: Final = "outcome"
#: Characters of a value that are shown.
_SHOWN: Final = 200
#: What a target must not do, whatever it is given.
_NEVER_CRASH: Final = "vmm.malformed"


class Finding(NamedTuple):
    """One group, by one case of it. ``rows``: field by field what was expected and what came."""

    rule: str
    request: str
    symptom: str
    surface: str
    breaks: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    confirmed: bool
    case: bytes
    complaint: str = ""
    exchange: Exchange | None = None

    @property
    def group(self) -> tuple[str, str, str]:
        """What makes it the same finding: of a break the place alone, since many rules lead there."""
        return group(self.rule, self.request, self.symptom, answered=bool(self.rows))

    @property
    def name(self) -> str:
        """The folder's name."""
        mark = hashlib.sha256("\n".join(self.group).encode()).hexdigest()[:8]
        words = "".join(c if c.isalnum() or c in "._" else "-" for c in f"{self.group[0]}-{self.symptom}")
        return f"{words.strip('-')[:60]}-{mark}"

    def document(self) -> dict[str, Any]:
        """As ``finding.json`` has it."""
        return {
            "rule": self.rule, "request": self.request, "symptom": self.symptom, "surface": self.surface,
            "breaks": list(self.breaks), "confirmed": self.confirmed, "fields": list(self.rows),
            "size": len(self.case), "case": self.case.hex(), "complaint": self.complaint,
        }


def judge(case: bytes, told: Told) -> list[Finding]:
    """The findings that a case has shown, at most one a request."""
    found = []
    for number, exchange in enumerate(told.exchanges):
        broke = told.broke if number == len(told.exchanges) - 1 and exchange.got is None else ""
        if broke or not exchange.same:
            found.append(_finding(case, exchange, broke, told.complaint))
    if told.broke and (not told.exchanges or told.exchanges[-1].got is not None):
        found.append(_finding(case, None, told.broke, told.complaint))
    return found


def _finding(case: bytes, exchange: Exchange | None, broke: str, complaint: bytes) -> Finding:
    breaks = broken.rules(case)
    rows = () if exchange is None or exchange.got is None else tuple(_rows(exchange))
    symptom = broke or (rows[0]["field"] if rows else "the answer")
    return Finding(
        _rule(exchange, symptom, breaks, broke=bool(broke)), exchange.request.message.name if exchange else "", symptom,
        SURFACES[parse(case).surface], breaks, rows, exchange is None or judged_by_python(exchange, case), case,
        complaint.decode("utf-8", "replace") if broke else "", exchange,
    )


def _rows(exchange: Exchange) -> list[dict[str, str]]:
    assert exchange.got is not None
    message = exchange.request.message
    if refused(exchange):
        kind = f"type {exchange.got_type:#x}"
        text = exchange.got.decode("utf-8", "replace") if exchange.got else ""
        return [{"field": "type", "expected": f"type {message.type:#x}", "got": _short(f"{kind} {text}".rstrip())}]
    return [{name: _short(text) for name, text in row.items()}
            for row in differing(message, exchange.expected, exchange.got)]


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"


def _rule(exchange: Exchange | None, symptom: str, breaks: tuple[str, ...], *, broke: bool) -> str:
    """The rule that the target breaks: of the input if it must be refused, else of what it does."""
    if exchange is None:
        return breaks[0] if breaks else _NEVER_CRASH
    right = _rule_of(exchange, exchange.expected)
    if broke:
        return right if right in breaks else (breaks or (_NEVER_CRASH,))[0]
    its = _rule_of(exchange, exchange.got or b"")
    if symptom == "broken":
        return _one_of_two(exchange)
    if symptom in (_TAKEN, "found", "rule", "position", "type"):
        return right if right and right != its else its or right or _OF_FIELD.get(symptom, _NEVER_CRASH)
    if exchange.request.message.name == "host" and symptom.startswith("record"):
        return (breaks or (right,))[0] or "host.firmware_va.usable"
    return _OF_FIELD.get(symptom.partition(".")[0], right or its or _NEVER_CRASH)


def _rule_of(exchange: Exchange, payload: bytes) -> str:
    """The rule that an answer names, "" if it is none that there is."""
    named = _named(exchange, payload, "rule")
    return named[0] if len(named) == 1 and named[0] in all_rules() else ""


def _one_of_two(exchange: Exchange) -> str:
    """Of CHECK, the first rule that one of the two names and the other does not."""
    mine, its = (_named(exchange, payload, "broken") for payload in (exchange.expected, exchange.got or b""))
    other = (rule for rule in (*mine, *its) if (rule in mine) is not (rule in its) and rule in all_rules())
    return next(other, _NEVER_CRASH)


def _named(exchange: Exchange, payload: bytes, part: str) -> list[str]:
    message = exchange.request.message
    try:
        data: bytes = unpack(message.answer, message.answer_parts, payload)[part]
    except ProtocolError:
        return []
    return data.decode("utf-8", "replace").split(" ")


class Store:
    """The folder ``findings`` of a campaign."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.groups = dict(self._there())

    def _there(self) -> list[tuple[tuple[str, str, str], int]]:
        """The groups that an earlier run has left; what cannot be read is none."""
        found = []
        for path in self.folder.glob("*/finding.json"):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                said = json.loads(path.read_text(encoding="utf-8"))
                found.append((group_of(said), int(said["size"])))
        return found

    def add(self, finding: Finding, files: dict[str, bytes]) -> bool:
        """Keep a finding of a new group, or a shorter case of one; whether the group is new."""
        new = finding.group not in self.groups
        if new or len(finding.case) < self.groups[finding.group]:
            place = self.folder / finding.name
            place.mkdir(exist_ok=True)
            document = json.dumps(finding.document(), indent=1).encode() + b"\n"
            if new:
                write(place / "input", finding.case)
            for name, data in {"shortest": finding.case, **files, "finding.json": document}.items():
                write(place / name, data)
            self.groups[finding.group] = len(finding.case)
        return new

    def documents(self) -> list[dict[str, Any]]:
        """Every finding as its file has it, by its folder, in the order of rules."""
        found = []
        for path in sorted(self.folder.glob("*/finding.json")):
            with contextlib.suppress(OSError, ValueError):
                said = json.loads(path.read_text(encoding="utf-8"))
                if isinstance(said, dict) and {"rule", "request", "symptom", "case"} <= set(said):
                    found.append({"folder": path.parent.name, **said})
        return sorted(found, key=lambda one: (str(one["rule"]), str(one["symptom"])))


def group(rule: str, request: str, symptom: str, *, answered: bool) -> tuple[str, str, str]:
    """The group of a finding."""
    return rule if answered else "", request, symptom


def group_of(said: dict[str, Any]) -> tuple[str, str, str]:
    """The group of a finding as its file has it."""
    return group(str(said["rule"]), str(said["request"]), str(said["symptom"]), answered=bool(said["fields"]))


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises InputError ``file.write``."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise InputError("file.write", str(path), None, "a writable file", str(error.strerror)) from None


def lines(said: dict[str, Any]) -> list[str]:
    """A finding for people."""
    asked = f" ({said['request']})" if said["request"] else ""
    mark = "" if said["confirmed"] else "; the Python reference does not agree that it is wrong"
    breaks = ", ".join(said["breaks"]) or "no rule"
    head = f"{said['rule']}: {said['symptom']}{asked}; a {said['surface']} that breaks {breaks}{mark}"
    rows = [f"    {row['field']}: expected {row['expected'] or 'nothing'}, got {row['got'] or 'nothing'}"
            for row in said["fields"][:8]]
    return [head, *rows, f"    {said['size']} bytes, in {said['folder']}"]


