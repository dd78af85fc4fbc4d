# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A book of vectors: asks the reference for each answer and lets the rules judge it."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from abi import home
from abi.conformance import values as v
from abi.conformance.forms import from_json, to_json
from abi.conformance.make.judge import JUDGES
from abi.conformance.protocol import CHECK, ENABLE, HOST, QUESTIONS, READ, REPLY, RING, VMM, Values, pack, unpack
from abi.conformance.vectors import MADE, Vector
from abi.cper import StatusBlock, build_status_block
from abi.definition import NEWEST
from abi.layout import Version
from abi.record import FaultInfo, build
from abi.reply import FaultReply, build_reply
from abi.trap import Trap
from abi.vcpu import BASELINE, Machine, Vcpu

#: A guest at EL1 with its own stack pointer, every register of it something else.
VCPU: Final = Vcpu(
    pc=0xFFFF_8000_1000_1234, pstate=0x6000_0005, vbar_el1=0xFFFF_8000_1001_0800, sctlr_el1=0xC5_0079,
    esr_el1=0x5600_0000, far_el1=0x1DE7_EC7E_DBAD_C0DE, elr_el1=0xFFFF_8000_1000_0008, spsr_el1=0x6000_0000,
)


class Book:
    """Vectors in the order in which they are asked; a question that was asked before is left out."""

    def __init__(self) -> None:
        self.vectors: list[Vector] = []
        self._asked: set[tuple[str, bytes]] = set()
        self._slugs: set[str] = set()

    def vmm(
        self, slug: str, rules: Sequence[str] | str, why: str, record: FaultInfo | bytes, vcpu: Vcpu = VCPU,
        machine: Machine | None = None, reader: Version = NEWEST, *, exact: bool = True, source: str = MADE,
    ) -> None:
        """Ask what the VMM does about a record."""
        raw = build(record) if isinstance(record, FaultInfo) else record
        given = v.vmm_input(raw, vcpu, machine or Machine(), reader, exact=exact)
        self.ask(VMM.name, slug, rules, why, given, source)

    def host(
        self, slug: str, rules: Sequence[str] | str, why: str, trap: Trap, block: StatusBlock | bytes | None = None,
        source: str = MADE,
    ) -> None:
        """Ask what the host makes of a trap."""
        cper = build_status_block(block) if isinstance(block, StatusBlock) else block
        self.ask(HOST.name, slug, rules, why, v.host_input(trap, cper), source)

    def reply(
        self, slug: str, rules: Sequence[str] | str, why: str, reply: FaultReply | None, vcpu: Vcpu = VCPU,
        kind: int = 0, features: frozenset[str] = BASELINE, *, host_ras: bool = True, severity: int = 0,
    ) -> None:
        """Ask what the host makes of a reply, None for none."""
        registers = v.vmm_input(b"", vcpu, Machine(features=features))
        given = {name: registers[name] for name in (*Vcpu._fields, "features")} | {
            "kind": kind, "host_ras": int(host_ras), "severity": severity,
            "reply": b"" if reply is None else build_reply(reply),
        }
        self.ask(REPLY.name, slug, rules, why, given)

    def read(
        self, slug: str, rules: Sequence[str] | str, why: str, record: FaultInfo | bytes, reader: Version = NEWEST,
        *, exact: bool = True, source: str = MADE,
    ) -> None:
        """Ask what a reader alone makes of a record."""
        raw = build(record) if isinstance(record, FaultInfo) else record
        given = {"record": raw, "reader": reader.minor, "exact": int(exact)}
        self.ask(READ.name, slug, rules, why, given, source)

    def check(
        self, slug: str, rules: Sequence[str] | str, why: str, record: FaultInfo | bytes, reader: Version = NEWEST
    ) -> None:
        """Ask which rules a record breaks."""
        raw = build(record) if isinstance(record, FaultInfo) else record
        self.ask(CHECK.name, slug, rules, why, {"record": raw, "reader": reader.minor, "exact": 1})

    def enable(self, slug: str, rules: Sequence[str] | str, why: str, **given: int) -> None:
        """Ask whether the capability may be enabled."""
        self.ask(ENABLE.name, slug, rules, why, given)

    def ring(self, slug: str, rules: Sequence[str] | str, why: str, image: bytes, dealt: int = 0) -> None:
        """Ask what a consumer finds first after another that dealt with so many records."""
        self.ask(RING.name, slug, rules, why, {"image": image, "dealt": dealt})

    def ask(
        self, request: str, slug: str, rules: Sequence[str] | str, why: str, given: Values, source: str = MADE
    ) -> None:
        """Add the vector of a question with the reference's answer.

        ValueError if that breaks a rule, or if the slug is taken.
        """
        message = QUESTIONS[request]
        question = pack(message.request, message.parts, given)
        if (request, question) in self._asked:
            return
        self._asked.add((request, question))
        if slug in self._slugs:
            raise ValueError(f"{slug}: two vectors of that name")
        self._slugs.add(slug)
        asked = unpack(message.request, message.parts, question)
        answer = pack(message.answer, message.answer_parts, reference().ANSWERS[request](asked))
        said = unpack(message.answer, message.answer_parts, answer)
        broken = JUDGES[request](asked, said)
        if broken:
            raise ValueError(f"{slug}: the reference breaks {', '.join(broken)}")
        rules = (rules,) if isinstance(rules, str) else tuple(dict.fromkeys(rules))
        # As the file has it: what is 0 or empty is not there.
        self.vectors.append(Vector(
            slug, request, rules, why, source,
            from_json(message.request, message.parts, to_json(message.request, message.parts, asked), slug),
            from_json(message.answer, message.answer_parts, to_json(message.answer, message.answer_parts, said), slug),
        ))


def digest(data: bytes) -> str:
    """Six hex digits that stand for a content in a slug: they stay whatever is added around it."""
    return hashlib.sha256(data).hexdigest()[:6]


@cache
def reference() -> Any:
    """The adapter of the reference host and VMM."""
    path = home.spec() / "adapters" / "python" / "adapter.py"
    spec = importlib.util.spec_from_file_location("kfi_reference_adapter", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def hand_made() -> Any:
    """The tests' records by hand: valid ones, and for each rule some that break it."""
    return importlib.import_module("tests.abi.broken_records")
