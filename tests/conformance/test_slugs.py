# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Slugs are permanent: other projects' lists of known failures and notes name them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from abi.conformance.make.book import digest
from tests.conformance import slugs
from tests.conformance.targets import ROOT, every

NAMES = [vector.slug for vector in every()]


def test_no_slug_that_was_given_once_is_gone() -> None:
    assert slugs.gone(NAMES) == []


def test_every_slug_is_on_the_list() -> None:
    assert slugs.lasting(NAMES) - set(slugs.given()) == set(), "python -m tests.conformance.slugs adds them"
    assert slugs.given() == sorted(set(slugs.given()))


@pytest.mark.parametrize("slug", ["captured-data-read-el1", "enable-1.1-on-1.0", "ring-stamp-0-0"])
def test_a_slug_that_is_removed_or_renamed_is_named(slug: str) -> None:
    assert slugs.gone([name for name in NAMES if name != slug]) == [slug]
    assert slugs.gone([f"{slug}-2" if name == slug else name for name in NAMES]) == [slug]


def test_a_digest_may_change_and_its_kind_may_not_go() -> None:
    kind = "check-breaks-vmm.size-"
    others = [name for name in NAMES if not name.startswith(kind)]
    assert slugs.gone([*others, f"{kind}012345"]) == []
    assert slugs.gone(others) == [f"{kind}*"]


def test_a_slug_that_ends_in_a_digest_names_these_bytes() -> None:
    found = {v.slug: v.input.get("record", b"") for v in every() if slugs.DIGESTED.fullmatch(v.slug)}
    assert len(found) > 500
    assert [slug for slug, record in found.items() if not slug.endswith(f"-{digest(record)}")] == []


def test_a_slug_is_short_and_plain() -> None:
    assert [name for name in NAMES if not re.fullmatch(r"[a-z0-9._-]{1,80}", name)] == []


def test_new_slugs_are_added_and_nothing_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "slugs.txt"
    assert slugs.add(["b", "a", "check-breaks-x-012345"], path) == 3
    assert slugs.add(["c", "check-breaks-x-ffffff"], path) == 1
    assert slugs.given(path) == ["a", "b", "c", "check-breaks-x-*"]


def test_no_commit_has_taken_a_line_from_the_list() -> None:
    if (ROOT / ".git").exists():  # a source distribution has no history
        assert slugs.taken_away() == []


@pytest.mark.parametrize("committed", [False, True])
def test_a_line_that_was_taken_away_is_named(committed: bool, tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), "-c", "user.name=n", "-c", "user.email=e", *arguments], check=True,
                       capture_output=True)

    path = tmp_path / "slugs.txt"
    git("init", "-q")
    slugs.add(["a-1", "b-1"], path)
    git("add", ".")
    git("commit", "-qm", "one")
    slugs.add(["c-1"], path)
    git("commit", "-qam", "more")
    assert slugs.taken_away(path) == []
    path.write_text(path.read_text().replace("b-1\n", "b-2\n"))
    if committed:
        git("commit", "-qam", "less")
    assert slugs.taken_away(path) == ["b-1"]
