# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A patch whose hunks carry no line of the kernel's: unified diff without context, and hashes in place of it.

    @@ -2180,0 +2181,3 @@ 1f0c2d3e 5a6b7c8d 9eafb0c1 | 0a1b2c3d 4e5f6071 8293a4b5

Behind the second @@ stand the first eight hex digits of SHA-256 of each of the three lines before the place and of the
three behind it (fewer at a file's ends). So GNU patch and git apply --unidiff-zero read the file, and whoever knows the
hashes knows whether it is the right place, finds it where it has moved, and can say which line has changed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from abi.errors import InputError

#: Lines on each side that are hashed.
AROUND: Final = 3
#: Hex digits of each hash.
DIGITS: Final = 8
#: How bytes that are not UTF-8 are kept.
BYTES: Final = "surrogateescape"
CODE: Final = "kernel.hunk"
_HUNK: Final = re.compile(
    r"@@ -(?P<old>\d+)(?:,(?P<gone>\d+))? \+\d+(?:,(?P<come>\d+))? @@"
    r"(?: (?P<before>[0-9a-f ]*)\|(?P<after>[0-9a-f ]*))?"
)
#: Where a patch says which files of this repository it adds as they are.
_COPY: Final = re.compile(r"Copies: (?P<source>\S+) (?P<target>\S+)")


class Hunk(NamedTuple):
    """Lines that go and come behind line ``at`` of the file as the patch before it leaves it."""

    at: int
    gone: tuple[str, ...]
    come: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]


class Change(NamedTuple):
    """What a patch does to one file; a file that it makes has one hunk, and ``new``."""

    path: str
    hunks: tuple[Hunk, ...]
    new: bool


class Patch(NamedTuple):
    """One patch: its message, the files that it copies from this repository (source, target), its changes."""

    name: str
    message: str
    copies: tuple[tuple[str, str], ...]
    changes: tuple[Change, ...]

    @property
    def subject(self) -> str:
        """The first line of the message."""
        found = re.search(r"^Subject: (?:\[[^]]*\] )?(.*)$", self.message, re.MULTILINE)
        return found[1] if found else self.name


def line_hash(line: str) -> str:
    """What stands for a line."""
    return hashlib.sha256(line.encode(errors=BYTES)).hexdigest()[:DIGITS]


def around(lines: Sequence[str], at: int, gone: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Hashes of the lines before and behind a place from which ``gone`` lines go."""
    before = lines[max(0, at - AROUND):at]
    after = lines[at + gone:at + gone + AROUND]
    return tuple(map(line_hash, before)), tuple(map(line_hash, after))


def parsed(name: str, text: str) -> Patch:
    """A patch file. Raises InputError ``kernel.patch``."""
    message, _, rest = text.partition("\n---\n")
    notes, marker, diff = rest.partition("diff --git ")
    copies = tuple((found["source"], found["target"]) for found in _COPY.finditer(notes))
    pieces = (marker + diff).split("diff --git ")[1:]
    return Patch(name, message + "\n", copies, tuple(_change(name, piece) for piece in pieces))


def _change(name: str, piece: str) -> Change:
    lines = piece.removesuffix("\n").split("\n")
    start = next((i for i, line in enumerate(lines) if line.startswith("+++ b/")), None)
    if start is None:
        raise InputError("kernel.patch", name, None, "a file to change", lines[0])
    path = lines[start].removeprefix("+++ b/")
    return Change(path, tuple(_hunks(name, lines[start + 1:])), lines[start - 1] == "--- /dev/null")


def _hunks(name: str, lines: Sequence[str]) -> Iterator[Hunk]:
    i = 0
    while i < len(lines):
        head = _HUNK.match(lines[i])
        if head is None:
            raise InputError("kernel.patch", name, None, "a hunk without context", lines[i][:60])
        gone, come = (int(head[part] or "1") if head[part] != "0" else 0 for part in ("gone", "come"))
        body = lines[i + 1:i + 1 + gone + come]
        if [line[:1] for line in body] != ["-"] * gone + ["+"] * come:
            raise InputError("kernel.patch", name, None, f"{gone} lines with -, {come} with +", lines[i])
        texts = [line[1:] for line in body]
        at = int(head["old"]) - (1 if gone else 0)
        yield Hunk(at, tuple(texts[:gone]), tuple(texts[gone:]),
                   tuple((head["before"] or "").split()), tuple((head["after"] or "").split()))
        i += 1 + gone + come


def applied(patch: Patch, change: Change, text: str | None) -> tuple[str, list[int]]:
    """The file as the patch leaves it, and by how many lines each hunk had moved. Raises InputError ``kernel.hunk``."""
    where = f"{patch.name}: {change.path}"
    if change.new:
        if text is not None:
            raise InputError(CODE, where, None, "no such file", "a file", "a tree that has the series already?")
        return "".join(f"{line}\n" for line in change.hunks[0].come), [0]
    if text is None:
        raise InputError(CODE, where, None, "a file to change", "no such file")
    lines = text.split("\n")
    found: list[int] = []
    shift = 0
    for number, hunk in enumerate(change.hunks, 1):
        place = _place(f"{where}: hunk {number} of {len(change.hunks)}", hunk, lines, shift)
        lines[place:place + len(hunk.gone)] = hunk.come
        shift = place - hunk.at + len(hunk.come) - len(hunk.gone)
        found.append(place - hunk.at - sum(len(h.come) - len(h.gone) for h in change.hunks[:number - 1]))
    return "\n".join(lines), found


def _fits(hunk: Hunk, lines: Sequence[str], place: int) -> bool:
    return (around(lines, place, len(hunk.gone)) == (hunk.before, hunk.after)
            and tuple(lines[place:place + len(hunk.gone)]) == hunk.gone)


def _place(where: str, hunk: Hunk, lines: Sequence[str], shift: int) -> int:
    """The line behind which the hunk goes: where it says, else the one place that has all of its hashes."""
    said = hunk.at + shift
    if _fits(hunk, lines, said):
        return said
    places = [place for place in range(len(lines)) if _fits(hunk, lines, place)]
    if len(places) == 1:
        return places[0]
    if places:
        raise InputError(CODE, where, None, "one place with these lines around it",
                         f"{len(places)}: lines {', '.join(str(place + 1) for place in places[:5])}")
    hint = "- stands before a line that is not what it was; see spec/kernel.rst, Another kernel"
    if any(tuple(lines[place:place + len(hunk.come)]) == hunk.come for place in range(len(lines))):
        hint = "what the hunk inserts is there: a tree that has the series already?"
    raise InputError(CODE, where, None, "the lines that the patch was made for", _changed(hunk, lines, said), hint)


def _changed(hunk: Hunk, lines: Sequence[str], said: int) -> str:
    """The lines at the place that is most alike, nearest to where the hunk says; those that have changed are marked."""
    expected = (*hunk.before, *hunk.after)

    def hashes(place: int) -> list[str]:
        first = place - len(hunk.before)
        return [line_hash(lines[i]) if 0 <= i < len(lines) else "" for i in _rows(hunk, first)]

    def alike(place: int) -> tuple[int, int]:
        return sum(a == b for a, b in zip(hashes(place), expected, strict=True)), -abs(place - said)

    best = max(range(len(lines) + 1), key=alike)
    if not alike(best)[0]:
        best = min(said, len(lines))
    told = [f"around line {best + 1}"]
    for row, want, got in zip(_rows(hunk, best - len(hunk.before)), expected, hashes(best), strict=True):
        line = lines[row] if 0 <= row < len(lines) else "(beyond the end)"
        told.append(f"  {row + 1}: {line}" if want == got else f"- {row + 1}: {line}  [{got}, not {want}]")
    return "\n".join(told)


def _rows(hunk: Hunk, first: int) -> list[int]:
    """Indices of the hashed lines, if the first is there."""
    behind = first + len(hunk.before) + len(hunk.gone)
    return [*range(first, first + len(hunk.before)), *range(behind, behind + len(hunk.after))]
