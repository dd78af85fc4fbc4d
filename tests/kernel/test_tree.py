# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The kernel tree's own judges of headers for user space and of documentation: what they say, and that they look."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel import docs, uapi
from tests.kernel.conftest import Alone
from tests.kernel.series import in_tree, patches, result
from tests.lab.cache import Cache, default_root
from tests.lab.packages import Packages

pytestmark = [pytest.mark.check, pytest.mark.usefixtures("by_itself")]

SERIES = patches()
CACHE = Cache(default_root())
API, PAGE = (f"Documentation/virt/kvm/{name}.rst" for name in ("api", "arm/fault-info"))
HEADER = "arch/arm64/include/asm/kvm_fault_info.h"


@pytest.fixture(scope="module")
def files(tree: tuple[Path, str]) -> dict[str, str]:
    return result(SERIES, in_tree(tree[0])).files


@pytest.fixture
def folder() -> Iterator[Path]:
    """On the file system of the cache, for hard links."""
    with tempfile.TemporaryDirectory(dir=CACHE.root) as name:
        yield Path(name)


def changed(files: dict[str, str], path: str, old: str, new: str) -> dict[str, str]:
    assert files[path].count(old) == 1
    return files | {path: files[path].replace(old, new)}


def compatible(tree: tuple[Path, str], files: dict[str, str], folder: Path) -> uapi.Answer:
    return uapi.judged(tree[0], files, uapi.abidiff(CACHE, Packages(CACHE)), folder)


def test_headers_of_user_space_stay_compatible(tree: tuple[Path, str], files: dict[str, str], folder: Path) -> None:
    answer = compatible(tree, files, folder)
    assert answer.code == 0, answer.said
    count = re.fullmatch(r"All (\d+) UAPI headers compatible with arm64 appear to be .*", answer.last)
    assert count
    assert int(count[1]) > len(list((tree[0] / "arch/arm64/include/uapi/asm").glob("*.h"))), "and linux/kvm.h"


@pytest.mark.parametrize(("path", "old", "struct"), [
    ("arch/arm64/include/uapi/asm/kvm.h", "\t\t__u8 serror_has_esr;\n", "kvm_vcpu_events"),
    ("include/uapi/linux/kvm.h", "\t/* in (pre_kvm_run), out (post_kvm_run) */\n", "kvm_run")],
    ids=["vcpu_events", "run"])
def test_a_member_in_the_middle_of_a_structure_is_found(
    tree: tuple[Path, str], files: dict[str, str], folder: Path, path: str, old: str, struct: str
) -> None:
    answer = compatible(tree, changed(files, path, old, f"\t__u64 planted;\n{old}"), folder)
    assert answer.code != 0
    assert f"'struct {struct}' changed" in answer.said
    assert "planted" in answer.said


def test_what_includes_a_header_or_is_included_is_looked_at(tree: tuple[Path, str], files: dict[str, str]) -> None:
    """linux/kvm.h includes asm/kvm.h and linux/ioctl.h."""
    only = {"arch/arm64/include/uapi/asm/kvm.h": files["arch/arm64/include/uapi/asm/kvm.h"]}
    found = uapi.concerned(tree[0], only)
    assert {*only, "include/uapi/linux/kvm.h", "include/uapi/linux/ioctl.h"} <= found
    assert "include/uapi/linux/usb/ch9.h" not in found


@pytest.fixture(scope="module")
def before(tree: tuple[Path, str], files: dict[str, str], alone: Alone) -> list[str]:
    with alone():
        return docs.unpatched(CACHE, tree, files)


def test_the_documentation_builds_without_a_new_complaint_and_has_every_heading(
    tree: tuple[Path, str], files: dict[str, str], before: list[str]
) -> None:
    found = docs.judged(CACHE, tree, SERIES, files, before)
    assert found.new == []
    assert found.missing == []
    assert {name for name in docs.REASONS for line in found.explained if f"'{name}'" in line} == set(docs.REASONS)
    assert {heading.path for heading in docs.headings(SERIES)} == {API, PAGE}


def test_what_is_wrong_in_the_documentation_is_found(
    tree: tuple[Path, str], files: dict[str, str], before: list[str]
) -> None:
    bad = changed(files, PAGE, "Enabling\n========\n", "Not that\n======\n\nSee :ref:`nowhere`.\n")
    bad = changed(bad, API, "7.48 KVM_CAP_ARM_FAULT_INFO\n---------------------------\n", "7.48\n----\n")
    bad = changed(bad, API, "the abort has: see Documentation/virt/kvm/arm/fault-info.rst",
                  "the abort has: see Documentation/virt/kvm/arm/nothing.rst")
    bad = changed(bad, HEADER, " * @mpidr: ", " * @nobody: ")
    found = docs.judged(CACHE, tree, SERIES, bad, before)
    for path, said in ((PAGE, "Title underline too short"), (PAGE, "undefined label: 'nowhere'"),
                       (API, "Documentation/virt/kvm/arm/nothing.rst"), (HEADER, "'mpidr' not described")):
        assert any(path in line and said in line for line in found.new), said
    assert set(found.missing) == {docs.Heading(API, "7.48 KVM_CAP_ARM_FAULT_INFO"), docs.Heading(PAGE, "Enabling")}


def test_a_line_that_has_only_moved_is_not_new() -> None:
    assert docs.new(["a.rst:1: WARNING: x", "b"], ["a.rst:7: WARNING: x", "b", "b"]) == ["b"]
