# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The live emitter where it cannot be had, and one that was made wrong: tried in a machine of their own."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.lab import live_judging as judging
from tests.lab.cache import Cache, default_root
from tests.lab.case import Case, Outcome
from tests.lab.cases.live import INSIDE, LOAD
from tests.lab.lab import Choice, prepared
from tests.lab.live_build import EMITTER, UNBOUND, WRONG
from tests.lab.live_trials import asked, left, trials
from tests.lab.machine import Platform
from tests.lab.session import Session

pytestmark = pytest.mark.check

CASES: Final = (
    Case("live.wrong", "an emitter that was made wrong is found out by the vectors", f"{INSIDE}wrong", prepare=(LOAD,),
         builds=(EMITTER, WRONG, trials()), judge=judging.wrong, seconds=180),
    Case("live.refused", "no BTF, no privilege, no hook, a program that is refused: told by name", f"{INSIDE}refused",
         prepare=(LOAD,), builds=(EMITTER, UNBOUND, trials()), judge=judging.refused, seconds=180),
)


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    session = Session(prepared(Cache(default_root()), Choice(), lambda _text: None), lambda _text: None)
    session.run(Platform(), {case.name: case for case in CASES})
    return session.outcomes


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_it_is_noticed(name: str, outcomes: dict[str, Outcome]) -> None:
    assert outcomes[name].status == "holds", outcomes[name]


def test_a_judge_that_sees_nothing_wrong_says_so() -> None:
    """The judges themselves: an emitter that fails no vector, one that fails another, a refusal with another code."""
    assert judging.wrong({"asked": 1, "wrong": []}, {})
    assert judging.wrong({"asked": 1, "wrong": [[0, "record", "", "00"]]}, {})
    every = asked()
    number = sum(one.trial is not None for one in every)
    right: dict[str, Any] = {"asked": number, "wrong": [], **left(every)._asdict()}
    assert not judging.vectors(right, {})
    for name, wrong in (("asked", 0), ("not_asked", {}), ("refused", {}), ("wrong", [[0, "record", "", "00"]])):
        assert len(judging.vectors(right | {name: wrong}, {})) == 1
    accepted = {name: {"code": "accepted"} for name in judging.REFUSALS}
    assert len(judging.refused({"said": accepted, "degraded": []}, {})) == len(judging.REFUSALS) + 1
