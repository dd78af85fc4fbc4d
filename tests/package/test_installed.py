# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The wheel as its users have it: in an empty environment, without the clone."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from abi.commands.files import KINDS
from abi.conformance.vectors import load
from tests import house
from tests.generate.tools import run
from tests.package import dist
from tests.package.conftest import EPOCH, Installed, copied, environment, unpacked
from tests.package.dist import ROOT
from tests.test_checklists import edit

pytestmark = pytest.mark.check

#: A VMM's own file in a folder with what ``files c`` copies: reads what a host wrote.
PROGRAM = r"""
#include <stdio.h>

int main(void)
{
	unsigned char bytes[256];
	size_t size = fread(bytes, 1, sizeof(bytes), stdin);
	struct kfi_record record;
	struct kfi_error error;

	if (kfi_read(bytes, size, KVM_ARM_FAULT_INFO_MINOR, true, &record, &error))
		return 1;
	printf("far %#llx, gpa %#llx\n", (unsigned long long)record.info.far, (unsigned long long)record.info.gpa);
	return 0;
}
"""


def expected() -> set[str]:
    """The paths in the wheel: the packages, the captures and what ``faultinfo files`` has, and nothing else."""
    found = set()
    for path in house.files(ROOT):
        folder = path.split("/")[1] if path.startswith("spec/") else ""
        if path.partition("/")[0] in house.PACKAGES:
            found.add(path)
        elif any(folder in kind.folders for kind in KINDS.values()):
            found.add(f"abi/{path}")
        elif path.startswith("tests/captures/"):
            found.add(f"abi/{path.removeprefix('tests/')}")
    return found


def listed(wheel: Path) -> tuple[set[str], set[str]]:
    """What a wheel holds of the project, and what it holds about itself."""
    names = set(zipfile.ZipFile(wheel).namelist())
    about = {name for name in names if ".dist-info/" in name}
    return names - about, {name.partition(".dist-info/")[2] for name in about}


def test_the_wheel_holds_what_it_should_and_nothing_else(wheel: Path) -> None:
    files, about = listed(wheel)
    assert sorted(files ^ expected()) == []
    licences = {f"licenses/LICENSES/{path.name}" for path in (ROOT / "LICENSES").iterdir()}
    assert about == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", *licences}
    assert not [name for name in files if name.startswith(("tests/", ".ci/")) or "__pycache__" in name]


def test_what_git_ignores_does_not_get_in(tmp_path: Path) -> None:
    tree = copied(tmp_path / "tree")
    for path in ("spec/rust/target/debug/x", "spec/adapters/target/x", "abi/__pycache__/x.pyc"):
        (tree / path).parent.mkdir(parents=True)
        (tree / path).write_bytes(b"left by a build")
    dist.make(tree, tmp_path / "made", EPOCH)
    assert listed(next((tmp_path / "made").glob("*.whl")))[0] == expected()


def test_smoke_and_every_vector_without_a_clone(installed: Installed) -> None:
    assert "BYE: right" in installed.run("conform", "--smoke")
    said = installed.run("conform", "--report", "r.json", "--junit", "r.xml", "--html", "r.html")
    assert re.search(rf"^{len(load())} pass; .*: ok$", said, re.MULTILINE), said
    assert all((installed.cwd / f"r.{kind}").stat().st_size for kind in ("json", "xml", "html"))


def test_the_demo_prints_the_same_as_in_a_clone(installed: Installed) -> None:
    said = installed.run("demo")
    assert "virtual address only: claimed without address  0x300500123  right" in said
    assert "wrong" not in said


def test_a_vector_is_decoded(installed: Installed) -> None:
    (folder,) = installed.run("files", "vectors").split()
    vector = next(v for v in load(Path(folder)) if v.slug.startswith("esr-load"))
    (installed.cwd / "record.bin").write_bytes(vector.input["record"])
    assert json.loads(installed.run("decode", "--json", "record.bin"))["version"] == "1.1"


@pytest.mark.parametrize("name", KINDS)
def test_files_are_found_and_are_those_of_the_clone(name: str, installed: Installed, tmp_path: Path) -> None:
    folders = [Path(line) for line in installed.run("files", name).split()]
    assert all("site-packages/abi/spec/" in str(folder) for folder in folders)
    installed.run("files", name, "--to", tmp_path)
    for folder in KINDS[name].folders:
        own = {p.removeprefix(f"spec/{folder}/") for p in house.files(ROOT) if p.startswith(f"spec/{folder}/")}
        assert own
        to = tmp_path / folder if KINDS[name].named else tmp_path
        for path in own:
            assert (to / path).read_bytes() == (ROOT / "spec" / folder / path).read_bytes()


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_headers_compile_in_a_folder_that_has_nothing_else(
    compiler: str, installed: Installed, tmp_path: Path
) -> None:
    installed.run("files", "c", "--to", tmp_path)
    every = "".join(f'#include "{path.name}"\n' for path in sorted(tmp_path.glob("*.h")))
    (tmp_path / "vmm.c").write_text(every + PROGRAM, encoding="ascii")
    run(compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", "-o", "vmm", "vmm.c", cwd=tmp_path)
    record = next(v for v in load() if v.slug == "captured-data-read-el1").input["record"]
    for data, code, said in ((record, 0, b"far 0x300500123, gpa 0x50000123\n"), (record[:40], 1, b"")):
        done = subprocess.run([tmp_path / "vmm"], input=data, capture_output=True, check=False)
        assert (done.returncode, done.stdout) == (code, said)


def test_a_project_that_has_pytest_has_the_plugin(wheel: Path, tmp_path: Path) -> None:
    commands = environment(tmp_path / "venv", str(wheel), f"pytest=={pytest.__version__}")
    python, work = commands / "python", tmp_path / "work"
    work.mkdir()
    (adapters, *_) = Installed((str(commands / "faultinfo"),), {}, work).run("files", "adapters").split()
    (work / "test_mine.py").write_text("def test_mine(kfi_vector):\n    kfi_vector.check()\n", encoding="ascii")
    target = f"--kfi-target={python} {adapters}/python/adapter.py"
    said = Installed((str(commands / "pytest"),), {}, work).run("-q", target, "-k", "noras")
    assert re.search(r"^\d+ passed, \d+ deselected", said, re.MULTILINE), said


@pytest.mark.parametrize("command", ["generate", "vectors", "bench"])
def test_a_command_that_works_on_a_clone_says_so(command: str, installed: Installed) -> None:
    said = installed.run(command, code=2)
    assert "clone of the repository" in said
    assert "Traceback" not in said


def test_generate_makes_its_files_elsewhere(installed: Installed, tmp_path: Path) -> None:
    installed.run("generate", "c-header", "--into", tmp_path)
    header = "spec/uapi/kvm_arm_fault_info.h"
    assert (tmp_path / header).read_bytes() == (ROOT / header).read_bytes()


@pytest.mark.parametrize(("part", "command"), [
    ("spec/vectors", ("conform", "--smoke")), ("spec/adapters", ("conform", "--smoke")), ("tests/captures", ("demo",)),
    ("spec/c", ("files", "c")),
])
def test_a_wheel_without_a_part_is_found(part: str, command: tuple[str, ...], tmp_path: Path) -> None:
    tree = copied(tmp_path / "tree")
    edit(tree / "pyproject.toml", f' "{part}",', "")
    dist.make(tree, tmp_path / "made", EPOCH)
    wheel = next((tmp_path / "made").glob("*.whl"))
    lost = "abi/" + part.removeprefix("tests/")
    missing = expected() - listed(wheel)[0]
    assert missing
    assert all(path.startswith(f"{lost}/") for path in missing)
    said = unpacked(wheel, tmp_path).run(*command, code=3)
    assert "file.read" in said
    assert "Traceback" not in said
