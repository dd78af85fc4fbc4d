# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A bug planted in a copy of the crate turns the comparison red: a rule switched off, a length trusted, ..."""

from __future__ import annotations

import re
import shutil
from functools import cache
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from abi.rules import RECORD_RULES
from tests.abi.broken_records import BROKEN, BROKEN_TOO
from tests.abi.ring import by_hand as ring
from tests.rust import asked, made
from tests.rust.asked import Asked, Consumed
from tests.rust.bugs import BUGS, Bug
from tests.rust.crate import CRATE, CrashError, ask_all, built
from tests.test_checklists import edit

pytestmark = pytest.mark.check

CHECK = "src/check/mod.rs"
SWITCH: Final = re.compile(r"\.unless\(\s*(\S+),\s*(Rule::\w+),?\s*\)")

@cache
def corpus(what: str) -> list[Asked | Consumed]:
    """What a kind of input is held against."""
    by_hand: list[Asked | Consumed] = []
    if what == "judging":
        records = (*BROKEN.values(), *(record for _rule, record in BROKEN_TOO))
        by_hand = [asked.judging(record, minor) for record in records for minor in (0, 1)]
    if what == "image":  # the last position says the sequence of the one before
        by_hand = [asked.image(ring.THREE[:-40] + ring.slot(16, ring.NONE, 0, 10))]
    return [*by_hand, *made.corpus(what, 1, 3000)]


def notices(program: Path, what: str, **environment: str) -> bool:
    """Whether the crate gives another answer than Python to some input of the kind, or ends."""
    expected = corpus(what)
    try:
        answers = ask_all(program, (one.request for one in expected), **environment)
    except CrashError:
        return True
    return any(one.differs(answer) for one, answer in zip(expected, answers, strict=True))


@pytest.fixture
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The crate as it is, always in the same place, so that cargo builds over what it built before."""
    return copied(tmp_path_factory.getbasetemp() / "planted")


def copied(target: Path) -> Path:
    """Copy the crate; the times are new, which is what cargo goes by."""
    shutil.copytree(CRATE, target, dirs_exist_ok=True, copy_function=shutil.copyfile)
    return target


def build(crate: Path) -> Path:
    """The pipe of a copy."""
    return built(crate, crate / "target")


@pytest.mark.parametrize("what", sorted({bug.what for bug in BUGS.values()}))
def test_the_crate_as_it_is_gives_no_difference(what: str, copy: Path) -> None:
    assert not notices(build(copy), what)


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_a_planted_bug_is_noticed(bug: Bug, copy: Path) -> None:
    edit(copy / bug.path, bug.old, bug.new)
    assert notices(build(copy), bug.what)


#: In a copy whose rules can be switched off one by one: the number of the rule that is off.
OFF: Final = """
extern crate std;
static OFF: std::sync::LazyLock<usize> = std::sync::LazyLock::new(|| {
    std::env::var("OFF").ok().and_then(|text| text.parse().ok()).unwrap_or(usize::MAX)
});
"""
SWITCHES: Final = [found[2] for found in SWITCH.finditer((CRATE / CHECK).read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def switchable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pipe of a copy in which every rule has a switch."""
    copy = copied(tmp_path_factory.mktemp("switchable") / "crate")
    text, number = (copy / CHECK).read_text(encoding="utf-8"), count()
    text = SWITCH.sub(lambda found: f".unless({found[1]} | (*OFF == {next(number)}), {found[2]})", text)
    (copy / CHECK).write_text(text.replace("\nuse ", OFF + "\nuse ", 1), encoding="utf-8")
    return build(copy)


def test_there_is_a_switch_for_every_rule() -> None:
    assert len(set(SWITCHES)) == len(RECORD_RULES)
    assert len(SWITCHES) == len(set(SWITCHES)) + 1, "vmm.agree is two checks"


def test_with_every_rule_on_there_is_no_difference(switchable: Path) -> None:
    assert not notices(switchable, "judging")


@pytest.mark.parametrize("number", range(len(SWITCHES)), ids=lambda n: SWITCHES[n])
def test_a_rule_that_is_switched_off_is_noticed(number: int, switchable: Path) -> None:
    assert notices(switchable, "judging", OFF=str(number))
