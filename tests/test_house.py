# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The house's own rules hold here, and each rule finds what is planted against it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import house

ROOT = Path(__file__).parent.parent
SPDX = "# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause\n"


@pytest.mark.parametrize("rule", house.RULES, ids=lambda rule: rule.__name__)
def test_the_rule_holds(rule: Callable[[Path], list[str]]) -> None:
    assert rule(ROOT) == []


def test_a_tree_is_looked_at_whole() -> None:
    seen = set(house.files(ROOT))
    assert {"Makefile", ".ci/run", "pyproject.toml", "README.md", "abi/cli.py", "tests/house.py"} <= seen
    assert not any("__pycache__" in path for path in seen)


class Plant(NamedTuple):
    """What is done to one file: its text before and after, None where there is none."""

    path: str
    edit: Callable[[str | None], str | None]

    @contextmanager
    def growing(self, tree: Path) -> Iterator[None]:
        """The tree with the plant in it, and afterwards as it was."""
        path = tree / self.path
        before = path.read_text(encoding="utf-8") if path.exists() else None
        _put(path, self.edit(before))
        try:
            yield
        finally:
            _put(path, before)


def _put(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def new(path: str, text: str) -> Plant:
    """A new file."""

    def edit(before: str | None) -> str:
        assert before is None
        return text

    return Plant(path, edit)


def changed(path: str, old: str, other: str) -> Plant:
    """A file in which the first ``old`` is another text."""

    def edit(before: str | None) -> str:
        assert before is not None
        assert old in before
        return before.replace(old, other, 1)

    return Plant(path, edit)


def more(path: str, text: str) -> Plant:
    """A file with a line at its end."""
    return Plant(path, lambda before: f"{before}{text}\n")


def gone(path: str) -> Plant:
    """A file that is not there any more."""
    return Plant(path, lambda _before: None)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy without a repository, to plant in."""
    target = tmp_path_factory.mktemp("house")
    for path in house.files(ROOT):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, target / path)
    return target


KVM = "tests/captures/kvm-linux-7.3.4.json"
PROJECT = "pyproject.toml"
#: Parts, so that this file names no such place itself.
HOME, REGISTRY = ["", "home", "me", "kernel"], ["pypi", "org"]
CAPTURE, HOST, VMM = "tests/captures/cper/x.json", "reference_host/emit.py", "reference_vmm/parse.py"
FUNCTION = "def f():\n    x = 1\n"
#: What is planted -> the rule, the plant, and how everything that the rule then finds begins.
PLANTED: dict[str, tuple[Callable[[Path], list[str]], Plant, str]] = {
    "python without a licence": (house.licences, new("abi/new.py", "x = 1\n"), "abi/new.py: no 'SPDX"),
    "a licence in line 2": (house.licences, new("tests/new.py", "\n" + SPDX), "tests/new.py: no 'SPDX"),
    "another licence": (house.licences, new("new.sh", "# SPDX-License-Identifier: MIT\n"), "new.sh: no 'SPDX"),
    "Makefile": (house.licences, changed("Makefile", SPDX, ""), "Makefile: no 'SPDX"),
    "pyproject.toml": (house.licences, changed(PROJECT, SPDX, ""), "pyproject.toml: no 'SPDX"),
    ".ci/run": (house.licences, changed(".ci/run", SPDX, ""), ".ci/run: no 'SPDX"),
    "a document": (house.licences, new("spec/new.md", "# Title\n"), "spec/new.md: no 'SPDX"),
    "a changed capture": (house.captures, more(KVM, ""), f"{KVM}: not the sum"),
    "a new capture": (house.captures, new(CAPTURE, "{}"), f"{CAPTURE}: not in SHA256SUMS"),
    "a lost capture": (house.captures, gone(KVM), f"{KVM}: in SHA256SUMS and not there"),
    "a cycle": (house.cycles, more("abi/errors.py", "from abi.record import new"), "abi/"),
    "a lazy cycle": (house.cycles, more("abi/errors.py", f"{FUNCTION}    import abi.record"), "abi/"),
    "a cycle through a package": (house.cycles, more("abi/severity.py", "from abi import rules"), "abi/"),
    "a relative cycle": (house.cycles, more("abi/errors.py", "from .record import new"), "abi/"),
    "abi imports the host": (
        house.boundaries, more("abi/cli.py", f"{FUNCTION}    from reference_host import emit"), "abi/cli.py:"),
    "abi imports the tests": (house.boundaries, more("abi/cli.py", "import tests.house"), "abi/cli.py:"),
    "the host imports the VMM": (house.boundaries, more(HOST, "import reference_vmm.parse"), f"{HOST}:"),
    "the VMM imports the host": (house.boundaries, more(VMM, "from reference_host.trap import Cause"), f"{VMM}:"),
    "another dependency": (house.foreign, more("abi/ring/slot.py", "import numpy.linalg"), "abi/ring/slot.py:"),
    "a lazy dependency": (house.foreign, more("abi/cli.py", f"{FUNCTION}    import hypothesis"), "abi/cli.py:"),
    "pytest at run time": (house.foreign, more("abi/conformance/vectors.py", "import pytest"), "abi/conformance/ve"),
    "the plugin imported": (
        house.foreign, more("abi/cli.py", f"{FUNCTION}    import {house.PLUGIN}"), "abi/cli.py:"),
    "an extra outside of its folder": (house.foreign, more(VMM, "import cffi"), f"{VMM}:"),
    "a package that needs an extra": (
        house.foreign, more(VMM, f"{FUNCTION}    import reference_vmm.kvm.vm"), f"{VMM}:"),
    "rich at once": (house.foreign, more("abi/terminal.py", "import rich"), "abi/terminal.py:"),
    "cffi at once": (
        house.foreign, more("abi/conformance/in_process.py", "import cffi"), "abi/conformance/in_process.py:"),
    "a long module": (house.sizes, new("abi/new.py", "x = 1\n" * 351), "abi/new.py: 351 lines"),
    "a long function": (
        house.sizes, new("tests/new.py", FUNCTION + "    x = 1\n" * 59), "tests/new.py:1: f has 61 lines"),
    "a folder of a machine": (house.places, more("README.md", "/".join(HOME)), "README.md:"),
    "a registry": (house.places, more(".ci/run", f"curl https://{'.'.join(REGISTRY)}/"), ".ci/run:"),
    "a folder outside": (house.places, more("abi/cli.py", "#: shared" + "/facts"), "abi/cli.py:"),
    "another command": (house.packaging, changed(PROJECT, "faultinfo =", "fault-info ="), f"{PROJECT}: not so"),
    "a loose dependency": (house.packaging, changed(PROJECT, "construct==", "construct>="), f"{PROJECT}: "),
    "a loose tool": (house.packaging, changed(PROJECT, "mypy==", "mypy>="), f"{PROJECT}: mypy>="),
    "a package left out": (
        house.packaging, changed(PROJECT, '"reference_vmm", "tests', '"tests'), f"{PROJECT}: not so: the wheel"),
    "a demo left out": (
        house.packaging, changed(PROJECT, '"abi/captures"', '"captures"'), f"{PROJECT}: not so: the wheel"),
    "another backend": (
        house.packaging, changed(PROJECT, "hatchling==", "hatchling==1."), f"{PROJECT}: not so: the backend"),
    "a plugin left out": (
        house.packaging, changed(PROJECT, "kfi = ", "other = "), f"{PROJECT}: not so: the plugin"),
    "untyped": (house.packaging, gone("reference_vmm/py.typed"), "reference_vmm/py.typed: not there"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_rule_finds_what_is_planted_against_it(name: str, tree: Path) -> None:
    rule, plant, begins = PLANTED[name]
    before = set(rule(tree))
    with plant.growing(tree):
        found = set(rule(tree)) - before
    assert found
    assert all(line.startswith(begins) for line in found), found


def test_a_cycle_is_told_with_every_module_in_it(tree: Path) -> None:
    one, other = more("abi/errors.py", "import abi.pstate"), more("abi/pstate.py", "import abi.errors")
    with one.growing(tree), other.growing(tree):
        (found,) = house.cycles(tree)
    assert {"abi.errors", "abi.pstate"} == set(found.split()) & {"abi.errors", "abi.pstate", "abi.record"}


def test_lines_up_to_the_limits_are_allowed(tree: Path) -> None:
    before = house.sizes(tree)
    with new("abi/new.py", FUNCTION + "    x = 1\n" * 58 + "x = 1\n" * 290).growing(tree):
        assert house.sizes(tree) == before


def test_what_git_ignores_is_no_part_of_a_tree_and_what_is_new_is(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, capture_output=True)
    for path in ("abi/new.py", "build/new.py", ".gitignore"):
        _put(tmp_path / path, "build/\n")
    assert house.files(tmp_path) == [".gitignore", "abi/new.py"]
