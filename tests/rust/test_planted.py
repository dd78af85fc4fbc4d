# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A bug planted in a copy of the crate turns the comparison red: a rule switched off, a length trusted, ..."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from abi.rules import RECORD_RULES
from tests.abi.broken_records import BROKEN, BROKEN_TOO
from tests.abi.ring import by_hand as ring
from tests.rust import asked, made
from tests.rust.asked import Asked, Consumed
from tests.rust.bugs import BUGS, Bug
from tests.rust.crate import CRATE, TARGET, CrashError, Pipe, built
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


def notices(crate: Path, what: str) -> bool:
    """Whether the crate gives another answer than Python to some input of the kind, or ends."""
    with Pipe(built(crate, TARGET / "planted")) as pipe:
        asked_ = corpus(what)
        try:
            answers = pipe.ask_all(one.request for one in asked_)
        except CrashError:
            return True
        return any(one.differs(answer) for one, answer in zip(asked_, answers, strict=True))


@pytest.fixture
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The crate, always in the same place, so that cargo builds it over what it built before."""
    copied = tmp_path_factory.getbasetemp() / "planted"
    shutil.copytree(CRATE, copied, dirs_exist_ok=True, copy_function=shutil.copyfile)  # cargo goes by times
    return copied


@pytest.mark.parametrize("what", sorted({bug.what for bug in BUGS.values()}))
def test_the_crate_as_it_is_gives_no_difference(what: str, copy: Path) -> None:
    assert not notices(copy, what)


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_a_planted_bug_is_noticed(bug: Bug, copy: Path) -> None:
    edit(copy / bug.path, bug.old, bug.new)
    assert notices(copy, bug.what)


def switches() -> list[tuple[str, str]]:
    """Every rule that is judged: the text of its line, and the same line that always keeps it."""
    text = (CRATE / CHECK).read_text(encoding="utf-8")
    return [(found[0], f".unless({found[1]} | true, {found[2]})") for found in SWITCH.finditer(text)]


def test_there_is_a_switch_for_every_rule() -> None:
    assert len({off.rpartition(" ")[2] for _line, off in switches()}) == len(RECORD_RULES)


@pytest.mark.parametrize(("line", "off"), switches())
def test_a_rule_that_is_switched_off_is_noticed(line: str, off: str, copy: Path) -> None:
    edit(copy / CHECK, line, off)
    assert notices(copy, "judging")
