# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo generate``: what is in the repository is what the definition says, and drift is told by line."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from abi.generate import ARTEFACTS
from abi.generate.command import Difference, difference
from tests.cli.running import ROOT, called, process
from tests.generate.conftest import copied, regenerated
from tests.test_checklists import edit

HEADER = ARTEFACTS["c-header"].path
#: Folders that hold nothing but generated files.
FOLDERS = ("spec/uapi", "spec/formats", "spec/schemas", "spec/tables", "spec/figures")


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """A folder with every artefact as it is in the repository."""
    for artefact in ARTEFACTS.values():
        (tmp_path / artefact.path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / artefact.path, tmp_path / artefact.path)
    return tmp_path


@pytest.mark.parametrize("name", ARTEFACTS)
def test_what_is_in_the_repository_is_what_the_definition_says(name: str) -> None:
    artefact = ARTEFACTS[name]
    assert difference(artefact.render(), (ROOT / artefact.path).read_text(encoding="utf-8")) is None, (
        f"{artefact.path} has drifted; run: faultinfo generate"
    )


def test_check_says_so_and_ends_with_0() -> None:
    done = process("generate", "--check")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [f"{artefact.path}: up to date" for artefact in ARTEFACTS.values()]


#: Made of what was measured, by commands of their own (tests/adequacy, tests/fuzz).
MEASURED = {"spec/tables/adequacy.rst", "spec/tables/fuzz-own.rst", "spec/tables/fuzz-panel.rst"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_else_lies_where_files_are_generated(folder: str) -> None:
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).iterdir()} - MEASURED
    assert there == {artefact.path for artefact in ARTEFACTS.values() if artefact.path.rpartition("/")[0] == folder}


@pytest.mark.parametrize("name", ARTEFACTS)
def test_the_head_names_licence_source_and_how_to_make_it_again(name: str) -> None:
    head = "\n".join((ROOT / ARTEFACTS[name].path).read_text(encoding="utf-8").splitlines()[:6])
    assert "SPDX-License-Identifier: " in head
    assert "To regenerate run: faultinfo generate" in head
    sources = re.search(r"Do not edit: generated from ([^\s,]+(?:, [^\s,]+)*?)\.(?:\s|$)", head)
    assert sources
    for path in sources[1].split(", "):
        assert (ROOT / path).exists(), path


def test_the_same_definition_gives_the_same_bytes_whatever_the_hash_seed() -> None:
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-m", "abi.cli", "generate", "--check"], cwd=ROOT, capture_output=True, text=True,
            env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}, check=False,
        )
        assert done.returncode == 0, done.stdout


def test_drift_is_told_by_the_first_line_that_differs_and_ends_with_1(spec: Path) -> None:
    lines = (spec / HEADER).read_text(encoding="utf-8").split("\n")
    number = next(n for n, line in enumerate(lines) if "__u64 hpfar;" in line)
    lines[number] = "\t__u32 hpfar;"
    (spec / HEADER).write_text("\n".join(lines), encoding="utf-8")
    done = called("generate", "--check", "--into", spec)
    assert (done.code, done.err) == (1, "")
    assert f"{HEADER}:{number + 1}: expected '\\t__u64 hpfar;', got '\\t__u32 hpfar;'" in done.out.splitlines()
    assert (spec / HEADER).read_text(encoding="utf-8") == "\n".join(lines), "checking writes nothing"


def test_drift_is_told_to_machines_too(spec: Path) -> None:
    (spec / HEADER).write_bytes((spec / HEADER).read_bytes() + b"more\n")
    done = called("generate", "--check", "--json", "c-header", "rust", "--into", spec)
    assert done.code == 1
    lines = (ROOT / HEADER).read_text(encoding="utf-8").count("\n")
    assert done.json == {
        "c-header": {"path": HEADER, "changed": True,
                     "difference": {"line": lines + 1, "expected": "", "got": "more"}},
        "rust": {"path": "spec/rust/src/abi.rs", "changed": False, "difference": None},
    }


@pytest.mark.parametrize(("text", "got"), [
    ("a\nc\n", Difference(2, "b", "c")), ("a\n", Difference(2, "b", "")), ("a\nb", Difference(3, "", "(no such line)")),
    ("a\nb\n\n", Difference(4, "(no such line)", "")), ("", Difference(1, "a", "")), ("a\nb\n", None),
    ("a\r\nb\n", Difference(1, "a", "a\r")), ("a\nb\n\x0b", Difference(3, "", "\x0b")),
])
def test_the_first_difference_is_found(text: str, got: Difference | None) -> None:
    assert difference("a\nb\n", text) == got


def test_a_file_that_is_missing_or_no_text_has_drifted_and_is_written_again(spec: Path) -> None:
    (spec / HEADER).unlink()
    (spec / "spec/rust/src/abi.rs").write_bytes(b"\xff\xfe")
    assert called("generate", "--check", "--into", spec).code == 1
    done = called("generate", "--into", spec)
    assert done.code == 0
    assert [line for line in done.out.splitlines() if line.endswith(": written")] == [
        f"{HEADER}: written", "spec/rust/src/abi.rs: written",
    ]
    assert called("generate", "--check", "--into", spec).code == 0
    assert not [path for path in spec.rglob(".*") if path.is_file()], "no half-written file is left"


def test_one_changed_offset_makes_every_artefact_that_tells_it_drift(tmp_path: Path) -> None:
    """Regenerate nothing after the definition changed: the check of the copy says where."""
    copy = copied(tmp_path)
    edit(copy / "abi" / "definition.py", 'Field("esr", u64', 'Field("x", u64')
    edit(copy / "abi" / "definition.py", 'Field("far", u64', 'Field("esr", u64')
    edit(copy / "abi" / "definition.py", 'Field("x", u64', 'Field("far", u64')
    regenerated(copy)
    told = {name for name, artefact in ARTEFACTS.items()
            if (copy / artefact.path).read_bytes() != (ROOT / artefact.path).read_bytes()}
    assert {"c-header", "c-asserts", "rust", "kaitai", "syzkaller", "imhex", "table-record", "schema-decode",
            "schema-ring", "schema-emit", "schema-import"} <= told


def test_a_new_artefact_is_made_and_its_drift_is_told(tmp_path: Path) -> None:
    """The list in README.md, followed on a copy."""
    copy = copied(tmp_path)
    (copy / "abi" / "generate" / "zig.py").write_text("""
from abi.definition import SIZES
from abi.generate.text import head
def render():
    sizes = [f"pub const size{v.major}{v.minor} = {size};" for v, size in SIZES.items()]
    return "\\n".join([*(f"// {line}" for line in head()), *sizes]) + "\\n"
""", encoding="utf-8")
    edit(copy / "abi" / "generate" / "__init__.py", "ARTEFACTS: Final = {\n",
         'ARTEFACTS: Final = {\n    "zig": Artefact("spec/zig/abi.zig", "zig:render"),\n')
    made = (regenerated(copy, "zig") / "spec/zig/abi.zig").read_text(encoding="utf-8")
    assert made.endswith("\npub const size10 = 64;\npub const size11 = 80;\n")
    edit(copy / "abi" / "definition.py", 'as SIGBUS si_addr", V1_1,', 'as SIGBUS si_addr", V1_0,')
    done = subprocess.run(
        [sys.executable, "-m", "abi.cli", "generate", "--check", "zig"], cwd=copy, env={"PYTHONPATH": str(copy)},
        capture_output=True, text=True, check=False,
    )
    assert done.returncode == 1
    assert done.stdout == "spec/zig/abi.zig:4: expected 'pub const size10 = 72;', got 'pub const size10 = 64;'\n"


def test_bad_input_is_told(spec: Path) -> None:
    done = called("generate", "c-headers", "--into", spec)
    assert (done.code, done.complaint["code"], done.complaint["path"]) == (3, "generate.name", "NAME")
    (spec / HEADER).unlink()
    (spec / HEADER).mkdir()
    for more in ((), ("--check",)):
        done = called("generate", "c-header", "--into", spec, *more)
        assert (done.code, done.complaint["code"]) == (3, "file.read")
        assert str(done.complaint["path"]).endswith(HEADER)
    (spec / HEADER).rmdir()
    (spec / HEADER).parent.rmdir()
    (spec / HEADER).parent.write_bytes(b"a file in the place of a folder")
    done = called("generate", "c-header", "--into", spec)
    assert (done.code, done.complaint["code"]) in ((3, "file.read"), (3, "file.write"))
