# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The runner against targets that are wrong on purpose: each is caught, by evidence of its own."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from abi.conformance.report import differences
from abi.conformance.runner import WRONG, Run, Runner, Verdict
from abi.conformance.smoke import smoke
from abi.conformance.vectors import Vector
from tests.conformance import wrong_answers, wrong_manners
from tests.conformance.targets import ADAPTER, ROOT, answers, every, few, manners


class Evidence(NamedTuple):
    """By what a target was caught first: a vector and its first difference, or what the runner says; all it fails."""

    slug: str
    said: str
    failed: frozenset[str]


def ran(command: Sequence[str], vectors: Sequence[Vector], timeout: float = 5.0, window: int = 64) -> Run:
    return Runner(command, vectors, timeout, window).run()


def evidence(run: Run) -> Evidence:
    wrong = next((r for r in run.results if r.verdict in WRONG), None)
    failed = frozenset(r.vector.slug for r in run.results if r.verdict in WRONG)
    if wrong is None:
        loose = [f"{i.kind}: {i.text}" for i in run.unexplained]
        return Evidence("", loose[0] if loose else "", failed)
    rows = [] if wrong.got is None else differences(wrong.vector, wrong.got)
    first = rows[0] if rows else {"field": wrong.verdict.value, "expected": "", "got": wrong.text}
    return Evidence(wrong.vector.slug, f"{first['field']}: {first['expected']} -> {first['got']}"[:60], failed)


def of_role(name: str) -> tuple[Vector, ...]:
    request = wrong_answers.WRONG[name][0]
    return tuple(v for v in every() if v.request == request)


def of_kind(kind: int) -> list[Vector]:
    """Requests of a VMM with a record of that kind."""
    return [v for v in every() if v.request == "vmm" and v.input.get("record", b"")[36:37] == bytes((kind,))]


def caught(kind: str, name: str) -> Evidence:
    if kind == "answers":
        return evidence(ran(answers(name), of_role(name)))
    return evidence(ran(manners(name), few(), 3.0))  # on a busy machine a second is not enough to start


#: One of each kind of mistake: no two of these may be caught by the same vector, or by the same word of the runner.
APART = (
    "trusts-size", "ignores-major", "ignores-a-critical-flag", "swaps-far-and-gpa", "forgets-fnv", "sign-extends",
    "reads-past-size", "keeps-set", "one-vector", "notice-is-an-abort", "forgets-pan", "leaks-s1ptw", "takes-any-reply",
    "enables-anything", "trusts-head", "echoes", "hangs", "hangs-at-start", "dies-at-start", "dies-half-way",
    "dies-of-a-notice", "prints-garbage", "splits-messages", "another-protocol", "no-handshake", "floods",
)
ALL = [("answers", name) for name in wrong_answers.WRONG] + [("manners", name) for name in wrong_manners.WRONG]


def test_the_reference_passes_everything() -> None:
    run = ran(ADAPTER, every())
    assert [r.vector.slug for r in run.results if r.verdict is not Verdict.PASS] == []
    assert run.incidents == ()
    assert len(run.results) == len(every())


@pytest.mark.check
def test_wrong_targets_are_caught_each_by_evidence_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    """No two by the same vector with the same difference; those that stand apart, not even by the same vector."""
    with ThreadPoolExecutor(4) as pool:
        table = dict(zip(ALL, pool.map(lambda one: caught(*one), ALL), strict=True))
    with capsys.disabled():
        print()
        for (_, name), found in table.items():
            print(f"  {name:30} {found.slug or '(the runner)':42} {len(found.failed):5} {found.said[:60]}")
    assert [name for name, found in table.items() if not found.slug and not found.said] == []
    assert shared({name: (found.slug, found.said) for (_, name), found in table.items()}) == []
    firsts = {name: found.slug or found.said for (_, name), found in table.items()}
    assert len(APART) >= 20
    assert shared({name: firsts[name] for name in APART}) == []
    failed = {name: found.failed for (of, name), found in table.items() if of == "answers"}
    assert shared(failed) == []


def shared(by: Mapping[str, object]) -> list[list[str]]:
    """The names that have one thing in common with another."""
    names: dict[object, list[str]] = {}
    for name, thing in by.items():
        names.setdefault(thing, []).append(name)
    return [several for several in names.values() if len(several) > 1]


def test_targets_that_share_their_evidence_are_named() -> None:
    assert shared({"a": "x", "b": "y", "c": "x", "d": "z"}) == [["a", "c"]]


def test_a_frame_may_come_in_any_pieces() -> None:
    run = ran(manners("byte-by-byte"), few())
    assert {r.verdict for r in run.results} == {Verdict.PASS}
    assert run.incidents == ()


def test_after_a_crash_the_others_are_asked_and_the_one_to_blame_is_named() -> None:
    notices = of_kind(4)[:3]
    others = of_kind(1)[:60]
    mixed = (*others[:20], *notices, *others[20:])
    run = ran(manners("dies-of-a-notice"), mixed)
    assert {r.vector.slug for r in run.results if r.verdict is Verdict.CRASHED} == {v.slug for v in notices}
    assert all(r.verdict is Verdict.PASS for r in run.results if r.vector not in notices)
    assert {i.slug for i in run.incidents} == {v.slug for v in notices}
    assert all("SIGSEGV" in i.text for i in run.incidents)


def test_a_death_that_no_vector_explains_still_fails_the_run() -> None:
    run = ran(manners("dies-half-way"), few())
    assert {r.verdict for r in run.results} == {Verdict.PASS}
    assert run.unexplained


def test_a_hanging_target_is_ended_and_told_from_one_that_is_slow() -> None:
    fetches = of_kind(2)[:2]
    others = of_kind(3)[:5]
    run = ran(manners("hangs-at-a-fetch"), (*others, *fetches), 1.0)
    assert {r.vector.slug for r in run.results if r.verdict is Verdict.TIMEOUT} == {v.slug for v in fetches}
    assert sum(r.verdict is Verdict.PASS for r in run.results) == len(others)


def test_a_target_that_only_hangs_is_given_up() -> None:
    run = ran(manners("hangs-at-start"), few(), 0.3)
    assert run.seconds < 5
    assert {r.verdict for r in run.results} == {Verdict.NOT_RUN}


def test_a_flood_does_not_fill_the_memory_or_block() -> None:
    started = time.monotonic()
    run = ran(manners("floods"), few())
    assert run.incidents
    assert time.monotonic() - started < 60


def test_what_the_target_complains_of_is_kept_at_its_end() -> None:
    run = ran(manners("dies-at-start"), few())
    assert run.hello is None
    assert "cannot open the device" in run.incidents[0].complaint
    assert all(len(i.complaint) <= 4096 for i in ran(manners("complains-endlessly"), few()).incidents)


def test_requests_that_a_target_does_not_name_are_unsupported_and_named_ones_fail() -> None:
    rings = tuple(v for v in every() if v.request == "ring")[:3]
    silent = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from abi.conformance.serve import serve"
    silent += "; serve('silent', '1', {})"
    assert {r.verdict for r in ran([sys.executable, "-c", silent], rings).results} == {Verdict.UNSUPPORTED}
    assert {r.verdict for r in ran(manners("promises-too-much"), rings).results} == {Verdict.FAIL}


def test_a_command_that_cannot_be_started_is_told() -> None:
    run = ran(("/nonexistent/target",), few())
    assert "cannot be started" in run.incidents[0].text


@pytest.mark.parametrize("window", [1, 3, 4096])
def test_the_window_does_not_change_what_is_measured(window: int) -> None:
    assert {r.verdict for r in ran(ADAPTER, few(), 5.0, window).results} == {Verdict.PASS}


@pytest.mark.parametrize("window", [1, 64])
def test_how_far_it_is_is_told_while_it_runs(window: int) -> None:
    told: list[tuple[int, int]] = []
    vectors = every()[:2000]
    Runner(ADAPTER, vectors, 5.0, window, lambda done, of: told.append((done, of))).run()
    assert told
    assert told == sorted(told)
    assert {of for _, of in told} == {len(vectors)}
    assert 0 < told[0][0] <= len(vectors)


def test_in_lockstep_a_wrong_answer_is_not_waited_for() -> None:
    """Unsupported requests, and wrong answers, each come as quickly as right ones."""
    enables = tuple(v for v in every() if v.request == "enable")
    run = ran(answers("enables-anything"), enables, 60.0, 1)
    assert {r.verdict for r in run.results} == {Verdict.PASS, Verdict.FAIL}
    assert run.seconds < 10


@pytest.mark.parametrize("name", ["prints-garbage", "leaves-bytes", "says-everything-twice"])
def test_in_lockstep_what_comes_too_much_is_garbled(name: str) -> None:
    run = ran(manners(name), few()[: 2 * wrong_manners.FEW], 1.0, 1)
    assert {incident.kind for incident in run.incidents} <= {"garbled", "given up"}
    assert run.incidents


def test_an_interrupt_keeps_what_was_measured() -> None:
    """Ctrl-C while the target hangs."""
    timer = threading.Timer(2.0, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    run = Runner(manners("hangs"), few(), 100.0).run()
    timer.join()
    assert run.interrupted
    verdicts = [r.verdict for r in run.results]
    assert verdicts.count(Verdict.PASS) == wrong_manners.FEW - 1
    assert verdicts.count(Verdict.NOT_RUN) == len(verdicts) - wrong_manners.FEW + 1


def trials(command: Sequence[str]) -> dict[str, str]:
    return {trial.name: trial.wrong for trial in smoke(command, every(), 1.0)}


def test_smoke_finds_nothing_wrong_with_the_reference() -> None:
    found = trials(ADAPTER)
    assert set(found.values()) == {""}
    assert {"HELLO", "unknown request", "longest frame", "request vmm", "two at once", "byte by byte"} <= set(found)


@pytest.mark.parametrize("name", ["another-protocol", "no-handshake", "forgets-ids", "splits-messages", "dies-at-start",
                                  "prints-a-banner", "changes-the-type", "stays-after-bye", "says-everything-twice"])
def test_smoke_says_what_is_wrong_with_an_adapter(name: str) -> None:
    assert any(trials(manners(name)).values())
