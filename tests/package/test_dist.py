# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""`make dist`: complete, with right sums, usable by itself, and the same bytes each time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest

from abi.conformance.vectors import load
from tests import house
from tests.generate.tools import run
from tests.package import dist
from tests.package.conftest import EPOCH, copied
from tests.package.dist import ROOT

pytestmark = pytest.mark.check

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
NAMES = {
    f"kvm_fault_info-{VERSION}-py3-none-any.whl", f"kvm_fault_info-{VERSION}.tar.gz", f"kvm-fault-info-{VERSION}.crate",
    f"kvm-fault-info-vectors-{VERSION}.tar.gz", f"kvm-fault-info-c-{VERSION}.tar.gz", "SHA256SUMS",
}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def unpacked(archive: Path, into: Path) -> Path:
    """The one folder in a tarball."""
    with tarfile.open(archive) as tar:
        tar.extractall(into, filter="data")
    (found,) = into.iterdir()
    return found


def members(archive: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        return tar.getnames()


def test_it_is_complete_and_its_sums_are_right(made: Path) -> None:
    assert set(contents(made)) == NAMES
    said = run("sha256sum", "--strict", "-c", "SHA256SUMS", cwd=made)
    assert sorted(said.splitlines()) == sorted(f"{name}: OK" for name in NAMES - {"SHA256SUMS"})


def test_the_same_tree_gives_the_same_bytes_wherever_and_whenever(made: Path, tmp_path: Path) -> None:
    tree = copied(tmp_path / "elsewhere")
    for path in tree.rglob("*"):
        os.utime(path, (EPOCH // 2, EPOCH // 2))
        path.chmod(0o700 if path.is_dir() else 0o600)
    dist.make(tree, tmp_path / "made", EPOCH)
    assert contents(tmp_path / "made") == contents(made)


def test_another_time_gives_other_bytes_and_so_would_be_seen(made: Path, tmp_path: Path) -> None:
    dist.make(copied(tmp_path / "tree"), tmp_path / "made", EPOCH + 2)
    same = {name for name, data in contents(tmp_path / "made").items() if contents(made)[name] == data}
    assert same == {f"kvm-fault-info-{VERSION}.crate"}  # cargo gives every file one time of its own


def test_the_wheel_of_the_sdist_is_the_wheel(made: Path, wheel: Path, tmp_path: Path) -> None:
    tree = unpacked(made / f"kvm_fault_info-{VERSION}.tar.gz", tmp_path / "sdist")
    assert not (tree / ".ci").exists()
    assert (tree / "tests" / "house.py").exists(), "an sdist has its tests"
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "made")], cwd=tree, check=True,
        env=os.environ | {"SOURCE_DATE_EPOCH": str(EPOCH)}, capture_output=True,
    )
    assert (tmp_path / "made" / wheel.name).read_bytes() == wheel.read_bytes()


def test_the_sdist_has_every_file_but_what_runs_ci(made: Path, tmp_path: Path) -> None:
    tree = unpacked(made / f"kvm_fault_info-{VERSION}.tar.gz", tmp_path)
    there = {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}
    assert there ^ set(house.files(ROOT)) == {".ci/run", "PKG-INFO"}


def test_the_vectors_can_be_used_by_themselves(made: Path, tmp_path: Path) -> None:
    folder = unpacked(made / f"kvm-fault-info-vectors-{VERSION}.tar.gz", tmp_path)
    assert load(folder / "vectors") == load()
    schema = re.search(r'"\$schema": "(.*)"', next((folder / "vectors").glob("*.json")).read_text())
    assert schema
    assert (folder / "vectors" / schema[1]).is_file()


def test_the_headers_can_be_used_by_themselves(made: Path, tmp_path: Path) -> None:
    folder = unpacked(made / f"kvm-fault-info-c-{VERSION}.tar.gz", tmp_path)
    (folder / "all.c").write_text("".join(f'#include "{path.name}"\n' for path in sorted((folder / "c").glob("*.h"))))
    run("gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-Ic", "-Iuapi", "-c", "all.c", cwd=folder)


def test_every_archive_has_the_licences(made: Path) -> None:
    for path in made.glob("*.tar.gz"):
        names = members(path)
        for licence in ("GPL-2.0-only.txt", "BSD-3-Clause.txt"):
            assert any(name.endswith(f"LICENSES/{licence}") for name in names), path.name


def test_the_crate_has_the_version_of_the_wheel(made: Path) -> None:
    names = members(made / f"kvm-fault-info-{VERSION}.crate")
    assert {f"kvm-fault-info-{VERSION}/{name}" for name in ("Cargo.toml", "src/lib.rs")} <= set(names)


def test_what_is_not_committed_is_not_in_it_and_is_told(tmp_path: Path) -> None:
    """`make dist` itself, on a clone with a file too many and one that has changed."""
    tree = copied(tmp_path / "clone")
    git = ("git", "-c", "user.name=x", "-c", "user.email=x@localhost")
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "all")):
        subprocess.run([*git, *command], cwd=tree, check=True)
    clean = made_by_itself(tree)
    (tree / "spec" / "vectors" / "stray.json").write_text("{}")
    (tree / "spec" / "uapi" / "kvm_arm_fault_info.h").write_text("changed")
    dirty = made_by_itself(tree)
    assert (clean.stderr, clean.stdout) == ("", dirty.stdout)
    assert "stray.json" in dirty.stderr
    assert "kvm_arm_fault_info.h" in dirty.stderr


def made_by_itself(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.package.dist", "dist"], cwd=tree, env=os.environ | {"PYTHONPATH": str(tree)},
        capture_output=True, text=True, check=True,
    )
