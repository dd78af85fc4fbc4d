# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from abi.errors import InputError
from tests.kernel import build, export
from tests.kernel.patch import parsed
from tests.kernel.series import ROOT, in_tree, put, result
from tests.lab.cache import Cache

FILE = "".join(f"line {number}\n" for number in range(1, 21))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Something like a kernel tree."""
    tree = tmp_path / "source"
    (tree / "kernel").mkdir(parents=True)
    for name in ("one.c", "two.c"):
        (tree / "kernel" / name).write_text(FILE, encoding="utf-8")
    return tree


def repository(source: Path) -> None:
    """Of all files as they are, tagged as what the series begins with."""
    export.git(source, "init", "-q")
    export.git(source, "add", "-f", ".")
    export.git(source, "commit", "-q", "-m", "all files")
    export.git(source, "tag", export.BASE)


def test_what_the_series_does_not_touch_is_shared_and_what_it_did_is_put_back(tmp_path: Path, source: Path) -> None:
    cache = Cache(tmp_path / "cache")
    work = build.workplace(cache, source, "1", {"kernel/one.c": "changed\n", "kernel/new.c": "new\n"}, "x")
    assert (work.tree / "kernel/one.c").read_text(encoding="utf-8") == "changed\n"
    assert (source / "kernel/one.c").read_text(encoding="utf-8") == FILE
    assert (source / "kernel/two.c").stat().st_ino == (work.tree / "kernel/two.c").stat().st_ino
    (work.out / "kept").touch()
    before = (work.tree / "kernel/one.c").stat().st_mtime_ns
    build.workplace(cache, source, "1", {"kernel/one.c": "changed\n"}, "x")
    assert (work.tree / "kernel/one.c").stat().st_mtime_ns == before
    assert not (work.tree / "kernel/new.c").exists()
    build.workplace(cache, source, "1", {}, "x")
    assert (work.tree / "kernel/one.c").read_text(encoding="utf-8") == FILE
    assert (work.out / "kept").exists()
    build.workplace(cache, source, "2", {}, "x")
    assert not (work.out / "kept").exists()


def test_a_tree_that_cannot_be_written_is_left_as_it_was(source: Path) -> None:
    (source / "new").write_text("a file, and no folder", encoding="utf-8")
    with pytest.raises(InputError, match=r"kernel\.tree: .*new"):
        put(source, {"kernel/one.c": "changed\n", "new/file.c": "new\n"})
    assert (source / "kernel/one.c").read_text(encoding="utf-8") == FILE
    assert sorted(path.name for path in (source / "kernel").iterdir()) == ["one.c", "two.c"]


def test_what_is_no_utf_8_stays_as_it_was(source: Path) -> None:
    path = source / "kernel/one.c"
    path.write_bytes(b"caf\xe9\n" + FILE.encode())
    text = in_tree(source)("kernel/one.c")
    assert text
    put(source, {"kernel/one.c": f"{text}more\n"})
    assert path.read_bytes() == b"caf\xe9\n" + FILE.encode() + b"more\n"


def test_commits_are_not_made_in_a_repository_of_somebody_else(source: Path) -> None:
    repository(source)
    head = export.git(source, "rev-parse", "HEAD")
    with pytest.raises(InputError, match=r"kernel\.git: .*no git repository"):
        export.committed(source, [])
    assert export.git(source, "rev-parse", "HEAD") == head


def test_a_line_of_the_fragment_that_does_not_hold_is_named() -> None:
    fragment = '# why\nCONFIG_A=y\nCONFIG_B=y\nCONFIG_C="x"\n'
    assert build.lost(fragment, 'CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C="x"\n') == ["CONFIG_B=y"]


def test_a_tool_that_is_missing_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for command in build.TOOLS:
        with pytest.raises(InputError, match="apt-get install"):
            build.require([command])


def test_what_make_complains_of_is_told(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "Makefile").write_text("all:\n\t@echo 'x.c:1: error: no such thing' >&2; false\n"
                                   "warn:\n\t@echo 'x.c:1: warning: odd' >&2\n", encoding="utf-8")
    work = build.Work(tree, tmp_path)
    with pytest.raises(InputError, match=r"x\.c:1: error: no such thing"):
        build.make(work, ["all"])
    assert build.make(work, ["warn"]) == ["x.c:1: warning: odd"]


def test_make_ends_with_whoever_started_it(tmp_path: Path) -> None:
    tree, told = tmp_path / "tree", tmp_path / "told"
    tree.mkdir()
    recipe = f"all:\n\t@echo $$$$ > {told}.part; mv {told}.part {told}; sleep 120\n"
    (tree / "Makefile").write_text(recipe, encoding="utf-8")
    program = f"from tests.kernel import build; build.make(build.Work({str(tree)!r}, {str(tmp_path)!r}), ['all'])"
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT) as process:
        until(told.is_file)
        shell = Path("/proc", told.read_text(encoding="ascii").strip())
        assert shell.exists()
        process.kill()
    until(lambda: not shell.exists())


def until(answer: Callable[[], bool]) -> None:
    """Wait for a yes. Fails after a while."""
    end = time.monotonic() + 60
    while not answer():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_series_that_is_worked_on_comes_back_as_it_was(tmp_path: Path, source: Path) -> None:
    """apply --commits, a commit more, export, apply to the source as it was."""
    repository(source)
    (source / "kernel/one.c").write_text(FILE.replace("line 5\n", "line 5\nours\n"), encoding="utf-8")
    (source / "kernel/three.c").write_text("ours too\n", encoding="utf-8")
    export.git(source, "add", "-f", ".")
    export.git(source, "commit", "-q", "-m", "kernel: First\n\nWhy.")
    ((name, text),) = export.exported(source).items()
    assert name == "0001-kernel-First.patch"
    assert "line" not in text.partition("\n---\n")[2]
    export.git(source, "checkout", "-q", export.BASE)
    files = result([parsed(name, text)], in_tree(source)).files
    assert files == {"kernel/one.c": FILE.replace("line 5\n", "line 5\nours\n"), "kernel/three.c": "ours too\n"}


def test_a_patch_that_takes_a_line_of_the_kernel_is_refused(tmp_path: Path, source: Path) -> None:
    repository(source)
    (source / "kernel/one.c").write_text(FILE.replace("line 5\n", "ours\n"), encoding="utf-8")
    export.git(source, "commit", "-q", "-a", "-m", "kernel: Second")
    with pytest.raises(InputError) as caught:
        export.exported(source)
    assert caught.value.code == "kernel.removal"
    assert caught.value.got == "line 5"
