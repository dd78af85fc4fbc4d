# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
from __future__ import annotations

import pytest

from abi.errors import InputError
from tests.kernel.patch import Patch, applied, around, parsed

LINES = [f"line {number}" for number in range(1, 21)]


def patch_of(*hunks: tuple[int, int, list[str]]) -> Patch:
    """A patch that puts lines behind line ``at`` of LINES, where ``gone`` lines go."""
    lines = list(LINES)
    told, shift = [], 0
    for at, gone, come in hunks:
        before, after = around(lines, at + shift, gone)
        old = lines[at + shift:at + shift + gone]
        lines[at + shift:at + shift + gone] = come
        shift += len(come) - gone
        hashes = f"{' '.join(before)} | {' '.join(after)}"
        told.append(f"@@ -{at + (1 if gone else 0)},{gone} +{at + 1},{len(come)} @@ {hashes}")
        told += [f"-{line}" for line in old] + [f"+{line}" for line in come]
    body = "\n".join(told)
    head = "Subject: [PATCH 1/1] x\n\nwhy\n---\n\ndiff --git a/f b/f\n--- a/f\n+++ b/f\n"
    return parsed("0001-x.patch", f"{head}{body}\n")


def result(patch: Patch, lines: list[str]) -> tuple[list[str], list[int]]:
    text, moved = applied(patch, patch.changes[0], "\n".join(lines))
    return text.split("\n"), moved


@pytest.mark.parametrize("at", [0, 1, 10, 19, 20])
def test_a_hunk_goes_where_it_says(at: int) -> None:
    lines, moved = result(patch_of((at, 0, ["new", ""])), LINES)
    assert (lines, moved) == ([*LINES[:at], "new", "", *LINES[at:]], [0])


def test_hunks_that_are_near_each_other_and_one_that_takes_a_line() -> None:
    lines, moved = result(patch_of((5, 0, ["a"]), (6, 1, ["b", "c"]), (9, 0, ["d"])), LINES)
    assert lines == [*LINES[:5], "a", LINES[5], "b", "c", *LINES[7:9], "d", *LINES[9:]]
    assert moved == [0, 0, 0]


def test_hunks_that_have_moved_are_found_and_told() -> None:
    lines, moved = result(patch_of((5, 0, ["a"]), (12, 0, ["b"])), ["x", "y", *LINES])
    assert lines == ["x", "y", *LINES[:5], "a", *LINES[5:12], "b", *LINES[12:]]
    assert moved == [2, 2]


@pytest.mark.parametrize("near", range(7, 13))
def test_a_line_that_has_changed_near_a_hunk_is_named(near: int) -> None:
    lines = [*LINES]
    lines[near] = "line changed"
    with pytest.raises(InputError) as caught:
        result(patch_of((3, 0, ["a"]), (10, 0, ["b"])), lines)
    assert caught.value.code == "kernel.hunk"
    assert caught.value.path == "0001-x.patch: f: hunk 2 of 2"
    marked = [line for line in caught.value.got.split("\n") if line.startswith("-")]
    assert len(marked) == 1
    assert marked[0].startswith(f"- {near + 2}: line changed  [")


def test_a_changed_line_that_is_far_does_not_matter() -> None:
    lines = [*LINES]
    lines[6] = lines[13] = "line changed"
    assert result(patch_of((10, 0, ["b"])), lines)[0][10] == "b"


def test_a_tree_that_has_the_series_already_is_said_to_be_one() -> None:
    patch = patch_of((10, 0, ["new", "newer"]))
    lines, _ = result(patch, LINES)
    with pytest.raises(InputError, match="has the series already"):
        result(patch, lines)


def test_two_places_are_none() -> None:
    with pytest.raises(InputError) as caught:
        result(patch_of((10, 0, ["b"])), [*LINES, *LINES[5:15], *LINES[5:15]][11:])
    assert caught.value.got.startswith("2: lines ")


def test_a_line_to_take_that_is_another_is_refused() -> None:
    patch = patch_of((6, 1, ["b"]))
    lines = [*LINES]
    lines[6] = "another"
    with pytest.raises(InputError):
        result(patch, lines)


def test_new_files() -> None:
    text = "---\n\ndiff --git a/g b/g\nnew file mode 100644\n--- /dev/null\n+++ b/g\n@@ -0,0 +1,2 @@\n+one\n+two\n"
    patch = parsed("n", f"Subject: n\n{text}")
    assert applied(patch, patch.changes[0], None) == ("one\ntwo\n", [0])
    with pytest.raises(InputError, match="no such file"):
        applied(patch, patch.changes[0], "something")


@pytest.mark.parametrize("diff", [
    "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1,3 +1,4 @@\n line 1\n+new\n line 2\n line 3\n",
    "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1,0 +2,2 @@\n+new\n",
    "diff --git a/f b/f\nBinary files differ\n",
])
def test_what_is_no_such_patch_is_refused(diff: str) -> None:
    with pytest.raises(InputError) as caught:
        parsed("x", f"Subject: x\n---\n\n{diff}")
    assert caught.value.code == "kernel.patch"
