# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Targets that answer everything alike: the least that vectors must tell from an implementation."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Final

from abi.conformance import values as v
from abi.conformance.codes import ENDS
from abi.conformance.protocol import MALFORMED, Values
from abi.vcpu import ACTIONS
from tests.adequacy.languages import Asked
from tests.adequacy.model import RULE, Finding, Mutant


def _same(q: Values) -> Values:
    return {name: q[name] for name in v.AFTER if name in q}


def _accept(q: Values) -> Values:
    """Every record is read and breaks nothing, every request is granted, nothing is refused."""
    if "image" in q:
        return {"found": 1, "sequence": 1, "record": q["image"][-80:]}
    if "kinds" in q and "vcpus" in q:
        return {name: q[name] for name in ("critical", "kinds", "major", "minor")}
    rule = b"vmm.notify" if "ways" in q else b""
    return _same(q) | {"info": q.get("record", b"")[:80].ljust(80, b"\0"), "rule": rule}


def _reject(q: Values) -> Values:
    """Every record is malformed, every request is refused, no trap makes a record."""
    if "esr_el2" in q:
        return {"end": ENDS.index("no_error"), "rule": b"host.record.cause"}
    if "reply" in q or "vcpus" in q:
        return _same(q) | {"errno": errno.EINVAL, "rule": b"host.reply.esr" if "reply" in q else b"host.enable.known"}
    return _same(q) | {"outcome": MALFORMED, "action": ACTIONS.index("stop"), "rule": b"vmm.malformed"}


def _inject(q: Values) -> Values:
    return _accept(q) | {"action": ACTIONS.index("inject"), "notes": 1}


def _stop(q: Values) -> Values:
    return _accept(q) | {"action": ACTIONS.index("stop")}


def _nothing(_q: Values) -> Values:
    return {}


#: By name, what every question gets.
TARGETS: Final[dict[str, Callable[[Values], Values]]] = {
    "accept-all": _accept, "reject-all": _reject, "always-inject": _inject, "always-stop": _stop, "zeros": _nothing,
}


def findings(implementation: str, by_role: Asked) -> list[Finding]:
    """The first vector that each is wrong about, among those that the implementation is asked."""
    found = []
    for name, target in TARGETS.items():
        for role, questions in by_role.items():
            killer = next((q.vector.slug for q in questions if not q.is_answered(target(q.input))), None)
            mutant = Mutant(f"target {name}", RULE, "tests/adequacy/targets.py", ())
            found.append(Finding(mutant, implementation, role, killer, "answer" if killer else ""))
    return found
