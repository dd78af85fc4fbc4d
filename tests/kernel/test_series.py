# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What can be said of the series without a kernel."""

from __future__ import annotations

import re

import pytest

from abi.definition import PROVISIONAL
from tests.kernel.patch import Change, Patch
from tests.kernel.series import FOLDER, ROOT, patches

SERIES = patches()
MADE = {change.path for patch in SERIES for change in patch.changes if change.new}


def changes() -> list[Change]:
    return [change for patch in SERIES for change in patch.changes]


def test_the_numbers_of_the_files_and_of_the_subjects_are_the_order() -> None:
    names = sorted(path.name for path in FOLDER.glob("*.patch"))
    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    for number, patch in enumerate(SERIES, 1):
        assert f"Subject: [PATCH {number}/{len(SERIES)}] " in patch.message


@pytest.mark.parametrize("patch", SERIES, ids=lambda patch: patch.name[:4])
def test_each_message_says_why_and_is_signed(patch: Patch) -> None:
    body = patch.message.partition("\n\n")[2]
    assert len(patch.subject) <= 75
    assert "Signed-off-by: " in body
    assert max(len(line) for line in body.split("\n")) <= 75


@pytest.mark.parametrize("change", changes(), ids=lambda change: change.path)
def test_only_insertions_into_files_of_the_kernel(change: Change) -> None:
    if change.path not in MADE:
        assert not any(hunk.gone for hunk in change.hunks)
        assert all(len(hunk.before) and len(hunk.after) for hunk in change.hunks)


@pytest.mark.parametrize(("source", "target"), [copy for patch in SERIES for copy in patch.copies])
def test_copies_are_of_files_that_are_there(source: str, target: str) -> None:
    assert (ROOT / source).is_file()
    assert source.startswith(("spec/c/", "spec/uapi/"))
    assert source.rsplit("/", 1)[1] == target.rsplit("/", 1)[1]


def test_every_header_that_a_copy_includes_is_copied() -> None:
    copied = [ROOT / source for patch in SERIES for source, _ in patch.copies]
    names = {path.name for path in copied}
    for text in (path.read_text(encoding="utf-8") for path in copied):
        assert set(re.findall(r'#include "(\w+\.h)"', text)) <= names


def test_provisional_numbers_are_those_of_the_definition() -> None:
    come = [line for change in changes() for hunk in change.hunks for line in hunk.come]
    said = {name: int(number, 16) for line in come
            if (found := re.fullmatch(r"#define KVM_ARM_FAULT_PROVISIONAL_(\w+)\s+(\w+)", line))
            for name, number in [found.groups()]}
    assert {f"KVM_{name}": number for name, number in said.items()} == PROVISIONAL


def test_only_the_kernel_s_shim_stands_between_the_headers_and_the_uapi() -> None:
    (shim,) = (change for change in changes() if change.path == "arch/arm64/kvm/kfi/kvm_arm_fault_info.h")
    assert [line for line in shim.hunks[0].come if line.startswith("#")] == ["#include <linux/kvm.h>"]
