# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""C and Python say the same of what every vector asks: all that they say, not only what the answer has room for.

That Python gives the answers of the vectors is another test's; so here an input is enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

import pytest

from abi.conformance import values as v
from abi.conformance.protocol import Values
from abi.conformance.vectors import load
from abi.cper import parse_status_block
from abi.errors import InputError
from abi.reply import parse_reply
from tests.c import python_side
from tests.c.agree import same
from tests.c.c_side import CSide, Refusal
from tests.c.ring_side import consume

pytestmark = pytest.mark.check

VECTORS: Final = load()


def reading(side: CSide, q: Values) -> None:
    """The record, or its one refusal; and the rules that it breaks."""
    asked = q.get("record", b""), q.get("reader", 0), bool(q.get("exact"))
    same(asked, side.read(*asked), python_side.read(*asked))


def deciding(side: CSide, q: Values) -> None:
    """What is decided, the vCPU after it, and the reply."""
    reading(side, q)
    asked, exact = (q.get("record", b""), q.get("reader", 0), v.vcpu_of(q), v.machine_of(q)), bool(q.get("exact"))
    same(asked, side.decide(*asked, exact=exact), python_side.answer(*asked, exact=exact))


def filling(side: CSide, q: Values) -> None:
    """What there is in the firmware record, or its refusal; and the record that the host writes."""
    block, data = None, q.get("cper", b"") if q.get("firmware") else b""
    if q.get("firmware"):
        same(data, side.firmware(data), python_side.firmware(data))
        try:
            block = parse_status_block(data)
        except InputError:  # nothing of it is used
            data = b""
    trap = v.trap_of(q)
    same((trap, data), side.fill(trap, data), python_side.fill(trap, block))


def replying(side: CSide, q: Values) -> None:
    """The vCPU after a reply, or the rule that refuses it. There is no function for a KVM_RUN without a reply."""
    if said := q.get("reply"):
        facts = q.get("kind", 0), bool(q.get("host_ras")), v.vcpu_of(q), v.features_of(q)
        same((said, facts), side.apply(said, *facts), python_side.applied(parse_reply(said), *facts))


def consuming(side: CSide, q: Values) -> None:
    """Every step to the end of the ring, and what stands in the memory then."""
    consume(side, bytearray(q.get("image", b"")), Counter(), lambda: True)


#: By request; the headers have no function for the others.
ASKS: Final[dict[str, Callable[[CSide, Values], None]]] = {
    "vmm": deciding, "check": reading, "read": reading, "host": filling, "reply": replying, "ring": consuming,
}


@pytest.mark.parametrize("request_name", sorted(ASKS))
def test_every_vector_is_answered_as_python_answers_it(side: CSide, request_name: str) -> None:
    asked = [vector for vector in VECTORS if vector.request == request_name]
    assert len(asked) > 100
    for vector in asked:
        try:
            ASKS[request_name](side, vector.input)
        except AssertionError as error:
            raise AssertionError(f"{vector.slug}: {error}") from None


def test_a_refused_firmware_record_is_among_them(side: CSide) -> None:
    """The comparison meets what it is there for."""
    blocks = [q.input["cper"] for q in VECTORS if q.request == "host" and q.input.get("cper")]
    assert {isinstance(side.firmware(block), Refusal) for block in blocks} == {True, False}
