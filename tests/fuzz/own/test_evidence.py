# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The evidence of the long runs: what it says adds up, and the page shows it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fuzz.own import builds, coverage, evidence, run
from tests.fuzz.own.python_loop import State
from tests.generate.tools import ROOT
from tests.generate.tools import run as run_tool


def test_the_page_shows_what_the_evidence_says() -> None:
    assert evidence.TABLE.read_text(encoding="utf-8") == evidence.rst(evidence.load())


def test_executions_are_those_of_the_targets() -> None:
    for each in evidence.load()["runs"]:
        assert each["executions"] == sum(target["executions"] for target in each["targets"].values())
        assert each["seconds"] > 0
        assert each["open"] == 0
        assert each["seed"] == run.RUNS[each["name"]].seed
        for name, target in each["targets"].items():
            assert target["understood"] > 0, name
            assert target["refused"] > 0, name


def test_what_was_asked_for_was_reached() -> None:
    assert {what: there >= goal for what, (there, goal) in evidence.reached(evidence.load()).items()} == dict.fromkeys(
        evidence.GOALS, True
    )


def test_what_is_not_reached_is_said() -> None:
    one = {"name": "asan", "executions": 5_000_000_001}
    found = evidence.reached({"runs": [one, {"name": "asan-mutate", "executions": 2}]})
    assert found["C under ASan and UBSan"] == (5_000_000_003, 5_000_000_000)
    assert found["Rust"] == (0, 1_000_000_000)


def test_each_missed_branch_is_listed() -> None:
    missed = {name: missed for name, (_all, missed) in evidence.load()["branches"].items() if missed}
    listed = {name: sum(n for each, n in coverage.listed().items() if each.file == name) for name in missed}
    assert missed == listed
    assert {each.file for each in coverage.listed()} == set(missed)


def folder(tmp_path: Path) -> Path:
    """A run as run.py leaves it."""
    about = {"name": "msan", "language": "c", "seed": 20261125, "flags": [], "commit": "", "tools": {}, "started": ""}
    (tmp_path / "about.json").write_text(json.dumps(about), encoding="utf-8")
    state = State(tmp_path / "state", 20261125)
    state.count(2, 7)
    state.write()
    return tmp_path


def test_a_run_is_taken_from_its_folder(tmp_path: Path) -> None:
    found = evidence.one(folder(tmp_path))
    number = builds.PYTHON_BATCH
    assert found["targets"] == {"ring": {"executions": number, "understood": 7, "refused": number - 7}}
    assert found["executions"] == number


def test_an_input_that_ended_a_run_is_an_open_finding(tmp_path: Path) -> None:
    assert evidence.one(folder(tmp_path))["open"] == 0
    (tmp_path / "state.finding").write_bytes(b"\0")
    found = evidence.one(tmp_path)
    assert found["open"] == 1
    row = evidence.rst({"runs": [found], "branches": {}}).split("C under MSan")[1].split()
    assert row[row.index("1,000,000,000") + 4] == "1"


def test_the_page_says_which_code_has_changed_since() -> None:
    given = evidence.load()
    now = {each["name"]: builds.sums(each["name"], each["language"]) for each in given["runs"]}
    assert [name for name, sums in now.items() if "mutator" in sums] == ["asan-mutate", "rust-mutate"]
    same = {**given, "runs": [{**each, **now[each["name"]]} for each in given["runs"]]}
    assert "The code that ran is the code that is here" in evidence.rst(same)
    for key, said in (("readers", "c"), ("mutator", "mutator")):
        runs = [{**each, key: "other"} if each["name"] == "asan-mutate" else each for each in same["runs"]]
        assert f"Since then code has changed in: {said}.\n" in evidence.rst({**same, "runs": runs})


def test_what_was_recorded_elsewhere_stays() -> None:
    """A fresh machine has no states: figures that took hours may not go for it."""
    recorded = [{"name": name, "started": "2026-01-01", "seconds": 9} for name in ("msan", "asan")]
    anew = {"name": "asan", "started": "2026-01-02", "seconds": 1}
    assert evidence.latest(recorded) == recorded[::-1]
    assert evidence.latest([*recorded, anew]) == [anew, recorded[0]]
    longer = {**anew, "seconds": 2}
    assert evidence.latest([longer, *recorded, anew]) == [longer, recorded[0]]


@pytest.mark.parametrize(("language", "file", "one", "same", "others"), [
    ("c", "spec/c/a.h", "int a; /* one */", "int  a;\n/* other\n */", ("int b;", "#define A 1\nint a;")),
    ("mutator", "spec/fuzz/kfi_mutate_a.h", "int a; /* one */", "int a;", ("int b;",)),
    ("rust", "spec/rust/src/a.rs", "#[a]\nfn a() {}", "// one\n#[a]\nfn a() {} // other", ("#[b]\nfn a() {}",)),
    ("python", "abi/ring/a.py", "a = b // 2", "# one\na = b // 2", ("a = b // 3",)),
])
def test_comments_do_not_make_other_code(
    language: str, file: str, one: str, same: str, others: tuple[str, ...], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(builds, "ROOT", tmp_path)
    path = tmp_path / file
    path.parent.mkdir(parents=True)

    def total(text: str) -> str:
        path.write_text(text, encoding="utf-8")
        return builds.readers(language)

    assert total(one) == total(same)
    assert len({total(one), *map(total, others)}) == 1 + len(others)


def test_of_a_commit_the_sum_is_that_of_its_files() -> None:
    """The files here may have changed since."""
    commit = run_tool("git", "-C", ROOT, "rev-parse", "HEAD").strip()
    changed = run_tool("git", "-C", ROOT, "status", "--porcelain", "spec/c", "spec/uapi")
    assert (builds.readers("c", commit) == builds.readers("c")) or changed
