# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo files``: what other projects take is found, copied as it is, and nothing of theirs is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from abi.cli import BAD_INPUT, BAD_USAGE, DONE
from abi.commands.files import KINDS
from tests import house
from tests.cli.running import ROOT, called

SPEC = ROOT / "spec"
#: Files of the text, and what its pages rest on: they are read where the specification is.
TEXT = (".rst", ".svg", ".png", ".css")
EVIDENCE = "spec/evidence/"
#: Applied from a clone, by ``python -m tests.kernel``, which takes the headers that the series builds on.
SERIES = "spec/patch/"


def test_every_folder_that_holds_more_than_text_can_be_taken() -> None:
    taken = {folder.split("/")[0] for kind in KINDS.values() for folder in kind.folders}
    folders = {path.split("/")[1] for path in house.files(ROOT)
               if path.startswith("spec/") and path.count("/") > 1
               and not path.endswith(TEXT) and not path.startswith((EVIDENCE, SERIES))}
    assert folders == taken


def test_the_names_are_listed() -> None:
    done = called("files")
    assert done.code == DONE
    assert [line.split()[0] for line in done.out.splitlines()] == ["name", *KINDS]
    assert called("files", "--json").json == {
        name: {"folders": [str(SPEC / folder) for folder in kind.folders], "what": kind.what}
        for name, kind in KINDS.items()
    }


@pytest.mark.parametrize("name", KINDS)
def test_the_folders_of_one_are_printed_a_line_each(name: str) -> None:
    done = called("files", name)
    assert (done.code, done.out.splitlines()) == (DONE, [str(SPEC / folder) for folder in KINDS[name].folders])


def test_copies_are_what_is_there_and_a_second_time_nothing_changes(tmp_path: Path) -> None:
    to = tmp_path / "new" / "headers"
    done = called("files", "c", "--to", to)
    written = [Path(line) for line in done.out.splitlines()]
    expected = {path.name: path.read_bytes() for folder in ("c", "uapi") for path in (SPEC / folder).iterdir()}
    assert {path.name: path.read_bytes() for path in to.iterdir()} == expected
    assert sorted(written) == sorted(to.iterdir())
    assert called("files", "c", "--to", to).code == DONE


def test_adapters_stand_beside_what_they_are_built_on(tmp_path: Path) -> None:
    assert called("files", "adapters", "--to", tmp_path).code == DONE
    assert {path.name for path in tmp_path.iterdir()} == set(KINDS["adapters"].folders)
    assert (tmp_path / "adapters" / "python" / "adapter.py").is_file()


def test_what_a_build_has_left_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in ("rust/src/lib.rs", "rust/target/debug/x", "rust/src/__pycache__/x"):
        (tmp_path / "spec" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "spec" / path).write_bytes(b"")
    monkeypatch.setattr("abi.home.spec", lambda: tmp_path / "spec")
    assert called("files", "rust", "--to", tmp_path / "to").out == f"{tmp_path}/to/src/lib.rs\n"


def test_a_file_that_differs_is_kept_unless_it_may_go(tmp_path: Path) -> None:
    mine = tmp_path / "kfi_text.h"
    mine.write_text("mine")
    done = called("files", "c", "--to", tmp_path)
    assert (done.code, done.complaint["code"], done.complaint["path"]) == (BAD_INPUT, "files.differs", str(mine))
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"], "nothing is half copied"
    assert called("files", "c", "--to", tmp_path, "--force").code == DONE
    assert mine.read_bytes() == (SPEC / "c" / "kfi_text.h").read_bytes()


@pytest.mark.parametrize("place", ["/dev/null/x", "/dev/full", "folder"])
def test_a_place_that_cannot_be_written_is_bad_input(place: str, tmp_path: Path) -> None:
    (tmp_path / "folder" / "kfi_text.h").mkdir(parents=True)
    done = called("files", "c", "--to", tmp_path / place, "--force")
    assert (done.code, done.complaint["code"]) == (BAD_INPUT, "file.write")


def test_an_unknown_name_is_bad_input_and_a_place_without_one_bad_usage(tmp_path: Path) -> None:
    done = called("files", "headers")
    assert (done.code, done.complaint["code"]) == (BAD_INPUT, "files.name")
    assert called("files", "--to", tmp_path).code == BAD_USAGE
