# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The crate's fuzz targets, as cargo-fuzz lays them out, by the stable compiler and clang's libFuzzer."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from abi.fuzz.case import FIRMWARE, RECORD, RING, Case
from abi.fuzz.case import build as build_case
from tests.fuzz.own import bases, cargo_fuzz
from tests.generate.tools import run
from tests.rust.crate import CRATE
from tests.test_checklists import edit

check = pytest.mark.check

SURFACES = {"record": RECORD, "firmware": FIRMWARE, "ring": RING}


def corpus(target: str, folder: Path) -> Path:
    """Some bases as cases."""
    place = folder / "corpus"
    place.mkdir()
    for n, base in enumerate(bases.all_bases(share=0.01)[target][:12]):
        (place / str(n)).write_bytes(build_case(Case(SURFACES[target], 1, data=base.data)))
    return place


def test_it_is_a_workspace_of_its_own_that_cargo_fuzz_knows() -> None:
    config = tomllib.loads((cargo_fuzz.CRATE / "Cargo.toml").read_text(encoding="utf-8"))
    assert config["workspace"] == {}
    assert config["package"]["metadata"]["cargo-fuzz"] is True
    assert [each["name"] for each in config["bin"]] == list(cargo_fuzz.TARGETS)
    assert {path.stem for path in (cargo_fuzz.CRATE / "fuzz_targets").iterdir()} == set(cargo_fuzz.TARGETS)
    assert not tomllib.loads((CRATE / "Cargo.toml").read_text(encoding="utf-8")).get("workspace")


@check
def test_the_package_has_nothing_of_it() -> None:
    files = run("cargo", "package", "--list", "--allow-dirty", cwd=CRATE).split()
    assert "src/lib.rs" in files
    assert not [name for name in files if "fuzz" in name]


@check
def test_it_is_as_rustfmt_leaves_it() -> None:
    run("cargo", "fmt", "--check", cwd=cargo_fuzz.CRATE)
    run("cargo", "fmt", "--check", cwd=cargo_fuzz.CRATE.parents[2] / "tests" / "fuzz" / "own" / "rust")


@check
@pytest.mark.parametrize("target", cargo_fuzz.TARGETS)
def test_nothing_is_found_and_the_engine_sees_the_coverage(target: str, tmp_path: Path) -> None:
    done = cargo_fuzz.fuzz(cargo_fuzz.built() / target, corpus(target, tmp_path), "-runs=100000")
    assert done.returncode == 0, done.stderr[-3000:]
    first, last = (int(re.findall(rf"{word} +cov: (\d+)", done.stderr)[-1]) for word in ("INITED", "DONE"))
    assert 20 < first <= last


@check
@pytest.mark.parametrize(("target", "file", "old", "new"), [
    ("ring", "ring/slot.rs", "sequence < first || sequence - first > lost", "sequence - first > lost"),
    ("record", "reader.rs", "size == data.len()", "size >= data.len()"),
])
def test_a_planted_error_is_found(target: str, file: str, old: str, new: str, tmp_path: Path) -> None:
    """A subtraction that leaves its type; a record that is read beyond its end."""
    copy = tmp_path / "crate"
    shutil.copytree(CRATE, copy, ignore=shutil.ignore_patterns("target"))
    edit(copy / "src" / file, old, new)
    program = cargo_fuzz.built(copy / "fuzz", cargo_fuzz.TARGET.with_name("cargo-fuzz-planted")) / target
    done = cargo_fuzz.fuzz(program, corpus(target, tmp_path), "-runs=2000000", "-max_total_time=60")
    assert done.returncode != 0
    assert "panicked at" in done.stderr
