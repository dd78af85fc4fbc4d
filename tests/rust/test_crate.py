# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The crate as a crate: its own tests, its documentation, its lints, its package, and what it links to."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from abi.cli import main
from tests.generate.tools import ROOT, ToolError, run
from tests.rust.crate import CRATE, TARGET, cargo
from tests.test_checklists import edit

pytestmark = pytest.mark.check

GENERATED = ("abi.rs", "places.rs", "rule.rs", "tables.rs")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The crate alone, in a folder without a repository."""
    shutil.copytree(CRATE, tmp_path / "crate")
    return tmp_path / "crate"


def test_its_own_tests_and_the_examples_in_its_documents_pass() -> None:
    said = cargo("test", "--locked")
    assert said.count("test result: ok") >= 6, "the library, four files of tests, the documents"
    assert "Doc-tests kvm_fault_info\n\nrunning 0 tests" not in said


def test_it_has_nothing_that_clippy_finds() -> None:
    cargo("clippy", "--locked", "--all-targets", "--", "-D", "warnings")


def test_it_is_as_rustfmt_leaves_it() -> None:
    run("cargo", "fmt", "--check", cwd=CRATE)


def test_every_public_item_is_documented_and_every_link_leads_somewhere() -> None:
    cargo("doc", "--locked", "--no-deps", RUSTDOCFLAGS="-D warnings -D missing-docs")


def test_it_needs_neither_std_nor_unsafe_nor_anybody() -> None:
    config = tomllib.loads((CRATE / "Cargo.toml").read_text(encoding="utf-8"))
    assert not config["dependencies"]
    assert config["lints"]["rust"]["unsafe_code"] == "forbid"
    assert "#![no_std]" in (CRATE / "src" / "lib.rs").read_text(encoding="utf-8")
    lock = tomllib.loads((CRATE / "Cargo.lock").read_text(encoding="utf-8"))
    assert [package["name"] for package in lock["package"]] == ["kvm-fault-info"]


def test_unsafe_code_does_not_compile(copy: Path) -> None:
    edit(copy / "src" / "entry.rs", "const fn when(", "const unsafe fn never() {}\n\nconst fn when(")
    with pytest.raises(ToolError, match="unsafe"):
        cargo("build", crate=copy, target=TARGET / "copy")


#: What users make of generic code: a consumer of atomics, and every iterator taken to its end.
USED = """
/// A consumer that takes all.
pub fn consume(memory: &[core::sync::atomic::AtomicU64], buffer: &mut [u8]) -> Result<u64, Refusal> {
    let mut ring = ring::Consumer::new(memory)?;
    let mut sum = 0;
    while let Some(slot) = ring.fetch(buffer)? {
        sum += slot.envelope.sequence + slot.record.len() as u64;
        ring.commit();
    }
    Ok(sum)
}
/// Everything in a ring out of a file and in firmware records.
pub fn walk(data: &[u8]) -> Result<usize, Refusal> {
    let mut sum = ring::Image::parse(data)?.slots().count();
    for one in cper::CperRecord::parse(data)?.sections() {
        if let cper::Section::ArmProcessor(arm) = one.section {
            sum += arm.contexts().count() + arm.error_infos().count();
        }
    }
    let block = cper::StatusBlock::parse(data)?;
    if let Some(f) = cper::Firmware::of(&block) {
        sum += f.queues().chain(f.lost()).chain(f.physical()).count() + f.virtual_addresses().count();
    }
    Ok(sum)
}
"""
#: What the code may ask of others: to write text, and to move bytes.
ASKED = re.compile(r"(<.*>::|core::)\S*(fmt|pad|write_str|write)|mem(cpy|move|set|cmp)|bcmp")


def undefined(crate: Path) -> set[str]:
    """What the optimized library asks of others, used in every way that there is."""
    library = crate / "src" / "lib.rs"
    library.write_text(library.read_text(encoding="utf-8") + USED, encoding="utf-8")
    target = crate / "target"
    cargo("rustc", "--release", "--lib", "--", "--emit=obj", "-Ccodegen-units=1", crate=crate, target=target)
    (found,) = (target / "release" / "deps").glob("kvm_fault_info-*.o")
    lines = run("nm", "--demangle", "--undefined-only", found).splitlines()
    return {line.removeprefix(" " * 17 + "U ").strip() for line in lines}


def test_it_cannot_panic_and_does_not_allocate(copy: Path) -> None:
    """No call of a panic or of an allocator is left in the optimized code, so no input can reach one."""
    symbols = undefined(copy)
    assert any("core::fmt" in symbol for symbol in symbols)
    assert {symbol for symbol in symbols if not ASKED.fullmatch(symbol)} == set()


def test_a_panic_would_be_seen(copy: Path) -> None:
    edit(copy / "src" / "layout.rs", "layout.get(self.offset..self.end()).unwrap_or_default()",
         "&layout[self.offset..self.end()]")
    assert any("index" in symbol for symbol in undefined(copy) if not ASKED.fullmatch(symbol))


def test_it_can_be_packed_and_what_was_packed_builds(copy: Path) -> None:
    listed = cargo("package", "--list", crate=copy).split()
    assert {"Cargo.toml", "README.md", "src/lib.rs", "tests/record.rs"} <= set(listed)
    assert not any(name.startswith("examples/") for name in listed)
    assert "Verifying kvm-fault-info" in cargo("package", crate=copy, target=TARGET / "packed")


def test_the_generated_modules_are_what_the_definition_gives() -> None:
    assert main(["generate", "--check", "rust", "rust-places", "rust-rules", "rust-tables"]) == 0
    for name in GENERATED:
        text = (CRATE / "src" / name).read_text(encoding="utf-8")
        assert "Do not edit: generated from" in text


def test_every_file_by_hand_can_be_read_at_one_sitting() -> None:
    by_hand = [path for path in CRATE.rglob("*.rs") if path.name not in GENERATED]
    assert len(by_hand) > 30
    assert {path.name: n for path in by_hand if (n := len(path.read_text(encoding="utf-8").splitlines())) > 350} == {}


def test_the_crate_has_the_version_of_the_project() -> None:
    own = tomllib.loads((CRATE / "Cargo.toml").read_text(encoding="utf-8"))["package"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (own["name"], own["version"]) == (project["name"], project["version"])
