# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The series written anew from a git repository in which it has been worked on, and such a repository made of it.

Only files that the series touches are in the repository: its first commit has them as the kernel has them.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from abi.errors import InputError
from tests.kernel.patch import Patch, around, parsed
from tests.kernel.series import ROOT, in_tree, put, result

AUTHOR: Final = "Your Name <you@example.org>"
#: Tag of the commit before the first patch.
BASE: Final = "kernel-base"
#: Folders of this repository whose files the series may copy as they are.
ONE_SOURCE: Final = ("spec/c", "spec/uapi")
_LICENCE: Final = "SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause"


def git(tree: Path, *command: str, said: str | None = None) -> str:
    """What git prints. Raises InputError ``kernel.git``."""
    name, _, address = AUTHOR.partition(" <")
    identity = ["-c", f"user.name={name}", "-c", f"user.email={address.rstrip('>')}", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", str(tree), *identity, *command], input=said, capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise InputError("kernel.git", command[0], None, "success", done.stderr.strip()[-400:])
    return done.stdout


def committed(tree: Path, series: Iterable[Patch]) -> None:
    """Apply the series as commits behind the tag ``kernel-base``. Raises InputError, with nothing applied."""
    if (tree / ".git").exists():
        raise InputError("kernel.git", str(tree), None, "a tree that is no git repository", "one",
                         "git format-patch in such a tree writes the series for git am in yours")
    patches = tuple(series)
    whole = result(patches, in_tree(tree))
    old = [path for path in whole.files if (tree / path).is_file()]
    git(tree, "init", "-q", "-b", "series")
    git(tree, "add", "-f", "--", *old)
    git(tree, "commit", "-q", "-m", "The kernel's files before the series")
    git(tree, "tag", "-f", BASE)
    for patch in patches:
        files = result([patch], in_tree(tree)).files
        put(tree, files)
        git(tree, "add", "-f", "--", *files)
        git(tree, "commit", "-q", "-F", "-", said=_body(patch))


def _body(patch: Patch) -> str:
    return f"{patch.subject}\n\n{patch.message.partition(chr(10) * 2)[2]}"


def exported(tree: Path, base: str = BASE) -> dict[str, str]:
    """File name -> text of each patch since ``base``. Raises InputError ``kernel.removal`` for one that takes lines."""
    commits = git(tree, "rev-list", "--reverse", f"{base}..HEAD").split()
    found = {}
    for number, commit in enumerate(commits, 1):
        message = git(tree, "show", "-s", "--format=%B", commit).strip()
        subject, _, body = message.partition("\n")
        name = re.sub(r"[^A-Za-z0-9]+", "-", subject).strip("-")[:52].rstrip("-")
        head = f"From: {AUTHOR}\n{_LICENCE}\nSubject: [PATCH {number}/{len(commits)}] {subject}\n{body}\n---\n"
        found[f"{number:04}-{name}.patch"] = head + "".join(_changes(tree, base, commit))
    return found


def _changes(tree: Path, base: str, commit: str) -> Iterator[str]:
    """``Copies:`` lines, then the diff of each other file."""
    kernels = set(git(tree, "ls-tree", "-r", "--name-only", base).split())
    diffs = []
    for path in git(tree, "diff", "--name-only", f"{commit}^", commit).split():
        old, new = (_text(tree, each, path) for each in (f"{commit}^", commit))
        if new is None:
            raise InputError("kernel.removal", path, None, "a series that takes no file away", commit[:12])
        source = _source(path, new)
        if source and old is None:
            yield f"Copies: {source} {path}\n"
        else:
            diffs.append(_diff(tree, commit, path, old, path in kernels))
    yield "\n"
    yield from diffs


def _source(path: str, text: str) -> str | None:
    """Which file of this repository it is."""
    names = (f"{folder}/{Path(path).name}" for folder in ONE_SOURCE)
    return next((name for name in names if (file := ROOT / name).is_file() and file.read_text("utf-8") == text), None)


def _text(tree: Path, commit: str, path: str) -> str | None:
    listed = git(tree, "ls-tree", "--name-only", commit, "--", path)
    return git(tree, "show", f"{commit}:{path}") if listed else None


def _diff(tree: Path, commit: str, path: str, old: str | None, kernels: bool) -> str:
    """The file's diff with hashes in its hunks' headings."""
    said = git(tree, "diff", "-U0", "--no-color", "--no-renames", f"{commit}^", commit, "--", path)
    body = said[said.index("\n@@ ") + 1:]
    body = re.sub(r"^(@@ [^@]* @@).*$", r"\1", body, flags=re.MULTILINE)
    start = "/dev/null" if old is None else f"a/{path}"
    head = f"diff --git a/{path} b/{path}\n{'new file mode 100644' + chr(10) if old is None else ''}"
    head += f"--- {start}\n+++ b/{path}\n"
    if old is None:
        return head + body
    lines = old.split("\n")
    told = []
    for hunk in parsed(path, f"\n---\n{head}{body}").changes[0].hunks:
        if kernels and _takes(hunk.gone, tree, path):
            raise InputError("kernel.removal", path, hunk.at + 1, "insertions only into the kernel's own files",
                             hunk.gone[0], "this repository holds no text of the kernel's")
        place = hunk.at + len(lines) - len(old.split("\n"))
        before, after = around(lines, place, len(hunk.gone))
        lines[place:place + len(hunk.gone)] = hunk.come
        first = hunk.at + (1 if hunk.gone else 0)
        span = f"-{first},{len(hunk.gone)} +{place + (1 if hunk.come else 0)},{len(hunk.come)}"
        told.append(f"@@ {span} @@ {' '.join(before)} | {' '.join(after)}\n")
        told += [f"-{line}\n" for line in hunk.gone] + [f"+{line}\n" for line in hunk.come]
    return head + "".join(told)


def _takes(gone: Iterable[str], tree: Path, path: str) -> bool:
    """Whether one of the lines is the kernel's own."""
    kernels = set(git(tree, "show", f"{BASE}:{path}").split("\n"))
    return any(line in kernels for line in gone)
