# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The page "A kernel that writes the record", to the letter as far as it is quick: source, series, configuration."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.test_page import Block, blocks
from tests.kernel import build, source
from tests.kernel.series import ROOT, in_tree, patches, result
from tests.lab.cache import default_root

pytestmark = [pytest.mark.check, pytest.mark.usefixtures("by_itself")]

PAGE = (ROOT / "spec/kernel.rst").read_text(encoding="utf-8")
STEPS = {block.caption: block for block in blocks(PAGE) if block.caption}
TREE = "linux-source-7.3"


@pytest.fixture
def folder(tree: tuple[Path, str]) -> Iterator[Path]:
    """An empty one, where there is room for a kernel's source; the cache is warm."""
    with tempfile.TemporaryDirectory(dir=default_root()) as name:
        yield Path(name)


def sh(block: Block, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the commands of a block, with the Python of this clone."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(["sh", "-eu", "-c", block.text], cwd=folder, text=True, capture_output=True, check=False,
                          env=os.environ | {"PATH": path, "CLONE": str(ROOT)}, timeout=600)


def test_by_the_page_a_fresh_tree_has_the_series_and_is_configured(tree: tuple[Path, str], folder: Path) -> None:
    assert list(STEPS) == ["apply", "configure", "build"]
    files = result(patches(), in_tree(tree[0])).files
    done = sh(STEPS["apply"], folder)
    assert (done.returncode, done.stdout) == (
        0, f"linux-source {tree[1]}\n{len(patches())} patches, {len(files)} files\n")
    done = sh(STEPS["configure"], folder)
    assert done.returncode == 0, done.stderr
    config = (folder / TREE / ".config").read_text(encoding="utf-8")
    assert build.lost(build.FRAGMENT.read_text(encoding="utf-8"), config) == []
    assert f"make -j2 {' '.join(build.TARGETS)}\n" == STEPS["build"].text
    assert not (tree[0] / "arch/arm64/kvm/fault_info.c").exists(), "the source in the cache is nobody's to change"
    again = sh(STEPS["apply"], folder)
    assert again.returncode == 3
    assert again.stderr.startswith(f"kernel.tree: {TREE}: expected a folder that is not there yet"), again.stderr


def test_a_copy_of_the_source_is_nobody_else_s(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source/a.c").write_text("as it was\n", encoding="utf-8")
    source.copied(tmp_path / "source", tmp_path / "copy")
    (tmp_path / "copy/a.c").write_text("changed\n", encoding="utf-8")
    assert (tmp_path / "source/a.c").read_text(encoding="utf-8") == "as it was\n"
