# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo generate``: write what is generated from the definition, or say where it has drifted."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
from pathlib import Path
from typing import Final, NamedTuple

from abi.cli import BAD_USAGE, DONE, NO, add_json
from abi.errors import InputError
from abi.generate import ARTEFACTS, Artefact
from abi.home import NO_CLONE, clone

_NOTHING: Final = "(no such line)"


class Difference(NamedTuple):
    """The first line in which a file is not what the definition says."""

    line: int
    expected: str
    got: str


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to make; all if none: {', '.join(ARTEFACTS)}")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file differs")
    parser.add_argument("--into", type=Path, metavar="DIR", help="the folder that holds spec/; the clone if not given")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Write or check; raises InputError for an unknown name and for files that cannot be read or written."""
    into = options.into or clone()
    if into is None:
        print(f"faultinfo generate: {NO_CLONE}, or give --into", file=sys.stderr)
        return BAD_USAGE
    said = {}
    for name in options.names or ARTEFACTS:
        if name not in ARTEFACTS:
            raise InputError("generate.name", "NAME", None, f"one of {', '.join(ARTEFACTS)}", repr(name))
        said[name] = (_check if options.check else _write)(ARTEFACTS[name], into)
    if options.json:
        print(json.dumps({name: {"path": ARTEFACTS[name].path, "changed": found is not None,
                                 "difference": found._asdict() if found else None} for name, found in said.items()}))
    else:
        for name, found in said.items():
            _print(ARTEFACTS[name].path, found, check=options.check)
    return NO if options.check and any(said.values()) else DONE


def difference(expected: str, got: str) -> Difference | None:
    """Where two texts first differ; None if they are the same."""
    if expected == got:
        return None
    lines = itertools.zip_longest(expected.split("\n"), got.split("\n"))
    for number, (mine, theirs) in enumerate(lines, 1):
        if mine != theirs:
            return Difference(number, _NOTHING if mine is None else mine, _NOTHING if theirs is None else theirs)
    raise AssertionError("texts that differ have a line that differs")


def _check(artefact: Artefact, folder: Path) -> Difference | None:
    return difference(artefact.render(), _read(folder / artefact.path))


def _write(artefact: Artefact, folder: Path) -> Difference | None:
    """Write the file where it differs, whole or not at all; return what was different."""
    path, text = folder / artefact.path, artefact.render()
    found = difference(text, _read(path))
    if found is None:
        return None
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(text.encode())
        fresh.replace(path)
    except OSError as error:
        raise InputError("file.write", str(path), None, "a writable file", str(error.strerror)) from None
    return found


def _read(path: Path) -> str:
    """The file as it is, empty if there is none."""
    try:
        return path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise InputError("file.read", str(path), None, "a readable file", str(error.strerror)) from None


def _print(path: str, found: Difference | None, *, check: bool) -> None:
    if found is None:
        print(f"{path}: up to date")
    elif check:
        print(f"{path}:{found.line}: expected {found.expected!r}, got {found.got!r}")
    else:
        print(f"{path}: written")
