# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a case asks, in C and in Python; and the two oracles, which must give the same answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from abi.conformance.protocol import CHECK, HOST, READ, RING, VMM, unpack
from abi.fuzz import requests as r
from abi.fuzz.asking import Replay
from abi.fuzz.build import replay
from abi.fuzz.case import FIRMWARE, MAX_CHANGES, RECORD, Case, build, parse
from abi.fuzz.engines.libfuzzer import COMPILERS
from abi.fuzz.mutate import mutate
from abi.fuzz.plan import Plan
from abi.fuzz.reference import agrees, expected
from abi.fuzz.seeds import SEEDS
from tests.fuzz.running import READERS
from tests.generate.tools import environment, tool

ALL = frozenset(r.ASKED)
#: Cases that are asked of both.
NUMBER = 1500


def cases() -> list[bytes]:
    """The seeds, what became of them one after the other, and the edges of sizes."""
    found, chains = [b"", b"\1", b"\2\1", bytes(9)], dict(SEEDS)
    for n in range(NUMBER):
        name = list(chains)[n % len(chains)]
        chains[name] = mutate(chains[name] if n % 60 > len(chains) else SEEDS[name], 3000, n).data
        found.append(chains[name])
    return found + [bytes((surface,)) + bytes(0x1_0010) for surface in range(3)]


def test_a_case_asks_what_the_target_answers() -> None:
    record, firmware = Case(RECORD, data=b"x"), Case(FIRMWARE, data=b"x")
    names = [[one.message.name for one in r.requests(case, frozenset(features.split()))] for case, features in (
        (record, "vmm check read ring"), (record, "read"), (record, "check read"), (record, "ring host"),
        (firmware, "vmm check"), (firmware, "host"), (firmware, "host walk"), (Case(2), "ring"), (Case(2), "vmm"),
    )]
    assert names == [["vmm", "check"], ["read"], ["read", "check"], [], [], ["host"], ["host", "walk"], ["ring"], []]
    assert not r.answers_any(frozenset({"exit", "walk"}))
    assert r.answers_any(frozenset({"host"}))


def test_each_option_shows_in_what_is_asked() -> None:
    for surface, message in ((RECORD, VMM), (FIRMWARE, HOST)):
        asked = [r.requests(Case(surface, options=options), ALL)[0] for options in (0, *(1 << n for n in range(8)))]
        different = {one.payload for one in asked}
        assert len(different) == (9 if message is VMM else 4)
    assert unpack(RING.request, RING.parts, r.requests(Case(2, dealt=5), ALL)[0].payload)["dealt"] == 5
    for message in (READ, CHECK):
        (one,) = (one for one in r.requests(Case(options=1, reader=0), ALL - {"vmm"}) if one.message is message)
        assert one.payload[:2] == b"\0\1"


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    """The readers of spec/c, asked by replay."""
    tool("clang")
    out = tmp_path_factory.mktemp("replay")
    plan = Plan(READERS, out, cflags=("-DKFI_READERS=kfi_target", "-DKFI_AS_TARGET"))
    plan.build.mkdir()
    replay(plan, COMPILERS)
    return Replay([plan.replay], environment(), 20, Path(out), 1 << 20)


@pytest.mark.check
def test_c_asks_and_answers_as_python_does(asker: Replay) -> None:
    seen: dict[str, int] = {}
    for data in cases():
        case, told = parse(data), asker.ask(data)
        assert told.broke == ""
        mine = r.requests(case, ALL)
        assert [one.request.payload for one in told.exchanges] == [one.payload for one in mine], data.hex()
        for exchange, request in zip(told.exchanges, mine, strict=True):
            assert exchange.same
            assert exchange.request.message is request.message
            assert agrees(request, case, exchange.expected), (request.message.name, data.hex())
            if request.message is not r.WALK:
                assert exchange.got == expected(request, case, changing=True), (request.message.name, data.hex())
            seen[request.message.name] = seen.get(request.message.name, 0) + 1
    asker.close()
    assert seen.keys() == {"vmm", "check", "host", "walk", "ring"}
    assert min(seen.values()) > 10


@pytest.mark.check
def test_a_ring_that_changes_is_asked_so(asker: Replay) -> None:
    rings = [parse(data) for data in cases() if data and data[0] % 3 == 2]
    changing = [case for case in rings if case.changes]
    assert {len(case.changes) for case in changing} <= set(range(1, MAX_CHANGES + 1))
    other = 0
    for case in changing:
        (request,) = r.requests(case, ALL)
        other += expected(request, case) != asker.ask(build(case)).exchanges[0].got
    asker.close()
    assert other
