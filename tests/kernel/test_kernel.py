# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The series on the distribution's source: it applies, compiles without a warning, decides by the tested headers."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from abi.errors import InputError
from tests.kernel import build, checkpatch, objects, selftests, selftests_build
from tests.kernel.conftest import Alone
from tests.kernel.patch import Change
from tests.kernel.series import ROOT, in_tree, patches, put, result
from tests.lab.build import CROSS
from tests.lab.cache import Cache, default_root

pytestmark = [pytest.mark.check, pytest.mark.usefixtures("by_itself")]

SERIES = patches()


@pytest.fixture(scope="module")
def built(tree: tuple[Path, str], alone: Alone) -> tuple[build.Work, list[str]]:
    made = result(SERIES, in_tree(tree[0]))
    with alone():
        work = build.workplace(Cache(default_root()), *tree, made.files, objects.NAME)
        build.configure(work)
        return work, objects.warned(work, objects.targets(SERIES, work.tree))


def test_the_series_applies_where_it_says(tree: tuple[Path, str]) -> None:
    assert result(SERIES, in_tree(tree[0])).moved == ()


@contextmanager
def bad(work: build.Work, more: str) -> Iterator[None]:
    """The tree with more in a file of the series."""
    path = "arch/arm64/kvm/fault_reply.c"
    text = (work.tree / path).read_text(encoding="utf-8")
    try:
        put(work.tree, {path: text + more})
        yield
    finally:
        put(work.tree, {path: text})


def _inserted() -> list[tuple[int, Change]]:
    made = {change.path for patch in SERIES for change in patch.changes if change.new}
    return [(n, change) for n, patch in enumerate(SERIES) for change in patch.changes if change.path not in made]


@pytest.mark.parametrize(("number", "change"), _inserted(), ids=lambda value: getattr(value, "path", value))
def test_a_tree_that_differs_at_a_hunk_is_refused_and_the_line_is_named(
    tree: tuple[Path, str], number: int, change: Change
) -> None:
    before = result(SERIES[:number], in_tree(tree[0])).files
    text = before.get(change.path) or (tree[0] / change.path).read_text(encoding="utf-8")
    lines = text.split("\n")
    lines[change.hunks[0].at] += " "  # the first line behind the first hunk
    with pytest.raises(InputError) as caught:
        result(SERIES[number:number + 1], lambda path: "\n".join(lines) if path == change.path else before.get(path)
               or in_tree(tree[0])(path))
    assert caught.value.code == "kernel.hunk"
    assert f"{SERIES[number].name}: {change.path}: hunk 1 of " in caught.value.path
    assert f"- {change.hunks[0].at + 1}: " in caught.value.got


def test_kvm_and_apei_compile_without_a_warning(built: tuple[build.Work, list[str]]) -> None:
    assert built[1] == []


def test_what_compiles_with_a_warning_is_told(built: tuple[build.Work, list[str]]) -> None:
    """As often as it is asked."""
    with bad(built[0], "\nstatic int unused(void)\n{\n\treturn 0;\n}\n"):
        for _ in range(2):
            (said,) = objects.warned(built[0], ["arch/arm64/kvm/fault_reply.o"])
            assert "unused" in said


def test_the_fill_function_in_the_object_is_the_tested_one(built: tuple[build.Work, list[str]]) -> None:
    """Its bytes are those of spec/c, and the object's debug information has it from there."""
    work = built[0]
    for patch in SERIES:
        for one, target in patch.copies:
            assert (work.tree / target).read_bytes() == (ROOT / one).read_bytes()
    decided = {"fault_info": ("kfi_fill.h", "fault_info_fill"), "fault_reply": ("kfi_reply.h", "kfi_reply_check")}
    for name, (file, function) in decided.items():
        path = work.out / f"arch/arm64/kvm/{name}.o"
        said = subprocess.run([f"{CROSS}readelf", "--debug-dump=info,rawline", str(path)], capture_output=True,
                              text=True, check=True).stdout
        assert re.search(rf"DW_AT_name\s+: .*{function}\b", said)
        assert file in said


def test_the_evidence_has_every_selftest_that_the_makefile_names(tree: tuple[Path, str], tmp_path: Path) -> None:
    made = result(SERIES, in_tree(tree[0]))
    work = build.workplace(Cache(default_root()), *tree, made.files, objects.NAME)
    found = [name.split()[0] for name in selftests.committed()["tests"]]
    assert sorted(found) == sorted(selftests_build.named(work, tmp_path))


def test_checkpatch_has_no_complaint_without_a_reason(tree: tuple[Path, str], tmp_path: Path) -> None:
    said = checkpatch.complaints(SERIES, tree[0], tmp_path)
    assert said
    assert [one for one in said if (one.patch, one.type) not in checkpatch.REASONS] == []
    assert set(checkpatch.REASONS) - {(one.patch, one.type) for one in said} == set()


def sparse(work: build.Work) -> set[str]:
    """What sparse says of the series' own files. Of __typeof_unqual__ Debian's 0.6.4 knows nothing."""
    targets = ["arch/arm64/kvm/fault_info.o", "arch/arm64/kvm/fault_reply.o", "drivers/acpi/apei/ghes_claim.o"]
    warnings = build.make(work, targets, variables=["W=1", "C=2", "CF=-D__typeof_unqual__=__typeof__"])
    assert not [line for line in warnings if "C=2" in line]  # it was run
    own = [line for line in warnings if re.search(r"/(fault_|kfi|ghes_c)", line)]
    return {re.sub(r"^.*/(\S+?):[0-9:]+ \w+: ", r"\1: ", line) for line in own}


def test_sparse_has_no_complaint_without_a_reason(built: tuple[build.Work, list[str]]) -> None:
    """kfi_rules.h says (!x) & y of truth values, so that there is no branch."""
    assert sparse(built[0]) == {"kfi_rules.h: dubious: !x & y"}


def test_sparse_finds_what_it_is_there_for(built: tuple[build.Work, list[str]]) -> None:
    with bad(built[0], "\nstatic int __maybe_unused bad(int __user *p)\n{\n\treturn *p;\n}\n"):
        assert "fault_reply.c: dereference of noderef expression" in sparse(built[0])
