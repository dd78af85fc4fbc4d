# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo files``: where the files are that other projects take, and copies of them.

``files`` lists the names, ``files NAME`` prints the folders of one, a line each (``-I`` for a compiler),
``files NAME --to DIR`` copies what is in them into DIR, so that it can be used from there as it is: the folders
of ``c`` become one, those of ``adapters`` stay beside each other.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Final, NamedTuple

from abi import home
from abi.cli import BAD_USAGE, DONE, add_json
from abi.errors import InputError
from abi.terminal import table


class Kind(NamedTuple):
    """What can be taken: its folders under ``spec``, what it is for, and whether copies keep the folders' names."""

    folders: tuple[str, ...]
    what: str
    named: bool = False


KINDS: Final = {
    "c": Kind(("c", "uapi"), "readers, ring, firmware walker, fill functions: header-only C11, with the UAPI header"),
    "uapi": Kind(("uapi",), "the UAPI header alone"),
    "rust": Kind(("rust",), "the same readers as a crate, no_std, without dependencies"),
    "go": Kind(("go",), "the record, ring and reply as Go structs, with flags and codes"),
    "formats": Kind(("formats",), "descriptions for Kaitai, syzkaller and ImHex, a dictionary for fuzzers"),
    "fuzz": Kind(("fuzz", "c", "uapi", "adapters/c"),
                 "the fuzzing kit in C: cases, mutator, harness, templates; the readers, its oracle"),
    "schemas": Kind(("schemas",), "JSON schemas of files and outputs"),
    "vectors": Kind(("vectors",), "the conformance vectors"),
    "adapters": Kind(("adapters", "c", "uapi", "rust", "go"), "conformance targets, and what they need", named=True),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", nargs="?", metavar="NAME", help=f"one of {', '.join(KINDS)}; listed if not given")
    parser.add_argument("--to", type=Path, metavar="DIR", help="copy them into this folder, which is made")
    parser.add_argument("--force", action="store_true", help="also over files there that are different")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """List, find or copy; raises InputError for an unknown name and for what cannot be read or written."""
    if options.name is None:
        if options.to:
            print("faultinfo files: --to needs NAME", file=sys.stderr)
            return BAD_USAGE
        _list(as_json=options.json)
        return DONE
    if options.name not in KINDS:
        raise InputError("files.name", "NAME", None, f"one of {', '.join(KINDS)}", repr(options.name))
    found = folders(options.name)
    written = copy(options.name, options.to, force=options.force) if options.to else []
    if options.json:
        print(json.dumps({"folders": list(map(str, found)), "written": list(map(str, written))}))
    else:
        print("\n".join(map(str, written if options.to else found)))
    return DONE


def folders(name: str) -> list[Path]:
    """The folders of one kind. Raises InputError ``file.read`` if one is not there."""
    found = [home.spec() / folder for folder in KINDS[name].folders]
    for folder in found:
        if not folder.is_dir():
            raise InputError("file.read", str(folder), None, "a folder that comes with the project", "none")
    return found


def copy(name: str, to: Path, *, force: bool = False) -> list[Path]:
    """Copy all files of a kind below ``to``; the paths there. Nothing is written where one is there and differs."""
    named = KINDS[name].named
    planned = {to / path.relative_to(folder.parent if named else folder): _read(path)
               for folder in folders(name) for path in _files(folder)}
    if not force:
        for path, data in planned.items():
            if os.path.lexists(path) and (path.is_dir() or _read(path) != data):
                raise InputError("files.differs", str(path), None, "no such file, or the same", "another",
                                 "--force writes over it")
    for path, data in planned.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError as error:
            raise InputError("file.write", str(path), None, "a writable file", str(error.strerror)) from None
    return list(planned)


def _files(folder: Path) -> list[Path]:
    """Files of a folder, without what a build has left in a clone."""
    return sorted(path for path in folder.rglob("*")
                  if path.is_file() and not {"target", "__pycache__"} & set(path.relative_to(folder).parts))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("file.read", str(path), None, "a readable file", str(error.strerror)) from None


def _list(*, as_json: bool) -> None:
    if as_json:
        print(json.dumps({name: {"folders": list(map(str, folders(name))), "what": kind.what}
                          for name, kind in KINDS.items()}))
    else:
        table([(name, kind.what) for name, kind in KINDS.items()], ("name", "what"))
