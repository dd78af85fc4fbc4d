# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo vectors``: make ``spec/vectors/*.json`` anew, or say where they have drifted."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from abi.cli import BAD_USAGE, DONE, NO, add_json
from abi.conformance.make import GROUPS, group
from abi.conformance.vectors import folder, load, text
from abi.errors import InputError
from abi.home import NO_CLONE, clone


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file differs")
    parser.add_argument("--into", type=Path, metavar="DIR", help="the folder of the vectors; the clone's if not given")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Make every file; raises InputError for what cannot be read or written."""
    if clone() is None:  # the hand-made records of the tests are needed too
        print(f"faultinfo vectors: {NO_CLONE}", file=sys.stderr)
        return BAD_USAGE
    into: Path = options.into or folder()
    told = {}
    for name in GROUPS:
        path = into / f"{name}.json"
        made = text(group(name))
        told[name] = {"path": str(path), "changed": made != _read(path)}
        if told[name]["changed"] and not options.check:
            _write(path, made)
    stray = sorted(path.name for path in into.glob("*.json") if path.stem not in GROUPS)
    if stray:
        raise InputError("vectors.stray", str(into), None, "only files that the tool makes", ", ".join(stray))
    changed = [name for name, said in told.items() if said["changed"]]
    if not (options.check and changed):
        load(into)
    if options.json:
        print(json.dumps(told))
    else:
        for name, said in told.items():
            state = ("differs" if options.check else "written") if said["changed"] else "up to date"
            print(f"{name}: {state}")
    return NO if options.check and changed else DONE


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise InputError("file.read", str(path), None, "a readable file", str(error.strerror)) from None


def _write(path: Path, made: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made, encoding="ascii")
    except OSError as error:
        raise InputError("file.write", str(path), None, "a writable file", str(error.strerror)) from None
