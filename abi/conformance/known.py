# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Known failures: a TOML file of slugs with reasons, strict both ways.

A vector that fails and is not named, and one that is named and passes, both make the run fail; ``--update``
rewrites the file. Reasons are kept; a new entry's reason is what was seen, for people to replace.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final, NamedTuple

from abi.cli import read_file
from abi.conformance.runner import WRONG, Result, Verdict
from abi.errors import InputError

_TABLE: Final = "known-failures"
#: Bytes of a file; a device that never ends is no such file.
_LIMIT: Final = 1 << 24
_HEAD: Final = (
    "# Vectors that this target is known to fail, each with the reason. faultinfo conform --update rewrites it.\n"
)


class Judged(NamedTuple):
    """``unexpected``: fail and are not known; ``fixed``: are known and pass; ``known``: slug to reason."""

    unexpected: tuple[str, ...]
    fixed: tuple[str, ...]
    known: dict[str, str]

    @property
    def agrees(self) -> bool:
        """Whether the file says exactly what was measured."""
        return not (self.unexpected or self.fixed)


def read(path: str, slugs: Iterable[str]) -> dict[str, str]:
    """Slug to reason. Raises InputError ``known.*`` for a file that is not of this form, or names no vector."""
    import tomllib  # noqa: PLC0415 - only where such a file is given

    try:
        document = tomllib.loads(read_file(path, _LIMIT).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError("known.syntax", path, None, "TOML", str(error)) from None
    table = document.get(_TABLE)
    if set(document) != {_TABLE} or not isinstance(table, dict):
        raise InputError("known.syntax", path, None, f"one table [{_TABLE}]", ", ".join(document) or "nothing")
    there = set(slugs)
    for slug, reason in table.items():
        if slug not in there:
            raise InputError("known.slug", f"{path}: {slug}", None, "the slug of a vector", repr(slug),
                             "a slug stays unless it ends in a digest; --update does not remove what it does not know")
        if not isinstance(reason, str) or not reason.strip():
            raise InputError("known.reason", f"{path}: {slug}", None, "a reason", repr(reason))
    return dict(table)


def judge(results: Iterable[Result], known: dict[str, str]) -> Judged:
    """Hold what was measured against what is known. What was not run, or is not supported, says nothing."""
    by_slug = {result.vector.slug: result for result in results}
    return Judged(
        tuple(slug for slug, result in by_slug.items() if result.verdict in WRONG and slug not in known),
        tuple(slug for slug in known if slug in by_slug and by_slug[slug].verdict is Verdict.PASS),
        known,
    )


def updated(results: Iterable[Result], known: dict[str, str]) -> str:
    """The text of the file that agrees with what was measured."""
    results = list(results)
    judged = judge(results, known)
    kept = {slug: reason for slug, reason in known.items() if slug not in judged.fixed}
    seen = {r.vector.slug: f"unexplained: {r.verdict.value}{': ' + r.text if r.text else ''}" for r in results}
    kept |= {slug: seen[slug] for slug in judged.unexpected}
    return _HEAD + f"[{_TABLE}]\n" + "".join(f"{_quoted(slug)} = {_quoted(kept[slug])}\n" for slug in sorted(kept))


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's, but for DEL; nothing here has one half of a surrogate pair."""
    whole = text.encode("utf-8", "replace").decode()
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")
