# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What others get: everything that `make dist` makes, and an environment with the wheel alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import house
from tests.package import dist
from tests.package.dist import ROOT

#: Any time; every file in what is made has it.
EPOCH = 1_700_000_000
PATIENCE = 300


def copied(target: Path) -> Path:
    """The files of the repository as they are now, without what lies around."""
    for path in house.files(ROOT):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, target / path)
    return target


class Installed(NamedTuple):
    """An environment, or a folder of packages, and a folder to work in that is not the clone."""

    command: tuple[str, ...]
    variables: Mapping[str, str]
    cwd: Path

    def run(self, *arguments: object, code: int = 0) -> str:
        """Run ``faultinfo``; what it wrote on both streams."""
        done = subprocess.run(
            [*self.command, *map(str, arguments)], cwd=self.cwd, capture_output=True, text=True, timeout=PATIENCE,
            check=False, env={"PATH": os.environ["PATH"], **self.variables},
        )
        assert done.returncode == code, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout + done.stderr


def unpacked(wheel: Path, cwd: Path) -> Installed:
    """The wheel in a folder of its own, with the dependencies that the tests have."""
    target = cwd / "packages"
    shutil.unpack_archive(wheel, target, "zip")
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from abi.cli import main; sys.exit(main())"
    return Installed((sys.executable, "-c", code, str(target)), {}, cwd)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `make dist` makes, of the files as they are now."""
    folder = tmp_path_factory.mktemp("dist")
    dist.make(copied(folder / "tree"), folder / "made", EPOCH)
    return folder / "made"


@pytest.fixture(scope="session")
def wheel(made: Path) -> Path:
    """The wheel."""
    (found,) = made.glob("*.whl")
    return found


def environment(folder: Path, *packages: str) -> Path:
    """The commands of a new environment into which pip has installed packages and what they ask for."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=PATIENCE)
    pip = (str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check")
    subprocess.run([*pip, *packages], check=True, timeout=PATIENCE, cwd=folder)
    return folder / "bin"


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in an environment of its own; the clone is out of sight."""
    folder = tmp_path_factory.mktemp("installed")
    commands = environment(folder / "venv", str(wheel))
    (folder / "work").mkdir()
    return Installed((str(commands / "faultinfo"),), {}, folder / "work")
