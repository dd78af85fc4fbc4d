# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The documentation of the series, by the kernel tree's own judges: what they complain of, and what the pages show.

``make htmldocs`` of the folder that the series touches, ``documentation-file-ref-check`` for the files that its text
names, and ``kernel-doc`` for the comments of its headers, which W=1 reads in C files alone.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from abi.errors import InputError
from tests.kernel import build
from tests.kernel.export import git
from tests.kernel.patch import Change, Patch
from tests.lab.cache import Cache

#: What is built, below Documentation.
FOLDER: Final = "virt/kvm"
#: The folder of the build in the cache.
NAME: Final = "docs"
#: Where kbuild puts pages, below the folder of its output.
PAGES: Final = "Documentation/output"
SECONDS: Final = 120
#: What of the comments of copied headers stays, by the name that it is about, and why.
REASONS: Final = {
    "kfi_vcpu": "registers, each by the name that the architecture has for it",
    "kfi_read": "the arguments of kfi_parse(), to which its comment points",
}
_COMPLAINT: Final = re.compile(r"WARNING|ERROR|CRITICAL|[Ww]arning: ")
_NUMBERS: Final = re.compile(r":\d+(?=[: ])")
_LINE: Final = re.compile(r"([=\-~^\"'`#*+.])\1+")


class Heading(NamedTuple):
    """A heading that the series brings, and the file that it is in."""

    path: str
    text: str


class Found(NamedTuple):
    """What the series adds to the complaints, without and with a reason to stay; headings that its pages have not."""

    new: list[str]
    explained: list[str]
    missing: list[Heading]


def judged(cache: Cache, source: tuple[Path, str], series: Iterable[Patch], files: Mapping[str, str],
           before: Iterable[str]) -> Found:
    """The tree with these files; ``before``: complaints of the tree without them. Raises InputError as make does."""
    work = build.workplace(cache, *source, dict(files), NAME)
    told: dict[bool, list[str]] = {True: [], False: []}
    for line in new(before, complaints(work, files)):
        told[any(f"'{name}'" in line for name in REASONS)].append(line)
    return Found(told[False], told[True], [heading for heading in headings(series) if not shown(work, heading)])


def unpatched(cache: Cache, source: tuple[Path, str], files: Iterable[str]) -> list[str]:
    """Complaints of the tree as it was, about files of these names."""
    return complaints(build.workplace(cache, *source, {}, NAME), files)


def complaints(work: build.Work, files: Iterable[str]) -> list[str]:
    """What the judges say of the tree as it is; ``files``: those to look for references and comments in."""
    here = [path for path in sorted(files) if (work.tree / path).is_file()]
    return [*_html(work), *_references(work.tree, here), *_comments(work.tree, here)]


def new(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """What is said after and was not before; that a line has another number does not make it new."""
    old = Counter(_NUMBERS.sub("", line) for line in before)
    found = []
    for line in after:
        name = _NUMBERS.sub("", line)
        if old[name]:
            old[name] -= 1
        else:
            found.append(line)
    return found


def headings(series: Iterable[Patch]) -> list[Heading]:
    """Those that stand in what the patches insert into pages."""
    prefix = f"Documentation/{FOLDER}/"
    return [Heading(change.path, text) for patch in series for change in patch.changes
            if change.path.startswith(prefix) and change.path.endswith(".rst") for text in _titles(change)]


def _titles(change: Change) -> Iterator[str]:
    for hunk in change.hunks:
        for title, line in zip(hunk.come, hunk.come[1:], strict=False):
            if title and not _LINE.fullmatch(title) and _LINE.fullmatch(line) and len(line) >= len(title):
                yield title


def shown(work: build.Work, heading: Heading) -> bool:
    """Whether its page was built and has it as a heading."""
    page = work.out / PAGES / Path(heading.path).relative_to("Documentation").with_suffix(".html")
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    return re.search(rf"<h\d>{re.escape(html.escape(heading.text, quote=False))}<", text) is not None


def _html(work: build.Work) -> list[str]:
    """Every page anew: Sphinx says nothing of one that has not changed."""
    shutil.rmtree(work.out / PAGES, ignore_errors=True)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    said = build.make(work, ["htmldocs"], 1, [f"SPHINXDIRS={FOLDER}"], {"PATH": path}, warning=_COMPLAINT)
    return [line.replace(f"{work.tree}/", "") for line in said]


def _references(tree: Path, files: Sequence[str]) -> list[str]:
    """It looks at what git knows: that is made to be these files, for as long as it runs."""
    try:
        git(tree, "init", "-q")
        git(tree, "add", "-f", "--", *files)
        return _ran(tree, ["tools/docs/documentation-file-ref-check", "--warn"], {})
    finally:
        shutil.rmtree(tree / ".git", ignore_errors=True)


def _comments(tree: Path, files: Sequence[str]) -> list[str]:
    headers = [path for path in files if path.endswith(".h")]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return _ran(tree, [sys.executable, "tools/docs/kernel-doc", "-none", *headers], {"PATH": path}) if headers else []


def _ran(tree: Path, command: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """What a tool of the tree says on standard error. Raises InputError ``kernel.docs`` where it cannot be run."""
    try:
        done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, timeout=SECONDS,
                              env=os.environ | {"LC_ALL": "C", **environment})
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError("kernel.docs", command[0], None, "an answer", str(error)) from None
    return list(dict.fromkeys(line for line in done.stderr.splitlines() if line.strip()))
