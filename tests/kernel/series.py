# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The series of ``spec/patch``, in the order in which it would be posted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from abi.errors import InputError
from tests.kernel.patch import BYTES, Patch, applied, parsed

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "spec/patch"


class Result(NamedTuple):
    """Files as the series leaves them, by their path in the tree; ``moved``: what was not where it was expected."""

    files: dict[str, str]
    moved: tuple[str, ...]


def patches(folder: Path = FOLDER) -> tuple[Patch, ...]:
    """All of them, by their numbers."""
    return tuple(parsed(path.name, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.patch")))


def result(series: Iterable[Patch], read: Callable[[str], str | None]) -> Result:
    """Apply the patches one after the other to what ``read`` finds; nothing is written. Raises InputError."""
    files: dict[str, str] = {}
    moved: list[str] = []
    for patch in series:
        for source, target in patch.copies:
            files[target] = (ROOT / source).read_text(encoding="utf-8")
        for change in patch.changes:
            text = files[change.path] if change.path in files else read(change.path)
            files[change.path], shifts = applied(patch, change, text)
            moved += [f"{patch.name}: {change.path}: hunk {number} applied {shift:+d} lines from its place"
                      for number, shift in enumerate(shifts, 1) if shift]
    return Result(files, tuple(moved))


def in_tree(tree: Path) -> Callable[[str], str | None]:
    """Reads files of a kernel tree; None where there is none. Bytes that are not UTF-8 come back as they were."""

    def read(path: str) -> str | None:
        with _telling():
            file = tree / path
            return file.read_text(encoding="utf-8", errors=BYTES) if file.is_file() else None

    return read


def put(tree: Path, files: dict[str, str]) -> None:
    """Write what has changed, all of it or nothing: others may share the old ones by hard links.

    Raises InputError ``kernel.tree`` where the tree cannot be written.
    """
    read = in_tree(tree)
    changed = {tree / path: text for path, text in files.items() if read(path) != text}
    with _telling():
        try:
            for file, text in changed.items():
                _new(file).parent.mkdir(parents=True, exist_ok=True)
                _new(file).write_text(text, encoding="utf-8", errors=BYTES)
                if file.is_file():
                    _new(file).chmod(file.stat().st_mode & 0o777)
            for file in changed:
                _new(file).rename(file)
        except OSError:
            for file in changed:
                _new(file).unlink(missing_ok=True)
            raise


def _new(file: Path) -> Path:
    return file.with_name(f"{file.name}.new")


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError("kernel.tree", str(error.filename), None, "files that can be read and written",
                         str(error.strerror)) from None
