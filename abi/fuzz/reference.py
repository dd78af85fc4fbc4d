# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The Python reference as the last judge of a finding, plugged in by the name of the adapter's file."""

from __future__ import annotations

import runpy
import sys
from functools import cache
from pathlib import Path
from typing import Final

from abi import home
from abi.conformance.protocol import MALFORMED, RING, VALUE, pack, unpack
from abi.conformance.serve import Answers
from abi.cper import parse_status_block
from abi.errors import InputError
from abi.fuzz import broken
from abi.fuzz.case import Case
from abi.fuzz.requests import WALK, Request

ADAPTER: Final = "adapters/python/adapter.py"


@cache
def answers() -> Answers:
    """The functions of the reference host and VMM, by the name of the request. Raises InputError."""
    path = home.spec() / ADAPTER
    if not path.is_file():
        raise InputError("file.read", str(path), None, "the adapter that comes with the project", "none")
    root = str(Path(__file__).parents[2])
    if root not in sys.path:
        sys.path.insert(0, root)
    found: Answers = runpy.run_path(str(path))["ANSWERS"]
    return found


def expected(request: Request, case: Case, *, changing: bool = False) -> bytes:
    """The payload of the right answer; ``changing``: of a ring whose words change as the case says."""
    message = request.message
    if message is WALK:
        raise ValueError("a walk has a digest, which the C walker alone has; see walked()")
    if message is RING and changing and case.changes:
        values = _fetched(case)
    else:
        values = answers()[message.name](unpack(message.request, message.parts, request.payload))
    return pack(message.answer, message.answer_parts, values)


def agrees(request: Request, case: Case, got: bytes) -> bool:
    """Whether an answer is right; of a ring that changes also one that takes no notice of the changes."""
    if request.message is WALK:
        return _walk_agrees(case, got)
    return got == expected(request, case) or got == expected(request, case, changing=True)


def _fetched(case: Case) -> dict[str, object]:
    try:
        slot = broken.found(case)
    except InputError as error:
        return {"rule": error.code.encode()}
    return {**slot.envelope._asdict(), "position": slot.position, "record": slot.record, "found": 1} if slot else {}


def _walk_agrees(case: Case, got: bytes) -> bool:
    """Of a walk the reference judges whether the block is refused; what was met the C walker alone says."""
    try:
        parse_status_block(case.data)
    except InputError:
        outcome = MALFORMED
    else:
        outcome = VALUE
    return WALK.answer.size <= len(got) and got[0] == outcome
