# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The Rust module: compiled by stable rustc alone, run on records made by hand, held against kvm-bindings."""

from __future__ import annotations

import json
import random
import re
import subprocess
from pathlib import Path

import pytest

from abi.negotiate import ENABLE_CAP
from tests.generate import by_hand
from tests.generate.tools import BUILD, SPEC, ToolError, environment, run

pytestmark = pytest.mark.check

MODULE = SPEC / "rust" / "src" / "abi.rs"
WHERE = Path("spec") / "rust" / "src" / "abi.rs"
#: What the kernel-side users of the module ask of it.
STRICT = ("--edition=2021", "-Dwarnings", "-Dmissing_docs", "-Funsafe_code")


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def compiled(source: str, folder: Path, module: Path, *arguments: str) -> Path:
    """Compile one file that has the module as ``abi``."""
    path = folder / "main.rs"
    path.write_text(f'//! A user.\n#[path = "{module}"]\n#[allow(dead_code)]\npub mod abi;\n{source}', encoding="utf-8")
    run("rustc", *STRICT, *arguments, path, "-o", folder / "out")
    return folder / "out"


def test_it_compiles_without_std_without_dependencies_and_without_unsafe(tmp_path: Path) -> None:
    path = tmp_path / "lib.rs"
    path.write_text(f'//! A crate.\n#![no_std]\n#[path = "{MODULE}"]\npub mod abi;\n', encoding="utf-8")
    run("rustc", *STRICT, "--crate-type=lib", "--emit=metadata", path, "-o", tmp_path / "out")


def test_it_is_as_rustfmt_leaves_it() -> None:
    run("rustfmt", "--edition=2021", "--check", MODULE)


def judge_numbers() -> str:
    """Asserts, in Rust, from the tables typed by hand."""
    lines = ["use core::mem::{offset_of, size_of};"]
    for name, fields in by_hand.LAYOUTS.items():
        lines.append(f"const _: () = assert!(size_of::<abi::{camel(name)}>() == {by_hand.SIZES[name]});")
        lines += [f"const _: () = assert!(offset_of!(abi::{camel(name)}, {field}) == {offset});"
                  for field, (offset, _kind) in fields.items()]
    lines += [f"const _: () = assert!(abi::{name} as u64 == {value});" for name, value in by_hand.NUMBERS.items()]
    return "\n".join(lines)


READER = """
use std::io::Read;
fn main() {
    let mut all = Vec::new();
    std::io::stdin().read_to_end(&mut all).unwrap();
    let mut rest = all.as_slice();
EACH    assert!(rest.is_empty());
}
"""
EACH = """\
    let (bytes, after) = rest.split_first_chunk().unwrap();
    rest = after;
    let read = abi::NAME::from_le_bytes(bytes);
    assert_eq!(&read.to_le_bytes(), bytes);
    println!("{read:?}");
"""


def unpacked(fields: dict[str, tuple[int, str]], data: bytes) -> dict[str, int | list[int]]:
    """The fields of a struct, by the places typed by hand."""
    said: dict[str, int | list[int]] = {}
    for name, (offset, kind) in fields.items():
        element, number = by_hand.width(kind)
        parts = [int.from_bytes(data[at : at + element], "little")
                 for at in range(offset, offset + element * number, element)]
        said[name] = parts if number > 1 else parts[0]
    return said


def judge(folder: Path, module: Path) -> None:
    """Read and write every struct with the module; the values must be those that were put in."""
    each = "".join(EACH.replace("NAME", camel(name)) for name in by_hand.LAYOUTS)
    program = compiled(READER.replace("EACH", each), folder, module)
    chance = random.Random(3)
    given = {name: chance.randbytes(size) for name, size in by_hand.SIZES.items()}
    given["kvm_arm_fault_info"] = by_hand.records.abort(reserved0=7, hva=8, firmware_va=9, hpfar=10)
    done = subprocess.run([program], input=b"".join(given.values()), capture_output=True, check=True)
    for line, (name, data) in zip(done.stdout.decode().splitlines(), given.items(), strict=True):
        read = {field: json.loads(value) for field, value in re.findall(r"(\w+): (\d+|\[.*?\])", line)}
        assert read == unpacked(by_hand.LAYOUTS[name], data), name


def test_it_reads_and_writes_records(tmp_path: Path) -> None:
    judge(tmp_path, MODULE)


def test_fields_in_other_places_are_read_wrong(tmp_path: Path, moved: Path) -> None:
    with pytest.raises(AssertionError, match="kvm_arm_fault_info"):
        judge(tmp_path, moved / WHERE)


def test_every_size_offset_and_number_is_the_one_typed_by_hand(tmp_path: Path) -> None:
    compiled(judge_numbers(), tmp_path, MODULE, "--crate-type=lib")


def test_other_places_and_other_numbers_do_not_compile(tmp_path: Path, moved: Path, renumbered: Path) -> None:
    for other, said in ((moved, r"failed: offset_of!\(abi::KvmArmFaultInfo, esr\) == 8"),
                        (renumbered, "failed: abi::FLAG_NESTED as u64 == 128")):
        with pytest.raises(ToolError, match=said):
            compiled(judge_numbers(), tmp_path, other / WHERE, "--crate-type=lib")


CARGO = """\
[package]
name = "beside-kvm-bindings"
version = "0.0.0"
edition = "2021"
publish = false

[dependencies]
kvm-bindings = "=0.14.2"
"""
#: kvm-bindings gives a machine's structs only when built for that machine; its bindings are plain data,
#: so arm64's are compiled here from the same crate's source.
BESIDE = """
#![allow(unexpected_cfgs)]
#[path = "MODULE"]
#[allow(dead_code)]
mod abi;
#[allow(warnings)]
mod arm64 {
    include!(concat!(env!("KVM_BINDINGS"), "/src/arm64/bindings.rs"));
}
macro_rules! same {
    ($ours:ident, $theirs:path, $($field:ident),*) => {
        $(assert_eq!(core::mem::offset_of!(abi::$ours, $field), core::mem::offset_of!($theirs, $field),
            concat!(stringify!($ours), ".", stringify!($field)));)*
    };
}
macro_rules! kvm_run {
    ($from:path) => {{
        use $from as theirs;
        same!(KvmRun, theirs::kvm_run, request_interrupt_window, padding1, exit_reason,
            ready_for_interrupt_injection, if_flag, flags, cr8, apic_base);
        assert_eq!(core::mem::offset_of!(theirs::kvm_run, __bindgen_anon_1), abi::RUN_OFFSET, "KvmRun.exit");
        assert_eq!(core::mem::size_of::<theirs::kvm_run__bindgen_ty_1>(), abi::RUN_SIZE, "KvmRun.exit");
    }};
}
fn main() {
    kvm_run!(kvm_bindings);
    kvm_run!(crate::arm64);
    use crate::arm64::kvm_enable_cap as Enable;
    assert_eq!([core::mem::offset_of!(Enable, cap), core::mem::offset_of!(Enable, flags),
        core::mem::offset_of!(Enable, args), core::mem::offset_of!(Enable, pad), core::mem::size_of::<Enable>()],
        [ENABLE_CAP], "kvm_enable_cap");
    type Events = arm64::kvm_vcpu_events__bindgen_ty_1;
    same!(KvmArmFaultReply, Events, serror_pending, serror_has_esr, ext_dabt_pending, serror_esr);
    assert_eq!(core::mem::size_of::<abi::KvmArmFaultReply>(), core::mem::size_of::<arm64::kvm_vcpu_events>());
    // The extension lies in what is spare today.
    assert_eq!(core::mem::offset_of!(Events, pad), core::mem::offset_of!(abi::KvmArmFaultReply, ext_iabt_pending));
    assert_eq!(core::mem::offset_of!(arm64::kvm_vcpu_events, reserved),
        core::mem::offset_of!(abi::KvmArmFaultReply, ext_abt_esr));
}
"""


def beside_kvm_bindings(module: Path, folder: Path) -> None:
    """Build and run a crate that depends on the module and on kvm-bindings."""
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(CARGO, encoding="utf-8")
    places = [ENABLE_CAP.offsets[name] for name in ("cap", "flags", "version", "pad")]
    source = BESIDE.replace("MODULE", str(module)).replace("[ENABLE_CAP]", str([*places, ENABLE_CAP.size]))
    (folder / "src" / "main.rs").write_text(source, encoding="utf-8")
    listed = json.loads(run("cargo", "metadata", "--format-version=1", "-q", cwd=folder))
    (theirs,) = (Path(p["manifest_path"]).parent for p in listed["packages"] if p["name"] == "kvm-bindings")
    run("cargo", "run", "-q", cwd=folder,
        env=environment(KVM_BINDINGS=str(theirs), CARGO_TARGET_DIR=str(BUILD / "cargo" / folder.name)))


def test_kvm_run_and_the_reply_are_where_kvm_bindings_has_them(tmp_path: Path) -> None:
    beside_kvm_bindings(MODULE, tmp_path / "same")


def test_kvm_bindings_sees_fields_in_other_places(tmp_path: Path, moved: Path) -> None:
    with pytest.raises(ToolError, match=r"KvmRun\.cr8"):
        beside_kvm_bindings(moved / WHERE, tmp_path / "moved")


def test_kvm_bindings_sees_a_reply_with_its_fields_in_other_places(tmp_path: Path) -> None:
    text = MODULE.read_text(encoding="utf-8")
    one, other = "pub ext_dabt_pending: u8,", "pub ext_iabt_pending: u8,"
    assert text.count(one) == text.count(other) == 1
    text = text.replace(one, "\0").replace(other, one).replace("\0", other)
    text = re.sub(r"^const _: .*KvmArmFaultReply, ext_.*\n", "", text, flags=re.MULTILINE)  # the module's own judge
    (tmp_path / "abi.rs").write_text(text, encoding="utf-8")
    with pytest.raises(ToolError, match=r"KvmArmFaultReply\.ext_dabt_pending"):
        beside_kvm_bindings(tmp_path / "abi.rs", tmp_path / "reply")
